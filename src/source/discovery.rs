//! Finds the files that may hold flows.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

/// The ignore file of our own, in the syntax of `.gitignore`.
pub(super) const IGNORE_FILE: &str = ".kestralintignore";

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

/// The directories of files in their order. Files of one directory follow each other, which is told by their bytes:
/// paths are compared and hashed word by word.
pub fn directories(candidates: &[Candidate]) -> impl Iterator<Item = &Path> {
    fn bytes(candidate: &Candidate) -> Option<&OsStr> {
        candidate.path.parent().map(Path::as_os_str)
    }
    candidates
        .chunk_by(|one, other| bytes(one) == bytes(other))
        .filter_map(|files| files.first()?.path.parent())
}

/// Sorts as paths do, component by component, but is compared in one go.
fn by_component(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    let ends = |byte: u8| std::path::is_separator(char::from(byte));
    bytes
        .map(|byte| if ends(*byte) { 0 } else { *byte })
        .collect()
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
    candidates.sort_by_cached_key(|candidate| (by_component(&candidate.path), !candidate.named));
    // One walk comes by each file once.
    if paths.len() > 1 {
        let mut seen = HashSet::new();
        candidates.retain(|candidate| seen.insert(candidate.path.clone()));
    }
    problems.sort_by(|one, other| (&one.path, &one.message).cmp(&(&other.path, &other.message)));
    problems.dedup();
    (candidates, problems)
}

/// What one thread of a walk found.
#[derive(Default)]
struct Found {
    candidates: Vec<Candidate>,
    problems: Vec<DiscoveryProblem>,
}

/// Hands what a thread found to the walk when the thread ends.
struct Collector<'walk> {
    root: &'walk Path,
    found: Found,
    all: &'walk Mutex<Vec<Found>>,
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let found = std::mem::take(&mut self.found);
        // A thread that panicked leaves what the others found as it was.
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(found);
    }
}

impl Collector<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if is_file && has_candidate_name(entry.path()) {
                    self.found.candidates.push(Candidate {
                        path: entry.into_path(),
                        named: false,
                    });
                }
            }
            Err(error) => self.found.problems.push(problem_of(self.root, &error)),
        }
        WalkState::Continue
    }
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
        .threads(rayon::current_num_threads())
        .add_custom_ignore_filename(IGNORE_FILE)
        .filter_entry(|entry| entry.file_name() != ".git");
    let all = Mutex::new(Vec::new());
    builder.build_parallel().run(|| {
        let mut collector = Collector {
            root,
            found: Found::default(),
            all: &all,
        };
        Box::new(move |entry| collector.visit(entry))
    });
    for found in all.into_inner().unwrap_or_else(PoisonError::into_inner) {
        candidates.extend(found.candidates);
        problems.extend(found.problems);
    }
}

pub(super) fn has_candidate_name(path: &Path) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn of(files: &[(&str, &str)]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            for (path, text) in files {
                let path = tree.0.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            tree
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        /// The paths found below the root, with `!` for named ones, and the problems.
        fn find(&self, paths: &[&str]) -> (Vec<String>, Vec<DiscoveryProblem>) {
            let paths: Vec<PathBuf> = paths.iter().map(|path| self.path(path)).collect();
            let (candidates, problems) = discover(&paths, &DiscoverySettings::default());
            let shown = candidates.iter().map(|candidate| {
                let path = candidate.path.strip_prefix(self.0.path()).unwrap();
                let mark = if candidate.named { "!" } else { "" };
                format!("{mark}{}", path.display().to_string().replace('\\', "/"))
            });
            (shown.collect(), problems)
        }
    }

    #[test]
    fn candidates_are_sorted_and_hidden_directories_are_walked() {
        let tree = Tree::of(&[
            ("b/z.yml", ""),
            ("b/A.YAML", ""),
            ("b/main.tf", ""),
            ("b/notes.md", ""),
            (".hidden/c.yaml", ""),
            (".git/config.yaml", ""),
            ("b/.git/d.yaml", ""),
        ]);
        let (found, problems) = tree.find(&[""]);
        assert_eq!(
            found,
            [".hidden/c.yaml", "b/A.YAML", "b/main.tf", "b/z.yml"]
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn ignore_files_hide_what_is_not_named() {
        let tree = Tree::of(&[
            (".gitignore", "build/\n*.bak.yaml\n"),
            (".kestralintignore", "vendor\n!keep.bak.yaml\n"),
            ("build/a.yaml", ""),
            ("vendor/b.yaml", ""),
            ("x.bak.yaml", ""),
            ("keep.bak.yaml", ""),
            ("sub/.gitignore", "c.yaml\n"),
            ("sub/c.yaml", ""),
            ("sub/d.yaml", ""),
        ]);
        assert_eq!(tree.find(&[""]).0, ["keep.bak.yaml", "sub/d.yaml"]);
        assert_eq!(tree.find(&["build/a.yaml"]).0, ["!build/a.yaml"]);
        // Ignore files above a named directory do not hide it.
        assert_eq!(tree.find(&["build"]).0, ["build/a.yaml"]);
        let everything = DiscoverySettings {
            respect_gitignore: false,
        };
        let (all, _) = discover(&[tree.path("")], &everything);
        // Our own ignore file still counts.
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn what_is_named_twice_is_found_once() {
        let tree = Tree::of(&[("a/x.yaml", ""), ("a/y.yaml", "")]);
        let (found, _) = tree.find(&["a", "a", "a/x.yaml"]);
        assert_eq!(found, ["!a/x.yaml", "a/y.yaml"]);
    }

    #[test]
    fn what_is_missing_is_a_problem_and_no_end() {
        let tree = Tree::of(&[("a.yaml", "")]);
        let (found, problems) = tree.find(&["nowhere", "a.yaml"]);
        assert_eq!(found, ["!a.yaml"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, tree.path("nowhere"));
    }

    #[test]
    fn a_directory_of_thousands_is_found_whole() {
        let names: Vec<String> = (0..3000)
            .map(|number| format!("many/{number:04}.yaml"))
            .collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let tree = Tree::of(&files);
        assert_eq!(tree.find(&[""]).0, names);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_are_noticed() {
        use std::os::unix::fs::symlink;
        let tree = Tree::of(&[("real/a.yaml", ""), ("b.yaml", "")]);
        symlink(tree.path("real"), tree.path("link")).unwrap();
        symlink(tree.path(""), tree.path("real/up")).unwrap();
        symlink(tree.path("gone.yaml"), tree.path("dangling.yaml")).unwrap();
        let (found, problems) = tree.find(&[""]);
        assert_eq!(found, ["b.yaml", "link/a.yaml", "real/a.yaml"]);
        let messages: Vec<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert!(
            messages
                .iter()
                .any(|message| message.contains("leads back to")),
            "{messages:?}"
        );
        assert!(
            problems
                .iter()
                .any(|problem| problem.path.ends_with("dangling.yaml"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_cannot_be_read_is_a_problem() {
        use std::os::unix::fs::PermissionsExt;
        let tree = Tree::of(&[("closed/a.yaml", ""), ("open/b.yaml", "")]);
        let closed = tree.path("closed");
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
        // Root may read everything: then there is nothing to see here.
        let is_closed = std::fs::read_dir(&closed).is_err();
        let (found, problems) = tree.find(&[""]);
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
        if is_closed {
            assert_eq!(found, ["open/b.yaml"]);
            assert_eq!(problems.len(), 1);
        }
    }
}
