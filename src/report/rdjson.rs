//! `rdjson`: what reviewdog reads. Its columns are bytes, its ends exclusive.

use std::io::{self, Write};

use serde::Serialize;

use super::{Format, Run, place, positions};
use crate::finding::{self, Finding, Severity};

pub(super) static FORMAT: Format = Format {
    name: "rdjson",
    summary: "for reviewdog",
    for_people: false,
    write,
};

#[derive(Serialize)]
struct Result<'run> {
    source: Source,
    diagnostics: Vec<Diagnostic<'run>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'run> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code<'run>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'run>>,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code<'run> {
    value: &'run str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'run str>,
}

#[derive(Serialize)]
struct Suggestion<'run> {
    range: Range,
    text: &'run str,
}

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let positions = positions(run.rules);
    let diagnostics = run.findings.iter().map(|finding| {
        let rule = positions.get(finding.rule);
        let rule = rule.and_then(|position| run.rules.get(*position));
        let path = &run.files.get(finding.location.file).path;
        Diagnostic {
            message: run.full_message(finding),
            location: Location {
                path: place::slashed(&(run.repository_path)(path)),
                range: range(run, finding.location),
            },
            severity: match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Info => "INFO",
            },
            code: Code {
                value: finding.rule,
                url: rule.map(|rule| rule.url),
            },
            suggestions: suggestion(run, finding).into_iter().collect(),
        }
    });
    let result = Result {
        source: Source {
            name: env!("CARGO_PKG_NAME"),
            url: env!("CARGO_PKG_REPOSITORY"),
        },
        diagnostics: diagnostics.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &result)?;
    writeln!(out)
}

/// A fix of one edit where the finding is; of several, each alone would be wrong.
fn suggestion<'run>(run: &Run<'run>, finding: &'run Finding) -> Option<Suggestion<'run>> {
    match finding.fix.as_ref()?.edits.as_slice() {
        [edit] if edit.location.file == finding.location.file => Some(Suggestion {
            range: range(run, edit.location),
            text: &edit.content,
        }),
        _ => None,
    }
}

fn range(run: &Run<'_>, location: finding::Location) -> Range {
    let file = run.files.get(location.file);
    let range = place::on_boundaries(&file.text, location.range);
    let position = |offset| {
        let (line, column) = file.line_index().line_byte_column(offset);
        Position { line, column }
    };
    Range {
        start: position(range.start()),
        end: position(range.end()),
    }
}
