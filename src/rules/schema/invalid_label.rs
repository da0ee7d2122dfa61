//! `invalid-label`: a label that Kestra does not take.

use crate::engine::{Checker, Draft, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FOR_EACH_ITEM_TYPES, SUBFLOW_TYPES, TaskIndex};
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
        let facts = checker.task(task);
        let is_call = checker.type_text(facts.type_node).is_some_and(|name| {
            SUBFLOW_TYPES.contains(&name) || FOR_EACH_ITEM_TYPES.contains(&name)
        });
        // Labels of other tasks are those of containers and the like.
        if is_call {
            check_system_labels(checker, facts.node, checker.severity_of_refusal(task));
        }
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        if let Some(trigger) = checker.flow.triggers.get(trigger) {
            check_system_labels(checker, trigger.node, Severity::Error);
        }
    }
}

/// Kestra's own namespace of labels; of flows, and of nothing else, one of them is for people to set.
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
        report_system(checker, node, key, Severity::Error)
            .help("Use a key that does not start with `system.`; `system.readOnly` is the one exception.")
            .emit();
    }
}

/// Labels of subflow calls and triggers may have any key that is not Kestra's own (measured).
fn check_system_labels(checker: &mut Checker<'_>, node: NodeId, severity: Severity) {
    let tree = checker.tree;
    let Some(labels) = tree.get(node, "labels") else {
        return;
    };
    let keys = tree.entries(labels).iter().map(|entry| entry.key);
    let listed = tree.items(labels).filter_map(|item| tree.get(item, "key"));
    for node in keys.chain(listed) {
        let key = tree.scalar_text(node).unwrap_or_default();
        if key.starts_with(SYSTEM) {
            report_system(checker, node, key, severity)
                .help("Use a key that does not start with `system.`.")
                .emit();
        }
    }
}

fn report_system<'checker, 'run>(
    checker: &'checker mut Checker<'run>,
    node: NodeId,
    key: &str,
    severity: Severity,
) -> Draft<'checker, 'run> {
    let message = format!("Only Kestra itself may set the label `{key}`");
    checker.finding(&METADATA, node, message).severity(severity)
}
