//! `conflicting-input-default`: an input with a default that it cannot have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ConflictingInputDefault;

struct ConflictingInputDefault;

static METADATA: RuleMetadata = RuleMetadata {
    name: "conflicting-input-default",
    summary: "An input with a default that it cannot have",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ConflictingInputDefault {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for input in &checker.flow.inputs {
            let Some(defaults) = tree.entry(input.node, "defaults") else {
                continue;
            };
            if tree.value(defaults.value) == Some(Value::Null) && !tree.is_absent(defaults.value) {
                continue;
            }
            if let Some(required) = tree
                .entry(input.node, "required")
                .filter(|entry| is_false(tree, entry.value))
            {
                let place = checker.location(defaults.key);
                checker
                    .finding(&METADATA, required.key, "An input with `defaults` cannot be `required: false`: the default always applies")
                    .related(place, "the default")
                    .help("Remove `required`; or use `prefill` instead of `defaults`, if the value may be cleared.")
                    .emit();
            }
            if let Some(prefill) = tree.entry(input.node, "prefill") {
                let place = checker.location(defaults.key);
                checker
                    .finding(
                        &METADATA,
                        prefill.key,
                        "An input cannot have both `defaults` and `prefill`",
                    )
                    .related(place, "the default")
                    .help("Keep one of the two.")
                    .emit();
            }
        }
    }
}

fn is_false(tree: &Tree, node: NodeId) -> bool {
    match tree.value(node) {
        Some(Value::Boolean(value)) => !value,
        Some(Value::Integer(number)) => number == 0,
        Some(Value::String(text)) => text.trim().eq_ignore_ascii_case("false"),
        _ => false,
    }
}
