//! `markdown`: a table, for the summary of a job or a comment.

use std::io::{self, Write};

use super::{Format, Run, by_file, positions};
use crate::finding::Severity;

pub(super) static FORMAT: Format = Format {
    name: "markdown",
    summary: "a table, for the summary of a job",
    for_people: false,
    write,
};

/// More would be more than the places take where such reports go.
const MOST: usize = 500;

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = run.counts();
    writeln!(out, "## kestralint\n")?;
    if run.findings.is_empty() {
        return writeln!(out, "Nothing found in {} flows.", run.statistics.flows);
    }
    writeln!(
        out,
        "{}, {}, {} in {}.",
        counted(counts.errors, "error"),
        counted(counts.warnings, "warning"),
        counted(counts.infos, "info"),
        counted(run.statistics.flows, "flow")
    )?;
    let positions = positions(run.rules);
    let mut left = MOST;
    for (path, findings) in by_file(run) {
        if left == 0 {
            break;
        }
        writeln!(out, "\n### {}\n", escaped(&path))?;
        writeln!(
            out,
            "| | Line | Finding | Rule |\n| --- | ---: | --- | --- |"
        )?;
        for (finding, place) in findings.into_iter().take(left) {
            left -= 1;
            let mark = match finding.severity {
                Severity::Error => "❌",
                Severity::Warning => "⚠️",
                Severity::Info => "ℹ️",
            };
            let rule = positions.get(finding.rule);
            let rule = match rule.and_then(|position| run.rules.get(*position)) {
                Some(rule) => format!("[{}]({})", rule.name, rule.url),
                None => finding.rule.to_owned(),
            };
            let message = escaped(&run.full_message(finding)).replace('\n', "<br>");
            writeln!(
                out,
                "| {mark} | {} | {message} | {rule} |",
                place.start.line
            )?;
        }
    }
    if run.findings.len() > MOST {
        writeln!(out, "\n{} more are left out.", run.findings.len() - MOST)?;
    }
    Ok(())
}

fn counted(count: usize, name: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

/// A text in a cell: what Markdown or HTML would take for its own is not. Code in backticks stays code,
/// in which a bar must be escaped all the same.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut in_code = false;
    let is_even = text.matches('`').count().is_multiple_of(2);
    for letter in super::printable(&text.replace('\n', "\u{e000}")).chars() {
        match letter {
            '\u{e000}' => escaped.push('\n'),
            '`' if is_even => {
                in_code = !in_code;
                escaped.push('`');
            }
            '|' => escaped.push_str("\\|"),
            '`' | '*' | '_' | '[' | ']' | '<' | '>' | '\\' | '#' | '~' | '@' if !in_code => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}
