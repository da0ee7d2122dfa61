//! `invalid-label`: a label that Kestra does not take.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidLabel;

struct InvalidLabel;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-label",
    summary: "A label that Kestra does not take",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidLabel {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow, Interest::Task, Interest::Trigger]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        let Some(labels) = checker.flow.labels else {
            return;
        };
        for entry in tree.entries(labels) {
            check_key(
                checker,
                entry.key,
                tree.scalar_text(entry.key).unwrap_or_default(),
            );
            let is_text = tree.is_scalar(entry.value);
            if is_text && tree.scalar_text(entry.value).is_some_and(str::is_empty) {
                checker
                    .finding(&METADATA, entry.key, "A label needs a value")
                    .help("Kestra refuses an empty one: give it a value, or remove it.")
                    .emit();
            } else if !is_text {
                checker
                    .finding(
                        &METADATA,
                        entry.key,
                        "The value of a label is a text, not a list or a mapping",
                    )
                    .emit();
            }
        }
        for item in tree.items(labels) {
            match (tree.get(item, "key"), tree.get(item, "value")) {
                (Some(key), Some(_)) => {
                    check_key(checker, key, tree.scalar_text(key).unwrap_or_default());
                }
                _ => checker
                    .finding(&METADATA, item, "A label of a list needs `key` and `value`")
                    .emit(),
            }
        }
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        check_system_labels(checker, checker.task(task).node);
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        if let Some(trigger) = checker.flow.triggers.get(trigger) {
            check_system_labels(checker, trigger.node);
        }
    }
}

/// Kestra's own namespace of labels; one of them is for people to set.
const SYSTEM: &str = "system.";
const READ_ONLY: &str = "system.readOnly";

/// `[\\p{Ll}][\\p{L}0-9._-]*`, as both versions demand (measured).
fn check_key(checker: &mut Checker<'_>, node: NodeId, key: &str) {
    let mut letters = key.chars();
    let starts_well = letters.next().is_some_and(char::is_lowercase);
    let holds = starts_well
        && letters.all(|letter| {
            letter.is_alphabetic() || letter.is_ascii_digit() || matches!(letter, '.' | '_' | '-')
        });
    if !holds {
        checker
            .finding(&METADATA, node, format!("`{key}` cannot be the key of a label"))
            .help("A key starts with a lower-case letter and has letters, digits, `-`, `_` and `.` only.")
            .emit();
    } else if key.starts_with(SYSTEM) && key != READ_ONLY {
        report_system(checker, node, key);
    }
}

/// Labels of subflow calls and triggers may have any key that is not Kestra's own.
fn check_system_labels(checker: &mut Checker<'_>, node: NodeId) {
    let tree = checker.tree;
    let Some(labels) = tree.get(node, "labels") else {
        return;
    };
    let keys = tree.entries(labels).iter().map(|entry| entry.key);
    let listed = tree.items(labels).filter_map(|item| tree.get(item, "key"));
    let keys: Vec<NodeId> = keys.chain(listed).collect();
    for node in keys {
        let key = tree.scalar_text(node).unwrap_or_default();
        if key.starts_with(SYSTEM) && key != READ_ONLY {
            report_system(checker, node, key);
        }
    }
}

fn report_system(checker: &mut Checker<'_>, node: NodeId, key: &str) {
    checker
        .finding(
            &METADATA,
            node,
            format!("Only Kestra itself may set the label `{key}`"),
        )
        .help(
            "Use a key that does not start with `system.`; `system.readOnly` is the one exception.",
        )
        .emit();
}
