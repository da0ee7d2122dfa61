//! Files become documents with trees, flows and templates: everything that is made once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::Progress;
use super::namespace_files::KnownFiles;
use super::settings::{Settings, SettingsSource};
use crate::analysis::taint::{FlowView, Flows};
use crate::analysis::{self, ExpressionSite};
use crate::finding::{FileId, Target};
use crate::governance::{Governed, govern};
use crate::model::{Flow, Shape, looks_like_a_flow, shape_of};
use crate::project::{ProjectIndex, Summary};
use crate::source::{
    Candidate, Document, Expansion, File, Files, Include, ReadProblem, Terraform, read_file,
    read_roughly, read_terraform,
};
use crate::syntax::{self, Tree};

/// Tells one load from the next; what was never loaded has none.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// Texts that stand in for files: an editor's open buffers, standard input.
pub type Overlay = HashMap<PathBuf, Arc<str>>;

/// What to load.
pub struct LoadRequest<'request> {
    /// The files, as discovered.
    pub candidates: &'request [Candidate],
    /// Files that are looked at only so that the project is known whole; nothing is reported on them.
    pub context: &'request [Candidate],
    /// Texts that win over the disk.
    pub overlay: &'request Overlay,
    /// Whose settings, and which project.
    pub settings: &'request dyn SettingsSource,
}

/// A document with all that is made of it once, whatever the target.
#[derive(Debug)]
pub struct LoadedDocument {
    /// The text and where it came from.
    pub document: Document,
    /// The tree of the text.
    pub tree: Tree,
    /// The flow; empty where the text is none or cannot be parsed.
    pub flow: Flow,
    /// The texts with templates, in order.
    pub expressions: Vec<ExpressionSite>,
    /// What other flows may ask of this one; none where it is no flow.
    pub summary: Option<Arc<Summary>>,
    /// Why there is no text.
    pub read_problem: Option<ReadProblem>,
    /// The settings of its file.
    pub settings: Arc<Settings>,
    /// The project, as an index into [`Workspace::projects`].
    pub project: usize,
    /// Whether findings on it are reported.
    pub is_reported: bool,
    /// The includes (`[[> file]]`) of its file.
    pub includes: Vec<Include>,
    /// The Terraform resource that deploys it, as an index into [`Terraform::flows`].
    pub terraform: Option<usize>,
}

impl LoadedDocument {
    /// Whether there is a flow in it.
    pub fn is_flow(&self) -> bool {
        self.flow.root.is_some()
    }

    /// The flow as it would run under the Enterprise Policies that are enabled for it, and under its own
    /// plugin defaults where the version has them.
    pub fn governed(&self, target: Target) -> Option<Governed<'static>> {
        let has_defaults = target == Target::V1_3;
        govern(
            &self.tree,
            &self.flow,
            has_defaults,
            &self.settings.governance,
        )
    }

    /// The flow for those who follow its values; `index` is the number of the document.
    pub fn view(&self, index: u32) -> FlowView<'_> {
        FlowView {
            document: index,
            tree: &self.tree,
            flow: &self.flow,
            expressions: &self.expressions,
        }
    }
}

/// All that a run knows.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The files.
    pub files: Files,
    /// The documents, in order of their files.
    pub documents: Vec<LoadedDocument>,
    /// The projects: flows of one see each other.
    pub projects: Vec<ProjectIndex>,
    /// The settings of the first file of each project.
    pub project_settings: Vec<Arc<Settings>>,
    /// What the Terraform files of the run hold.
    pub terraform: Terraform,
    /// The projects of the `.tf` files of the run and of the files that they read.
    pub terraform_projects: HashMap<FileId, usize>,
    /// Files other than those of documents on which findings are reported.
    pub also_reported: HashSet<FileId>,
    /// Named files that are no flows.
    pub other_named: Vec<PathBuf>,
    /// The number of YAML files that are no flows.
    pub other_yaml: usize,
    /// A number that no other load has.
    pub generation: u64,
    /// The namespace files that were looked at.
    pub(super) namespace_files: KnownFiles,
    /// The files that flows include.
    pub(super) included: HashMap<PathBuf, FileId>,
}

