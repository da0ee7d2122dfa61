//! What the server knows: the projects around the editor's folders, its open texts, and what was found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{
    Diagnostic, DidOpenTextDocumentParams, FileChangeType, FileEvent, PublishDiagnosticsParams,
    TextDocumentContentChangeEvent, Uri,
};

use super::buffer::Buffer;
use super::handshake::Client;
use super::policies::Policies;
use super::{diagnostics, uri};
use crate::config::{CommandLine, Configured, FILE_NAME, Places};
use crate::engine::{
    self, LoadRequest, LoadedDocument, Overlay, Registry, SettingsSource, Workspace,
};
use crate::finding::{FileId, Finding, Fingerprint};
use crate::policy;
use crate::project::Summary;
use crate::source::{Candidate, DiscoverySettings, discover};

/// What must be done again before answers are right, the less the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    /// Nothing.
    Nothing,
    /// Texts have changed.
    Texts,
    /// Files have come or gone.
    Files,
    /// Configuration has changed.
    Configuration,
}

/// The server's state. Files go by their absolute paths, directories free of links.
pub(super) struct Session {
    pub(super) client: Client,
    folders: BTreeSet<PathBuf>,
    buffers: BTreeMap<PathBuf, Buffer>,
    configured: Configured,
    policies: Policies,
    stale: Stale,
    /// The files of the projects that may hold flows.
    candidates: Vec<Candidate>,
    /// Candidates that turned out to hold none; they are looked at again when they change.
    others: HashSet<PathBuf>,
    /// Files that have changed on disk since they were loaded.
    changed: HashSet<PathBuf>,
    workspace: Workspace,
    /// The findings of each file that was checked, as of its last check.
    findings: BTreeMap<PathBuf, Vec<Finding>>,
    /// What was found in files as they came from the disk: nothing that the editor did.
    inherited: HashMap<PathBuf, HashSet<Fingerprint>>,
    /// What the editor was told last, with the version that it was told about.
    published: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)>,
}

/// Takes the project's own catalogue of types into account, if the editor's folders have one. A damaged
/// one is said to the editor's log: the rest of the work goes on without it.
fn install_user_catalogue(folders: &BTreeSet<PathBuf>, working_directory: &Path) {
    let directory = folders.first().map_or(working_directory, PathBuf::as_path);
    if let Err(problem) = crate::catalogue::install_from(directory) {
        eprintln!("kestralint: {problem}");
    }
}

impl Session {
    /// A session in some directories.
    pub(super) fn new(client: Client, working_directory: &Path, folders: &[Uri]) -> Self {
        let places = Places::new(working_directory);
        let folders: BTreeSet<PathBuf> = folders
            .iter()
            .filter_map(uri::path_of)
            .map(|folder| places.directory(&folder))
            .collect();
        install_user_catalogue(&folders, working_directory);
        let policies = Policies::none();
        Self {
            client,
            configured: configured(policies.registry(), places, &folders),
            policies,
            folders,
            buffers: BTreeMap::new(),
            stale: Stale::Configuration,
            candidates: Vec::new(),
            others: HashSet::new(),
            changed: HashSet::new(),
            workspace: Workspace::default(),
            findings: BTreeMap::new(),
            inherited: HashMap::new(),
            published: BTreeMap::new(),
        }
    }

    /// The file that a URI names.
    pub(super) fn path_of(&self, uri: &Uri) -> Option<PathBuf> {
        let places = self.configured.places();
        if let Some(path) = uri::path_of(uri) {
            return path.is_absolute().then(|| places.file(&path));
        }
        let name = uri::untitled_name(uri)?;
        let folder = self.folders.first().map(PathBuf::as_path);
        Some(folder.unwrap_or(places.working_directory()).join(name))
    }

    /// The URI of a file, as the editor spells it where it is open.
    pub(super) fn uri_of(&self, path: &Path) -> Uri {
        let buffer = self.buffers.get(path);
        buffer.map_or_else(|| uri::uri_of(path), |buffer| buffer.uri.clone())
    }

