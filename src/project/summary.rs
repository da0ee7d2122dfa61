//! What other files may ask of a flow: its interface, and the places of its parts.

use crate::finding::Location;
use crate::model::Flow;
use crate::source::Document;
use crate::syntax::{NodeId, Tree, Value};

/// The interface of one flow and where its parts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The namespace, where it is given as text without an expression.
    pub namespace: Option<String>,
    /// The flow's id, likewise.
    pub id: Option<String>,
    /// Whether the flow is disabled.
    pub disabled: bool,
    /// Whether parts of it are known only to Terraform.
    pub is_incomplete: bool,
    /// Where the flow is named: its `id`, else its first key.
    pub place: Location,
    /// Its inputs; those of a FORM by their dotted id.
    pub inputs: Vec<InputSummary>,
    /// Its outputs.
    pub outputs: Vec<OutputSummary>,
    /// The flows that its tasks start.
    pub calls: Vec<Call>,
    /// The flows that `subflow()` starts in its inputs.
    pub function_calls: Vec<Call>,
    /// Its Flow triggers.
    pub flow_triggers: Vec<FlowTrigger>,
    /// The labels that are given as text.
    pub labels: Vec<(String, String)>,
}

/// An input as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSummary {
    /// The id.
    pub id: String,
    /// The type, in capitals as written.
    pub kind: String,
    /// Whether a value is needed: no `required: false`.
    pub required: bool,
    /// Whether there is a default.
    pub has_default: bool,
    /// Whether it is asked for only where other inputs say so.
    pub is_dependent: bool,
    /// The input's mapping, in the tree of its flow.
    pub node: NodeId,
    /// Whether it takes its first value where none is given (`autoSelectFirst`).
    pub selects_first: bool,
    /// Where the id stands.
    pub place: Location,
}

/// An output as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSummary {
    /// The id.
    pub id: String,
    /// The type, in capitals as written; empty where there is none.
    pub kind: String,
    /// Where the id stands.
    pub place: Location,
}

/// What kind of task starts a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// A Subflow task.
    Subflow,
    /// A ForEachItem task.
    ForEachItem,
    /// A tool of an AI agent that starts a flow.
    AgentTool,
    /// The function `subflow()`.
    Function,
}

/// A call of another flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The kind of call.
    pub kind: CallKind,
    /// The id of the task, or of the input with the function; empty where it has none.
    pub task: String,
    /// The namespace called; none where it is missing or an expression that is not known.
    pub namespace: Option<String>,
    /// The flow called, likewise.
    pub flow_id: Option<String>,
    /// Where the flow id stands, else the task.
    pub place: Location,
    /// The inputs passed, with the places of their keys; none where `inputs` is no mapping.
    pub inputs: Option<Vec<(String, Location)>>,
    /// Whether the call waits for the end.
    pub wait: bool,
    /// Whether a `revision` is named: then the flow in the repository may not be the one that runs.
    pub is_pinned: bool,
    /// Whether the task itself, or one that holds it, is disabled.
    pub disabled: bool,
    /// Whether the task itself has a `runIf` other than `true`.
    pub has_run_if: bool,
    /// Whether it runs only at times: in a branch, in `errors`, for each of some values, under a `runIf`.
    pub is_conditional: bool,
    /// Whether namespace and flow id stand there as they are, without an expression.
    pub is_literal: bool,
    /// The outputs that are read from a call of the function, with the places of their names.
    pub outputs_read: Vec<(String, Location)>,
    /// The task's mapping, or the text with the function.
    pub node: NodeId,
}

/// A flow that a Flow trigger waits for, as far as it is said with fixed values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpstreamFlow {
    /// The namespace, exact.
    pub namespace: Option<String>,
    /// The beginning of the namespace.
    pub namespace_prefix: Option<String>,
    /// The flow id.
    pub flow_id: Option<String>,
    /// The states waited for; empty where none are named.
    pub states: Vec<String>,
    /// Whether nothing else narrows it: no expression, no label, no condition that is not understood.
    pub is_complete: bool,
    /// Whether a `when` of this entry decides (Kestra 2).
    pub has_when: bool,
    /// The entry or condition that names it.
    pub node: Option<NodeId>,
    /// Where it stands.
    pub place: Option<Location>,
}

