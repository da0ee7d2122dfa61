//! `github`: workflow commands that GitHub shows as annotations.
//!
//! GitHub takes ten annotations of each kind from a step and drops the rest without a word, so the
//! gravest come first, a notice says how many are missing, and those follow as plain lines of the log.

use std::io::{self, Write};

use super::{Format, Place, Run, concise, place};
use crate::finding::{Finding, Severity};

pub(super) static FORMAT: Format = Format {
    name: "github",
    summary: "annotations of a GitHub workflow",
    for_people: false,
    write,
};

/// The most annotations of one kind that GitHub takes from a step.
const MOST_OF_A_KIND: usize = 10;

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut left_out = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        // The closing notice is one of the notices.
        let most = MOST_OF_A_KIND - usize::from(severity == Severity::Info);
        let of_kind = run
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        for (position, finding) in of_kind.enumerate() {
            if position < most {
                annotate(run, finding, out)?;
            } else {
                left_out.push(finding);
            }
        }
    }
    if left_out.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "::notice title=kestralint::{} more findings are in the log of this step: GitHub shows at most \
         {MOST_OF_A_KIND} annotations of a kind",
        left_out.len()
    )?;
    for finding in left_out {
        concise::write_line(run, finding, "", out)?;
    }
    Ok(())
}

fn annotate(run: &Run<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let shown = Place::of(run.files, finding.location);
    let path = place::slashed(&(run.repository_path)(shown.path));
    let message = run.full_message(finding);
    write!(
        out,
        "::{command} file={},line={},endLine={},",
        property(&path),
        shown.start.line,
        shown.end.line
    )?;
    // Columns of an annotation over several lines are refused.
    if shown.start.line == shown.end.line {
        write!(
            out,
            "col={},endColumn={},",
            shown.start.column, shown.end.column
        )?;
    }
    writeln!(
        out,
        "title={}::{}",
        property(&format!("kestralint: {}", finding.rule)),
        data(&message)
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