impl Flows for Workspace {
    fn view(&self, document: u32) -> Option<FlowView<'_>> {
        let loaded = self.documents.get(document as usize)?;
        Some(loaded.view(document))
    }
}

/// What became of one candidate.
enum Loaded {
    Flow(Box<Parsed>),
    Unreadable(ReadProblem),
    Terraform(Arc<str>),
    Other,
}

struct Parsed {
    text: Arc<str>,
    tree: Tree,
    flow: Flow,
    expressions: Vec<ExpressionSite>,
    /// The summary that was made of it before, with the file that its places are in.
    summary: Option<(FileId, Option<Arc<Summary>>)>,
    /// What the text is put together from, where it has includes.
    expansion: Option<Box<Expansion>>,
}

/// Reads and parses everything in parallel.
pub fn load(request: &LoadRequest<'_>) -> Workspace {
    load_with(request, &Progress::default())
}

/// As [`load`], counting the files.
pub fn load_with(request: &LoadRequest<'_>, progress: &Progress) -> Workspace {
    load_after(request, Workspace::default(), progress)
}

/// Loads again after something has changed. What `previous` made of a text is taken over where the
/// overlay still has the very same text, so that a change costs what has changed.
pub fn reload(request: &LoadRequest<'_>, previous: Workspace) -> Workspace {
    load_after(request, previous, &Progress::default())
}

fn load_after(request: &LoadRequest<'_>, previous: Workspace, progress: &Progress) -> Workspace {
    let mut made = previous.into_parsed();
    let mut made_of = |path: &Path| {
        let text = request.overlay.get(path)?;
        let parsed = made.remove(path)?;
        Arc::ptr_eq(text, &parsed.text).then_some(parsed)
    };
    let all: Vec<(&Candidate, bool)> = request
        .candidates
        .iter()
        .map(|candidate| (candidate, true))
        .chain(request.context.iter().map(|candidate| (candidate, false)))
        .filter(|(candidate, _)| {
            !request
                .settings
                .is_excluded(&candidate.path, candidate.named)
        })
        .collect();
    // Each will be checked too, for all that is known now.
    progress.expect(2 * all.len());
    let candidates: Vec<(&Candidate, Option<Parsed>)> = all
        .iter()
        .map(|(candidate, _)| (*candidate, made_of(&candidate.path)))
        .collect();
    let loaded: Vec<Loaded> = candidates
        .into_par_iter()
        .map(|(candidate, made)| match made {
            Some(parsed) => Loaded::Flow(Box::new(parsed)),
            None => load_candidate(candidate, request),
        })
        .inspect(|_| progress.step())
        .collect();
    let mut workspace = Workspace {
        generation: GENERATION.fetch_add(1, Ordering::Relaxed),
        ..Workspace::default()
    };
    workspace.documents.reserve(loaded.len());
    workspace.files.reserve(loaded.len());
    let mut roots = Roots::default();
    workspace.read_terraform(&all, &loaded, request);
    for ((candidate, is_reported), loaded) in all.into_iter().zip(loaded) {
        workspace.add(candidate, is_reported, loaded, request.settings, &mut roots);
    }
    let included = &workspace.included;
    workspace
        .other_named
        .retain(|path| !included.contains_key(path));
    workspace.add_terraform(request.settings, &mut roots);
    for (path, text) in request.settings.further_files() {
        if workspace.files.find(&path).is_none() {
            let file = workspace.files.add(File::new(path, text));
            workspace.also_reported.insert(file);
        }
    }
    workspace.project_settings = roots.settings;
    workspace.index();
    workspace
}

