//! `concise`: one line a finding, `path:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::{Format, Place, Run, printable};
use crate::finding::{Finding, Severity};

pub(super) static FORMAT: Format = Format {
    name: "concise",
    summary: "one line a finding",
    for_people: true,
    write,
};

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in run.findings {
        write_line(run, finding, "", out)?;
    }
    for finding in run.suppressed.unwrap_or_default() {
        write_line(run, finding, " (suppressed)", out)?;
    }
    Ok(())
}

/// Writes the line of one finding.
pub(super) fn write_line(
    run: &Run<'_>,
    finding: &Finding,
    remark: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let place = Place::of(run.files, finding.location);
    let (on, off) = if run.style.color {
        (color_of(finding.severity), "\u{1b}[0m")
    } else {
        ("", "")
    };
    writeln!(
        out,
        "{}:{}:{}: {on}{}[{}]{off} {}{remark}",
        printable(&place.path.to_string_lossy()),
        place.start.line,
        place.start.column,
        finding.severity.as_str(),
        finding.rule,
        printable(&run.message(finding)),
    )
}

fn color_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\u{1b}[31m",
        Severity::Warning => "\u{1b}[33m",
        Severity::Info => "\u{1b}[36m",
    }
}
