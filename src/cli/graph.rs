//! `kestralint graph`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use super::input::Input;
use super::revision;
use crate::config::{Configured, Places};
use crate::engine::{self, LoadRequest, SettingsSource, Workspace};
use crate::policy;
use crate::project::{Environments, FlowGraph, FlowNode, ProjectIndex, Summary};
use crate::report::graph::{self, FlowPlace};
use crate::source::{DiscoverySettings, GitRepository};

#[derive(Args)]
pub(super) struct GraphArguments {
    /// Files and directories with flows.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    settings: SettingsArguments,

    /// The form of the graph.
    #[arg(long, short, value_enum, default_value = "mermaid")]
    format: GraphFormat,

    /// Only what a change of these files can break: their flows, those that call them, those that wait
    /// for them, and so on.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    impacted_by: Vec<PathBuf>,

    /// Only what the changes since this Git revision can break; flows that were removed count as changed.
    #[arg(long, value_name = "REVISION", conflicts_with = "impacted_by")]
    since: Option<String>,

    /// Show flows that nothing connects to others, too.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A flowchart for Markdown.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// Flows and edges for programs.
    Json,
    /// A line a flow: name and file.
    List,
}

pub(super) fn run(arguments: &GraphArguments) -> Result<u8, Failure> {
    let registry = policy::registry();
    let places = Places::of_process().map_err(Failure::new)?;
    let command_line = arguments.settings.read(registry, &places)?;
    let impacted_by: Vec<PathBuf> = arguments
        .impacted_by
        .iter()
        .map(|path| places.file(path))
        .collect();
    let discovery = DiscoverySettings::default();
    let input = Input::gather(&arguments.paths, None, &discovery, &places)?;
    let settings = Configured::new(registry, places, command_line, &input.paths);
    let workspace = engine::load(&LoadRequest {
        candidates: &input.candidates,
        context: &[],
        overlay: &input.overlay,
        settings: &settings,
    });
    for path in &impacted_by {
        let known = workspace.files.iter();
        let mut known = known.map(|(_, file)| settings.places().file(&file.path));
        if !known.any(|file| file == *path) {
            return Err(Failure::new(format!("{} holds no flow", path.display())));
        }
    }
    let changed = match &arguments.since {
        Some(since) => Some(changed_since(since, &workspace, &settings)?),
        None if impacted_by.is_empty() => None,
        None => Some(Changed {
            files: impacted_by.into_iter().collect(),
            removed: HashSet::new(),
        }),
    };
    // Flows of several projects never start each other: one picture after the other.
    for project in workspace
        .projects
        .iter()
        .filter(|project| !project.is_empty())
    {
        print(arguments, &workspace, project, &settings, changed.as_ref())?;
    }
    Ok(super::CLEAN)
}

fn print(
    arguments: &GraphArguments,
    workspace: &Workspace,
    project: &ProjectIndex,
    settings: &Configured,
    changed: Option<&Changed>,
) -> Result<u8, Failure> {
    let mut graph = FlowGraph::of(project);
    if let Some(changed) = changed {
        graph = graph.impacted_by(|flow| is_changed(workspace, project, settings, flow, changed));
    } else if !arguments.all && matches!(arguments.format, GraphFormat::Mermaid | GraphFormat::Dot)
    {
        graph = graph.connected();
    }
    let places: Vec<FlowPlace> = graph
        .flows
        .iter()
        .map(|flow| place_of(workspace, settings, flow))
        .collect();
    console::print(|out| match arguments.format {
        GraphFormat::Mermaid => graph::mermaid(&graph, out),
        GraphFormat::Dot => graph::dot(&graph, out),
        GraphFormat::Json => graph::json(&graph, &places, out),
        GraphFormat::List => graph::list(&graph, &places, out),
    })
}

/// What has changed: files, and flows that are gone.
struct Changed {
    files: HashSet<PathBuf>,
    removed: HashSet<String>,
}

/// What has changed since a revision. Files that hold no flow are among it: nothing comes of them.
fn changed_since(
    since: &str,
    workspace: &Workspace,
    settings: &Configured,
) -> Result<Changed, Failure> {
    let places = settings.places();
    let repository = GitRepository::around(places.working_directory());
    let repository = repository.map_err(revision::failure)?;
    let base = repository.revision(since).map_err(revision::failure)?;
    let files = repository.changed_since(&base).map_err(revision::failure)?;
    let files = files
        .iter()
        .map(|path| places.file(&repository.root().join(path)));
    let before = revision::load(&repository, &base, settings)?;
    let names = |workspace: &Workspace| -> HashSet<String> {
        let summaries = workspace.documents.iter();
        let summaries = summaries.filter_map(|document| document.summary.as_deref());
        summaries.map(Summary::full_name).collect()
    };
    let now = names(workspace);
    let mut removed = names(&before.workspace);
    removed.retain(|name| !now.contains(name));
    Ok(Changed {
        files: files.collect(),
        removed,
    })
}

/// Whether one of the files holds a part of the flow, or the flow is gone.
fn is_changed(
    workspace: &Workspace,
    project: &ProjectIndex,
    settings: &Configured,
    flow: &FlowNode,
    changed: &Changed,
) -> bool {
    let Some(member) = flow.member else {
        return changed.removed.contains(&flow.name);
    };
    let Some(document) = workspace.documents.get(project.document(member) as usize) else {
        return false;
    };
    let origins = document.document.segments.iter();
    let origins = origins.filter_map(|segment| segment.origin.map(|origin| origin.file));
    let mut files = origins.chain([document.document.file]);
    files.any(|file| {
        let path = settings.places().file(&workspace.files.get(file).path);
        changed.files.contains(&path)
    })
}

fn place_of(workspace: &Workspace, settings: &Configured, flow: &FlowNode) -> FlowPlace {
    let Some(place) = flow.place else {
        return FlowPlace {
            path: None,
            environment: None,
        };
    };
    let file = workspace.files.get(place.file);
    let line = file.line_index().line_column(place.range.start()).line;
    let of_file = settings.settings(&file.path);
    let environments = Environments::new(&of_file.environments);
    let environment = environments.named(Some(Path::new(&file.path)), Some(&flow.namespace));
    FlowPlace {
        path: Some((file.path.display().to_string(), line)),
        environment: environment.map(str::to_owned),
    }
}
