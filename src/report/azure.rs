//! `azure`: commands that Azure Pipelines shows as issues. It knows errors and warnings; infos are lines
//! of the log.

use std::io::{self, Write};

use super::{Format, Place, Run, concise, place};
use crate::finding::Severity;

pub(super) static FORMAT: Format = Format {
    name: "azure",
    summary: "issues of Azure Pipelines",
    for_people: false,
    write,
};

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in run.findings {
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => {
                concise::write_line(run, finding, "", out)?;
                continue;
            }
        };
        let shown = Place::of(run.files, finding.location);
        let path = place::slashed(&(run.repository_path)(shown.path));
        writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={};]{}",
            property(&path),
            shown.start.line,
            shown.start.column,
            property(finding.rule),
            data(&run.full_message(finding))
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}
