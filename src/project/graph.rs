//! The flows of a project and who starts whom, as a picture needs it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{CallKind, MemberIndex, ProjectIndex};
use crate::finding::Location;

/// Flows and what connects them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowGraph {
    /// The flows by name; those that are only named and not in the project, too.
    pub flows: Vec<FlowNode>,
    /// The connections, sorted; one of a kind between two flows.
    pub edges: Vec<FlowEdge>,
}

/// A flow of a [`FlowGraph`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowNode {
    /// Namespace and id.
    pub name: String,
    /// The namespace; empty where it is not known.
    pub namespace: String,
    /// The id; `?` where it is not known.
    pub id: String,
    /// Where it is declared; none where it is not in the project.
    pub place: Option<Location>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its place in the project.
    pub member: Option<MemberIndex>,
}

/// How one flow starts another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// A Subflow task.
    Subflow,
    /// A `ForEachItem` task.
    ForEachItem,
    /// A tool of an AI agent.
    Agent,
    /// The function `subflow()`.
    Function,
    /// A Flow trigger of the flow that is started.
    Trigger,
}

impl EdgeKind {
    /// The word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subflow => "subflow",
            Self::ForEachItem => "for-each-item",
            Self::Agent => "agent",
            Self::Function => "function",
            Self::Trigger => "trigger",
        }
    }
}

/// One flow starts another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowEdge {
    /// The flow that starts the other or whose end does, as an index into [`FlowGraph::flows`].
    pub from: usize,
    /// The flow that is started, likewise.
    pub to: usize,
    /// How.
    pub kind: EdgeKind,
    /// The id of the task, trigger or input; empty where it has none.
    pub by: String,
}

impl FlowGraph {
    /// The graph of a project.
    pub fn of(project: &ProjectIndex) -> Self {
        let mut builder = Builder::default();
        let nodes: Vec<usize> = project
            .members()
            .map(|(member, _, summary)| {
                let node = FlowNode {
                    name: summary.full_name(),
                    namespace: summary.namespace.clone().unwrap_or_default(),
                    id: summary.id.clone().unwrap_or_else(|| "?".to_owned()),
                    place: Some(summary.place),
                    disabled: summary.disabled,
                    member: Some(member),
                };
                builder.graph.flows.push(node);
                builder.graph.flows.len() - 1
            })
            .collect();
        builder.connect(project, &nodes);
        builder.sort();
        builder.graph
    }

    /// Keeps what a change of some flows can break: they themselves, the flows that call them, and the
    /// flows that wait for them, directly or through others.
    #[must_use]
    pub fn impacted_by(self, changed: impl Fn(&FlowNode) -> bool) -> Self {
        let mut dependents: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for edge in &self.edges {
            let (needed, dependent) = match edge.kind {
                EdgeKind::Trigger => (edge.from, edge.to),
                _ => (edge.to, edge.from),
            };
            dependents.entry(needed).or_default().push(dependent);
        }
        let changed = (0..self.flows.len()).filter(|index| changed(&self.flows[*index]));
        let mut kept: BTreeSet<usize> = changed.collect();
        let mut pending: VecDeque<usize> = kept.iter().copied().collect();
        while let Some(flow) = pending.pop_front() {
            for dependent in dependents.get(&flow).into_iter().flatten() {
                if kept.insert(*dependent) {
                    pending.push_back(*dependent);
                }
            }
        }
        self.keep(&kept)
    }

    /// Puts the flows of another graph behind its own; nothing connects the two.
    pub fn append(&mut self, other: Self) {
        let offset = self.flows.len();
        self.flows.extend(other.flows);
        self.edges
            .extend(other.edges.into_iter().map(|edge| FlowEdge {
                from: edge.from + offset,
                to: edge.to + offset,
                ..edge
            }));
    }