fn load_candidate(candidate: &Candidate, request: &LoadRequest<'_>) -> Loaded {
    let text = match request.overlay.get(&candidate.path) {
        Some(text) => Arc::clone(text),
        None => match read_file(&candidate.path) {
            Ok(text) => text,
            // A binary or broken file that nobody named is no concern of ours, unless it would be a flow.
            Err(ReadProblem::Binary | ReadProblem::NotUtf8(_))
                if !candidate.named && !looks_like_a_flow(&read_roughly(&candidate.path)) =>
            {
                return Loaded::Other;
            }
            Err(problem) => return Loaded::Unreadable(problem),
        },
    };
    if is_terraform(&candidate.path) {
        return Loaded::Terraform(text);
    }
    let expansion = expand(candidate, &text, request);
    let text = expansion
        .as_ref()
        .map_or(text, |expansion| Arc::clone(&expansion.text));
    parse(text).map_or(Loaded::Other, |parsed| {
        Loaded::Flow(Box::new(Parsed {
            expansion,
            ..parsed
        }))
    })
}

/// Puts in what a flow includes: Kestra 1 does so before it sends a flow, Kestra 2 no longer.
fn expand(
    candidate: &Candidate,
    text: &Arc<str>,
    request: &LoadRequest<'_>,
) -> Option<Box<Expansion>> {
    let expands = || {
        let settings = request.settings.settings(&candidate.path);
        settings.targets.contains(&Target::V1_3)
    };
    let directory = candidate.path.parent().unwrap_or(Path::new(""));
    Expansion::of(text, directory, request.overlay, expands).map(Box::new)
}

/// Parses a text that may be a flow; `None` for other YAML.
fn parse(text: Arc<str>) -> Option<Parsed> {
    // Every flow, even a broken one, has one of these words; most other YAML has neither.
    let worth_a_look = ["namespace", "tasks"]
        .iter()
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
    if !worth_a_look {
        return None;
    }
    let tree = syntax::parse(Arc::clone(&text));
    let first = tree.documents().first();
    let root = first.and_then(|document| document.root);
    let flow = match root {
        Some(root) if shape_of(&tree, root) == Shape::Flow => Flow::read(&tree, root),
        // Broken, or with an empty document before the flow.
        _ if looks_like_a_flow(&text) && !root.is_some_and(|root| tree.is_mapping(root)) => {
            Flow::default()
        }
        _ => return None,
    };
    Some(Parsed::of(text, tree, flow))
}

#[derive(Default)]
struct Roots {
    paths: HashMap<PathBuf, usize>,
    /// The root that was asked for last: files come in order, and most have that of the one before.
    last: Option<(PathBuf, usize)>,
    settings: Vec<Arc<Settings>>,
}

impl Roots {
    fn index(&mut self, root: PathBuf, settings: &Arc<Settings>) -> usize {
        match &self.last {
            Some((last, index)) if last.as_os_str() == root.as_os_str() => return *index,
            _ => {}
        }
        let next = self.paths.len();
        let index = *self.paths.entry(root.clone()).or_insert(next);
        if index == next {
            self.settings.push(Arc::clone(settings));
        }
        self.last = Some((root, index));
        index
    }
}

impl Workspace {
    fn add(
        &mut self,
        candidate: &Candidate,
        is_reported: bool,
        loaded: Loaded,
        settings: &dyn SettingsSource,
        roots: &mut Roots,
    ) {
        let (parsed, read_problem) = match loaded {
            Loaded::Flow(parsed) if self.is_part_of_terraform(&candidate.path, &parsed) => {
                self.report_also(&candidate.path, is_reported);
                return;
            }
            Loaded::Flow(parsed) => (*parsed, None),
            Loaded::Unreadable(problem) => (Parsed::nothing(), Some(problem)),
            Loaded::Terraform(_) if self.terraform_file(&candidate.path).is_some() => {
                self.report_also(&candidate.path, is_reported);
                return;
            }
            Loaded::Other if self.terraform.read.contains_key(&candidate.path) => {
                self.report_also(&candidate.path, is_reported);
                return;
            }
            Loaded::Other | Loaded::Terraform(_) => {
                self.other_yaml += usize::from(!is_terraform(&candidate.path));
                if candidate.named {
                    self.other_named.push(candidate.path.clone());
                }
                return;
            }
        };
        let own = parsed.expansion.as_ref();
        let own = own.map_or(&parsed.text, |expansion| &expansion.own);
        let file = self.add_file(&candidate.path, own);
        let (document, includes) = match &parsed.expansion {
            None => (
                Document::of_file(file, Arc::clone(&parsed.text)),
                Vec::new(),
            ),
            Some(expansion) => self.expanded(expansion, file),
        };
        let summary = match parsed.summary {
            Some((known, summary)) if known == file => summary,
            _ => Summary::of(&document, &parsed.tree, &parsed.flow).map(Arc::new),
        };
        let of_file = settings.settings(&candidate.path);
        let project = roots.index(settings.project_root(&candidate.path), &of_file);
        self.documents.push(LoadedDocument {
            document,
            tree: parsed.tree,
            flow: parsed.flow,
            expressions: parsed.expressions,
            summary,
            read_problem,
            settings: of_file,
            project,
            is_reported,
            includes,
            terraform: None,
        });
    }

