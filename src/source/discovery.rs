//! Finds the files that may hold flows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The ignore file of our own, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".kestralintignore";

/// What discovery may be told.
#[derive(Debug, Clone)]
pub struct DiscoverySettings {
    /// Whether `.gitignore` and its like are honoured.
    pub respect_gitignore: bool,
}

impl Default for DiscoverySettings {
    fn default() -> Self {
        Self {
            respect_gitignore: true,
        }
    }
}

/// A file that may hold flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path as it was reached.
    pub path: PathBuf,
    /// Whether it was named on the command line, and so is always checked.
    pub named: bool,
}

/// Something that kept a directory or file from being looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryProblem {
    /// Where.
    pub path: PathBuf,
    /// What happened.
    pub message: String,
}

/// Walks the paths: files are taken as they are, directories searched for `.yml`, `.yaml` and `.tf`.
/// Hidden directories are walked, `.git` is not; ignore files above a named path do not hide it. Links
/// are followed, loops are noticed. The result is sorted and free of repetitions.
pub fn discover(
    paths: &[PathBuf],
    settings: &DiscoverySettings,
) -> (Vec<Candidate>, Vec<DiscoveryProblem>) {
    let mut candidates = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                walk(path, settings, &mut candidates, &mut problems);
            }
            Ok(_) => candidates.push(Candidate {
                path: path.clone(),
                named: true,
            }),
            Err(error) => problems.push(DiscoveryProblem {
                path: path.clone(),
                message: error.to_string(),
            }),
        }
    }
    // A named file wins over the same file found by a walk.
    candidates.sort_by(|one, other| (&one.path, !one.named).cmp(&(&other.path, !other.named)));
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(candidate.path.clone()));
    (candidates, problems)
}

fn walk(
    root: &Path,
    settings: &DiscoverySettings,
    candidates: &mut Vec<Candidate>,
    problems: &mut Vec<DiscoveryProblem>,
) {
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .git_ignore(settings.respect_gitignore)
        .git_exclude(settings.respect_gitignore)
        .require_git(false)
        .parents(false)
        .follow_links(true)
        .add_custom_ignore_filename(IGNORE_FILE)
        .filter_entry(|entry| entry.file_name() != ".git");
    for entry in builder.build() {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if is_file && has_candidate_name(entry.path()) {
                    candidates.push(Candidate {
                        path: entry.into_path(),
                        named: false,
                    });
                }
            }
            Err(error) => problems.push(problem_of(root, &error)),
        }
    }
}

fn has_candidate_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yml", "yaml", "tf"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn problem_of(root: &Path, error: &ignore::Error) -> DiscoveryProblem {
    let (path, message) = match error {
        ignore::Error::WithPath { path, err } => (path.clone(), err.to_string()),
        ignore::Error::WithDepth { err, .. } => {
            let inner = problem_of(root, err);
            (inner.path, inner.message)
        }
        ignore::Error::Loop { ancestor, child } => (
            child.clone(),
            format!(
                "the link leads back to {}; it was not followed",
                ancestor.display()
            ),
        ),
        other => (root.to_path_buf(), other.to_string()),
    };
    DiscoveryProblem { path, message }
}
