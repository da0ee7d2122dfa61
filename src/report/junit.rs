//! `junit`: test results. A file is a suite, a finding a failed case; where nothing was found, one case
//! passes, as many readers take a report without cases for a mistake.

use std::io::{self, Write};

use super::xml::attribute;
use super::{Format, Run, by_file};

pub(super) static FORMAT: Format = Format {
    name: "junit",
    summary: "test results in XML",
    for_people: false,
    write,
};

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let failures = run.findings.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"kestralint\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
        failures.max(1)
    )?;
    if failures == 0 {
        writeln!(
            out,
            "  <testsuite name=\"kestralint\" tests=\"1\" failures=\"0\" errors=\"0\">"
        )?;
        writeln!(
            out,
            "    <testcase name=\"nothing found in {} flows\" classname=\"kestralint\"/>",
            run.statistics.flows
        )?;
        writeln!(out, "  </testsuite>")?;
    }
    for (path, findings) in by_file(run) {
        let (path, count) = (attribute(&path), findings.len());
        writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">"
        )?;
        for (finding, place) in findings {
            let (line, column) = (place.start.line, place.start.column);
            let rule = attribute(finding.rule);
            writeln!(
                out,
                "    <testcase name=\"{rule} at {line}:{column}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\">"
            )?;
            writeln!(
                out,
                "      <failure type=\"{}\" message=\"{}\"/>",
                finding.severity.as_str(),
                attribute(&run.full_message(finding))
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}
