//! The index of a project: flows by name, and who starts whom.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::{Call, Summary, UpstreamFlow};

/// A flow of a [`ProjectIndex`]; an index into [`ProjectIndex::members`].
pub type MemberIndex = usize;

/// Why one flow starts another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// One of the starting flow's calls, by its index in [`Summary::calls`].
    Call(usize),
    /// A Flow trigger of the started flow, by its index and that of the upstream flow in it.
    Trigger(usize, usize),
}

/// One flow starts another; both are in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Start {
    /// The flow that calls, or whose end is waited for.
    pub from: MemberIndex,
    /// The flow that begins.
    pub to: MemberIndex,
    /// Why.
    pub cause: Cause,
}

#[derive(Debug)]
struct Member {
    document: u32,
    summary: Arc<Summary>,
}

/// All flows of one project.
#[derive(Debug, Default)]
pub struct ProjectIndex {
    members: Vec<Member>,
    by_name: BTreeMap<String, HashMap<String, Vec<MemberIndex>>>,
    /// The paths of all flows; empty where no name is declared more than once.
    paths: Vec<PathBuf>,
    /// The last words of all namespaces of several words.
    last_words: HashSet<String>,
    starts: Vec<Start>,
    starts_of: Vec<std::ops::Range<usize>>,
    by_document: HashMap<u32, MemberIndex>,
}

