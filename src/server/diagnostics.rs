//! Findings as editors show them.

use std::path::Path;

use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Range,
};
use serde_json::json;

use super::buffer::editor_range;
use super::session::Session;
use crate::config::ConfigurationProblem;
use crate::finding::{self, Finding, Severity, Target};
use crate::policy;
use crate::text::{LineIndex, TextRange, TextSize};

/// Who found it.
const SOURCE: &str = "kestralint";

/// The code of mistakes in configuration files, which are no rule's.
const CONFIGURATION: &str = "configuration";

/// A finding.
pub(super) fn of_finding(session: &Session, finding: &Finding) -> Diagnostic {
    let mut rules = policy::registry().rules.iter();
    let rule = rules.find(|rule| rule.metadata().name == finding.rule);
    let related = finding.related.iter();
    let related: Vec<DiagnosticRelatedInformation> = related
        .map(|related| DiagnosticRelatedInformation {
            location: location(session, related.location),
            message: related.message.clone(),
        })
        .collect();
    Diagnostic {
        range: location(session, finding.location).range,
        severity: Some(severity(finding.severity)),
        code: Some(finding.rule.to_owned().into()),
        code_description: rule.map(|rule| CodeDescription {
            href: policy::page_url(*rule).into(),
        }),
        source: Some(SOURCE.to_owned()),
        message: message(session, finding).into(),
        tags: tag(finding.rule).map(|tag| vec![tag]),
        related_information: (session.client.shows_related && !related.is_empty())
            .then_some(related),
        data: Some(json!({
            "fingerprint": finding.fingerprint.to_string(),
            "fixable": finding.fix.is_some(),
        })),
    }
}

/// A mistake in a configuration file.
pub(super) fn of_problem(session: &Session, problem: &ConfigurationProblem) -> Diagnostic {
    let index = LineIndex::new(&problem.text);
    let nowhere = TextRange::empty(TextSize::new(0));
    let message = match &problem.help {
        Some(help) => format!("{}\n{help}", problem.message),
        None => problem.message.clone(),
    };
    let range = problem.range.unwrap_or(nowhere);
    Diagnostic {
        range: editor_range(&index, range, session.client.unit),
        severity: Some(DiagnosticSeverity::Error),
        code: Some(CONFIGURATION.to_owned().into()),
        source: Some(SOURCE.to_owned()),
        message: message.into(),
        ..Diagnostic::default()
    }
}

/// A place as editors name it.
pub(super) fn location(session: &Session, location: finding::Location) -> Location {
    let file = session.workspace().files.get(location.file);
    let range: Range = editor_range(file.line_index(), location.range, session.client.unit);
    Location {
        uri: session.uri_of(&file.path),
        range,
    }
}

/// What is wrong, for which versions where it isn't for all that are checked, and how to mend it.
fn message(session: &Session, finding: &Finding) -> String {
    let path: &Path = &session.workspace().files.get(finding.location.file).path;
    let versions: Vec<&str> = finding.targets.iter().map(Target::as_str).collect();
    let checked = session.targets(path);
    let mut message = finding.message.clone();
    if !versions.is_empty() && versions.len() < checked {
        message.push_str(&format!(" (Kestra {})", versions.join(", ")));
    }
    if let Some(help) = &finding.help {
        message.push('\n');
        message.push_str(help);
    }
    message
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Info => DiagnosticSeverity::Information,
    }
}

/// Editors strike old names through and fade what does nothing.
fn tag(rule: &str) -> Option<DiagnosticTag> {
    if rule.starts_with("deprecated-") {
        Some(DiagnosticTag::Deprecated)
    } else if rule.starts_with("unused-") {
        Some(DiagnosticTag::Unnecessary)
    } else {
        None
    }
}
