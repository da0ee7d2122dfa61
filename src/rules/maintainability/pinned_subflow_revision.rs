//! `pinned-subflow-revision`: a call names a revision, which only the server counts.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FOR_EACH_ITEM_TYPES, SUBFLOW_TYPES, TaskIndex};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &PinnedSubflowRevision;

struct PinnedSubflowRevision;

static METADATA: RuleMetadata = RuleMetadata {
    name: "pinned-subflow-revision",
    summary: "A subflow call names a revision, which only the server counts",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for PinnedSubflowRevision {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let task = *checker.task(task);
        let starts_a_flow = checker.type_text(task.type_node).is_some_and(|kind| {
            SUBFLOW_TYPES.contains(&kind) || FOR_EACH_ITEM_TYPES.contains(&kind)
        });
        if !starts_a_flow {
            return;
        }
        let tree = checker.tree;
        let Some((node, number)) =
            tree.get(task.node, "revision")
                .and_then(|node| match tree.value(node) {
                    Some(Value::Integer(number)) => Some((node, number)),
                    _ => None,
                })
        else {
            return;
        };
        let id = tree.get_text(task.node, "flowId").unwrap_or_default();
        checker
            .finding(
                &METADATA,
                node,
                format!(
                    "The call stays at revision {number} of `{id}`, whatever the repository has"
                ),
            )
            .label("counted by the server that the flow was deployed to")
            .help(
                "Call the flow without `revision`, or give what must not change an id of its own.",
            )
            .emit();
    }
}
