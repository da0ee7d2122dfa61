//! Two states of a repository: what has changed in what flows offer to others, and who relies on it.
//!
//! Both states are loaded as any run loads its flows ([`crate::engine::load`]). Flows are paired by name and,
//! where a name is gone, by likeness ([`pairs`]); the interfaces of each pair are held against each other;
//! and for each change that breaks something the flows of the later state are asked who uses it.

mod change;
mod interface;
mod pairs;
mod users;

pub use change::{Change, ChangeKind, FlowChanges, compare};
pub use pairs::{Pair, pairs};
pub use users::{Reliance, User};

use std::path::{Path, PathBuf};

use crate::engine::{LoadedDocument, Workspace};
use crate::finding::{FileId, Location};
use crate::project::{MemberIndex, ProjectIndex, Summary};

/// One state of a repository.
pub struct State<'run> {
    /// What was loaded.
    pub workspace: &'run Workspace,
    /// The path of each file from the root of the repository.
    pub paths: Vec<PathBuf>,
}

impl<'run> State<'run> {
    /// A state whose files have these paths in its repository.
    pub fn new(workspace: &'run Workspace, path: impl Fn(&Path) -> PathBuf) -> Self {
        let files = workspace.files.iter();
        Self {
            workspace,
            paths: files.map(|(_, file)| path(&file.path)).collect(),
        }
    }

    /// The path of a file from the root of the repository.
    pub fn path(&self, file: FileId) -> &Path {
        &self.paths[file.0 as usize]
    }

    /// The path of a place and its line, from 1.
    pub fn line(&self, place: Location) -> (&Path, u32) {
        let file = self.workspace.files.get(place.file);
        let line = file.line_index().line_column(place.range.start()).line;
        (self.path(place.file), line)
    }

    /// All flows, in the order of their files.
    pub fn flows(&self) -> impl Iterator<Item = FlowOf<'run>> + '_ {
        let projects = self.workspace.projects.iter();
        projects.flat_map(|project| {
            project.members().filter_map(|(member, document, _)| {
                Some(FlowOf {
                    project,
                    member,
                    document: self.workspace.documents.get(document as usize)?,
                })
            })
        })
    }
}

/// A flow of a [`State`].
#[derive(Clone, Copy)]
pub struct FlowOf<'run> {
    /// Its project.
    pub project: &'run ProjectIndex,
    /// Its place there.
    pub member: MemberIndex,
    /// Its document.
    pub document: &'run LoadedDocument,
}

impl<'run> FlowOf<'run> {
    /// What it offers.
    pub fn summary(&self) -> &'run Summary {
        self.project.summary(self.member)
    }

    /// Whether both are the same flow of the same state.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document)
    }
}
