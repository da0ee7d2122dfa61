//! Suppression comments: `# kestralint: ignore[rule] reason` on a line, on the line above or, above a
//! key or a list item, for all that it holds; `# kestralint: ignore-file[rule] reason` for a file.

use std::collections::{HashMap, HashSet};

use super::settings::Registry;
use super::{LoadedDocument, Workspace};
use crate::finding::{Applicability, Edit, FileId, Finding, Fix, Group, RuleMetadata, TargetSet};
use crate::syntax::NodeId;
use crate::text::{TextRange, TextSize};

const MARK: &str = "kestralint:";

/// The rules of which the engine itself finds the cases.
pub(super) const UNKNOWN: &str = "unknown-suppression";
pub(super) const UNUSED: &str = "unused-suppression";

/// One comment that suppresses findings.
#[derive(Debug)]
struct Suppression {
    file: FileId,
    comment: TextRange,
    /// The findings that it covers start here; none for the whole file.
    scope: Option<Vec<TextRange>>,
    /// Each name with its bytes.
    names: Vec<(String, TextRange)>,
    document: usize,
}

/// All suppression comments of a workspace.
#[derive(Debug)]
pub(super) struct Suppressions {
    all: Vec<Suppression>,
}

impl Suppressions {
    /// Collects the comments of the reported documents that are whole files.
    pub(super) fn read(workspace: &Workspace) -> Self {
        let mut all = Vec::new();
        let mark = memchr::memmem::Finder::new(MARK);
        for (index, document) in workspace.documents.iter().enumerate() {
            if !document.is_reported || !document.document.is_whole_file() {
                continue;
            }
            let text = document.tree.source().as_bytes();
            for comment in document.tree.comments() {
                let range = std::ops::Range::<usize>::from(*comment);
                if text
                    .get(range)
                    .is_some_and(|text| mark.find(text).is_some())
                {
                    all.extend(read_comment(document, index, *comment));
                }
            }
        }
        all.extend(Self::of_parts(workspace));
        Self { all }
    }

    /// The comments of `.tf` files and of the fragments that they read, and of flows with includes.
    fn of_parts(workspace: &Workspace) -> Vec<Suppression> {
        let mut shown: HashMap<FileId, usize> = HashMap::new();
        let mut whole: HashSet<FileId> = HashSet::new();
        let mut parts: HashSet<FileId> = HashSet::new();
        for (index, document) in workspace.documents.iter().enumerate() {
            if document.document.is_whole_file() {
                whole.insert(document.document.file);
            }
            if !document.document.is_whole_file() {
                let origins = document.document.segments.iter();
                for origin in origins.filter_map(|segment| segment.origin) {
                    shown.entry(origin.file).or_insert(index);
                    if document.terraform.is_none() && document.is_reported {
                        parts.insert(origin.file);
                    }
                }
            }
        }
        let mut all = Vec::new();
        let also = workspace.also_reported.iter().copied();
        let mut files: Vec<FileId> = also.chain(parts.iter().copied()).collect();
        files.sort_unstable();
        files.dedup();
        for file in files.into_iter().filter(|file| !whole.contains(file)) {
            // A file without a flow has the settings of the first document.
            let document = shown.get(&file).copied().unwrap_or_default();
            if document < workspace.documents.len() {
                let source = &workspace.files.get(file).text;
                all.extend(read_lines(source, file, document));
            }
        }
        all
    }

    /// Splits findings into those that stay and those that are suppressed, and adds findings for
    /// suppressions that name no rule or suppress nothing.
    pub(super) fn apply(
        self,
        findings: Vec<Finding>,
        workspace: &Workspace,
        registry: Registry,
    ) -> (Vec<Finding>, Vec<Finding>) {
        if self.all.is_empty() {
            return (findings, Vec::new());
        }
        let mut by_file: HashMap<FileId, Vec<usize>> = HashMap::new();
        for (index, suppression) in self.all.iter().enumerate() {
            by_file.entry(suppression.file).or_default().push(index);
        }
        let mut used: HashSet<(usize, usize)> = HashSet::new();
        let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
        for finding in findings {
            let mut covered = false;
            for index in by_file.get(&finding.location.file).into_iter().flatten() {
                if let Some(name) = self.all[*index].covers(&finding, registry) {
                    used.insert((*index, name));
                    covered = true;
                }
            }
            if covered {
                suppressed.push(finding);
            } else {
                kept.push(finding);
            }
        }
        kept.extend(self.stale(&used, workspace, registry));
        super::order::sort(&mut kept, workspace);
        (kept, suppressed)
    }

