//! `missing-required-property`: a property that Kestra demands is missing or null.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &MissingRequiredProperty;

struct MissingRequiredProperty;

static METADATA: RuleMetadata = RuleMetadata {
    name: "missing-required-property",
    summary: "A property that Kestra demands is missing or null",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for MissingRequiredProperty {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::MissingProperty { property } = problem.kind else {
            return;
        };
        // A flowable task without tasks is a finding of `empty-flowable`.
        let is_flowable = problem
            .within
            .plugin
            .is_some_and(|plugin| plugin.traits.flowable());
        if is_flowable && matches!(property, "tasks" | "then") {
            return;
        }
        let is_whole = problem.node == problem.within.node;
        let owner = match problem.within.plugin {
            Some(plugin) if is_whole => format!("`{}`", plugin.class_name()),
            _ if problem.within.name == "the flow" && is_whole => "The flow".to_owned(),
            _ => "This".to_owned(),
        };
        let message = format!("{owner} needs the property `{property}`");
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .identity(property)
            .help(format!("Add `{property}: …`."))
            .emit();
    }
}