/// How a Flow trigger says what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerSource {
    /// `conditions` (Kestra 1).
    Conditions,
    /// `preconditions` (Kestra 1).
    Preconditions,
    /// `dependsOn` (Kestra 2).
    DependsOn,
    /// Nothing: it fires for every execution.
    Unfiltered,
}

/// A Flow trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowTrigger {
    /// The trigger's id; empty where it has none.
    pub id: String,
    /// Where its id, else the trigger, stands.
    pub place: Location,
    /// The form in which it is written.
    pub source: TriggerSource,
    /// What it waits for.
    pub upstream: Vec<UpstreamFlow>,
    /// Whether the trigger is disabled.
    pub disabled: bool,
    /// Whether a `when` of the trigger itself decides (Kestra 2).
    pub has_when: bool,
    /// The trigger's mapping.
    pub node: NodeId,
}

impl Summary {
    /// Summarises a flow; `None` for what is none.
    pub fn of(document: &Document, tree: &Tree, flow: &Flow) -> Option<Self> {
        let root = flow.root?;
        let reader = Reader {
            document,
            tree,
            flow,
        };
        Some(Self {
            namespace: flow.namespace.and_then(|node| fixed(document, tree, node)),
            id: flow.id.and_then(|node| fixed(document, tree, node)),
            disabled: flow.disabled,
            is_incomplete: document.is_incomplete,
            place: reader.place(flow.id.unwrap_or(root)),
            inputs: reader.inputs(),
            outputs: reader.outputs(),
            calls: super::calls::calls(document, tree, flow),
            function_calls: super::function_calls::function_calls(document, tree, flow),
            flow_triggers: super::flow_triggers::flow_triggers(document, tree, flow),
            labels: flow
                .labels
                .map_or_else(Vec::new, |labels| reader.labels(labels)),
        })
    }
}

impl Summary {
    /// Namespace and id, as far as they are known.
    pub fn full_name(&self) -> String {
        let id = self.id.as_deref().unwrap_or("?");
        match &self.namespace {
            Some(namespace) => format!("{namespace}.{id}"),
            None => id.to_owned(),
        }
    }

    /// Its calls that are not disabled.
    pub fn enabled_calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| !call.disabled)
    }

    /// Its calls that are not disabled, those of the function as well.
    pub fn all_enabled_calls(&self) -> impl Iterator<Item = &Call> {
        self.enabled_calls().chain(&self.function_calls)
    }

    /// Its Flow triggers that are not disabled.
    pub fn enabled_flow_triggers(&self) -> impl Iterator<Item = &FlowTrigger> {
        self.flow_triggers
            .iter()
            .filter(|trigger| !trigger.disabled)
    }

    /// Whether both say the same to other flows, wherever it stands: then findings on other flows
    /// cannot differ.
    pub fn has_same_interface(&self, other: &Self) -> bool {
        let mut moved = other.clone();
        moved.place = self.place;
        for (moved, here) in moved.inputs.iter_mut().zip(&self.inputs) {
            (moved.place, moved.node) = (here.place, here.node);
        }
        for (moved, here) in moved.outputs.iter_mut().zip(&self.outputs) {
            moved.place = here.place;
        }
        let calls = moved.calls.iter_mut().chain(&mut moved.function_calls);
        for (moved, here) in calls.zip(self.calls.iter().chain(&self.function_calls)) {
            (moved.place, moved.node) = (here.place, here.node);
            let inputs = moved.inputs.iter_mut().flatten();
            for (moved, here) in inputs.zip(here.inputs.iter().flatten()) {
                moved.1 = here.1;
            }
            let outputs = moved.outputs_read.iter_mut();
            for (moved, here) in outputs.zip(&here.outputs_read) {
                moved.1 = here.1;
            }
        }
        for (moved, here) in moved.flow_triggers.iter_mut().zip(&self.flow_triggers) {
            (moved.place, moved.node) = (here.place, here.node);
            for (moved, here) in moved.upstream.iter_mut().zip(&here.upstream) {
                (moved.place, moved.node) = (here.place, here.node);
            }
        }
        moved == *self
    }
}

/// Whether a text is the same at every execution: no expression in it.
pub(super) fn is_fixed(text: &str) -> bool {
    // Ids and namespaces are short and have no brace.
    memchr::memchr(b'{', text.as_bytes()).is_none()
        || (!text.contains("{{") && !text.contains("{%"))
}

