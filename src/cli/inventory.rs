//! `kestralint inventory`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use super::input::Input;
use crate::analysis::{Need, NeedKind, NeedName, NeedSource, Usage, needs};
use crate::catalogue::{Catalogue, Provenance};
use crate::config::{Configured, Places};
use crate::engine::{self, LoadRequest, LoadedDocument, Workspace};
use crate::finding::{Location, Target};
use crate::project::{Call, Summary};
use crate::report::inventory::{self, InventoryEntry, InventoryPlace};
use crate::source::{
    DiscoverySettings, FileState, NamespaceFiles, PathPattern, PathPatternProblem,
};

#[derive(Args)]
pub(super) struct InventoryArguments {
    /// Files and directories with flows.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    settings: SettingsArguments,

    /// Secrets.
    #[arg(long)]
    secrets: bool,

    /// Keys of the key-value store.
    #[arg(long)]
    kv: bool,

    /// Namespace files.
    #[arg(long)]
    files: bool,

    /// Container images.
    #[arg(long)]
    images: bool,

    /// Plugins, by the artifact to install.
    #[arg(long)]
    plugins: bool,

    /// Flows that other flows call.
    #[arg(long)]
    subflows: bool,

    /// Leave out what the repository brings itself.
    #[arg(long)]
    missing: bool,

    /// The form of the list.
    #[arg(long, short, value_enum, default_value = "table")]
    format: InventoryFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InventoryFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets: a row a place.
    Csv,
}

/// What is listed, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Secret,
    KeyValue,
    File,
    Image,
    Plugin,
    Subflow,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::KeyValue => "kv",
            Self::File => "file",
            Self::Image => "image",
            Self::Plugin => "plugin",
            Self::Subflow => "subflow",
        }
    }

    fn of(kind: NeedKind) -> Self {
        match kind {
            NeedKind::Secret => Self::Secret,
            NeedKind::KeyValue => Self::KeyValue,
            NeedKind::File => Self::File,
            NeedKind::Image => Self::Image,
            NeedKind::Plugin => Self::Plugin,
        }
    }
}

pub(super) fn run(arguments: &InventoryArguments) -> Result<u8, Failure> {
    let places = Places::of_process().map_err(Failure::new)?;
    let discovery = DiscoverySettings::default();
    let input = Input::gather(&arguments.paths, None, &discovery, &places)?;
    let book = super::policy::rulebook(&arguments.settings, &input.paths, &input.candidates)?;
    let registry = book.registry;
    let command_line = arguments.settings.read(registry, &places)?;
    for problem in &input.problems {
        console::note(&format!("{}: {}", problem.path.display(), problem.message));
    }
    let settings = Configured::new(registry, places, command_line, &input.paths);
    let context = input.context(&discovery, &settings);
    let workspace = engine::load(&LoadRequest {
        candidates: &input.candidates,
        context: &context,
        overlay: &input.overlay,
        settings: &settings,
    });
    let problems = settings.problems();
    if !problems.is_empty() {
        return Err(Failure::Configuration(problems));
    }
    let targets = workspace.documents.iter();
    let mut targets = targets.filter_map(|document| document.settings.targets.last());
    let target = targets.next().copied().unwrap_or(Target::NEWEST);
    let mut inventory = Inventory::new(&workspace, arguments, target);
    for (index, document) in (0..).zip(&workspace.documents) {
        inventory.add(index, document);
    }
    let mut entries = inventory.entries();
    if arguments.missing {
        entries.retain(|entry| entry.in_repository != Some(true));
    }
    console::print(|out| match arguments.format {
        InventoryFormat::Table => inventory::table(&entries, out),
        InventoryFormat::Json => inventory::json(&entries, target.as_str(), out),
        InventoryFormat::Csv => inventory::csv(&entries, out),
    })?;
    if entries.is_empty() && arguments.format == InventoryFormat::Table {
        console::note("these flows need nothing of what was asked for");
    }
    Ok(super::CLEAN)
}

/// What tells things apart: the kind, the namespace, the name or the expression.
type Key = (Kind, Option<String>, Option<String>, Option<String>);

/// What is known of one thing so far.
#[derive(Default)]
struct Gathered {
    required: bool,
    in_repository: Option<bool>,
    types: BTreeSet<String>,
    places: BTreeSet<InventoryPlace>,
}

