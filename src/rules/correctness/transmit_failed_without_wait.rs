//! `transmit-failed-without-wait`: a subflow's failure cannot be passed on by who does not wait for it.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FOR_EACH_ITEM_TYPES, SUBFLOW_TYPES, TaskIndex};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TransmitFailedWithoutWait;

struct TransmitFailedWithoutWait;

static METADATA: RuleMetadata = RuleMetadata {
    name: "transmit-failed-without-wait",
    summary: "A subflow's failure is passed on by a task that does not wait for it",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TransmitFailedWithoutWait {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let (tree, task) = (checker.tree, *checker.task(task));
        let kind = checker.type_text(task.type_node).unwrap_or_default();
        if !SUBFLOW_TYPES.contains(&kind) && !FOR_EACH_ITEM_TYPES.contains(&kind) {
            return;
        }
        let is = |key, wanted| {
            let value = tree.get(task.node, key).and_then(|node| tree.value(node));
            value == Some(Value::Boolean(wanted))
        };
        if !is("wait", false) || !is("transmitFailed", true) {
            return;
        }
        let entries = tree.entries(task.node);
        let Some(position) = entries
            .iter()
            .position(|entry| tree.scalar_text(entry.key) == Some("transmitFailed"))
        else {
            return;
        };
        let edit = tree.remove_entry(task.node, position);
        let draft = checker
            .finding(
                &METADATA,
                entries[position].key,
                "A failure cannot be passed on: this task does not wait for the subflow",
            )
            .help("Write `wait: true`, or remove `transmitFailed`.");
        match edit {
            Some(edit) => draft.fix(
                "Remove `transmitFailed`",
                Applicability::Safe,
                edit.range,
                edit.content,
            ),
            None => draft,
        }
        .emit();
    }
}
