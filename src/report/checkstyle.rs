//! `checkstyle`: the XML that Jenkins and many reviewing tools read.

use std::io::{self, Write};

use super::xml::attribute;
use super::{Format, Run, by_file};
use crate::finding::Severity;

pub(super) static FORMAT: Format = Format {
    name: "checkstyle",
    summary: "XML as of Checkstyle, for Jenkins and others",
    for_people: false,
    write,
};

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<checkstyle version=\"4.3\">")?;
    for (path, findings) in by_file(run) {
        writeln!(out, "  <file name=\"{}\">", attribute(&path))?;
        for (finding, place) in findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            writeln!(
                out,
                "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"kestralint.{}\"/>",
                place.start.line,
                place.start.column,
                attribute(&run.full_message(finding)),
                attribute(finding.rule)
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