    pub(super) fn open(&mut self, parameters: DidOpenTextDocumentParams) {
        let document = parameters.text_document;
        let Some(path) = self.path_of(&document.uri) else {
            return;
        };
        let language = String::from(document.language_id);
        let has_name = has_extension(&path, &["yaml", "yml", "tf"]);
        let buffer = Buffer {
            uri: document.uri,
            version: document.version,
            text: document.text.into(),
            may_hold_flows: has_name || language == "yaml",
        };
        self.others.remove(&path);
        self.buffers.insert(path, buffer);
        self.touch(Stale::Files);
    }

    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
    ) {
        let unit = self.client.unit;
        let Some(path) = self.path_of(uri) else {
            return;
        };
        if let Some(buffer) = self.buffers.get_mut(&path) {
            buffer.version = version;
            buffer.apply(changes, unit);
            self.others.remove(&path);
            self.touch(Stale::Texts);
        }
    }

    pub(super) fn save(&mut self, uri: &Uri) {
        let Some(path) = self.path_of(uri) else {
            return;
        };
        if is_configuration(&path) {
            self.touch(Stale::Configuration);
        } else if !self.client.watches_files {
            // Nobody tells what else has changed meanwhile.
            self.touch(Stale::Files);
        }
    }

    pub(super) fn close(&mut self, uri: &Uri) {
        let Some(path) = self.path_of(uri) else {
            return;
        };
        self.buffers.remove(&path);
        self.others.remove(&path);
        self.changed.insert(path);
        self.touch(Stale::Files);
    }

    pub(super) fn change_folders(&mut self, added: &[Uri], removed: &[Uri]) {
        let places = self.configured.places();
        for folder in removed.iter().filter_map(uri::path_of) {
            self.folders.remove(&places.directory(&folder));
        }
        let added = added.iter().filter_map(uri::path_of);
        self.folders
            .extend(added.map(|folder| places.directory(&folder)));
        self.touch(Stale::Configuration);
    }

    pub(super) fn change_files(&mut self, events: &[FileEvent]) {
        for event in events {
            let Some(path) = uri::path_of(&event.uri) else {
                continue;
            };
            let path = self.configured.places().file(&path);
            let stale = if is_configuration(&path) {
                Stale::Configuration
            } else if event.kind == FileChangeType::Changed && !is_ignore_file(&path) {
                Stale::Texts
            } else {
                Stale::Files
            };
            self.others.remove(&path);
            self.changed.insert(path);
            self.touch(stale);
        }
    }

    fn touch(&mut self, stale: Stale) {
        self.stale = self.stale.max(stale);
    }

    /// Whether something has changed since the last [`Session::refresh`].
    pub(super) fn is_stale(&self) -> bool {
        self.stale != Stale::Nothing
    }

    /// Brings everything up to date; says what is to be published.
    pub(super) fn refresh(&mut self) -> Vec<PublishDiagnosticsParams> {
        let mut stale = std::mem::replace(&mut self.stale, Stale::Nothing);
        if stale == Stale::Nothing {
            return Vec::new();
        }
        if stale == Stale::Configuration {
            self.configured = self.configured_with(self.registry());
            self.others.clear();
        }
        if stale >= Stale::Files {
            self.candidates = self.discover();
        }
        let changed = std::mem::take(&mut self.changed);
        let may_differ =
            stale >= Stale::Files || self.policies.have_changed(&changed, &self.buffers);
        if may_differ && self.read_policies() {
            stale = Stale::Configuration;
            self.configured = self.configured_with(self.registry());
        }
        let before = self.load(&changed);
        // Other files can only have other findings where some flow says something else to them.
        let all =
            stale == Stale::Configuration || !changed.is_empty() || before.differs(&self.workspace);
        self.check(all);
        self.remember_inherited(&changed, stale == Stale::Configuration);
        self.publish()
    }

    fn configured_with(&self, registry: Registry) -> Configured {
        let places = Places::new(self.configured.places().working_directory());
        configured(registry, places, &self.folders)
    }

    /// Reads the policies that the projects' configurations name; says whether others hold now.
    fn read_policies(&mut self) -> bool {
        let scout = self.configured_with(policy::registry());
        let files = self.candidates.iter();
        let files = files.map(|candidate| candidate.path.as_path());
        let files = files.chain(self.buffers.keys().map(PathBuf::as_path));
        let folders = self.folders.iter().map(PathBuf::as_path);
        let directories: BTreeSet<&Path> = files.filter_map(Path::parent).chain(folders).collect();
        self.policies
            .read(&scout, directories.into_iter(), &self.buffers)
    }

    /// The files of the folders, and of the projects that open files belong to.
    fn discover(&self) -> Vec<Candidate> {
        let mut roots = self.folders.clone();
        for path in self.buffers.keys() {
            let root = self.configured.project_root(path);
            // A file outside of every project stands alone: who knows how much is around it.
            if self.configured.is_project(&root) {
                roots.insert(root);
            }
        }
        let roots: Vec<PathBuf> = roots.into_iter().collect();
        // What cannot be looked at is a matter for `check`.
        let (found, _) = discover(&roots, &DiscoverySettings::default());
        let places = self.configured.places();
        let found = found.iter().map(|candidate| places.file(&candidate.path));
        let open = self.buffers.iter();
        let open = open.filter(|(_, buffer)| buffer.may_hold_flows);
        let paths: BTreeSet<PathBuf> = found.chain(open.map(|(path, _)| path.clone())).collect();
        let candidates = paths
            .into_iter()
            .map(|path| Candidate { path, named: false });
        candidates.collect()
    }

    /// Loads what has changed; returns what others could see before.
    fn load(&mut self, changed: &HashSet<PathBuf>) -> Seen {
        let previous = std::mem::take(&mut self.workspace);
        let before = Seen::of(&previous);
        let documents = previous.documents.iter();
        let unread = documents.filter(|document| document.read_problem.is_some());
        let unread: HashSet<FileId> = unread.map(|document| document.document.file).collect();
        let mut overlay = Overlay::new();
        for (file, known) in previous.files.iter() {
            if !unread.contains(&file) && !changed.contains(&known.path) {
                overlay.insert(known.path.clone(), Arc::clone(&known.text));
            }
        }
        for (path, buffer) in &self.buffers {
            overlay.insert(path.clone(), Arc::clone(&buffer.text));
        }
        let candidates = self.candidates.iter();
        let context: Vec<Candidate> = candidates
            .filter(|candidate| !self.others.contains(&candidate.path))
            .cloned()
            .collect();
        let request = LoadRequest {
            candidates: &[],
            context: &context,
            overlay: &overlay,
            settings: &self.configured,
        };
        self.workspace = engine::reload(&request, previous);
        let files = self.workspace.files.iter();
        let loaded: HashSet<&Path> = files.map(|(_, file)| file.path.as_path()).collect();
        let others = context.into_iter().map(|candidate| candidate.path);
        // What a Terraform file is good for depends on those around it.
        self.others.extend(
            others.filter(|path| !loaded.contains(path.as_path()) && !has_extension(path, &["tf"])),
        );
        before
    }

    /// Checks the open files, and the others too where they may have other findings.
    ///
    /// They are checked apart: what is found in several files at once is told on the first of those that
    /// are asked for, and the user asks for the open ones.
    fn check(&mut self, all: bool) {
        if all {
            self.findings = self.found_in(|_| true);
        }
        let buffers = &self.buffers;
        self.findings.retain(|path, _| !buffers.contains_key(path));
        let paths: HashSet<PathBuf> = self.buffers.keys().cloned().collect();
        let open = self.found_in(|path| paths.contains(path));
        self.findings
            .extend(open.into_iter().filter(|(path, _)| paths.contains(path)));
    }

    fn found_in(&mut self, is_wanted: impl Fn(&Path) -> bool) -> BTreeMap<PathBuf, Vec<Finding>> {
        self.workspace.report_on(is_wanted);
        let report = engine::check(&self.workspace, self.registry());
        let mut findings: BTreeMap<PathBuf, Vec<Finding>> = BTreeMap::new();
        for finding in report.findings {
            let path = &self.workspace.files.get(finding.location.file).path;
            match findings.get_mut(path) {
                Some(found) => found.push(finding),
                None => {
                    findings.insert(path.clone(), vec![finding]);
                }
            }
        }
        findings
    }

    /// What is found in a file that comes from the disk was there before the editor did anything; so is
    /// all that is found when other rules come to hold.
    fn remember_inherited(&mut self, changed: &HashSet<PathBuf>, everywhere: bool) {
        for (_, file) in self.workspace.files.iter() {
            let path = &file.path;
            let is_known = self.inherited.contains_key(path);
            let is_shown = self.buffers.contains_key(path) || self.published.contains_key(path);
            if !is_known || !is_shown && (everywhere || changed.contains(path)) {
                let found = self.findings.get(path).into_iter().flatten();
                let found = found.map(|finding| finding.fingerprint).collect();
                self.inherited.insert(path.clone(), found);
            }
        }
    }

    /// The findings that are shown on a file: all where it is open, else those that came since it was
    /// loaded, such as calls of a flow that the user has just renamed.
    fn shown<'session>(&'session self, path: &Path) -> Vec<&'session Finding> {
        let inherited = if self.buffers.contains_key(path) {
            None
        } else {
            self.inherited.get(path)
        };
        let findings = self.findings.get(path).into_iter().flatten();
        findings
            .filter(|finding| {
                inherited.is_none_or(|inherited| !inherited.contains(&finding.fingerprint))
            })
            .collect()
    }

    fn publish(&mut self) -> Vec<PublishDiagnosticsParams> {
        let mut now: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)> = BTreeMap::new();
        for (path, buffer) in &self.buffers {
            now.insert(path.clone(), (Some(buffer.version), Vec::new()));
        }
        for path in self.findings.keys() {
            let shown = self.shown(path);
            if !shown.is_empty() {
                let shown = shown.into_iter();
                let shown = shown.map(|finding| diagnostics::of_finding(self, finding));
                now.entry(path.clone()).or_default().1 = shown.collect();
            }
        }
        for problem in self.configured.problems() {
            let path = self.configured.places().file(&problem.path);
            let diagnostic = diagnostics::of_configuration(self, &problem);
            now.entry(path).or_default().1.push(diagnostic);
        }
        for problem in self.policies.problems() {
            let diagnostic = diagnostics::of_policy(self, problem);
            let entry = now.entry(problem.path.clone()).or_default();
            entry.1.push(diagnostic);
        }
        let gone = self
            .published
            .keys()
            .filter(|path| !now.contains_key(*path));
        let mut messages: Vec<PublishDiagnosticsParams> = gone
            .map(|path| PublishDiagnosticsParams {
                uri: self.uri_of(path),
                version: None,
                diagnostics: Vec::new(),
            })
            .collect();
        for (path, (version, diagnostics)) in &now {
            let told = self.published.get(path);
            if told.is_none_or(|told| (&told.0, &told.1) != (version, diagnostics)) {
                messages.push(PublishDiagnosticsParams {
                    uri: self.uri_of(path),
                    version: *version,
                    diagnostics: diagnostics.clone(),
                });
            }
        }
        self.published = now;
        messages
    }

    /// All rules, the policies of the projects among them.
    pub(super) fn registry(&self) -> Registry {
        self.policies.registry()
    }

    /// The loaded files.
    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The loaded file of a path.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        self.workspace.files.find(path)
    }

    /// The document that is exactly the file of a path.
    pub(super) fn document(&self, path: &Path) -> Option<&LoadedDocument> {
        let document = self.workspace.document_of(self.file(path)?)?;
        document.document.is_whole_file().then_some(document)
    }

    /// The number of Kestra versions that a file is checked for.
    pub(super) fn targets(&self, path: &Path) -> usize {
        self.configured.settings(path).targets.len()
    }

    /// The findings of a file as of its last check.
    pub(super) fn findings(&self, path: &Path) -> &[Finding] {
        self.findings.get(path).map_or(&[], Vec::as_slice)
    }
}

