//! Pictures of the flows of a project: Mermaid, Graphviz, JSON, a plain list and a page to look around in.

mod layout;
mod page;

pub use page::{FlowFinding, Page};

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::project::{EdgeKind, FlowGraph, FlowNode};

/// The version of the JSON form.
const VERSION: u32 = 1;

/// What the pictures say of a flow beyond the graph: its file with its line, and its environment.
pub struct FlowPlace {
    /// The path of its file, and the line from 1.
    pub path: Option<(String, u32)>,
    /// Its environment.
    pub environment: Option<String>,
}

/// Writes a Mermaid flowchart, a box a namespace; dashed arrows are Flow triggers, dashed boxes flows
/// that are not in the repository.
///
/// # Errors
///
/// Those of the writer.
pub fn mermaid(graph: &FlowGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for (number, (namespace, flows)) in (0..).zip(by_namespace(graph)) {
        writeln!(out, "  subgraph s{number}[\"{}\"]", mermaid_text(namespace))?;
        for (index, flow) in flows {
            writeln!(out, "    f{index}[\"{}\"]", mermaid_text(&flow.id))?;
        }
        writeln!(out, "  end")?;
    }
    for edge in &graph.edges {
        let arrow = if edge.kind == EdgeKind::Trigger {
            "-.->"
        } else {
            "-->"
        };
        writeln!(out, "  f{} {arrow} f{}", edge.from, edge.to)?;
    }
    let missing = graph
        .flows
        .iter()
        .enumerate()
        .filter(|(_, flow)| flow.place.is_none());
    let missing: Vec<String> = missing.map(|(index, _)| format!("f{index}")).collect();
    if !missing.is_empty() {
        writeln!(out, "  classDef missing stroke-dasharray: 4 4")?;
        writeln!(out, "  class {} missing", missing.join(","))?;
    }
    Ok(())
}

/// Mermaid's text in quotes: it has entities of its own.
fn mermaid_text(text: &str) -> String {
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

/// Writes a graph for Graphviz.
///
/// # Errors
///
/// Those of the writer.
pub fn dot(graph: &FlowGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph flows {{\n  rankdir=LR;\n  node [shape=box];")?;
    for (number, (namespace, flows)) in (0..).zip(by_namespace(graph)) {
        writeln!(
            out,
            "  subgraph cluster_{number} {{\n    label={};",
            dot_text(namespace)
        )?;
        for (index, flow) in flows {
            let style = match (flow.place.is_none(), flow.disabled) {
                (true, _) => ", style=dashed",
                (false, true) => ", fontcolor=gray, color=gray",
                (false, false) => "",
            };
            writeln!(out, "    f{index} [label={}{style}];", dot_text(&flow.id))?;
        }
        writeln!(out, "  }}")?;
    }
    for edge in &graph.edges {
        let style = if edge.kind == EdgeKind::Trigger {
            ", style=dashed"
        } else {
            ""
        };
        let label = dot_text(&edge.by);
        writeln!(
            out,
            "  f{} -> f{} [label={label}{style}];",
            edge.from, edge.to
        )?;
    }
    writeln!(out, "}}")
}

fn dot_text(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', " ")
    )
}

/// Writes flows and edges as JSON; edges name flows by their place in the list, since a name may be
/// declared twice.
///
/// # Errors
///
/// Those of the writer.
pub fn json(graph: &FlowGraph, places: &[FlowPlace], out: &mut dyn Write) -> io::Result<()> {
    let flows: Vec<Json> = graph
        .flows
        .iter()
        .zip(places)
        .map(|(flow, place)| {
            json!({
                "name": flow.name,
                "namespace": flow.namespace,
                "id": flow.id,
                "path": place.path.as_ref().map(|(path, _)| path),
                "line": place.path.as_ref().map(|(_, line)| line),
                "environment": place.environment,
                "disabled": flow.disabled,
                "missing": flow.place.is_none(),
            })
        })
        .collect();
    let edges: Vec<Json> = graph
        .edges
        .iter()
        .map(|edge| json!({ "from": edge.from, "to": edge.to, "kind": edge.kind.as_str(), "by": edge.by }))
        .collect();
    let all = json!({ "version": VERSION, "flows": flows, "edges": edges });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

/// Writes a line a flow: its name and its file, with a tab between them.
///
/// # Errors
///
/// Those of the writer.
pub fn list(graph: &FlowGraph, places: &[FlowPlace], out: &mut dyn Write) -> io::Result<()> {
    for (flow, place) in graph.flows.iter().zip(places) {
        let path = place.path.as_ref().map_or("", |(path, _)| path);
        writeln!(out, "{}\t{path}", flow.name)?;
    }
    Ok(())
}

fn by_namespace(graph: &FlowGraph) -> BTreeMap<&str, Vec<(usize, &FlowNode)>> {
    let mut namespaces: BTreeMap<&str, Vec<(usize, &FlowNode)>> = BTreeMap::new();
    for (index, flow) in graph.flows.iter().enumerate() {
        namespaces
            .entry(&flow.namespace)
            .or_default()
            .push((index, flow));
    }
    namespaces
}
