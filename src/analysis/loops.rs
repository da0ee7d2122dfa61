//! Where a task stands among Loops (Kestra 2).

use crate::model::{Flow, Task, TaskIndex};
use crate::syntax::Tree;

/// The task that repeats others in Kestra 2.
const LOOP: &str = "io.kestra.plugin.core.flow.Loop";

/// What holds tasks without repeating them.
const PLAIN_CONTAINERS: [&str; 9] = [
    "AllowFailure",
    "Dag",
    "If",
    "LoopUntil",
    "Parallel",
    "Sequential",
    "Switch",
    "Template",
    "WorkingDirectory",
];

/// Whether a task is a Loop.
pub fn is_loop(tree: &Tree, task: &Task) -> bool {
    type_name(tree, task) == LOOP
}

/// The nearest Loop around a task.
pub fn enclosing_loop(tree: &Tree, flow: &Flow, task: TaskIndex) -> Option<TaskIndex> {
    flow.ancestors(task)
        .find(|ancestor| is_loop(tree, flow.task(*ancestor)))
}

/// Whether a task certainly stands outside of every Loop: all that hold it are known not to repeat.
pub fn is_outside_loops(tree: &Tree, flow: &Flow, task: TaskIndex) -> bool {
    flow.ancestors(task).all(|ancestor| {
        type_name(tree, flow.task(ancestor))
            .strip_prefix("io.kestra.plugin.core.flow.")
            .is_some_and(|name| PLAIN_CONTAINERS.contains(&name))
    })
}

fn type_name<'tree>(tree: &'tree Tree, task: &Task) -> &'tree str {
    task.type_node
        .and_then(|node| tree.scalar_text(node))
        .unwrap_or_default()
}
