//! The policies of the editor's projects: read again when their files change, on disk or in the editor.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::buffer::Buffer;
use crate::config::Configured;
use crate::engine::{Overlay, Registry};
use crate::policy::{self, PolicyFile, PolicyProblem, Rulebook};
use crate::source::read_file;

/// The rulebook with the policies that the projects' configurations name.
pub(super) struct Policies {
    book: Rulebook,
    /// The files, with what was read of them; none for what cannot be read.
    files: BTreeMap<PathBuf, Option<Arc<str>>>,
    problems: Vec<PolicyProblem>,
}

impl Policies {
    pub(super) fn none() -> Self {
        Self {
            book: Rulebook::built_in(),
            files: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn registry(&self) -> Registry {
        self.book.registry
    }

    /// What is wrong with the files as they are now.
    pub(super) fn problems(&self) -> &[PolicyProblem] {
        &self.problems
    }

    /// Whether a file that was read has changed meanwhile.
    pub(super) fn have_changed(
        &self,
        changed: &HashSet<PathBuf>,
        buffers: &BTreeMap<PathBuf, Buffer>,
    ) -> bool {
        self.files.iter().any(|(path, text)| {
            changed.contains(path)
                || buffers
                    .get(path)
                    .is_some_and(|buffer| text.as_ref() != Some(&buffer.text))
        })
    }

    /// Reads the policies that the configurations of these directories name; says whether the rulebook is
    /// another now. As long as there are mistakes, the last rulebook without holds.
    pub(super) fn read<'path>(
        &mut self,
        scout: &Configured,
        directories: impl Iterator<Item = &'path Path>,
        buffers: &BTreeMap<PathBuf, Buffer>,
    ) -> bool {
        for directory in directories {
            scout.configuration_of(directory);
        }
        let files = scout.policy_files().into_iter().map(|known| {
            let text = match buffers.get(&known.file) {
                Some(buffer) => Some(Arc::clone(&buffer.text)),
                None => read_file(&known.file).ok(),
            };
            (known.file, text)
        });
        let files: BTreeMap<PathBuf, Option<Arc<str>>> = files.collect();
        if files == self.files {
            return false;
        }
        self.files = files;
        let overlay: Overlay = self
            .files
            .iter()
            .filter_map(|(path, text)| Some((path.clone(), Arc::clone(text.as_ref()?))))
            .collect();
        // An editor knows files by their whole paths.
        let paths = self.files.keys().map(|path| PolicyFile {
            file: path.clone(),
            shown: path.clone(),
        });
        let read = if self.files.is_empty() {
            Ok(Rulebook::built_in())
        } else {
            policy::load_with(&paths.collect::<Vec<_>>(), &overlay)
        };
        match read {
            Ok(book) => {
                self.book = book;
                self.problems.clear();
                true
            }
            Err(problems) => {
                self.problems = problems;
                false
            }
        }
    }
}
