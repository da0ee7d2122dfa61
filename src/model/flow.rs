//! The flow and its parts.

use super::Container;
use crate::syntax::{NodeId, NodeKind, Tree};

/// Nesting of tasks deeper than this is not followed.
const NESTING_LIMIT: usize = 200;

/// A task of a [`Flow`]; an index into [`Flow::tasks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIndex(pub u32);

/// A task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Its mapping.
    pub node: NodeId,
    /// The value of `id`.
    pub id: Option<NodeId>,
    /// The value of `type`.
    pub type_node: Option<NodeId>,
    /// The task that holds it; none for a task of the flow itself.
    pub parent: Option<TaskIndex>,
    /// The kind of list in which it stands.
    pub container: Container,
    /// The list in which it stands; tasks of one list share it.
    pub list: NodeId,
    /// Its place in that list, from 0.
    pub position: u32,
    /// The value of `dependsOn` beside a Dag's `task`.
    pub depends_on: Option<NodeId>,
}

/// A trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// Its mapping.
    pub node: NodeId,
    /// The value of `id`.
    pub id: Option<NodeId>,
    /// The value of `type`.
    pub type_node: Option<NodeId>,
}

/// An input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Its mapping.
    pub node: NodeId,
    /// The value of `id`, or of `name`, as Kestra 1 still reads it.
    pub id: Option<NodeId>,
    /// The value of `type`.
    pub type_node: Option<NodeId>,
    /// The FORM input that holds it (Kestra 2.0), as an index into [`Flow::inputs`].
    pub form: Option<u32>,
}

/// An output of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Its mapping.
    pub node: NodeId,
    /// The value of `id`.
    pub id: Option<NodeId>,
    /// The value of `type`.
    pub type_node: Option<NodeId>,
    /// The value of `value`.
    pub value: Option<NodeId>,
}

/// An entry of `pluginDefaults` (Kestra 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginDefault {
    /// Its mapping.
    pub node: NodeId,
    /// The value of `type`: a type or the beginning of one.
    pub type_node: Option<NodeId>,
    /// The mapping of default values.
    pub values: Option<NodeId>,
    /// Whether `forced` is true.
    pub forced: bool,
}

/// A flow: one document that is (or should be) one.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    /// The root mapping.
    pub root: Option<NodeId>,
    /// The value of `id`.
    pub id: Option<NodeId>,
    /// The value of `namespace`.
    pub namespace: Option<NodeId>,
    /// All tasks, in the order of the text, each before the tasks that it holds.
    pub tasks: Vec<Task>,
    /// The triggers.
    pub triggers: Vec<Trigger>,
    /// The inputs; those inside a FORM follow it.
    pub inputs: Vec<Input>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// `pluginDefaults` and its older name `taskDefaults`.
    pub plugin_defaults: Vec<PluginDefault>,
    /// The value of `variables`.
    pub variables: Option<NodeId>,
    /// The value of `labels`.
    pub labels: Option<NodeId>,
    /// The value of `description`.
    pub description: Option<NodeId>,
    /// The value of `concurrency`.
    pub concurrency: Option<NodeId>,
    /// The value of `retry`.
    pub retry: Option<NodeId>,
    /// The value of `sla`.
    pub sla: Option<NodeId>,
    /// The value of `checks`.
    pub checks: Option<NodeId>,
    /// Whether `disabled` is true.
    pub disabled: bool,
}

impl Flow {
    /// Reads the flow whose root mapping is given.
    pub fn read(tree: &Tree, root: NodeId) -> Self {
        let mut flow = Self {
            root: Some(root),
            ..Self::default()
        };
        for entry in tree.entries(root) {
            let value = entry.value;
            match tree.scalar_text(entry.key).unwrap_or_default() {
                "id" => flow.id = Some(value),
                "namespace" => flow.namespace = Some(value),
                "tasks" => flow.read_tasks(tree, value, Container::Tasks),
                "errors" => flow.read_tasks(tree, value, Container::Errors),
                "finally" => flow.read_tasks(tree, value, Container::Finally),
                "afterExecution" => flow.read_tasks(tree, value, Container::AfterExecution),
                "listeners" => flow.read_listeners(tree, value),
                "triggers" => flow.read_triggers(tree, value),
                "inputs" => flow.read_inputs(tree, value, None),
                "outputs" => flow.read_outputs(tree, value),
                "pluginDefaults" | "taskDefaults" => flow.read_plugin_defaults(tree, value),
                "variables" => flow.variables = Some(value),
                "labels" => flow.labels = Some(value),
                "description" => flow.description = Some(value),
                "concurrency" => flow.concurrency = Some(value),
                "retry" => flow.retry = Some(value),
                "sla" => flow.sla = Some(value),
                "checks" => flow.checks = Some(value),
                "disabled" => flow.disabled = is_true(tree, value),
                _ => {}
            }
        }
        flow
    }

