//! `trigger-variable-mismatch`: a variable that no trigger of the flow sets.

use crate::analysis::{ExpressionSite, Owner, UnknownName, may_be_set_by_trigger, unknown_names};
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
        let may_be_set = |name: &str| {
            may_be_set_by_trigger(checker.tree, checker.flow, checker.catalogue, name)
                != Some(false)
        };
        let references = checker.references();
        for UnknownName { name, range } in
            unknown_names(&site.template, &references, "trigger", may_be_set)
        {
            let message = if checker.flow.triggers.is_empty() {
                format!("The flow has no trigger that could set `trigger.{name}`")
            } else {
                format!("No trigger of the flow sets `trigger.{name}`")
            };
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help(format!(
                    "Add the trigger that sets it, or give a value: `trigger.{name} ?? …`."
                ))
                .emit();
        }
    }
}