/// The text of a scalar that is the same at every execution and known before Terraform runs.
pub(super) fn fixed(document: &Document, tree: &Tree, node: NodeId) -> Option<String> {
    tree.scalar_text(node)
        .filter(|text| !text.is_empty() && is_fixed(text) && !document.is_unknown(tree.range(node)))
        .map(str::to_owned)
}

/// The place of a node in a file: the whole of a scalar, of a mapping what names it.
pub(super) fn place(document: &Document, tree: &Tree, node: NodeId) -> Location {
    let range = if tree.is_scalar(node) {
        tree.first_line(tree.range(node))
    } else {
        tree.headline(node)
    };
    document.locate(range)
}

/// Whether a value is false to Kestra, which also takes the text for it.
pub(super) fn is_false(tree: &Tree, mapping: NodeId, key: &str) -> bool {
    is_boolean(tree, mapping, key, false)
}

/// Whether a value is true to Kestra, which also takes the text for it.
pub(super) fn is_true(tree: &Tree, mapping: NodeId, key: &str) -> bool {
    is_boolean(tree, mapping, key, true)
}

fn is_boolean(tree: &Tree, mapping: NodeId, key: &str, wanted: bool) -> bool {
    tree.get(mapping, key)
        .is_some_and(|node| match tree.value(node) {
            Some(Value::Boolean(value)) => value == wanted,
            Some(Value::String(text)) => {
                text.eq_ignore_ascii_case(if wanted { "true" } else { "false" })
            }
            _ => false,
        })
}

struct Reader<'run> {
    document: &'run Document,
    tree: &'run Tree,
    flow: &'run Flow,
}

impl Reader<'_> {
    fn place(&self, node: NodeId) -> Location {
        place(self.document, self.tree, node)
    }

    fn inputs(&self) -> Vec<InputSummary> {
        let text = |node: Option<NodeId>| node.and_then(|node| self.tree.scalar_text(node));
        let flow = self.flow;
        flow.inputs
            .iter()
            .filter_map(|input| {
                let id = text(input.id)?;
                let kind = text(input.type_node).unwrap_or_default();
                if kind == "FORM" {
                    return None;
                }
                let form = input.form.and_then(|form| flow.inputs.get(form as usize));
                let id = match form.and_then(|form| text(form.id)) {
                    Some(form) => format!("{form}.{id}"),
                    None => id.to_owned(),
                };
                let has = |key| {
                    self.tree
                        .get(input.node, key)
                        .is_some_and(|node| self.tree.value(node) != Some(Value::Null))
                };
                Some(InputSummary {
                    id,
                    kind: kind.to_owned(),
                    required: !is_false(self.tree, input.node, "required"),
                    has_default: has("defaults"),
                    is_dependent: has("dependsOn"),
                    node: input.node,
                    selects_first: self
                        .tree
                        .get(input.node, "autoSelectFirst")
                        .is_some_and(|node| self.tree.value(node) == Some(Value::Boolean(true))),
                    place: self.place(input.id?),
                })
            })
            .collect()
    }

    fn outputs(&self) -> Vec<OutputSummary> {
        self.flow
            .outputs
            .iter()
            .filter_map(|output| {
                let id = output.id?;
                Some(OutputSummary {
                    id: self.tree.scalar_text(id)?.to_owned(),
                    kind: output
                        .type_node
                        .and_then(|node| self.tree.scalar_text(node))
                        .unwrap_or_default()
                        .to_owned(),
                    place: self.place(id),
                })
            })
            .collect()
    }

    /// Labels are a mapping, or a list of `{key, value}`.
    fn labels(&self, labels: NodeId) -> Vec<(String, String)> {
        let text = |node: NodeId| self.tree.scalar_text(node).map(str::to_owned);
        let from_mapping = self
            .tree
            .entries(labels)
            .iter()
            .filter_map(|entry| Some((text(entry.key)?, text(entry.value)?)));
        let from_list = self.tree.items(labels).filter_map(|item| {
            Some((
                text(self.tree.get(item, "key")?)?,
                text(self.tree.get(item, "value")?)?,
            ))
        });
        from_mapping.chain(from_list).collect()
    }
}
