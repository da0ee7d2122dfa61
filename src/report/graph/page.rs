//! A page of HTML that needs nothing else: the graph to search, to zoom into and to walk along.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::FlowPlace;
use super::layout::{Point, layout};
use crate::finding::Severity;
use crate::project::FlowGraph;
use crate::report::RuleDescription;

/// The page around what is put in at the marks.
const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script, in the order in which its parts need each other.
const PROGRAM: [&str; 5] = [
    include_str!("graph.js"),
    include_str!("colouring.js"),
    include_str!("view.js"),
    include_str!("panel.js"),
    include_str!("page.js"),
];

/// A finding as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowFinding {
    /// The rule's name.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The path of the file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
}

/// What the page shows.
#[derive(Default)]
pub struct Page<'run> {
    /// The flows and who starts whom.
    pub graph: FlowGraph,
    /// The place of each flow.
    pub places: Vec<FlowPlace>,
    /// The findings of each flow.
    pub findings: Vec<Vec<FlowFinding>>,
    /// Findings that belong to none of the flows.
    pub other_findings: Vec<FlowFinding>,
    /// The rules.
    pub rules: &'run [RuleDescription<'run>],
}

impl Page<'_> {
    /// Writes the page.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rest = FRAME;
        for mark in ["style", "data", "program"] {
            let (before, after) = rest
                .split_once(&format!("<!-- {mark} -->"))
                .unwrap_or((rest, ""));
            write!(out, "{before}")?;
            match mark {
                "style" => write!(out, "{}", STYLE.trim_end())?,
                "data" => write!(out, "{}", in_script(&self.data()))?,
                _ => {
                    for part in PROGRAM {
                        writeln!(out, "{part}")?;
                    }
                }
            }
            rest = after;
        }
        write!(out, "{rest}")
    }

    fn data(&self) -> Json {
        let mut tables = Tables::default();
        let edges = &self.graph.edges;
        let ends: Vec<(usize, usize)> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let points = layout(self.graph.flows.len(), &ends);
        let flows: Vec<Json> = (0..self.graph.flows.len())
            .map(|index| self.flow(index, points[index], &mut tables))
            .collect();
        let edges: Vec<Json> = edges
            .iter()
            .map(|edge| {
                let kind = tables.kinds.number(edge.kind.as_str());
                json!([edge.from, edge.to, kind, edge.by])
            })
            .collect();
        let other_findings: Vec<Json> = self
            .other_findings
            .iter()
            .map(|finding| tables.finding(finding))
            .collect();
        let rules: Map<String, Json> = self
            .rules
            .iter()
            .filter(|rule| tables.rules.contains(rule.name) && rule.url.starts_with("https://"))
            .map(|rule| (rule.name.to_owned(), json!(rule.url)))
            .collect();
        json!({
            "namespaces": tables.namespaces.names,
            "paths": tables.paths.names,
            "kinds": tables.kinds.names,
            "rules": rules,
            "flows": flows,
            "edges": edges,
            "otherFindings": other_findings,
        })
    }

    /// What is so for most flows is left out.
    fn flow(&self, index: usize, point: Point, tables: &mut Tables) -> Json {
        let flow = &self.graph.flows[index];
        let mut entry = Map::new();
        let mut put = |name: &str, value: Json| entry.insert(name.to_owned(), value);
        put("id", json!(flow.id));
        put(
            "namespace",
            json!(tables.namespaces.number(&flow.namespace)),
        );
        put("x", json!(point.x));
        put("y", json!(point.y));
        let place = &self.places[index];
        if let Some((path, line)) = &place.path {
            put("path", json!(tables.paths.number(path)));
            put("line", json!(line));
        }
        if let Some(environment) = &place.environment {
            put("environment", json!(environment));
        }
        if flow.disabled {
            put("disabled", json!(true));
        }
        if flow.place.is_none() {
            put("missing", json!(true));
        }
        let findings = &self.findings[index];
        if !findings.is_empty() {
            let findings = findings.iter().map(|finding| tables.finding(finding));
            put("findings", findings.collect());
        }
        Json::Object(entry)
    }
}

/// Names that are written once and then numbered.
#[derive(Default)]
struct Tables {
    namespaces: Names,
    paths: Names,
    kinds: Names,
    rules: BTreeSet<&'static str>,
}

impl Tables {
    fn finding(&mut self, finding: &FlowFinding) -> Json {
        self.rules.insert(finding.rule);
        json!({
            "rule": finding.rule,
            "severity": finding.severity.as_str(),
            "message": finding.message,
            "path": self.paths.number(&finding.path),
            "line": finding.line,
        })
    }
}

#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// JSON as it may stand in a `script` element: no text in it can end the element, or begin a comment or
/// another element.
fn in_script(data: &Json) -> String {
    let text = data.to_string();
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // All of these stand in strings only, where JSON allows them to be written so.
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_the_script_element() {
        let hostile = "</script><script>alert(1)</script><!-- & \u{2028}";
        let written = in_script(&json!({ hostile: [hostile] }));
        assert!(!written.contains(['<', '>', '&', '\u{2028}']), "{written}");
        let read: Json = serde_json::from_str(&written).unwrap();
        assert_eq!(read[hostile][0], hostile);
    }

    #[test]
    fn every_mark_of_the_frame_is_filled() {
        let mut page = Vec::new();
        Page::default().write(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(!page.contains("<!--"), "a mark is left");
        assert!(page.trim_end().ends_with("</html>"));
        // The program itself must not end its element.
        assert_eq!(page.matches("</script>").count(), 2);
    }
}