    /// Adds a file, unless another one has put it in before.
    fn add_file(&mut self, path: &Path, text: &Arc<str>) -> FileId {
        match self.included.get(path) {
            Some(known) => *known,
            None => self.files.add(File::new(path.to_owned(), Arc::clone(text))),
        }
    }

    fn expanded(&mut self, expansion: &Expansion, file: FileId) -> (Document, Vec<Include>) {
        let mut files = Vec::new();
        for (path, text) in &expansion.files {
            let known = self.included.get(path).copied();
            let known = known.or_else(|| self.files.find(path));
            let included =
                known.unwrap_or_else(|| self.files.add(File::new(path.clone(), Arc::clone(text))));
            self.included.insert(path.clone(), included);
            files.push(included);
        }
        (
            expansion.document(file, &files),
            expansion.includes(file, &files),
        )
    }

    fn read_terraform(
        &mut self,
        all: &[(&Candidate, bool)],
        loaded: &[Loaded],
        request: &LoadRequest<'_>,
    ) {
        let texts: Vec<(PathBuf, Arc<str>)> = all
            .iter()
            .zip(loaded)
            .filter_map(|((candidate, _), loaded)| match loaded {
                Loaded::Terraform(text) => Some((candidate.path.clone(), Arc::clone(text))),
                _ => None,
            })
            .collect();
        self.terraform =
            read_terraform(&texts, &mut self.files, request.overlay, syntax::plain_yaml);
    }

    fn terraform_file(&self, path: &Path) -> Option<FileId> {
        self.terraform.files.get(path).copied()
    }

    /// Whether a file is checked as a part of Terraform's flows. One that Terraform reads, but of which
    /// nothing was found to become a flow, is checked alone, unless it is broken as a fragment may be.
    fn is_part_of_terraform(&self, path: &Path, parsed: &Parsed) -> bool {
        let Some(file) = self.terraform.read.get(path) else {
            return false;
        };
        self.terraform.parts.contains(file) || parsed.flow.root.is_none()
    }

    fn report_also(&mut self, path: &Path, is_reported: bool) {
        let file = self.terraform.read.get(path).copied();
        let file = file.or_else(|| self.terraform_file(path));
        self.also_reported.extend(file.filter(|_| is_reported));
    }

    /// Adds the flows of Terraform's resources. A finding on one is reported where any of its files is.
    fn add_terraform(&mut self, source: &dyn SettingsSource, roots: &mut Roots) {
        let read = self.terraform.read.iter();
        for (path, file) in self.terraform.files.iter().chain(read) {
            let project = roots.index(source.project_root(path), &source.settings(path));
            self.terraform_projects.insert(*file, project);
        }
        let documents: Vec<LoadedDocument> = self
            .terraform
            .flows
            .par_iter()
            .enumerate()
            .map(|(index, flow)| {
                let document = flow.document.clone();
                let tree = syntax::parse(Arc::clone(&document.text));
                let root = tree.documents().first().and_then(|document| document.root);
                let read = match root {
                    Some(root) if tree.is_mapping(root) => Flow::read(&tree, root),
                    _ => Flow::default(),
                };
                let parsed = Parsed::of(Arc::clone(&document.text), tree, read);
                let reported = |file: FileId| self.also_reported.contains(&file);
                let origins = document
                    .segments
                    .iter()
                    .filter_map(|segment| segment.origin);
                let mut origins = origins.map(|origin| origin.file);
                LoadedDocument {
                    summary: Summary::of(&document, &parsed.tree, &parsed.flow).map(Arc::new),
                    is_reported: reported(flow.file) || origins.any(reported),
                    settings: source.settings(&self.files.get(document.file).path),
                    project: self
                        .terraform_projects
                        .get(&flow.file)
                        .copied()
                        .unwrap_or_default(),
                    document,
                    tree: parsed.tree,
                    flow: parsed.flow,
                    expressions: parsed.expressions,
                    read_problem: None,
                    includes: Vec::new(),
                    terraform: Some(index),
                }
            })
            .collect();
        self.documents.extend(documents);
    }

