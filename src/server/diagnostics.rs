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
use crate::policy::{self, PolicyProblem};
use crate::text::{LineIndex, TextRange, TextSize};

/// Who found it.
const SOURCE: &str = "kestralint";

/// The code of mistakes in configuration files, which are no rule's.
const CONFIGURATION: &str = "configuration";

/// The code of mistakes in policy files.
const POLICY: &str = "policy";

/// A finding.
pub(super) fn of_finding(session: &Session, finding: &Finding) -> Diagnostic {
    let mut rules = session.registry().rules.iter();
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
pub(super) fn of_configuration(session: &Session, problem: &ConfigurationProblem) -> Diagnostic {
    let ConfigurationProblem { text, message, .. } = problem;
    mistake(
        session,
        CONFIGURATION,
        text,
        problem.range,
        message,
        problem.help.as_deref(),
    )
}

/// A mistake in a policy file.
pub(super) fn of_policy(session: &Session, problem: &PolicyProblem) -> Diagnostic {
    let PolicyProblem { text, message, .. } = problem;
    mistake(
        session,
        POLICY,
        text,
        problem.range,
        message,
        problem.help.as_deref(),
    )
}

fn mistake(
    session: &Session,
    code: &str,
    text: &str,
    range: Option<TextRange>,
    message: &str,
    help: Option<&str>,
) -> Diagnostic {
    let index = LineIndex::new(text);
    let nowhere = TextRange::empty(TextSize::new(0));
    let message = match help {
        Some(help) => format!("{message}\n{help}"),
        None => message.to_owned(),
    };
    Diagnostic {
        range: editor_range(&index, range.unwrap_or(nowhere), session.client.unit),
        severity: Some(DiagnosticSeverity::Error),
        code: Some(code.to_owned().into()),
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
