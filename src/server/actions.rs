//! What the editor offers at a finding: its fix, or a comment that suppresses it.

use std::collections::HashMap;
use std::path::Path;

use gen_lsp_types::{CodeAction, CodeActionKind, CodeActionParams, TextEdit, Uri, WorkspaceEdit};

use super::buffer::{byte_range, editor_range};
use super::diagnostics;
use super::session::Session;
use crate::engine::LoadedDocument;
use crate::finding::{Applicability, Edit, Finding, Fix, Location};
use crate::syntax::NodeId;
use crate::text::{TextRange, TextSize};

/// The kind of the action that applies all safe fixes of a file.
pub(super) const FIX_ALL: &str = "source.fixAll.kestralint";

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The actions for a range of a file.
pub(super) fn actions(
    session: &Session,
    path: &Path,
    parameters: &CodeActionParams,
) -> Vec<CodeAction> {
    let Some(file) = session.file(path) else {
        return Vec::new();
    };
    let wants = |kind: &str| {
        let only = parameters.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|wanted| covers(wanted, kind)))
    };
    let mut actions = Vec::new();
    if wants("quickfix") {
        let file = session.workspace().files.get(file);
        let unit = session.client.unit;
        let range = byte_range(file.line_index(), &file.text, parameters.range, unit);
        let here = session.findings(path).iter();
        let here = here.filter(|finding| finding.location.range.intersect(range).is_some());
        let here: Vec<&Finding> = here.collect();
        actions.extend(here.iter().filter_map(|finding| fix(session, finding)));
        actions.extend(
            here.iter()
                .filter_map(|finding| ignore(session, path, finding)),
        );
    }
    if wants(FIX_ALL) {
        actions.extend(fix_all(session, path));
    }
    actions
}

/// Whether an asked-for kind includes another: `source` includes `source.fixAll.kestralint`.
fn covers(wanted: &CodeActionKind, kind: &str) -> bool {
    let wanted = String::from(wanted.clone());
    wanted.is_empty()
        || kind
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn fix(session: &Session, finding: &Finding) -> Option<CodeAction> {
    let fix: &Fix = finding.fix.as_ref()?;
    let is_safe = fix.applicability == Applicability::Safe;
    Some(CodeAction {
        title: if is_safe {
            fix.title.clone()
        } else {
            format!("{} (to be reviewed)", fix.title)
        },
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostics::of_finding(session, finding)]),
        is_preferred: Some(is_safe),
        edit: Some(workspace_edit(session, &fix.edits)),
        ..CodeAction::default()
    })
}

/// All safe fixes that do not touch each other; those left over are for the next time.
fn fix_all(session: &Session, path: &Path) -> Option<CodeAction> {
    let mut chosen: Vec<Edit> = Vec::new();
    let fixes = session.findings(path).iter();
    let fixes = fixes.filter_map(|finding| finding.fix.as_ref());
    for fix in fixes.filter(|fix| fix.applicability == Applicability::Safe) {
        let overlaps = |edit: &Edit| {
            chosen
                .iter()
                .any(|other| touch(edit.location, other.location))
        };
        if !fix.edits.iter().any(overlaps) {
            chosen.extend(fix.edits.iter().cloned());
        }
    }
    (!chosen.is_empty()).then(|| CodeAction {
        title: "Apply all safe fixes of kestralint".to_owned(),
        kind: Some(CodeActionKind::from(FIX_ALL.to_owned())),
        edit: Some(workspace_edit(session, &chosen)),
        ..CodeAction::default()
    })
}

fn touch(one: Location, other: Location) -> bool {
    one.file == other.file && one.range.intersect(other.range).is_some()
}

fn ignore(session: &Session, path: &Path, finding: &Finding) -> Option<CodeAction> {
    let document = session.document(path)?;
    let edit = suppression(document, finding)?;
    Some(CodeAction {
        title: format!("Ignore `{}` here", finding.rule),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostics::of_finding(session, finding)]),
        edit: Some(workspace_edit(session, &[edit])),
        ..CodeAction::default()
    })
}

/// A comment on a line of its own above the finding; above the key where the finding stands inside a
/// text of several lines, in which a comment would be text.
fn suppression(document: &LoadedDocument, finding: &Finding) -> Option<Edit> {
    if !document.is_flow() {
        return None;
    }
    let tree = &document.tree;
    let source = tree.source();
    let start = finding.location.range.start();
    let is_around =
        |node: &NodeId| tree.is_scalar(*node) && tree.range(*node).contains_inclusive(start);
    let around = tree.nodes().find(is_around);
    let around = around.map_or(start, |node| tree.range(node).start());
    let before = source.get(..usize::from(around))?;
    let line = before.rfind('\n').map_or(0, |feed| feed + 1);
    let line = if line == 0 && source.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        line
    };
    let rest = source.get(line..)?;
    let indentation = &rest[..rest.len() - rest.trim_start_matches(' ').len()];
    let first_line = rest.split('\n').next().unwrap_or_default();
    let line_break = if first_line.ends_with('\r') {
        "\r\n"
    } else {
        "\n"
    };
    let rule = finding.rule;
    Some(Edit {
        location: Location {
            file: document.document.file,
            range: TextRange::empty(TextSize::try_from(line).ok()?),
        },
        content: format!("{indentation}# kestralint: ignore[{rule}]{line_break}"),
    })
}

fn workspace_edit(session: &Session, edits: &[Edit]) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let file = session.workspace().files.get(edit.location.file);
        let edits = changes.entry(session.uri_of(&file.path)).or_default();
        edits.push(TextEdit {
            range: editor_range(file.line_index(), edit.location.range, session.client.unit),
            new_text: edit.content.clone(),
        });
    }
    WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    }
}
