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
            if checker.type_text(input.type_node) == Some("FORM") {
                check_form(checker, input.node);
                continue;
            }
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

/// A FORM has no value of its own.
fn check_form(checker: &mut Checker<'_>, form: NodeId) {
    let tree = checker.tree;
    for key in ["defaults", "prefill"] {
        let Some(entry) = tree.entry(form, key) else {
            continue;
        };
        if tree.value(entry.value) != Some(Value::Null) {
            let message = format!("A FORM only groups inputs: it cannot have `{key}`");
            checker
                .finding(&METADATA, entry.key, message)
                .help("Give it to the inputs of the form.")
                .emit();
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
