//! `kestralint graph`

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use super::input::Input;
use super::revision;
use crate::config::{Configured, Places};
use crate::engine::{self, LoadRequest, Owners, Registry, SettingsSource, Workspace};
use crate::finding::{Finding, TargetSet};
use crate::policy;
use crate::project::{Environments, FlowGraph, FlowNode, ProjectIndex, Summary};
use crate::report::graph::{self, FlowFinding, FlowPlace, Page};
use crate::report::{Place, RuleDescription, message};
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

    /// Write to this file.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

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
    /// A page to search and walk around in, with what the rules find; it needs no network.
    Html,
}

pub(super) fn run(arguments: &GraphArguments) -> Result<u8, Failure> {
    let places = Places::of_process().map_err(Failure::new)?;
    let impacted_by: Vec<PathBuf> = arguments
        .impacted_by
        .iter()
        .map(|path| places.file(path))
        .collect();
    let discovery = DiscoverySettings::default();
    let input = Input::gather(&arguments.paths, None, &discovery, &places)?;
    let book = super::policy::rulebook(&arguments.settings, &input.paths, &input.candidates)?;
    let registry = book.registry;
    let command_line = arguments.settings.read(registry, &places)?;
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
    let projects = workspace.projects.iter().enumerate();
    let pictures: Vec<Picture> = projects
        .filter(|(_, project)| !project.is_empty())
        .map(|(project, _)| picture(arguments, &workspace, project, &settings, changed.as_ref()))
        .collect();
    let write = |out: &mut dyn Write| {
        if arguments.format == GraphFormat::Html {
            return page(&workspace, registry, pictures, out);
        }
        // Flows of several projects never start each other: one picture after the other.
        for picture in &pictures {
            picture.write(arguments.format, out)?;
        }
        Ok(())
    };
    match &arguments.output {
        None => console::print(write),
        Some(path) => {
            let written = File::create(path).and_then(|file| {
                let mut out = BufWriter::new(file);
                write(&mut out)?;
                out.flush()
            });
            written.map_err(|error| {
                Failure::new(format!("{} cannot be written: {error}", path.display()))
            })?;
            Ok(super::CLEAN)
        }
    }
}

/// The flows of one project.
struct Picture {
    project: usize,
    graph: FlowGraph,
    places: Vec<FlowPlace>,
}

impl Picture {
    fn write(&self, format: GraphFormat, out: &mut dyn Write) -> io::Result<()> {
        let Self { graph, places, .. } = self;
        match format {
            GraphFormat::Mermaid => graph::mermaid(graph, out),
            GraphFormat::Dot => graph::dot(graph, out),
            GraphFormat::Json => graph::json(graph, places, out),
            GraphFormat::List => graph::list(graph, places, out),
            GraphFormat::Html => Ok(()),
        }
    }
}

fn picture(
    arguments: &GraphArguments,
    workspace: &Workspace,
    project: usize,
    settings: &Configured,
    changed: Option<&Changed>,
) -> Picture {
    let index = &workspace.projects[project];
    let mut graph = FlowGraph::of(index);
    if let Some(changed) = changed {
        graph = graph.impacted_by(|flow| is_changed(workspace, index, settings, flow, changed));
    } else if !arguments.all && matches!(arguments.format, GraphFormat::Mermaid | GraphFormat::Dot)
    {
        graph = graph.connected();
    }
    let flows = graph.flows.iter();
    let places = flows.map(|flow| place_of(workspace, settings, flow));
    Picture {
        project,
        places: places.collect(),
        graph,
    }
}

/// One page for all projects, with what the rules find.
fn page(
    workspace: &Workspace,
    registry: Registry,
    pictures: Vec<Picture>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = engine::check(workspace, registry);
    let urls: Vec<String> = registry
        .rules
        .iter()
        .map(|rule| policy::page_url(*rule))
        .collect();
    let rules = registry.rules.iter().zip(&urls);
    let rules: Vec<RuleDescription<'_>> = rules
        .map(|(rule, url)| super::publish::describe(*rule, url))
        .collect();
    let mut page = Page {
        rules: &rules,
        ..Page::default()
    };
    let mut nodes = HashMap::new();
    for picture in pictures {
        let project = &workspace.projects[picture.project];
        for (flow, node) in picture.graph.flows.iter().zip(page.graph.flows.len()..) {
            if let Some(member) = flow.member {
                nodes.insert(project.document(member) as usize, node);
            }
        }
        page.graph.append(picture.graph);
        page.places.extend(picture.places);
    }
    page.findings = vec![Vec::new(); page.graph.flows.len()];
    let owners = Owners::of(workspace);
    let documents = workspace.documents.iter();
    let checked: TargetSet = documents
        .flat_map(|document| document.settings.targets.iter().copied())
        .collect();
    for finding in &report.findings {
        let shown = shown_finding(workspace, finding, checked);
        let documents = owners.documents(finding.location);
        let of_flows: Vec<usize> = documents
            .iter()
            .filter_map(|document| nodes.get(document).copied())
            .collect();
        for node in &of_flows {
            page.findings[*node].push(shown.clone());
        }
        // What belongs to a flow that is left out is left out with it.
        if documents.is_empty() {
            page.other_findings.push(shown);
        }
    }
    page.write(out)
}

fn shown_finding(workspace: &Workspace, finding: &Finding, checked: TargetSet) -> FlowFinding {
    let place = Place::of(&workspace.files, finding.location);
    FlowFinding {
        rule: finding.rule,
        severity: finding.severity,
        message: message(finding, checked),
        path: place.path.display().to_string(),
        line: place.start.line,
    }
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