    /// Leaves out flows that nothing connects to others.
    #[must_use]
    pub fn connected(self) -> Self {
        let ends = self.edges.iter().flat_map(|edge| [edge.from, edge.to]);
        let kept = ends.collect();
        self.keep(&kept)
    }

    fn keep(self, kept: &BTreeSet<usize>) -> Self {
        let places: BTreeMap<usize, usize> = kept.iter().copied().zip(0..).collect();
        let edges = self.edges.into_iter().filter_map(|edge| {
            Some(FlowEdge {
                from: *places.get(&edge.from)?,
                to: *places.get(&edge.to)?,
                ..edge
            })
        });
        let edges = edges.collect();
        let flows = self.flows.into_iter().enumerate();
        let flows = flows.filter(|(index, _)| kept.contains(index));
        Self {
            flows: flows.map(|(_, flow)| flow).collect(),
            edges,
        }
    }
}

#[derive(Default)]
struct Builder {
    graph: FlowGraph,
    missing: BTreeMap<(String, String), usize>,
}

impl Builder {
    fn connect(&mut self, project: &ProjectIndex, nodes: &[usize]) {
        for (member, _, summary) in project.members() {
            for call in summary.calls.iter().chain(&summary.function_calls) {
                let kind = match call.kind {
                    CallKind::Subflow => EdgeKind::Subflow,
                    CallKind::ForEachItem => EdgeKind::ForEachItem,
                    CallKind::AgentTool => EdgeKind::Agent,
                    CallKind::Function => EdgeKind::Function,
                };
                let callees = project.callees(member, call);
                let name = (&call.namespace, &call.flow_id);
                for to in self.targets(nodes, &callees, name) {
                    self.edge(nodes[member], to, kind, &call.task);
                }
            }
            for trigger in &summary.flow_triggers {
                for upstream in &trigger.upstream {
                    let found = project.upstream_flows(member, upstream);
                    let name = (&upstream.namespace, &upstream.flow_id);
                    for from in self.targets(nodes, &found, name) {
                        self.edge(from, nodes[member], EdgeKind::Trigger, &trigger.id);
                    }
                }
            }
        }
    }

    /// The flows of a name; one of its own where the project has none.
    fn targets(
        &mut self,
        nodes: &[usize],
        found: &[MemberIndex],
        name: (&Option<String>, &Option<String>),
    ) -> Vec<usize> {
        if !found.is_empty() {
            return found.iter().map(|member| nodes[*member]).collect();
        }
        let (Some(namespace), Some(id)) = name else {
            return Vec::new();
        };
        let flows = &mut self.graph.flows;
        let key = (namespace.clone(), id.clone());
        let node = *self.missing.entry(key).or_insert_with(|| {
            flows.push(FlowNode {
                name: format!("{namespace}.{id}"),
                namespace: namespace.clone(),
                id: id.clone(),
                place: None,
                disabled: false,
                member: None,
            });
            flows.len() - 1
        });
        vec![node]
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, by: &str) {
        let by = by.to_owned();
        self.graph.edges.push(FlowEdge { from, to, kind, by });
    }

    /// Sorts flows by name and edges by their ends.
    fn sort(&mut self) {
        let flows = &self.graph.flows;
        let mut order: Vec<usize> = (0..flows.len()).collect();
        order.sort_by(|one, other| {
            let key = |index: usize| (&flows[index].name, flows[index].place);
            key(*one).cmp(&key(*other))
        });
        let mut places = vec![0; order.len()];
        for (place, index) in order.iter().enumerate() {
            places[*index] = place;
        }
        self.graph.flows = order.iter().map(|index| flows[*index].clone()).collect();
        for edge in &mut self.graph.edges {
            (edge.from, edge.to) = (places[edge.from], places[edge.to]);
        }
        self.graph.edges.sort();
        self.graph.edges.dedup_by(|later, earlier| {
            (later.from, later.to, later.kind) == (earlier.from, earlier.to, earlier.kind)
        });
    }
}
