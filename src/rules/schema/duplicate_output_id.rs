//! `duplicate-output-id`: two outputs of a flow have the same id.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::identifier;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateOutputId;

struct DuplicateOutputId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-output-id",
    summary: "Two outputs of a flow have the same id",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateOutputId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        if checker.flow.outputs.len() < 2 {
            return;
        }
        let ids = checker.flow.outputs.iter().filter_map(|output| output.id);
        for (first, again) in identifier::repeated(checker.tree, ids) {
            let id = identifier::text_of(checker.tree, again).unwrap_or_default();
            let place = checker.location(first);
            checker
                .finding(
                    &METADATA,
                    again,
                    format!("The output id `{id}` is already taken in this flow"),
                )
                .label("the same id again")
                .related(place, "first used here")
                .emit();
        }
    }
}
