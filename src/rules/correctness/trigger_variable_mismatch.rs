//! `trigger-variable-mismatch`: a variable that no trigger of the flow sets.

use crate::analysis::{ExpressionSite, Owner, is_part_of_hyphenated_name, may_be_set_by_trigger};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TriggerVariableMismatch;

struct TriggerVariableMismatch;

static METADATA: RuleMetadata = RuleMetadata {
    name: "trigger-variable-mismatch",
    summary: "A variable that no trigger of the flow sets",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TriggerVariableMismatch {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if !matches!(site.owner, Owner::Task(_) | Owner::Output(_)) {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let Some(step) = path.first() else { continue };
            if template.slice(reference.root) != "trigger" || reference.is_guarded_at(0) {
                continue;
            }
            let Some(name) = step.name(template) else {
                continue;
            };
            let set = may_be_set_by_trigger(checker.tree, checker.flow, checker.catalogue, &name);
            if set != Some(false) || is_part_of_hyphenated_name(template, reference.range) {
                continue;
            }
            let message = if checker.flow.triggers.is_empty() {
                format!("The flow has no trigger that could set `trigger.{name}`")
            } else {
                format!("No trigger of the flow sets `trigger.{name}`")
            };
            checker
                .finding_within(&METADATA, site.node, step.name_range(template), message)
                .help(format!(
                    "Add the trigger that sets it, or give a value: `trigger.{name} ?? …`."
                ))
                .emit();
        }
    }
}
