//! The flows of a project with their hashes, made once for all rules about what stands several times.

use std::rc::Rc;

use rayon::prelude::*;

use super::{LoadedDocument, ProjectChecker, Workspace};
use crate::analysis::clones::{self, Digests, Limits, Similar, Source};
use crate::project::{Environments, MemberIndex};

/// Flows with fewer lines are not told to be copies.
const LEAST_LINES: u32 = 20;
/// In how many words copies of a flow may differ.
const MOST_PARAMETERS: usize = 6;

/// The flows of a project with their hashes.
pub struct Hashed {
    /// The flows.
    pub members: Vec<HashedMember>,
    /// Groups of flows that are copies of each other; their sources are the positions in `members`.
    pub copied_flows: Vec<Similar>,
}

/// A flow with its hashes.
pub struct HashedMember {
    /// Its place in the project.
    pub member: MemberIndex,
    /// Index of its document in the workspace.
    pub document: usize,
    /// The first document of its name. A flow has one file for each environment at times; those count once,
    /// and so do flows that are copies of each other as a whole.
    pub name: usize,
    /// The hashes.
    pub digests: Digests,
}

impl ProjectChecker<'_> {
    /// The flows of the project with their hashes.
    pub fn hashed(&mut self) -> Rc<Hashed> {
        self.memory.known().unwrap_or_else(|| {
            let made = Hashed::make(self);
            self.memory.keep(made)
        })
    }
}

impl Hashed {
    fn make(checker: &ProjectChecker<'_>) -> Self {
        let (workspace, project) = (checker.workspace, checker.project);
        let known: Vec<(MemberIndex, usize, usize)> = project
            .members()
            .filter_map(|(member, document, summary)| {
                let document = document as usize;
                workspace.documents.get(document)?;
                let name = summary.namespace.as_deref().zip(summary.id.as_deref());
                let first = name.and_then(|(namespace, id)| project.flows(namespace, id).first());
                let name = first.map_or(document, |first| project.document(*first) as usize);
                Some((member, document, name))
            })
            .collect();
        let members: Vec<HashedMember> = known
            .into_par_iter()
            .map(|(member, document, name)| {
                let loaded = &workspace.documents[document];
                HashedMember {
                    member,
                    document,
                    name,
                    digests: Digests::of(&loaded.tree, &loaded.flow),
                }
            })
            .collect();
        let mut hashed = Self {
            members,
            copied_flows: Vec::new(),
        };
        hashed.copied_flows = hashed.copies(checker);
        for group in &hashed.copied_flows {
            let name = hashed.members[group.places[0].source].name;
            for place in &group.places {
                hashed.members[place.source].name = name;
            }
        }
        hashed
    }

    /// The flows as the search for clones wants them.
    pub fn sources<'run>(&'run self, workspace: &'run Workspace) -> Vec<Source<'run>> {
        let members = 0..self.members.len();
        members
            .map(|member| self.source(workspace, member))
            .collect()
    }

    /// One of the flows as the search for clones wants it.
    pub fn source<'run>(&'run self, workspace: &'run Workspace, member: usize) -> Source<'run> {
        let member = &self.members[member];
        let LoadedDocument { tree, flow, .. } = &workspace.documents[member.document];
        Source {
            tree,
            flow,
            digests: &member.digests,
        }
    }

    fn copies(&self, checker: &ProjectChecker<'_>) -> Vec<Similar> {
        let limits = Limits {
            lines: LEAST_LINES,
            occurrences: 2,
            parameters: MOST_PARAMETERS,
        };
        let workspace = checker.workspace;
        let sources = self.sources(workspace);
        // What Terraform makes of one text several times is written once.
        let is_written = |place: &clones::Place| {
            let document = self.members[place.source].document;
            workspace.documents[document].terraform.is_none()
        };
        let mut found = clones::similar(&sources, true, limits, is_written);
        let environments = checker.environments();
        for group in &mut found {
            // Of one name twice in one environment there is another finding.
            let mut kept: Vec<usize> = Vec::new();
            group.places.retain(|place| {
                let own = place.source;
                let is_apart = kept
                    .iter()
                    .all(|other| self.are_apart(checker, environments, *other, own));
                if is_apart {
                    kept.push(own);
                }
                is_apart
            });
        }
        found.retain(|group| group.places.len() > 1);
        found
    }

    fn are_apart(
        &self,
        checker: &ProjectChecker<'_>,
        environments: Environments<'_>,
        one: usize,
        other: usize,
    ) -> bool {
        let (one, other) = (&self.members[one], &self.members[other]);
        let path = |member: &HashedMember| {
            let file = checker.workspace.documents[member.document].document.file;
            &checker.workspace.files.get(file).path
        };
        one.name != other.name || environments.are_apart(path(one), path(other))
    }
}
