//! `duplicate-trigger-id`: two triggers of a flow have the same id.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::identifier;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateTriggerId;

struct DuplicateTriggerId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-trigger-id",
    summary: "Two triggers of a flow have the same id",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateTriggerId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        if checker.flow.triggers.len() < 2 {
            return;
        }
        let ids = checker
            .flow
            .triggers
            .iter()
            .filter_map(|trigger| trigger.id);
        for (first, again) in identifier::repeated(checker.tree, ids) {
            report(checker, "trigger", first, again);
        }
        if checker.target > Target::V1_3 {
            return;
        }
        let tree = checker.tree;
        let preconditions = checker.flow.triggers.iter();
        let ids = preconditions
            .filter_map(|trigger| tree.get(tree.get(trigger.node, "preconditions")?, "id"));
        for (first, again) in identifier::repeated(tree, ids) {
            report(checker, "preconditions", first, again);
        }
    }
}

fn report(checker: &mut Checker<'_>, what: &str, first: NodeId, again: NodeId) {
    let id = identifier::text_of(checker.tree, again).unwrap_or_default();
    let place = checker.location(first);
    checker
        .finding(
            &METADATA,
            again,
            format!("The {what} id `{id}` is already taken in this flow"),
        )
        .label("the same id again")
        .related(place, "first used here")
        .emit();
}
