//! The files that Terraform reads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::super::{File, Files, read_file};
use crate::finding::FileId;

/// Directories are searched to this depth by `fileset`.
const DEEPEST: usize = 16;
/// `fileset` gives up beyond this number of entries.
const MOST_ENTRIES: usize = 50_000;

/// Reads files once, from the overlay or the disk, and remembers which were asked for.
pub(super) struct Sources<'run> {
    files: RefCell<&'run mut Files>,
    overlay: &'run HashMap<PathBuf, Arc<str>>,
    known: RefCell<HashMap<PathBuf, Option<FileId>>>,
    read: RefCell<BTreeMap<PathBuf, FileId>>,
}

impl<'run> Sources<'run> {
    pub(super) fn new(files: &'run mut Files, overlay: &'run HashMap<PathBuf, Arc<str>>) -> Self {
        Self {
            files: RefCell::new(files),
            overlay,
            known: RefCell::default(),
            read: RefCell::default(),
        }
    }

    /// Adds a file whose text is known.
    pub(super) fn add(&self, path: &Path, text: &Arc<str>) -> FileId {
        let file = self
            .files
            .borrow_mut()
            .add(File::new(path.to_owned(), Arc::clone(text)));
        self.known.borrow_mut().insert(path.to_owned(), Some(file));
        file
    }

    /// The text of a file that was added or read.
    pub(super) fn text(&self, file: FileId) -> Arc<str> {
        Arc::clone(&self.files.borrow().get(file).text)
    }

    /// Reads a file for `file` or `templatefile`.
    pub(super) fn read(&self, path: &Path) -> Option<(FileId, Arc<str>)> {
        let path = normalised(path);
        let (file, text) = self.open(&path)?;
        self.read.borrow_mut().insert(path, file);
        Some((file, text))
    }

    /// Reads a file that is no part of a flow.
    pub(super) fn open(&self, path: &Path) -> Option<(FileId, Arc<str>)> {
        let known = self.known.borrow().get(path).copied();
        let file = match known {
            Some(known) => known,
            None => self.first_read(path),
        }?;
        Some((file, self.text(file)))
    }

    fn first_read(&self, path: &Path) -> Option<FileId> {
        let text = self.overlay.get(path).cloned();
        let file = text
            .or_else(|| read_file(path).ok())
            .map(|text| self.add(path, &text));
        self.known.borrow_mut().insert(path.to_owned(), file);
        file
    }

    /// Whether there is a file, without reading it.
    pub(super) fn exists(&self, path: &Path) -> bool {
        let path = normalised(path);
        self.overlay.contains_key(&path) || path.is_file()
    }

    /// The names of the files of a directory.
    pub(super) fn names(&self, directory: &Path) -> Vec<String> {
        let directory = normalised(directory);
        let on_disk = std::fs::read_dir(listed(&directory))
            .into_iter()
            .flatten()
            .flatten();
        let on_disk = on_disk.filter(|entry| entry.path().is_file());
        let mut names: BTreeSet<String> = on_disk
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let overlaid = self
            .overlay
            .keys()
            .filter(|path| path.parent() == Some(&directory));
        names.extend(overlaid.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())));
        names.into_iter().collect()
    }

    /// The files below a directory that match a pattern, as Terraform's `fileset` gives them: relative
    /// to the directory, sorted. None where there are too many to look at.
    pub(super) fn fileset(&self, directory: &Path, pattern: &str) -> Option<Vec<String>> {
        let directory = normalised(directory);
        let pattern = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .ok()?
            .compile_matcher();
        let mut found = BTreeSet::new();
        search(&directory, &directory, &pattern, &mut found)?;
        for path in self.overlay.keys() {
            found.extend(matching(path, &directory, &pattern));
        }
        Some(found.into_iter().collect())
    }

    /// The files that were read.
    pub(super) fn take_read(&self) -> BTreeMap<PathBuf, FileId> {
        self.read.take()
    }
}

/// A directory as the system takes it.
fn listed(directory: &Path) -> &Path {
    if directory == Path::new("") {
        Path::new(".")
    } else {
        directory
    }
}

fn matching(path: &Path, directory: &Path, pattern: &GlobMatcher) -> Option<String> {
    let below = if directory == Path::new("") {
        path
    } else {
        path.strip_prefix(directory).ok()?
    };
    let below = below.to_str()?.replace('\\', "/");
    pattern.is_match(&below).then_some(below)
}

fn search(
    root: &Path,
    directory: &Path,
    pattern: &GlobMatcher,
    found: &mut BTreeSet<String>,
) -> Option<()> {
    let mut pending = vec![(directory.to_owned(), 0)];
    let mut seen = 0;
    while let Some((directory, depth)) = pending.pop() {
        for entry in std::fs::read_dir(listed(&directory))
            .into_iter()
            .flatten()
            .flatten()
        {
            seen += 1;
            if seen > MOST_ENTRIES {
                return None;
            }
            let path = directory.join(entry.file_name());
            if path.is_dir() {
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                if depth < DEEPEST && !is_link && entry.file_name() != ".git" {
                    pending.push((path, depth + 1));
                }
            } else {
                found.extend(matching(&path, root, pattern));
            }
        }
    }
    Some(())
}

/// A path that an expression gives, seen from a directory.
pub(super) fn below(directory: &Path, path: &str) -> PathBuf {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    match path {
        "." => directory.to_owned(),
        path => directory.join(path),
    }
}

/// The path without `..` and inner `.`, by its words alone: what discovery calls the same file.
pub(in crate::source) fn normalised(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for component in path.components() {
        match (component, parts.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (Component::ParentDir, Some(Component::CurDir)) => {
                parts.pop();
                parts.push(component);
            }
            _ => parts.push(component),
        }
    }
    parts.into_iter().collect()
}

/// The way from one directory to another, as Terraform shows it in `path.module`.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (normalised(from), normalised(to));
    let plain = |path: &Path| -> Vec<String> {
        path.components()
            .filter(|component| *component != Component::CurDir)
            .map(|component| component.as_os_str().to_string_lossy().into_owned())
            .collect()
    };
    let (from, to) = (plain(&from), plain(&to));
    let shared = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    let way: Vec<&str> = up.chain(to[shared..].iter().map(String::as_str)).collect();
    if way.is_empty() {
        ".".to_owned()
    } else {
        way.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(
            way("./environment/production", "./modules/cron"),
            "../../modules/cron"
        );
        assert_eq!(way("a", "a"), ".");
        assert_eq!(way("", "modules/a"), "modules/a");
        assert_eq!(
            normalised(Path::new("./a/../b/./c.tf")),
            Path::new("./b/c.tf")
        );
        assert_eq!(normalised(Path::new("../a/b/../../c")), Path::new("../c"));
    }
}
