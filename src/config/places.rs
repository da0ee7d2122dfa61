//! Where files really are: absolute paths, repositories.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Answers about directories, each worked out once.
#[derive(Debug)]
pub struct Places {
    working_directory: PathBuf,
    /// Directories as they were reached, and where they really are.
    real: Mutex<HashMap<PathBuf, PathBuf>>,
    /// Real directories and the roots of their Git repositories.
    repositories: Mutex<HashMap<PathBuf, Option<PathBuf>>>,
}

impl Places {
    /// Answers for this process.
    ///
    /// # Errors
    ///
    /// Where the working directory is gone or may not be known.
    pub fn of_process() -> Result<Self, String> {
        match std::env::current_dir() {
            Ok(directory) => Ok(Self::new(&directory)),
            Err(error) => Err(format!("there is no working directory: {error}")),
        }
    }

    /// Answers for a process that works in this directory.
    pub fn new(working_directory: &Path) -> Self {
        let real = working_directory.canonicalize();
        Self {
            working_directory: real.unwrap_or_else(|_| working_directory.to_path_buf()),
            real: Mutex::default(),
            repositories: Mutex::default(),
        }
    }

    /// The working directory, absolute and free of links.
    pub fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// The real path of a directory; where it does not exist, of its nearest ancestor that does.
    pub fn directory(&self, path: &Path) -> PathBuf {
        let mut known = self.real.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(real) = known.get(path) {
            return real.clone();
        }
        let absolute = self.working_directory.join(path);
        let real = absolute
            .ancestors()
            .find_map(|ancestor| {
                let real = ancestor.canonicalize().ok()?;
                Some(real.join(absolute.strip_prefix(ancestor).ok()?))
            })
            .unwrap_or(absolute);
        known.insert(path.to_path_buf(), real.clone());
        real
    }

    /// The real directory of a file.
    pub fn directory_of(&self, file: &Path) -> PathBuf {
        self.directory(file.parent().unwrap_or(Path::new("")))
    }

    /// The absolute path of a file: its directory free of links, its own name as it is.
    pub fn file(&self, path: &Path) -> PathBuf {
        match path.file_name() {
            Some(name) => self.directory_of(path).join(name),
            None => self.directory(path),
        }
    }

    /// The root of the Git repository that holds a real directory.
    pub fn repository(&self, directory: &Path) -> Option<PathBuf> {
        let known = || {
            let known = self.repositories.lock();
            known.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(root) = known().get(directory) {
            return root.clone();
        }
        // `.git` is a directory, or a file in worktrees and submodules. What lies further out is asked of the
        // directory around, which others lie in, too.
        let root = if directory.join(".git").exists() {
            Some(directory.to_path_buf())
        } else {
            directory
                .parent()
                .and_then(|parent| self.repository(parent))
        };
        known().insert(directory.to_path_buf(), root.clone());
        root
    }

    /// The path of a file as reports show it: as it was reached, but relative where it lies below the
    /// working directory, and without `./`.
    pub fn shown(&self, path: &Path) -> PathBuf {
        let path = match path.strip_prefix(&self.working_directory) {
            Ok(below) if path.is_absolute() => below,
            _ => path,
        };
        // `components` drops every `.` but the first.
        let shown: PathBuf = path
            .components()
            .filter(|component| *component != std::path::Component::CurDir)
            .collect();
        if shown.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            shown
        }
    }
}
