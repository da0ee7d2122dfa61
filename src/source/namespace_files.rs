//! Namespace files as they lie in a repository, before they are deployed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::gitignore::Gitignore;

use super::PathPattern;

/// What keeps files from being deployed, in the syntax of `.gitignore`; it counts at the root of the directory.
const IGNORE_FILE: &str = ".kestraignore";

/// Files of a directory beyond this number are not looked at: then nothing is said to be missing.
const MOST_FILES: usize = 100_000;

/// The files of the directories that are deployed as the namespace files of one namespace.
#[derive(Debug, Default)]
pub struct NamespaceFiles {
    directories: Vec<PathBuf>,
    deployed: HashSet<String>,
    is_whole: bool,
}

/// What is known of a namespace file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It is deployed.
    Deployed,
    /// It is there, and `.kestraignore` keeps it out.
    Ignored,
    /// It is not there.
    Missing,
}

impl NamespaceFiles {
    /// Reads the names of the files of some directories; none where one of them is not there.
    pub fn read(directories: Vec<PathBuf>) -> Option<Self> {
        if directories.is_empty() || !directories.iter().all(|directory| directory.is_dir()) {
            return None;
        }
        let mut files = Self {
            is_whole: true,
            ..Self::default()
        };
        for directory in &directories {
            files.add(directory);
        }
        files.directories = directories;
        files.is_whole.then_some(files)
    }

    fn add(&mut self, directory: &Path) {
        let (ignored, _) = Gitignore::new(directory.join(IGNORE_FILE));
        let mut walk = WalkBuilder::new(directory);
        walk.standard_filters(false).filter_entry(move |entry| {
            let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            !ignored.matched(entry.path(), is_directory).is_ignore()
        });
        for entry in walk.build() {
            // What cannot be read may be anything.
            let Ok(entry) = entry else {
                self.is_whole = false;
                continue;
            };
            let path = entry.path().strip_prefix(directory);
            if let (Ok(path), false) = (path, entry.path().is_dir()) {
                self.deployed.insert(with_slashes(path));
            }
            if self.deployed.len() > MOST_FILES {
                self.is_whole = false;
                return;
            }
        }
    }

    /// What is known of a file.
    pub fn state(&self, path: &str) -> FileState {
        let path = path.trim_start_matches("./");
        if self.deployed.contains(path) {
            FileState::Deployed
        } else if self
            .directories
            .iter()
            .any(|directory| directory.join(path).is_file())
        {
            FileState::Ignored
        } else {
            FileState::Missing
        }
    }

    /// Whether a pattern matches a file that is deployed.
    pub fn match_pattern(&self, pattern: &PathPattern) -> bool {
        self.deployed.iter().any(|file| pattern.matches(file))
    }

    /// The files that are deployed, in no particular order.
    pub fn deployed(&self) -> impl Iterator<Item = &str> {
        self.deployed.iter().map(String::as_str)
    }
}

fn with_slashes(path: &Path) -> String {
    let parts = path.components();
    let parts: Vec<_> = parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deployed_is_told_from_what_is_kept_out() {
        let directory = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("main.py", "");
        write("sql/load.sql", "");
        write("notes/todo.md", "");
        write(".kestraignore", "notes/\n*.tmp\n");
        write("a.tmp", "");
        let files = NamespaceFiles::read(vec![directory.path().to_path_buf()]).unwrap();
        for (path, state) in [
            ("main.py", FileState::Deployed),
            ("./main.py", FileState::Deployed),
            ("sql/load.sql", FileState::Deployed),
            ("load.sql", FileState::Missing),
            ("notes/todo.md", FileState::Ignored),
            ("a.tmp", FileState::Ignored),
        ] {
            assert_eq!(files.state(path), state, "{path}");
        }
        for (pattern, matches) in [("load.sql", true), ("ad.sql", false), ("**/todo.md", false)] {
            let parsed = PathPattern::parse(pattern).unwrap();
            assert_eq!(files.match_pattern(&parsed), matches, "{pattern}");
        }
    }

    #[test]
    fn nothing_is_known_of_a_directory_that_is_not_there() {
        assert!(NamespaceFiles::read(vec![PathBuf::from("nowhere/at/all")]).is_none());
        assert!(NamespaceFiles::read(Vec::new()).is_none());
    }
}