    fn stale(
        &self,
        used: &HashSet<(usize, usize)>,
        workspace: &Workspace,
        registry: Registry,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (index, suppression) in self.all.iter().enumerate() {
            let document = &workspace.documents[suppression.document];
            for (place, (name, range)) in suppression.names.iter().enumerate() {
                if used.contains(&(index, place)) {
                    continue;
                }
                let known = Group::parse(name).is_some() || registry.position(name).is_some();
                let (rule, message, help) = if known {
                    // A rule that did not run cannot have found anything.
                    let ran = registry.position(name).is_none_or(|rule| {
                        document
                            .settings
                            .rules
                            .get(rule)
                            .is_some_and(|rule| rule.enabled)
                    });
                    if !ran {
                        continue;
                    }
                    (
                        UNUSED,
                        format!("This suppression of `{name}` suppresses nothing"),
                        "Remove the comment.".to_owned(),
                    )
                } else {
                    (
                        UNKNOWN,
                        format!("There is no rule `{name}`"),
                        suggestion(name, registry),
                    )
                };
                let finding = engine_finding(
                    rule,
                    document,
                    registry,
                    suppression.file,
                    *range,
                    message,
                    help,
                );
                let fix = known.then(|| suppression.removal(document, place));
                findings.extend(finding.map(|finding| Finding {
                    fix: fix.flatten(),
                    ..finding
                }));
            }
        }
        findings
    }
}

fn suggestion(name: &str, registry: Registry) -> String {
    let known = registry.rules.iter().map(|rule| rule.metadata().name);
    let nearest = known.max_by(|one, other| {
        strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name))
    });
    match nearest.filter(|nearest| strsim::jaro_winkler(nearest, name) > 0.8) {
        Some(nearest) => format!("Did you mean `{nearest}`? `kestralint rules` lists all rules."),
        None => "`kestralint rules` lists all rules.".to_owned(),
    }
}

fn engine_finding(
    rule: &'static str,
    document: &LoadedDocument,
    registry: Registry,
    file: FileId,
    range: TextRange,
    message: String,
    help: String,
) -> Option<Finding> {
    let position = registry.position(rule)?;
    let settings = document.settings.rules.get(position)?;
    let metadata: &RuleMetadata = registry.rules[position].metadata();
    settings.enabled.then(|| Finding {
        rule,
        redact: false,
        severity: settings.severity.unwrap_or(metadata.severity),
        location: crate::finding::Location { file, range },
        fingerprint: super::fingerprint::StableHash::new()
            .text(rule)
            .text(&message)
            .finish(),
        message,
        label: String::new(),
        help: Some(help),
        related: Vec::new(),
        fix: None,
        targets: document
            .settings
            .targets
            .iter()
            .copied()
            .collect::<TargetSet>(),
    })
}

impl Suppression {
    /// Removes one of the names, or the comment with its only one.
    fn removal(&self, document: &LoadedDocument, place: usize) -> Option<Fix> {
        let (name, range) = self.names.get(place)?;
        // Of a fragment the document has other offsets.
        if !document.document.is_whole_file() || document.document.file != self.file {
            return None;
        }
        let edit = match (self.names.get(place + 1), place.checked_sub(1)) {
            (Some((_, next)), _) => TextRange::new(range.start(), next.start()),
            (None, Some(before)) => TextRange::new(self.names[before].1.end(), range.end()),
            (None, None) => document.tree.remove_comment(self.comment).range,
        };
        Some(Fix {
            title: format!("Remove the suppression of `{name}`"),
            applicability: Applicability::Safe,
            edits: vec![Edit {
                location: document.document.locate_exactly(edit)?,
                content: String::new(),
            }],
        })
    }

    /// The name by which this comment covers a finding.
    fn covers(&self, finding: &Finding, registry: Registry) -> Option<usize> {
        let start = finding.location.range.start();
        let in_scope = match &self.scope {
            None => true,
            Some(ranges) => ranges.iter().any(|range| range.contains_inclusive(start)),
        };
        if !in_scope {
            return None;
        }
        self.names.iter().position(|(name, _)| {
            name == finding.rule
                || Group::parse(name).is_some_and(|group| {
                    registry
                        .position(finding.rule)
                        .is_some_and(|rule| registry.rules[rule].metadata().group == group)
                })
        })
    }
}

fn read_comment(
    document: &LoadedDocument,
    index: usize,
    comment: TextRange,
) -> Option<Suppression> {
    let (whole_file, names) = read_names(document.tree.source(), comment)?;
    let scope = if whole_file {
        None
    } else {
        Some(scope_of(document, comment))
    };
    Some(Suppression {
        file: document.document.file,
        comment,
        scope,
        names,
        document: index,
    })
}

