//! What the editor tells about the place under the pointer: the facts of a type, the pages of rules.

use std::path::Path;

use gen_lsp_types::{Hover, MarkupContent, MarkupKind, Position, Range};

use super::buffer::{byte_range, editor_range};
use super::session::Session;
use crate::catalogue::{Catalogue, ObjectSchema, TypeFacts};
use crate::engine::LoadedDocument;
use crate::finding::Target;
use crate::policy;
use crate::syntax::NodeId;
use crate::text::{TextRange, TextSize};

/// What there is to say about a position of a file.
pub(super) fn hover(session: &Session, path: &Path, position: Position) -> Option<Hover> {
    let file = session.workspace().files.get(session.file(path)?);
    let unit = session.client.unit;
    let range = Range {
        start: position,
        end: position,
    };
    let offset = byte_range(file.line_index(), &file.text, range, unit).start();
    let mut sections = Vec::new();
    let mut range = None;
    if let Some((of_type, text)) = type_at(session, path, offset) {
        range = Some(of_type);
        sections.push(text);
    }
    let findings = session.findings(path).iter();
    let here = findings.filter(|finding| finding.location.range.contains_inclusive(offset));
    let mut told = Vec::new();
    for finding in here {
        if !told.contains(&finding.rule) {
            told.push(finding.rule);
            range.get_or_insert(finding.location.range);
            let rules = session.registry().rules.iter();
            let rule = rules
                .into_iter()
                .find(|rule| rule.metadata().name == finding.rule);
            sections.extend(rule.map(|rule| policy::page(*rule).to_owned()));
        }
    }
    (!sections.is_empty()).then(|| Hover {
        contents: MarkupContent {
            kind: MarkupKind::Markdown,
            value: sections.join("\n\n---\n\n"),
        }
        .into(),
        range: range.map(|range| editor_range(file.line_index(), range, unit)),
    })
}

/// The facts of the type that is named at an offset, with the bytes of its name.
fn type_at(session: &Session, path: &Path, offset: TextSize) -> Option<(TextRange, String)> {
    let document = session.document(path)?;
    let tree = &document.tree;
    let is_here =
        |node: &NodeId| tree.is_scalar(*node) && tree.range(*node).contains_inclusive(offset);
    let node = tree.nodes().find(|node| {
        is_here(node)
            && tree
                .key_of(*node)
                .is_some_and(|key| tree.scalar_text(key) == Some("type"))
    })?;
    let text = facts(document, tree.scalar_text(node)?)?;
    Some((tree.range(node), text))
}

fn facts(document: &LoadedDocument, name: &str) -> Option<String> {
    let targets = &document.settings.targets;
    let known = |target: &Target| Catalogue::of(*target).find(name);
    let (target, found) = targets
        .iter()
        .rev()
        .find_map(|target| Some((target, known(target)?)))?;
    let facts = found.facts;
    let title = match facts.url() {
        Some(url) => format!("**[{}]({url})**", facts.name),
        None => format!("**{}**", facts.name),
    };
    let mut lines = vec![title, String::new()];
    lines.push(format!("- {} of Kestra {target}", facts.kind.as_str()));
    if found.alias {
        lines.push(format!("- `{name}` is an old name of it"));
    }
    lines.extend(warnings(facts));
    for other in targets.iter().filter(|other| *other != target) {
        if known(other).is_none() {
            lines.push(format!("- unknown in Kestra {other}"));
        }
    }
    if let Some(since) = facts.since {
        lines.push(format!("- since {since}"));
    }
    let properties = facts.properties.as_ref();
    let required = properties.into_iter().flat_map(ObjectSchema::required);
    let required: Vec<String> = required
        .map(|property| format!("`{}`", property.name))
        .collect();
    if !required.is_empty() {
        lines.push(format!("- needs {}", required.join(", ")));
    }
    lines.push(format!("- known from: {}", facts.provenance));
    Some(lines.join("\n"))
}

fn warnings(facts: &TypeFacts) -> Vec<String> {
    let mut lines = Vec::new();
    match (facts.deprecated, facts.replacement) {
        (true, Some(replacement)) => {
            lines.push(format!("- **deprecated**: write `{replacement}`"));
        }
        (true, None) => lines.push("- **deprecated**".to_owned()),
        _ => {}
    }
    if facts.enterprise {
        lines.push("- Enterprise edition".to_owned());
    }
    lines
}
