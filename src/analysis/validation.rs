//! How far Kestra's checks go into a flow when it is saved.

use crate::finding::Target;
use crate::model::{Container, Flow, TaskIndex};
use crate::syntax::Tree;

/// Whether bean validation reaches a task. It stops at the cases of a Switch and, in Kestra 1.3, at the tasks of
/// a Dag (asked of 1.3.31 and 2.0.0): what stands there is saved if it can be read at all.
pub fn is_validated(tree: &Tree, flow: &Flow, target: Target, task: TaskIndex) -> bool {
    std::iter::once(task)
        .chain(flow.ancestors(task))
        .map(|index| flow.task(index))
        .all(|task| {
            let is_in_dag = tree.parent(task.node) != Some(task.list);
            task.container != Container::Case && !(is_in_dag && target == Target::V1_3)
        })
}
