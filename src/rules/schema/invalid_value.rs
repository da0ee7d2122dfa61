//! `invalid-value`: a value that breaks a rule on its length, size, bounds or pattern.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidValue;

struct InvalidValue;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-value",
    summary: "A value that breaks a rule on its length, size, bounds or pattern",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidValue {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::OutOfRange { rule } = &problem.kind else {
            return;
        };
        let key = checker
            .tree
            .key_of(problem.node)
            .and_then(|key| checker.tree.scalar_text(key));
        // A flowable task without tasks is a finding of `empty-flowable`.
        let is_flowable = problem
            .within
            .plugin
            .is_some_and(|plugin| plugin.traits.flowable());
        if is_flowable && matches!(key, Some("tasks" | "then")) {
            return;
        }
        let message = match key {
            Some(key) => format!("`{key}` must be {rule}"),
            None => format!("This must be {rule}"),
        };
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .emit();
    }
}
