//! What other files may ask of a flow: its interface, and the places of its parts.

use crate::finding::Location;
use crate::model::{FLOW_TRIGGER_TYPES, FOR_EACH_ITEM_TYPES, Flow, SUBFLOW_TYPES};
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
    /// Where the flow is named: its `id`, else its first key.
    pub place: Location,
    /// Its inputs; those of a FORM by their dotted id.
    pub inputs: Vec<InputSummary>,
    /// Its outputs.
    pub outputs: Vec<OutputSummary>,
    /// The flows that its tasks start.
    pub calls: Vec<Call>,
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
}

/// A call of another flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The kind of task.
    pub kind: CallKind,
    /// The id of the task; empty where it has none.
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
    /// The task's mapping.
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
}

impl Summary {
    /// Summarises a flow; `None` for what is none.
    pub fn of(document: &Document, tree: &Tree, flow: &Flow) -> Option<Self> {
        let root = flow.root?;
        let reader = Reader { document, tree };
        Some(Self {
            namespace: flow
                .namespace_text(tree)
                .filter(|text| is_fixed(text))
                .map(str::to_owned),
            id: flow
                .id_text(tree)
                .filter(|text| is_fixed(text))
                .map(str::to_owned),
            disabled: flow.disabled,
            place: reader.place(flow.id.unwrap_or(root)),
            inputs: reader.inputs(flow),
            outputs: reader.outputs(flow),
            calls: reader.calls(flow),
            flow_triggers: reader.flow_triggers(flow),
            labels: flow
                .labels
                .map_or_else(Vec::new, |labels| reader.labels(labels)),
        })
    }
}

/// Whether a text is the same at every execution: no expression in it.
fn is_fixed(text: &str) -> bool {
    !text.contains("{{") && !text.contains("{%")
}

struct Reader<'run> {
    document: &'run Document,
    tree: &'run Tree,
}

