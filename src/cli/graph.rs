//! `kestralint graph`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use super::input::Input;
use crate::config::{Configured, Places};
use crate::engine::{self, LoadRequest, SettingsSource, Workspace};
use crate::policy;
use crate::project::{Environments, FlowGraph, FlowNode, ProjectIndex};
use crate::report::graph::{self, FlowPlace};
use crate::source::DiscoverySettings;

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
    let changed: Vec<PathBuf> = arguments
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
    for path in &changed {
        let known = workspace.files.iter();
        let mut known = known.map(|(_, file)| settings.places().file(&file.path));
        if !known.any(|file| file == *path) {
            return Err(Failure::new(format!("{} holds no flow", path.display())));
        }
    }
    // Flows of several projects never start each other: one picture after the other.
    for project in workspace
        .projects
        .iter()
        .filter(|project| !project.is_empty())
    {
        print(arguments, &workspace, project, &settings, &changed)?;
    }
    Ok(super::CLEAN)
}

fn print(
    arguments: &GraphArguments,
    workspace: &Workspace,
    project: &ProjectIndex,
    settings: &Configured,
    changed: &[PathBuf],
) -> Result<u8, Failure> {
    let mut graph = FlowGraph::of(project);
    if !changed.is_empty() {
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

/// Whether one of the files holds a part of the flow.
fn is_changed(
    workspace: &Workspace,
    project: &ProjectIndex,
    settings: &Configured,
    flow: &FlowNode,
    changed: &[PathBuf],
) -> bool {
    let Some(member) = flow.member else {
        return false;
    };
    let Some(document) = workspace.documents.get(project.document(member) as usize) else {
        return false;
    };
    let origins = document.document.segments.iter();
    let origins = origins.filter_map(|segment| segment.origin.map(|origin| origin.file));
    let mut files = origins.chain([document.document.file]);
    files.any(|file| {
        let path = settings.places().file(&workspace.files.get(file).path);
        changed.contains(&path)
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