    /// The task of an index.
    pub fn task(&self, index: TaskIndex) -> &Task {
        &self.tasks[index.0 as usize]
    }

    /// All tasks with their indices.
    pub fn indexed_tasks(&self) -> impl Iterator<Item = (TaskIndex, &Task)> {
        (0_u32..).map(TaskIndex).zip(&self.tasks)
    }

    /// The tasks that hold a task, the nearest first.
    pub fn ancestors(&self, task: TaskIndex) -> impl Iterator<Item = TaskIndex> + '_ {
        std::iter::successors(self.task(task).parent, |parent| self.task(*parent).parent)
    }

    /// The tasks that a task holds directly.
    pub fn children(&self, parent: TaskIndex) -> impl Iterator<Item = (TaskIndex, &Task)> {
        self.indexed_tasks()
            .skip(parent.0 as usize + 1)
            .filter(move |(_, task)| task.parent == Some(parent))
    }

    /// The first task of an id.
    pub fn task_by_id(&self, tree: &Tree, id: &str) -> Option<TaskIndex> {
        self.indexed_tasks()
            .find(|(_, task)| task.id.and_then(|node| tree.scalar_text(node)) == Some(id))
            .map(|(index, _)| index)
    }

    /// The flow's id as text, where it has one.
    pub fn id_text<'tree>(&self, tree: &'tree Tree) -> Option<&'tree str> {
        self.id
            .and_then(|id| tree.scalar_text(id))
            .filter(|id| !id.is_empty())
    }

    /// The flow's namespace as text, where it has one.
    pub fn namespace_text<'tree>(&self, tree: &'tree Tree) -> Option<&'tree str> {
        self.namespace
            .and_then(|namespace| tree.scalar_text(namespace))
            .filter(|namespace| !namespace.is_empty())
    }

    fn read_tasks(&mut self, tree: &Tree, list: NodeId, container: Container) {
        let mut pending: Vec<(NodeId, Container, Option<TaskIndex>, usize)> =
            vec![(list, container, None, 0)];
        // Depth first and in order, with a stack of our own: the nesting is the text's to choose.
        while let Some((node, container, parent, depth)) = pending.pop() {
            if tree.is_sequence(node) {
                let items = tree.items(node).enumerate().rev();
                pending.extend(items.map(|(_, item)| (item, container, parent, depth)));
                continue;
            }
            if depth > NESTING_LIMIT || !tree.is_mapping(node) {
                continue;
            }
            let (task_node, depends_on) = dag_entry(tree, node);
            let index = self.add_task(tree, node, task_node, depends_on, container, parent);
            let from = pending.len();
            push_children(tree, task_node, index, depth + 1, &mut pending);
            pending[from..].reverse();
        }
    }

    fn add_task(
        &mut self,
        tree: &Tree,
        item: NodeId,
        node: NodeId,
        depends_on: Option<NodeId>,
        container: Container,
        parent: Option<TaskIndex>,
    ) -> TaskIndex {
        let list = tree.parent(item).unwrap_or(item);
        let position = match self
            .tasks
            .iter()
            .rev()
            .find(|task| task.list == list && task.parent == parent)
        {
            Some(before) => before.position + 1,
            None => 0,
        };
        let index = TaskIndex(u32::try_from(self.tasks.len()).unwrap_or(u32::MAX));
        self.tasks.push(Task {
            node,
            id: tree.get(node, "id"),
            type_node: tree.get(node, "type"),
            parent,
            container,
            list,
            position,
            depends_on,
        });
        index
    }

    fn read_listeners(&mut self, tree: &Tree, listeners: NodeId) {
        for listener in tree.items(listeners) {
            if let Some(tasks) = tree.get(listener, "tasks") {
                self.read_tasks(tree, tasks, Container::Listeners);
            }
        }
    }

    fn read_triggers(&mut self, tree: &Tree, list: NodeId) {
        let mappings = tree.items(list).filter(|node| tree.is_mapping(*node));
        self.triggers.extend(mappings.map(|node| Trigger {
            node,
            id: tree.get(node, "id"),
            type_node: tree.get(node, "type"),
        }));
    }

    fn read_inputs(&mut self, tree: &Tree, list: NodeId, form: Option<u32>) {
        for node in tree.items(list).filter(|node| tree.is_mapping(*node)) {
            let index = u32::try_from(self.inputs.len()).unwrap_or(u32::MAX);
            self.inputs.push(Input {
                node,
                id: tree.get(node, "id").or_else(|| tree.get(node, "name")),
                type_node: tree.get(node, "type"),
                form,
            });
            // A FORM holds inputs, but no FORM.
            if form.is_none()
                && tree.get_text(node, "type") == Some("FORM")
                && let Some(inner) = tree.get(node, "inputs")
            {
                self.read_inputs(tree, inner, Some(index));
            }
        }
    }

    fn read_outputs(&mut self, tree: &Tree, list: NodeId) {
        let mappings = tree.items(list).filter(|node| tree.is_mapping(*node));
        self.outputs.extend(mappings.map(|node| Output {
            node,
            id: tree.get(node, "id"),
            type_node: tree.get(node, "type"),
            value: tree.get(node, "value"),
        }));
    }

    fn read_plugin_defaults(&mut self, tree: &Tree, list: NodeId) {
        let mappings = tree.items(list).filter(|node| tree.is_mapping(*node));
        self.plugin_defaults.extend(mappings.map(|node| {
            PluginDefault {
                node,
                type_node: tree.get(node, "type"),
                values: tree.get(node, "values"),
                forced: tree
                    .get(node, "forced")
                    .is_some_and(|forced| is_true(tree, forced)),
            }
        }));
    }
}

