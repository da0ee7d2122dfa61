//! `duplicate-preconditions`: two Flow triggers whose preconditions have the same id.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicatePreconditions;

struct DuplicatePreconditions;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-preconditions",
    summary: "Two Flow triggers whose preconditions have the same id",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V1_3),
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicatePreconditions {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        let mut seen: Vec<NodeId> = Vec::new();
        for trigger in &checker.flow.triggers {
            let id = tree.get(trigger.node, "preconditions").and_then(|preconditions| tree.get(preconditions, "id"));
            let Some(id) = id else { continue };
            let text = tree.scalar_text(id);
            if let Some(first) = seen.iter().find(|known| tree.scalar_text(**known) == text) {
                let first = checker.location(*first);
                checker
                    .finding(&METADATA, id, format!("The preconditions `{}` are already in this flow", text.unwrap_or_default()))
                    .related(first, "the first")
                    .help("Give them another id.")
                    .emit();
            }
            seen.push(id);
        }
    }
}
