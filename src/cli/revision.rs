//! Revisions of the repository: found, read through Git and loaded as files on disk are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::console::Failure;
use crate::config::Configured;
use crate::engine::{self, LoadRequest, Overlay, Settings, SettingsSource, Workspace};
use crate::source::{Candidate, GitProblem, GitRepository, Revision};

/// What is wrong, and what to do about it.
pub(super) fn failure(problem: GitProblem) -> Failure {
    const SHALLOW: &str = "this clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0` for \
                           actions/checkout, brings the rest of the history";
    match problem {
        GitProblem::NoGit(words) => Failure::new(format!("git cannot be run: {words}"))
            .hint("revisions are read by calling `git`: install it, or put it on the PATH"),
        GitProblem::NoRepository(directory, words) => {
            let place = directory.display();
            Failure::new(format!("no Git repository at {place}: {words}"))
        }
        GitProblem::NoRevision { name, is_shallow } => {
            let failure = Failure::new(format!("`{name}` is no commit of this repository"));
            failure.hint(if is_shallow {
                SHALLOW
            } else {
                "a branch of a remote is called `origin/main`, once it has been fetched"
            })
        }
        GitProblem::NoMergeBase { names, is_shallow } => {
            let [one, other] = names;
            let message = format!("`{one}` and `{other}` have no common ancestor here");
            let failure = Failure::new(message);
            if is_shallow {
                failure.hint(SHALLOW)
            } else {
                failure
            }
        }
        GitProblem::Failed(command, words) => Failure::new(format!("{command} failed: {words}")),
    }
}

/// A revision that was loaded.
pub(super) struct LoadedRevision {
    pub(super) workspace: Workspace,
    /// The directory under which its files were loaded.
    virtual_root: PathBuf,
}

impl LoadedRevision {
    /// The path of a file from the root of the repository.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.virtual_root)
            .unwrap_or(path)
            .to_owned()
    }
}

/// Loads the flows of a revision. Its files are called `<commit>:<path>`, as Git names them: nothing on
/// disk has such a name, so that nothing that Terraform reads comes from the working tree by mistake.
/// The configuration is that of the working tree: both sides are looked at in the same way.
pub(super) fn load(
    repository: &GitRepository,
    revision: &Revision,
    settings: &Configured,
) -> Result<LoadedRevision, Failure> {
    let files = repository.files_of(revision).map_err(failure)?;
    let virtual_root = PathBuf::from(format!("{}:", revision.commit));
    let overlay: Overlay = files
        .texts
        .into_iter()
        .map(|(path, text)| (virtual_root.join(path), text))
        .collect::<HashMap<PathBuf, Arc<str>>>();
    let candidates: Vec<Candidate> = files
        .candidates
        .into_iter()
        .map(|candidate| Candidate {
            path: virtual_root.join(candidate.path),
            ..candidate
        })
        .collect();
    let settings = SettingsOfRevision {
        virtual_root: &virtual_root,
        root: repository.root(),
        settings,
    };
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings: &settings,
    });
    Ok(LoadedRevision {
        workspace,
        virtual_root,
    })
}

/// The settings of the file of the same path in the working tree.
struct SettingsOfRevision<'run> {
    virtual_root: &'run Path,
    root: &'run Path,
    settings: &'run Configured,
}

impl SettingsOfRevision<'_> {
    fn real(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.virtual_root) {
            Ok(below) => self.root.join(below),
            Err(_) => path.to_owned(),
        }
    }
}

impl SettingsSource for SettingsOfRevision<'_> {
    fn settings(&self, path: &Path) -> Arc<Settings> {
        self.settings.settings(&self.real(path))
    }

    fn project_root(&self, path: &Path) -> PathBuf {
        self.settings.project_root(&self.real(path))
    }

    fn is_excluded(&self, path: &Path, named: bool) -> bool {
        self.settings.is_excluded(&self.real(path), named)
    }
}