impl ProjectIndex {
    /// Builds the index from documents (by their number in the run), their summaries and paths.
    pub fn build<'run>(
        members: impl Iterator<Item = (u32, &'run Arc<Summary>, &'run Path)>,
    ) -> Self {
        let mut index = Self::default();
        let mut paths = Vec::new();
        for (document, summary, path) in members {
            let member = index.members.len();
            index.by_document.insert(document, member);
            index.members.push(Member {
                document,
                summary: Arc::clone(summary),
            });
            paths.push(path);
            if let (Some(namespace), Some(id)) = (&summary.namespace, &summary.id) {
                if !index.by_name.contains_key(namespace) {
                    index.by_name.insert(namespace.clone(), HashMap::new());
                    let last_word = namespace.rsplit_once('.').map(|(_, word)| word.to_owned());
                    index.last_words.extend(last_word);
                }
                if let Some(ids) = index.by_name.get_mut(namespace) {
                    ids.entry(id.clone()).or_default().push(member);
                }
            }
        }
        let mut names = index.by_name.values().flat_map(HashMap::values);
        if names.any(|members| members.len() > 1) {
            index.paths = paths.into_iter().map(Path::to_owned).collect();
        }
        index.link();
        index
    }

    fn link(&mut self) {
        let mut starts = Vec::new();
        for (member, Member { summary, .. }) in self.members.iter().enumerate() {
            for (position, call) in summary.calls.iter().enumerate() {
                let callee = self.callees(member, call).first().copied();
                starts.extend(callee.map(|to| Start {
                    from: member,
                    to,
                    cause: Cause::Call(position),
                }));
            }
            for (position, trigger) in summary.flow_triggers.iter().enumerate() {
                if trigger.disabled {
                    continue;
                }
                for (entry, upstream) in trigger.upstream.iter().enumerate() {
                    let from = self.upstream_flows(member, upstream).first().copied();
                    starts.extend(from.map(|from| Start {
                        from,
                        to: member,
                        cause: Cause::Trigger(position, entry),
                    }));
                }
            }
        }
        starts.sort_unstable();
        let mut first = 0;
        self.starts_of = (0..self.members.len())
            .map(|member| {
                let end = first + starts[first..].partition_point(|start| start.from <= member);
                std::mem::replace(&mut first, end)..end
            })
            .collect();
        self.starts = starts;
    }

    /// The flows that a call reaches; more than one where the name is declared several times and none
    /// of them lies nearest to the caller. None where the name is not known or not in the project.
    pub fn callees(&self, caller: MemberIndex, call: &Call) -> Cow<'_, [MemberIndex]> {
        match (&call.namespace, &call.flow_id) {
            (Some(namespace), Some(id)) => self.nearest(caller, namespace, id),
            _ => Cow::Borrowed(&[]),
        }
    }

    /// The flows that an entry of a Flow trigger names outright.
    pub fn upstream_flows(
        &self,
        member: MemberIndex,
        upstream: &UpstreamFlow,
    ) -> Cow<'_, [MemberIndex]> {
        match (&upstream.namespace, &upstream.flow_id) {
            (Some(namespace), Some(id)) => self.nearest(member, namespace, id),
            _ => Cow::Borrowed(&[]),
        }
    }

    /// Of several flows of a name those whose files share the most directories with a flow's.
    fn nearest(&self, from: MemberIndex, namespace: &str, id: &str) -> Cow<'_, [MemberIndex]> {
        let all = self.flows(namespace, id);
        if all.len() < 2 {
            return Cow::Borrowed(all);
        }
        let Some(path) = self.paths.get(from) else {
            return Cow::Borrowed(all);
        };
        let shared = |member: &MemberIndex| {
            let other = self.paths.get(*member).map(|path| path.components());
            let pairs = path.components().zip(other.into_iter().flatten());
            pairs.take_while(|(one, other)| one == other).count()
        };
        let most = all.iter().map(shared).max();
        Cow::Owned(
            all.iter()
                .copied()
                .filter(|member| Some(shared(member)) == most)
                .collect(),
        )
    }

    /// All flows, with the numbers of their documents.
    pub fn members(&self) -> impl Iterator<Item = (MemberIndex, u32, &Summary)> {
        self.members
            .iter()
            .enumerate()
            .map(|(index, member)| (index, member.document, &*member.summary))
    }

    /// The number of flows.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no flow.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The summary of a flow.
    pub fn summary(&self, member: MemberIndex) -> &Summary {
        &self.members[member].summary
    }

    /// The number of a flow's document in the run.
    pub fn document(&self, member: MemberIndex) -> u32 {
        self.members[member].document
    }

    /// The flow of a document.
    pub fn member_of(&self, document: u32) -> Option<MemberIndex> {
        self.by_document.get(&document).copied()
    }

    /// The flows of a name; more than one if it is declared several times.
    pub fn flows(&self, namespace: &str, id: &str) -> &[MemberIndex] {
        self.by_name
            .get(namespace)
            .and_then(|ids| ids.get(id))
            .map_or(&[], Vec::as_slice)
    }

    /// All names that are declared several times, with their flows, sorted.
    pub fn repeated(&self) -> Vec<(&str, &str, &[MemberIndex])> {
        if self.paths.is_empty() {
            return Vec::new();
        }
        let mut repeated: Vec<_> = self
            .by_name
            .iter()
            .flat_map(|(namespace, ids)| {
                ids.iter()
                    .map(move |(id, members)| (namespace, id, members))
            })
            .filter(|(_, _, members)| members.len() > 1)
            .map(|(namespace, id, members)| (namespace.as_str(), id.as_str(), members.as_slice()))
            .collect();
        repeated.sort_unstable();
        repeated
    }

    /// The path of a flow; known only where some name is declared several times.
    pub fn path(&self, member: MemberIndex) -> Option<&Path> {
        self.paths.get(member).map(PathBuf::as_path)
    }

    /// Whether flows of exactly this namespace are in the project.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.by_name.contains_key(namespace)
    }

    /// Whether some namespace of the project has several words (`company.sales`), of which this is the last.
    pub fn has_namespace_ending_in(&self, word: &str) -> bool {
        self.last_words.contains(word)
    }

    /// The namespaces of the project, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The ids of the flows of a namespace, in no particular order.
    pub fn ids_of(&self, namespace: &str) -> impl Iterator<Item = &str> {
        self.by_name
            .get(namespace)
            .into_iter()
            .flat_map(|ids| ids.keys().map(String::as_str))
    }

    /// What a flow starts within the project: by its calls, and by its end.
    pub fn starts_of(&self, from: MemberIndex) -> &[Start] {
        self.starts_of
            .get(from)
            .map_or(&[], |range| &self.starts[range.clone()])
    }

    /// All starts within the project, sorted by the flow that they come from.
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }
}