impl Reader<'_> {
    fn place(&self, node: NodeId) -> Location {
        let range = if self.tree.is_scalar(node) {
            self.tree.first_line(self.tree.range(node))
        } else {
            self.tree.headline(node)
        };
        self.document.locate(range)
    }

    fn fixed(&self, mapping: NodeId, key: &str) -> Option<String> {
        self.tree
            .get_text(mapping, key)
            .filter(|text| is_fixed(text) && !text.is_empty())
            .map(str::to_owned)
    }

    fn is_false(&self, mapping: NodeId, key: &str) -> bool {
        self.tree
            .get(mapping, key)
            .is_some_and(|node| match self.tree.value(node) {
                Some(Value::Boolean(value)) => !value,
                Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
                _ => false,
            })
    }

    fn inputs(&self, flow: &Flow) -> Vec<InputSummary> {
        let text = |node: Option<NodeId>| node.and_then(|node| self.tree.scalar_text(node));
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
                    required: !self.is_false(input.node, "required"),
                    has_default: has("defaults"),
                    place: self.place(input.id?),
                })
            })
            .collect()
    }

    fn outputs(&self, flow: &Flow) -> Vec<OutputSummary> {
        flow.outputs
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

    fn calls(&self, flow: &Flow) -> Vec<Call> {
        let mut calls = Vec::new();
        for task in &flow.tasks {
            let Some(type_name) = task.type_node.and_then(|node| self.tree.scalar_text(node))
            else {
                continue;
            };
            if SUBFLOW_TYPES.contains(&type_name) {
                calls.push(self.call(CallKind::Subflow, task.node));
            } else if FOR_EACH_ITEM_TYPES.contains(&type_name) {
                calls.push(self.call(CallKind::ForEachItem, task.node));
            }
        }
        calls
    }

    fn call(&self, kind: CallKind, node: NodeId) -> Call {
        let tree = self.tree;
        let inputs = match tree.get(node, "inputs") {
            None => Some(Vec::new()),
            Some(inputs) if tree.is_mapping(inputs) => Some(
                tree.entries(inputs)
                    .iter()
                    .filter_map(|entry| {
                        Some((
                            tree.scalar_text(entry.key)?.to_owned(),
                            self.place(entry.key),
                        ))
                    })
                    .collect(),
            ),
            Some(_) => None,
        };
        Call {
            kind,
            task: tree.get_text(node, "id").unwrap_or_default().to_owned(),
            namespace: self.fixed(node, "namespace"),
            flow_id: self.fixed(node, "flowId"),
            place: self.place(tree.get(node, "flowId").unwrap_or(node)),
            inputs,
            wait: !self.is_false(node, "wait"),
            node,
        }
    }

    fn flow_triggers(&self, flow: &Flow) -> Vec<FlowTrigger> {
        flow.triggers
            .iter()
            .filter(|trigger| {
                trigger
                    .type_node
                    .and_then(|node| self.tree.scalar_text(node))
                    .is_some_and(|name| FLOW_TRIGGER_TYPES.contains(&name))
            })
            .map(|trigger| self.flow_trigger(trigger.node))
            .collect()
    }

    fn flow_trigger(&self, node: NodeId) -> FlowTrigger {
        let tree = self.tree;
        let (source, upstream) = if let Some(entries) = tree.get(node, "dependsOn") {
            let upstream = tree
                .items(entries)
                .map(|entry| self.upstream(entry))
                .collect();
            (TriggerSource::DependsOn, upstream)
        } else if let Some(preconditions) = tree.get(node, "preconditions") {
            let flows = tree.get(preconditions, "flows");
            let upstream = flows.map_or_else(Vec::new, |flows| {
                tree.items(flows)
                    .map(|entry| self.upstream(entry))
                    .collect()
            });
            (TriggerSource::Preconditions, upstream)
        } else if let Some(conditions) = tree.get(node, "conditions") {
            (
                TriggerSource::Conditions,
                vec![self.upstream_of_conditions(conditions)],
            )
        } else {
            (TriggerSource::Unfiltered, Vec::new())
        };
        FlowTrigger {
            id: tree.get_text(node, "id").unwrap_or_default().to_owned(),
            place: self.place(node),
            source,
            upstream,
            disabled: tree
                .get(node, "disabled")
                .is_some_and(|disabled| tree.value(disabled) == Some(Value::Boolean(true))),
        }
    }

    fn upstream(&self, entry: NodeId) -> UpstreamFlow {
        UpstreamFlow {
            namespace: self.fixed(entry, "namespace"),
            namespace_prefix: None,
            flow_id: self.fixed(entry, "flowId"),
            states: self.states(entry, "states"),
            place: Some(self.place(self.tree.get(entry, "flowId").unwrap_or(entry))),
        }
    }

    fn states(&self, mapping: NodeId, key: &str) -> Vec<String> {
        let list = self.tree.get(mapping, key);
        list.map_or_else(Vec::new, |list| {
            self.tree
                .items(list)
                .filter_map(|state| self.tree.scalar_text(state).map(str::to_owned))
                .collect()
        })
    }

    /// The conditions of one trigger all hold together, so they describe one upstream flow.
    fn upstream_of_conditions(&self, conditions: NodeId) -> UpstreamFlow {
        let mut upstream = UpstreamFlow::default();
        for condition in self.tree.items(conditions) {
            let Some(name) = self.tree.get_text(condition, "type") else {
                continue;
            };
            match name
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .trim_end_matches("Condition")
            {
                "ExecutionFlow" => {
                    upstream.namespace = self.fixed(condition, "namespace");
                    upstream.flow_id = self.fixed(condition, "flowId");
                    upstream.place = Some(self.place(condition));
                }
                "ExecutionNamespace" => self.namespace_condition(condition, &mut upstream),
                "ExecutionStatus" => upstream.states = self.states(condition, "in"),
                _ => {}
            }
        }
        upstream
    }

    fn namespace_condition(&self, condition: NodeId, upstream: &mut UpstreamFlow) {
        let namespace = self.fixed(condition, "namespace");
        let prefix = self.tree.get_text(condition, "prefix") == Some("true")
            || self.tree.get_text(condition, "comparison") == Some("PREFIX");
        if prefix {
            upstream.namespace_prefix = namespace;
        } else if self.tree.get(condition, "comparison").is_none()
            || self.tree.get_text(condition, "comparison") == Some("EQUALS")
        {
            upstream.namespace = namespace;
        }
        upstream.place.get_or_insert(self.place(condition));
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
