//! Files become documents with trees, flows and templates: everything that is made once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::Progress;
use super::settings::{Settings, SettingsSource};
use crate::analysis::{self, ExpressionSite};
use crate::finding::FileId;
use crate::model::{Flow, Shape, looks_like_a_flow, shape_of};
use crate::project::{ProjectIndex, Summary};
use crate::source::{Candidate, Document, File, Files, ReadProblem, read_file, read_roughly};
use crate::syntax::{self, Tree};

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
}

impl LoadedDocument {
    /// Whether there is a flow in it.
    pub fn is_flow(&self) -> bool {
        self.flow.root.is_some()
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
    /// Named files that are no flows.
    pub other_named: Vec<PathBuf>,
    /// The number of YAML files that are no flows.
    pub other_yaml: usize,
}

/// What became of one candidate.
enum Loaded {
    Flow(Box<Parsed>),
    Unreadable(ReadProblem),
    Other,
}

struct Parsed {
    text: Arc<str>,
    tree: Tree,
    flow: Flow,
    expressions: Vec<ExpressionSite>,
}

/// Reads and parses everything in parallel.
pub fn load(request: &LoadRequest<'_>) -> Workspace {
    load_with(request, &Progress::default())
}

/// As [`load`], counting the files.
pub fn load_with(request: &LoadRequest<'_>, progress: &Progress) -> Workspace {
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
    let loaded: Vec<Loaded> = all
        .par_iter()
        .map(|(candidate, _)| load_candidate(candidate, request.overlay))
        .inspect(|_| progress.step())
        .collect();
    let mut workspace = Workspace::default();
    let mut roots = Roots::default();
    for ((candidate, is_reported), loaded) in all.into_iter().zip(loaded) {
        workspace.add(candidate, is_reported, loaded, request.settings, &mut roots);
    }
    workspace.index(roots.paths.len());
    workspace
}

fn load_candidate(candidate: &Candidate, overlay: &Overlay) -> Loaded {
    let text = match overlay.get(&candidate.path) {
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
        return Loaded::Other;
    }
    parse(text).map_or(Loaded::Other, |parsed| Loaded::Flow(Box::new(parsed)))
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
    let expressions = analysis::expression_sites(&tree, &flow);
    Some(Parsed {
        text,
        tree,
        flow,
        expressions,
    })
}

#[derive(Default)]
struct Roots {
    paths: HashMap<PathBuf, usize>,
}

impl Roots {
    fn index(&mut self, root: PathBuf) -> usize {
        let next = self.paths.len();
        *self.paths.entry(root).or_insert(next)
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
            Loaded::Flow(parsed) => (*parsed, None),
            Loaded::Unreadable(problem) => (Parsed::nothing(), Some(problem)),
            Loaded::Other => {
                self.other_yaml += usize::from(!is_terraform(&candidate.path));
                if candidate.named {
                    self.other_named.push(candidate.path.clone());
                }
                return;
            }
        };
        let file = self
            .files
            .add(File::new(candidate.path.clone(), Arc::clone(&parsed.text)));
        let document = Document::of_file(file, Arc::clone(&parsed.text));
        let summary = Summary::of(&document, &parsed.tree, &parsed.flow).map(Arc::new);
        self.documents.push(LoadedDocument {
            document,
            tree: parsed.tree,
            flow: parsed.flow,
            expressions: parsed.expressions,
            summary,
            read_problem,
            settings: settings.settings(&candidate.path),
            project: roots.index(settings.project_root(&candidate.path)),
            is_reported,
        });
    }

    fn index(&mut self, projects: usize) {
        let mut members: Vec<Vec<(u32, &Arc<Summary>, &Path)>> = vec![Vec::new(); projects];
        for (index, document) in (0_u32..).zip(&self.documents) {
            let Some(summary) = &document.summary else {
                continue;
            };
            let path = self.files.get(document.document.file).path.as_path();
            members[document.project].push((index, summary, path));
        }
        self.projects = members
            .into_iter()
            .map(|members| ProjectIndex::build(members.into_iter()))
            .collect();
    }

    /// The document that is exactly this file, or the first that is shown in it.
    pub fn document_of(&self, file: FileId) -> Option<&LoadedDocument> {
        let first = self
            .documents
            .partition_point(|document| document.document.file < file);
        self.documents
            .get(first)
            .filter(|document| document.document.file == file)
    }
}

impl Parsed {
    fn nothing() -> Self {
        let text: Arc<str> = "".into();
        Self {
            tree: syntax::parse(Arc::clone(&text)),
            text,
            flow: Flow::default(),
            expressions: Vec::new(),
        }
    }
}

fn is_terraform(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("tf"))
}