struct Inventory<'run> {
    workspace: &'run Workspace,
    catalogue: &'static Catalogue,
    kinds: Vec<Kind>,
    things: BTreeMap<Key, Gathered>,
    /// Keys that flows of the project set themselves: namespace and key.
    made: BTreeSet<(Option<String>, String)>,
}

impl<'run> Inventory<'run> {
    fn new(workspace: &'run Workspace, arguments: &InventoryArguments, target: Target) -> Self {
        let asked = [
            (arguments.secrets, Kind::Secret),
            (arguments.kv, Kind::KeyValue),
            (arguments.files, Kind::File),
            (arguments.images, Kind::Image),
            (arguments.plugins, Kind::Plugin),
            (arguments.subflows, Kind::Subflow),
        ];
        let all = asked.iter().all(|(wanted, _)| !wanted);
        let kinds = asked.iter().filter(|(wanted, _)| all || *wanted);
        Self {
            workspace,
            catalogue: Catalogue::of(target),
            kinds: kinds.map(|(_, kind)| *kind).collect(),
            things: BTreeMap::new(),
            made: BTreeSet::new(),
        }
    }

    /// Flows that are only context may set keys; what they need was not asked for.
    fn add(&mut self, index: u32, document: &LoadedDocument) {
        let Some(summary) = document.summary.as_deref() else {
            return;
        };
        let own = summary.namespace.clone();
        let source = NeedSource {
            document: &document.document,
            tree: &document.tree,
            flow: &document.flow,
            expressions: &document.expressions,
        };
        for need in needs(source, self.catalogue) {
            let kind = Kind::of(need.kind);
            if need.usage == Usage::LeavesOut {
                continue;
            }
            if need.usage == Usage::Makes {
                self.add_made(&need, own.clone());
            } else if self.kinds.contains(&kind) && document.is_reported {
                self.add_need(kind, document, &need, own.clone());
            }
        }
        if self.kinds.contains(&Kind::Subflow) && document.is_reported {
            for call in summary.calls.iter().chain(&summary.function_calls) {
                self.add_call(index, document, call);
            }
        }
    }

    fn add_made(&mut self, need: &Need, own: Option<String>) {
        let namespace = match &need.namespace {
            Some(NeedName::Known(namespace)) => Some(namespace.clone()),
            Some(NeedName::Dynamic(_)) => return,
            None => own,
        };
        if let NeedName::Known(name) = &need.name {
            self.made.insert((namespace, name.clone()));
        }
    }

    fn add_need(
        &mut self,
        kind: Kind,
        document: &LoadedDocument,
        need: &Need,
        own: Option<String>,
    ) {
        let (mut namespace, mut expression) = match &need.namespace {
            Some(NeedName::Known(namespace)) => (Some(namespace.clone()), None),
            Some(NeedName::Dynamic(text)) => (None, Some(text.clone())),
            None => (own, None),
        };
        if matches!(kind, Kind::Image | Kind::Plugin) {
            namespace = None;
        }
        let mut name = match &need.name {
            NeedName::Known(name) => Some(name.clone()),
            NeedName::Dynamic(text) => {
                expression = Some(text.clone());
                None
            }
        };
        let in_repository = match (kind, &namespace, &name) {
            (Kind::File, Some(namespace), Some(name)) => self
                .workspace
                .namespace_files(document, namespace)
                .and_then(|files| is_deployed(&files, name, need)),
            _ => None,
        };
        let mut used = None;
        if kind == Kind::Plugin {
            let Some(of_type) = name.take() else {
                return;
            };
            match artifact(self.catalogue, &of_type) {
                Artifact::Core => return,
                Artifact::Known(artifact) => name = Some(artifact),
                Artifact::Unknown => {}
            }
            used = Some(of_type);
        }
        // Types of unknown plugins are told apart by themselves.
        let mark = used.clone().filter(|_| name.is_none()).or(expression);
        let place = self.place(document, need.place);
        let thing = self
            .things
            .entry((kind, namespace, name, mark))
            .or_default();
        thing.required |= need.usage == Usage::Needs;
        thing.in_repository = in_repository.or(thing.in_repository);
        thing.types.extend(used);
        thing.places.insert(place);
    }

