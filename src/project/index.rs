//! The index of a project: flows by name, and the graph of their calls.

use std::collections::HashMap;

use super::{Call, Summary};

/// A flow's name within a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// The namespace.
    pub namespace: String,
    /// The id.
    pub id: String,
}

impl std::fmt::Display for FlowKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.namespace, self.id)
    }
}

/// A flow of a [`ProjectIndex`]; an index into [`ProjectIndex::members`].
pub type MemberIndex = usize;

/// A call between two flows that are both in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallEdge {
    /// The flow that calls.
    pub caller: MemberIndex,
    /// Which of its calls.
    pub call: usize,
    /// The flow that is called.
    pub callee: MemberIndex,
}

/// All flows of one project.
#[derive(Debug, Default)]
pub struct ProjectIndex {
    members: Vec<(u32, Summary)>,
    by_key: HashMap<FlowKey, Vec<MemberIndex>>,
    namespaces: HashMap<String, usize>,
    edges: Vec<CallEdge>,
    edges_of: Vec<std::ops::Range<usize>>,
    by_document: HashMap<u32, MemberIndex>,
}

impl ProjectIndex {
    /// Builds the index from documents (by their number in the run) and their summaries.
    pub fn build<'run>(members: impl Iterator<Item = (u32, &'run Summary)>) -> Self {
        let mut index = Self {
            members: members
                .map(|(document, summary)| (document, summary.clone()))
                .collect(),
            ..Self::default()
        };
        for (member, (document, summary)) in index.members.iter().enumerate() {
            index.by_document.insert(*document, member);
            let (Some(namespace), Some(id)) = (&summary.namespace, &summary.id) else {
                continue;
            };
            *index.namespaces.entry(namespace.clone()).or_default() += 1;
            let key = FlowKey {
                namespace: namespace.clone(),
                id: id.clone(),
            };
            index.by_key.entry(key).or_default().push(member);
        }
        index.link();
        index
    }

    fn link(&mut self) {
        for (caller, (_, summary)) in self.members.iter().enumerate() {
            let first = self.edges.len();
            for (call, made) in summary.calls.iter().enumerate() {
                let callee = self.callee(made).and_then(|members| members.first());
                self.edges.extend(callee.map(|callee| CallEdge {
                    caller,
                    call,
                    callee: *callee,
                }));
            }
            self.edges_of.push(first..self.edges.len());
        }
    }

    fn callee(&self, call: &Call) -> Option<&[MemberIndex]> {
        let key = FlowKey {
            namespace: call.namespace.clone()?,
            id: call.flow_id.clone()?,
        };
        self.by_key.get(&key).map(Vec::as_slice)
    }

    /// All flows, with the numbers of their documents.
    pub fn members(&self) -> impl Iterator<Item = (MemberIndex, u32, &Summary)> {
        self.members
            .iter()
            .enumerate()
            .map(|(index, (document, summary))| (index, *document, summary))
    }

    /// The summary of a flow.
    pub fn summary(&self, member: MemberIndex) -> &Summary {
        &self.members[member].1
    }

    /// The number of a flow's document in the run.
    pub fn document(&self, member: MemberIndex) -> u32 {
        self.members[member].0
    }

    /// The flow of a document.
    pub fn member_of(&self, document: u32) -> Option<MemberIndex> {
        self.by_document.get(&document).copied()
    }

    /// The flows of a name; more than one if it is declared twice.
    pub fn flows(&self, namespace: &str, id: &str) -> &[MemberIndex] {
        let key = FlowKey {
            namespace: namespace.to_owned(),
            id: id.to_owned(),
        };
        self.by_key.get(&key).map_or(&[], Vec::as_slice)
    }

    /// All names with their flows, in no particular order.
    pub fn by_key(&self) -> impl Iterator<Item = (&FlowKey, &[MemberIndex])> {
        self.by_key
            .iter()
            .map(|(key, members)| (key, members.as_slice()))
    }

    /// Whether flows of exactly this namespace are in the project.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.contains_key(namespace)
    }

    /// The ids of the flows of a namespace.
    pub fn ids_of(&self, namespace: &str) -> impl Iterator<Item = &str> {
        self.by_key
            .keys()
            .filter(move |key| key.namespace == namespace)
            .map(|key| key.id.as_str())
    }

    /// The calls of a flow whose callee is in the project.
    pub fn calls_of(&self, caller: MemberIndex) -> &[CallEdge] {
        self.edges_of
            .get(caller)
            .map_or(&[], |range| &self.edges[range.clone()])
    }

    /// All calls within the project.
    pub fn edges(&self) -> &[CallEdge] {
        &self.edges
    }
}
