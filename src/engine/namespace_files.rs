//! Where the namespace files of a repository lie, as far as it shows.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{LoadedDocument, Workspace};
use crate::source::NamespaceFiles;

/// Directories that were looked at.
#[derive(Debug, Default)]
pub(super) struct KnownFiles {
    /// What they hold.
    files: Mutex<HashMap<Vec<PathBuf>, Option<Arc<NamespaceFiles>>>>,
    /// The namespace of all flows in one; none where they have several.
    namespaces: Mutex<HashMap<PathBuf, Option<String>>>,
}

/// Kestra's Git tasks write the flows of one namespace and its files side by side under these names.
const FLOWS_OF_ONE: &str = "_flows";
const FILES_OF_ONE: &str = "_files";
/// Below a directory of the namespace's name, they are these.
const FLOWS: &str = "flows";
const FILES: &str = "files";

impl Workspace {
    /// Whether the repository may show where the namespace files of a flow lie. It touches no file.
    pub fn may_know_namespace_files(&self, document: &LoadedDocument) -> bool {
        !document.settings.namespace_files.is_empty() || self.layout(document).is_some()
    }

    /// The namespace files of a namespace, as a flow looks for them; none where the repository does not
    /// show where they lie.
    pub fn namespace_files(
        &self,
        document: &LoadedDocument,
        namespace: &str,
    ) -> Option<Arc<NamespaceFiles>> {
        let configured = document.settings.namespace_files.get(namespace).cloned();
        let directories = configured.or_else(|| self.beside_the_flow(document, namespace))?;
        let known = &self.namespace_files.files;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(directories)
            .or_insert_with_key(|directories| {
                NamespaceFiles::read(directories.clone()).map(Arc::new)
            })
            .clone()
    }

    fn beside_the_flow(&self, document: &LoadedDocument, namespace: &str) -> Option<Vec<PathBuf>> {
        let directory = match self.layout(document)? {
            Layout::OfOne(flows) => {
                let own = document.summary.as_deref()?.namespace.as_deref();
                if own != Some(namespace) || !self.is_of_one_namespace(flows, namespace) {
                    return None;
                }
                flows.with_file_name(FILES_OF_ONE)
            }
            Layout::ByNamespace(base) => base.join(namespace).join(FILES),
        };
        // Files may be deployed in another way, from another place.
        directory.is_dir().then(|| vec![directory])
    }

    fn layout<'run>(&'run self, document: &'run LoadedDocument) -> Option<Layout<'run>> {
        if document.terraform.is_some() {
            return None;
        }
        let directory = self.files.get(document.document.file).path.parent()?;
        let is_named = |path: &Path, name: &str| path.file_name().is_some_and(|last| last == name);
        if is_named(directory, FLOWS_OF_ONE) {
            return Some(Layout::OfOne(directory));
        }
        if !is_named(directory, FLOWS) {
            return None;
        }
        let own = document.summary.as_deref()?.namespace.as_deref()?;
        let of_namespace = directory.parent().filter(|path| is_named(path, own))?;
        of_namespace.parent().map(Layout::ByNamespace)
    }

    fn is_of_one_namespace(&self, directory: &Path, namespace: &str) -> bool {
        let known = &self.namespace_files.namespaces;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(directory) {
            known.insert(directory.to_owned(), self.only_namespace(directory));
        }
        known.get(directory).and_then(Option::as_deref) == Some(namespace)
    }

    /// The namespace of all flows of a directory.
    fn only_namespace(&self, directory: &Path) -> Option<String> {
        let beside = self.documents.iter().filter(|document| {
            let path = &self.files.get(document.document.file).path;
            path.parent() == Some(directory)
        });
        let summaries = beside.filter_map(|document| document.summary.as_deref());
        let mut namespaces = summaries.map(|summary| summary.namespace.as_deref());
        let first = namespaces.next()??;
        namespaces
            .all(|other| other == Some(first))
            .then(|| first.to_owned())
    }
}

/// How flows and files lie.
enum Layout<'run> {
    /// The flow's directory, beside which the files of its namespace are.
    OfOne(&'run Path),
    /// The directory in which each namespace has one of its own.
    ByNamespace(&'run Path),
}
