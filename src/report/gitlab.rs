//! `gitlab`: GitLab's Code Quality report, a list that merge requests show.

use std::io::{self, Write};

use serde::Serialize;

use super::{Format, Place, Run, place};
use crate::finding::Severity;

pub(super) static FORMAT: Format = Format {
    name: "gitlab",
    summary: "Code Quality report of GitLab",
    for_people: false,
    write,
};

#[derive(Serialize)]
struct Issue<'run> {
    description: String,
    check_name: &'run str,
    /// GitLab drops all but one of those that share one.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let issues = run.findings.iter().map(|finding| {
        let shown = Place::of(run.files, finding.location);
        Issue {
            description: run.full_message(finding),
            check_name: finding.rule,
            fingerprint: finding.fingerprint.to_string(),
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "info",
            },
            location: Location {
                path: place::slashed(&(run.repository_path)(shown.path)),
                lines: Lines {
                    begin: shown.start.line,
                    end: shown.end.line,
                },
            },
        }
    });
    serde_json::to_writer_pretty(&mut *out, &issues.collect::<Vec<_>>())?;
    writeln!(out)
}