/// Whether a scalar is true to Kestra, which also takes the text `"true"` for it.
fn is_true(tree: &Tree, node: NodeId) -> bool {
    match tree.value(node) {
        Some(crate::syntax::Value::Boolean(value)) => value,
        Some(crate::syntax::Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A Dag wraps its tasks as `{task: …, dependsOn: …}`.
fn dag_entry(tree: &Tree, node: NodeId) -> (NodeId, Option<NodeId>) {
    match tree.get(node, "task") {
        Some(task) if tree.is_mapping(task) && tree.get(node, "type").is_none() => {
            (task, tree.get(node, "dependsOn"))
        }
        _ => (node, None),
    }
}

fn push_children(
    tree: &Tree,
    task: NodeId,
    index: TaskIndex,
    depth: usize,
    pending: &mut Vec<(NodeId, Container, Option<TaskIndex>, usize)>,
) {
    for entry in tree.entries(task) {
        let Some(container) = tree.scalar_text(entry.key).and_then(Container::of_task_key) else {
            continue;
        };
        match (container, tree.kind(entry.value)) {
            (Container::Case, NodeKind::Mapping(_)) => {
                let lists = tree.entries(entry.value).iter().map(|case| case.value);
                pending.extend(
                    lists
                        .filter(|list| holds_tasks(tree, *list))
                        .map(|list| (list, container, Some(index), depth)),
                );
            }
            (Container::Case, _) => {}
            // `onPause` holds one task, not a list.
            (Container::Event, NodeKind::Mapping(_)) if is_task(tree, entry.value) => {
                pending.push((entry.value, container, Some(index), depth));
            }
            _ if holds_tasks(tree, entry.value) => {
                pending.push((entry.value, container, Some(index), depth));
            }
            _ => {}
        }
    }
}

/// Whether a list under a container's key holds tasks, and not some plugin's own things of that name.
fn holds_tasks(tree: &Tree, list: NodeId) -> bool {
    let mut items = tree.items(list).peekable();
    items.peek().is_some()
        && items.any(|item| is_task(tree, tree.get(item, "task").unwrap_or(item)))
}

fn is_task(tree: &Tree, node: NodeId) -> bool {
    tree.get_text(node, "type")
        .is_some_and(|name| name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_found_in_every_container_in_order() {
        let tree = crate::syntax::parse(
            "id: f
namespace: n
tasks:
  - id: if
    type: io.kestra.plugin.core.flow.If
    then:
      - id: a
        type: x.Y
    else:
      - id: b
        type: x.Y
  - id: switch
    type: io.kestra.plugin.core.flow.Switch
    cases:
      one:
        - {id: c, type: x.Y}
    defaults:
      - {id: d, type: x.Y}
  - id: dag
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task: {id: e, type: x.Y}
      - task: {id: g, type: x.Y}
        dependsOn: [e]
errors:
  - {id: h, type: x.Y}
"
            .into(),
        );
        let flow = Flow::read(&tree, tree.documents()[0].root.unwrap());
        let ids: Vec<_> = flow
            .tasks
            .iter()
            .map(|task| tree.scalar_text(task.id.unwrap()).unwrap())
            .collect();
        assert_eq!(
            ids,
            ["if", "a", "b", "switch", "c", "d", "dag", "e", "g", "h"]
        );
        assert!(flow.tasks[8].depends_on.is_some());
        assert_eq!(flow.tasks[8].parent, Some(TaskIndex(6)));
        assert_eq!(flow.tasks[9].container, Container::Errors);
    }
}