fn configured(registry: Registry, places: Places, folders: &BTreeSet<PathBuf>) -> Configured {
    let folders: Vec<PathBuf> = folders.iter().cloned().collect();
    Configured::new(registry, places, CommandLine::default(), &folders)
}

/// What flows say to each other, and the files that places are in.
struct Seen {
    interfaces: Vec<Option<Arc<Summary>>>,
    files: Vec<PathBuf>,
}

impl Seen {
    fn of(workspace: &Workspace) -> Self {
        let documents = workspace.documents.iter();
        let files = workspace.files.iter();
        Self {
            interfaces: documents.map(|document| document.summary.clone()).collect(),
            files: files.map(|(_, file)| file.path.clone()).collect(),
        }
    }

    fn differs(&self, workspace: &Workspace) -> bool {
        let same_interface = |(before, document): (&Option<Arc<Summary>>, &LoadedDocument)| match (
            before,
            &document.summary,
        ) {
            (Some(before), Some(now)) => Arc::ptr_eq(before, now) || before.has_same_interface(now),
            (before, now) => before.is_none() && now.is_none(),
        };
        let files = workspace.files.iter().map(|(_, file)| &file.path);
        let documents = workspace.documents.iter();
        let same = self.interfaces.len() == workspace.documents.len()
            && self.interfaces.iter().zip(documents).all(same_interface)
            && self.files.iter().eq(files);
        !same
    }
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|extension| {
        let mut known = known.iter();
        known.any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn is_configuration(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE_NAME)
}

fn is_ignore_file(path: &Path) -> bool {
    let name = path.file_name();
    name.is_some_and(|name| name == ".gitignore" || name == ".kestralintignore")
}