    fn index(&mut self) {
        let projects = self.project_settings.len();
        let mut members: Vec<Vec<(u32, &Arc<Summary>, &Path)>> = vec![Vec::new(); projects];
        for (index, document) in (0_u32..).zip(&self.documents) {
            let Some(summary) = &document.summary else {
                continue;
            };
            // A module is used by several roots: there its flows are told apart.
            let path = self.deployment_path(document);
            members[document.project].push((index, summary, path));
        }
        self.projects = members
            .into_iter()
            .map(|members| ProjectIndex::build(members.into_iter()))
            .collect();
    }

    /// What was made of each file that is a document as it stands.
    fn into_parsed(self) -> HashMap<PathBuf, Parsed> {
        let files = self.files;
        self.documents
            .into_iter()
            .filter(|document| {
                document.read_problem.is_none()
                    && document.terraform.is_none()
                    && document.document.is_whole_file()
            })
            .map(|document| {
                let file = document.document.file;
                let parsed = Parsed {
                    text: document.document.text,
                    tree: document.tree,
                    flow: document.flow,
                    expressions: document.expressions,
                    summary: Some((file, document.summary)),
                    expansion: None,
                };
                (files.get(file).path.clone(), parsed)
            })
            .collect()
    }

    /// Chooses the files on which findings are reported.
    pub fn report_on(&mut self, mut is_wanted: impl FnMut(&Path) -> bool) {
        let wanted: Vec<bool> = self
            .files
            .iter()
            .map(|(_, file)| is_wanted(&file.path))
            .collect();
        let is_wanted = |file: FileId| wanted.get(file.0 as usize) == Some(&true);
        let files = self.files.iter().map(|(file, _)| file);
        self.also_reported = files.filter(|file| is_wanted(*file)).collect();
        for document in &mut self.documents {
            let origins = document.document.segments.iter();
            let mut origins = origins.filter_map(|segment| segment.origin);
            document.is_reported =
                is_wanted(document.document.file) || origins.any(|origin| is_wanted(origin.file));
        }
    }

    /// The path that says where a flow is deployed: that of its file; of a flow of Terraform the
    /// directory of the root module, since a module is used by several.
    pub fn deployment_path<'run>(&'run self, document: &'run LoadedDocument) -> &'run Path {
        let flow = document
            .terraform
            .and_then(|flow| self.terraform.flows.get(flow));
        match flow.and_then(|flow| flow.path.first()) {
            Some(step) => &step.directory,
            None => &self.files.get(document.document.file).path,
        }
    }

    /// The document that is shown in this file; of several the first.
    pub fn document_of(&self, file: FileId) -> Option<&LoadedDocument> {
        self.documents
            .iter()
            .find(|document| document.document.file == file)
    }
}

impl Parsed {
    fn of(text: Arc<str>, tree: Tree, flow: Flow) -> Self {
        let expressions = analysis::expression_sites(&tree, &flow);
        Self {
            text,
            tree,
            flow,
            expressions,
            summary: None,
            expansion: None,
        }
    }

    fn nothing() -> Self {
        let text: Arc<str> = "".into();
        Self {
            tree: syntax::parse(Arc::clone(&text)),
            text,
            flow: Flow::default(),
            expressions: Vec::new(),
            summary: None,
            expansion: None,
        }
    }
}

fn is_terraform(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("tf"))
}