    fn add_call(&mut self, index: u32, document: &LoadedDocument, call: &Call) {
        let project = &self.workspace.projects[document.project];
        let callees = project
            .member_of(index)
            .map(|member| project.callees(member, call));
        let is_there = callees.is_some_and(|callees| !callees.is_empty());
        let is_known = call.namespace.is_some() && call.flow_id.is_some();
        let written = |key: &str| document.tree.get_text(call.node, key).map(str::to_owned);
        let dynamic = match (&call.namespace, &call.flow_id) {
            (_, None) => written("flowId"),
            (None, _) => written("namespace"),
            _ => None,
        };
        if !is_known && dynamic.is_none() {
            return;
        }
        let key = (
            Kind::Subflow,
            call.namespace.clone(),
            call.flow_id.clone(),
            dynamic,
        );
        let place = self.place(document, call.place);
        let thing = self.things.entry(key).or_default();
        thing.required |= !call.disabled;
        thing.in_repository = is_known.then_some(is_there);
        thing.places.insert(place);
    }

    fn place(&self, document: &LoadedDocument, place: Location) -> InventoryPlace {
        let file = self.workspace.files.get(place.file);
        let start = file.line_index().line_column(place.range.start());
        InventoryPlace {
            flow: document
                .summary
                .as_deref()
                .map_or_else(String::new, Summary::full_name),
            path: file.path.display().to_string().replace('\\', "/"),
            line: start.line,
            column: start.column,
        }
    }

    fn entries(self) -> Vec<InventoryEntry> {
        let made = self.made;
        let things = self.things.into_iter();
        things
            .map(|((kind, namespace, name, mark), thing)| {
                let of_key = (namespace.clone(), name.clone().unwrap_or_default());
                let is_made = kind == Kind::KeyValue && made.contains(&of_key);
                InventoryEntry {
                    kind: kind.as_str(),
                    namespace,
                    name,
                    expression: mark.filter(|_| kind != Kind::Plugin),
                    required: thing.required,
                    in_repository: if is_made {
                        Some(true)
                    } else {
                        thing.in_repository
                    },
                    types: thing.types.into_iter().collect(),
                    places: thing.places.into_iter().collect(),
                }
            })
            .collect()
    }
}

/// Whether a file is deployed, or one that its pattern matches; `None` where the pattern is not understood.
fn is_deployed(files: &NamespaceFiles, name: &str, need: &Need) -> Option<bool> {
    let is_there = files.state(name) == FileState::Deployed;
    match need.pattern.as_deref().map(PathPattern::parse) {
        Some(Ok(pattern)) => Some(is_there || files.match_pattern(&pattern)),
        Some(Err(PathPatternProblem::NotOurs)) => None,
        Some(Err(PathPatternProblem::Broken(_))) | None => Some(is_there),
    }
}

/// What has to be installed for a type.
enum Artifact {
    /// Nothing: it is a part of Kestra.
    Core,
    /// Group and artifact.
    Known(String),
    /// The catalogue does not know.
    Unknown,
}

/// Repositories of which each package below that of their name is an artifact of its own.
const SPLIT: [(&str, &str); 2] = [
    ("plugin-script", "io.kestra.plugin.scripts."),
    ("plugin-debezium", "io.kestra.plugin.debezium."),
];

/// The artifact that brings a type: the module that the catalogue has its facts from.
fn artifact(catalogue: &Catalogue, type_name: &str) -> Artifact {
    let found = catalogue.find(type_name).map(|found| found.facts);
    let type_name = found.map_or(type_name, |facts| facts.name);
    let package = catalogue.package(type_name);
    let is_core = package.is_some_and(|package| package.source == "library");
    let is_of_core = found.is_some_and(|facts| facts.provenance == Provenance::Library);
    if is_core || is_of_core {
        return Artifact::Core;
    }
    let of_facts = match found.map(|facts| facts.provenance) {
        Some(
            Provenance::PluginSource(source)
            | Provenance::SourceText(source)
            | Provenance::NamesOnly(source),
        ) => source,
        _ => "",
    };
    let of_package = package.map_or("", |package| package.source);
    let mut words = of_package.split(' ').chain(of_facts.split(' '));
    let Some(module) = words.find(|word| word.starts_with("plugin-")) else {
        return Artifact::Unknown;
    };
    let part = SPLIT
        .iter()
        .filter(|(repository, _)| *repository == module)
        .find_map(|(_, prefix)| type_name.strip_prefix(prefix)?.split_once('.'));
    Artifact::Known(match part {
        Some((part, _)) => format!("io.kestra.plugin:{module}-{part}"),
        None => format!("io.kestra.plugin:{module}"),
    })
}