/// The comments of a file that is no document by itself: a `.tf` file, or a template. They cover their
/// line or, on a line of their own, the next.
fn read_lines(source: &str, file: FileId, document: usize) -> Vec<Suppression> {
    let mut all = Vec::new();
    for mark in memchr::memmem::find_iter(source.as_bytes(), MARK.as_bytes()) {
        let before = source[..mark].trim_end_matches([' ', '\t']);
        let Some(line) = before
            .strip_suffix('#')
            .and_then(|before| line_at(source, before.len()))
        else {
            continue;
        };
        let Some((whole_file, names)) = read_names(source, line) else {
            continue;
        };
        let covered = line_of(source, line);
        all.push(Suppression {
            file,
            comment: line,
            scope: (!whole_file).then(|| [Some(line), covered].into_iter().flatten().collect()),
            names,
            document,
        });
    }
    all
}

/// The names of a comment with their bytes, and whether it is for the whole file.
fn read_names(source: &str, comment: TextRange) -> Option<(bool, Vec<(String, TextRange)>)> {
    let text = source.get(std::ops::Range::<usize>::from(comment))?;
    let mark = text.find(MARK)?;
    if text[1..mark].trim() != "" {
        return None;
    }
    let rest = text[mark + MARK.len()..].trim_start();
    let whole_file = rest.starts_with("ignore-file[");
    let names = rest
        .strip_prefix("ignore-file[")
        .or_else(|| rest.strip_prefix("ignore["))?;
    let names = &names[..names.find(']')?];
    let names_start = comment.start()
        + TextSize::of(&text[..text.len() - text[mark..].len()])
        + TextSize::try_from(names.as_ptr() as usize - text[mark..].as_ptr() as usize).ok()?;
    Some((whole_file, split_names(names, names_start)))
}

fn split_names(names: &str, start: TextSize) -> Vec<(String, TextRange)> {
    let mut found = Vec::new();
    let mut offset = start;
    for part in names.split(',') {
        let trimmed = part.trim();
        let leading = part.len() - part.trim_start().len();
        if !trimmed.is_empty() {
            let from = offset + TextSize::try_from(leading).unwrap_or_default();
            found.push((
                trimmed.to_owned(),
                TextRange::at(from, TextSize::of(trimmed)),
            ));
        }
        offset += TextSize::of(part) + TextSize::of(',');
    }
    found
}

/// A trailing comment covers its line and the block that the line opens; a comment on a line of its own
/// covers the next line and the block that it opens.
fn scope_of(document: &LoadedDocument, comment: TextRange) -> Vec<TextRange> {
    let Some(line) = line_of(document.tree.source(), comment) else {
        return vec![comment];
    };
    let mut ranges = vec![comment, line];
    ranges.extend(blocks_on_line(document, line));
    ranges
}

/// The line that a comment covers.
fn line_of(source: &str, comment: TextRange) -> Option<TextRange> {
    let line_start = source[..usize::from(comment.start())]
        .rfind('\n')
        .map_or(0, |feed| feed + 1);
    let own_line = source[line_start..usize::from(comment.start())]
        .trim()
        .is_empty();
    if own_line {
        next_content_line(source, usize::from(comment.end()))
    } else {
        line_at(source, line_start)
    }
}

fn line_at(source: &str, start: usize) -> Option<TextRange> {
    let end = source[start..]
        .find('\n')
        .map_or(source.len(), |feed| start + feed);
    Some(TextRange::new(
        TextSize::try_from(start).ok()?,
        TextSize::try_from(end).ok()?,
    ))
}

fn next_content_line(source: &str, from: usize) -> Option<TextRange> {
    let mut start = from + source[from..].find('\n')? + 1;
    loop {
        let line = line_at(source, start)?;
        let text = source[line].trim();
        if !text.is_empty() && !text.starts_with('#') {
            return Some(line);
        }
        start = usize::from(line.end()) + 1;
        if start >= source.len() {
            return None;
        }
    }
}

/// The nodes that begin on a line: list items, and the values of keys.
fn blocks_on_line(document: &LoadedDocument, line: TextRange) -> Vec<TextRange> {
    let tree = &document.tree;
    let starts_here = |node: NodeId| line.contains_inclusive(tree.range(node).start());
    let mut ranges = Vec::new();
    for node in tree.nodes().filter(|node| starts_here(*node)) {
        // The mapping that a list item is begins with its first key; so does the root, which must not
        // be covered by a comment on its first line.
        let is_item = tree
            .parent(node)
            .is_some_and(|parent| tree.is_sequence(parent));
        if is_item {
            ranges.push(tree.range(node));
        }
        if let Some(parent) = tree.parent(node).filter(|parent| tree.is_mapping(*parent)) {
            let value = tree
                .entries(parent)
                .iter()
                .find(|entry| entry.key == node)
                .map(|entry| entry.value);
            ranges.extend(value.map(|value| tree.range(value)));
        }
    }
    ranges
}
