//! The flows that the tasks of a flow start.

use super::summary::{Call, CallKind, is_false, is_fixed, is_true, place};
use crate::model::{Container, FOR_EACH_ITEM_TYPES, Flow, SUBFLOW_TYPES, Task, TaskIndex};
use crate::source::Document;
use crate::syntax::{NodeId, Tree};

/// The tools of AI agents that start a flow.
const AGENT_TOOLS: [&str; 2] = [
    "io.kestra.plugin.ai.tool.KestraFlow",
    "io.kestra.plugin.ai.tool.KestraFlowCalling",
];
const AGENT_PACKAGE: &str = "io.kestra.plugin.ai.";

/// All calls of a flow, in the order of the text.
pub(super) fn calls(document: &Document, tree: &Tree, flow: &Flow) -> Vec<Call> {
    let reader = Reader {
        document,
        tree,
        flow,
    };
    let mut calls = Vec::new();
    for (index, task) in flow.indexed_tasks() {
        let Some(type_name) = task.type_node.and_then(|node| tree.scalar_text(node)) else {
            continue;
        };
        if SUBFLOW_TYPES.contains(&type_name) {
            calls.push(reader.call(CallKind::Subflow, task.node, Some((index, task, type_name))));
        } else if FOR_EACH_ITEM_TYPES.contains(&type_name) {
            let of_task = Some((index, task, type_name));
            calls.push(reader.call(CallKind::ForEachItem, task.node, of_task));
        } else if type_name.starts_with(AGENT_PACKAGE) {
            calls.extend(
                agent_tools(tree, task.node)
                    .into_iter()
                    .map(|tool| reader.call(CallKind::AgentTool, tool, None)),
            );
        }
    }
    calls
}

/// The tools of an agent that start flows; an agent may itself be a tool.
fn agent_tools(tree: &Tree, agent: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut agents = vec![agent];
    while let Some(agent) = agents.pop() {
        let tools = tree.get(agent, "tools");
        for tool in tools.into_iter().flat_map(|tools| tree.items(tools)) {
            let kind = tree.get_text(tool, "type").unwrap_or_default();
            if AGENT_TOOLS.contains(&kind) {
                found.push(tool);
            }
            agents.push(tool);
        }
    }
    found
}

struct Reader<'run> {
    document: &'run Document,
    tree: &'run Tree,
    flow: &'run Flow,
}

impl Reader<'_> {
    fn call(
        &self,
        kind: CallKind,
        node: NodeId,
        of_task: Option<(TaskIndex, &Task, &str)>,
    ) -> Call {
        let tree = self.tree;
        let defaults = of_task.map_or_else(Vec::new, |(_, _, name)| self.defaults_for(name));
        let given = |key: &str| {
            let of_defaults = || defaults.iter().find_map(|values| tree.get(*values, key));
            tree.get(node, key).or_else(of_defaults)
        };
        let text = |key: &str| {
            given(key)
                .filter(|value| !self.document.is_unknown(tree.range(*value)))
                .and_then(|value| tree.scalar_text(value))
        };
        let (namespace, flow_id) = (text("namespace"), text("flowId"));
        let disabled = is_true(tree, node, "disabled")
            || of_task.is_some_and(|(index, ..)| {
                let mut above = self.flow.ancestors(index);
                above.any(|task| is_true(tree, self.flow.task(task).node, "disabled"))
            });
        let inputs_are_elsewhere = defaults
            .iter()
            .any(|values| tree.get(*values, "inputs").is_some());
        Call {
            kind,
            task: tree.get_text(node, "id").unwrap_or_default().to_owned(),
            namespace: namespace.and_then(|text| self.folded(text, node)),
            flow_id: flow_id.and_then(|text| self.folded(text, node)),
            place: place(
                self.document,
                tree,
                tree.get(node, "flowId").unwrap_or(node),
            ),
            inputs: if inputs_are_elsewhere || self.document.is_incomplete {
                None
            } else {
                self.inputs(node)
            },
            wait: !is_false(tree, node, "wait")
                && !defaults
                    .iter()
                    .any(|values| is_false(tree, *values, "wait")),
            is_pinned: given("revision").is_some(),
            disabled,
            has_run_if: has_run_if(tree, node),
            is_conditional: kind != CallKind::Subflow
                || of_task.is_some_and(|(index, task, _)| self.is_conditional(index, task)),
            is_literal: namespace.is_some_and(is_fixed) && flow_id.is_some_and(is_fixed),
            outputs_read: Vec::new(),
            node,
        }
    }

    /// The inputs that a call passes; none where they are not a mapping.
    fn inputs(&self, node: NodeId) -> Option<Vec<(String, crate::finding::Location)>> {
        let tree = self.tree;
        match tree.get(node, "inputs") {
            None => Some(Vec::new()),
            Some(inputs) if tree.is_absent(inputs) => Some(Vec::new()),
            Some(inputs) if tree.is_mapping(inputs) => Some(
                tree.entries(inputs)
                    .iter()
                    .filter_map(|entry| {
                        let key = tree.scalar_text(entry.key)?;
                        Some((key.to_owned(), place(self.document, tree, entry.key)))
                    })
                    .collect(),
            ),
            Some(_) => None,
        }
    }

    /// The values that `pluginDefaults` of the flow lay under a task of this type.
    fn defaults_for(&self, type_name: &str) -> Vec<NodeId> {
        let matching = self.flow.plugin_defaults.iter().filter(|default| {
            default
                .type_node
                .and_then(|node| self.tree.scalar_text(node))
                .is_some_and(|prefix| type_name.starts_with(prefix))
        });
        matching.filter_map(|default| default.values).collect()
    }

    fn is_conditional(&self, index: TaskIndex, task: &Task) -> bool {
        let held = |task: &Task| {
            !matches!(
                task.container,
                Container::Tasks | Container::Finally | Container::AfterExecution
            )
        };
        let tree = self.tree;
        held(task)
            || has_run_if(tree, task.node)
            || self.flow.ancestors(index).any(|above| {
                let above = self.flow.task(above);
                // A loop over nothing runs nothing.
                let loops = tree
                    .get_text(above.node, "type")
                    .is_some_and(|name| name.contains("Each") || name.contains("Loop"));
                held(above) || has_run_if(tree, above.node) || loops
            })
    }

    /// A text whose expressions are all known before the flow runs: `flow.namespace`, `flow.id`, `task.id`
    /// and variables that are fixed texts themselves.
    fn folded(&self, text: &str, task: NodeId) -> Option<String> {
        if is_fixed(text) {
            return Some(text.to_owned()).filter(|text| !text.is_empty());
        }
        let mut folded = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (expression, after) = behind.split_once("}}")?;
            folded.push_str(before);
            folded.push_str(self.known_value(expression.trim_matches('-').trim(), task)?);
            rest = after;
        }
        folded.push_str(rest);
        is_fixed(&folded).then_some(folded)
    }

    fn known_value(&self, expression: &str, task: NodeId) -> Option<&str> {
        let tree = self.tree;
        let value = match expression {
            "flow.namespace" => self.flow.namespace_text(tree),
            "flow.id" => self.flow.id_text(tree),
            "task.id" => tree.get_text(task, "id"),
            other => {
                let name = other.strip_prefix("vars.")?;
                let variables = self.flow.variables?;
                tree.get(variables, name).and_then(|node| tree.string(node))
            }
        };
        value.filter(|value| is_fixed(value))
    }
}

fn has_run_if(tree: &Tree, node: NodeId) -> bool {
    tree.get(node, "runIf").is_some() && !is_true(tree, node, "runIf")
}
