//! `human`: each finding with the lines it stands in, what is wrong underlined, and how to mend it.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan,
    ThemeCharacters, ThemeStyles,
};

use super::excerpt::{CONTEXT_LINES, Excerpt, Request};
use super::{Format, Run, Style, concise, printable};
use crate::finding::{Applicability, FileId, Finding, RelatedLocation, Severity};
use crate::text::{LineIndex, TextRange};

pub(super) static FORMAT: Format = Format {
    name: "human",
    summary: "each finding in its lines, for a terminal",
    for_people: true,
    write,
};

/// Beyond this many findings nobody scrolls through excerpts.
const MOST_FINDINGS: usize = 500;

/// Beyond this many related places the rest is only counted.
const MOST_RELATED: usize = 8;

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    if run.findings.len() > MOST_FINDINGS {
        (concise::FORMAT.write)(run, out)?;
        return writeln!(
            out,
            "note: more than {MOST_FINDINGS} findings are shown one a line; check fewer paths, or \
             --select fewer rules, to see their lines"
        );
    }
    let secrets = secrets(run);
    let mut introduced = Vec::new();
    for finding in run.findings {
        // Spelt out, a link is long: once for each rule will do.
        let is_first = !introduced.contains(&finding.rule);
        if is_first {
            introduced.push(finding.rule);
        }
        let with_link = run.style.hyperlinks || is_first;
        write_finding(run, finding, "", with_link, &secrets, out)?;
    }
    for finding in run.suppressed.unwrap_or_default() {
        write_finding(run, finding, " (suppressed)", false, &secrets, out)?;
    }
    Ok(())
}

/// The secrets that findings point at: no excerpt shows them, whichever finding it is for.
type Secrets = HashMap<FileId, Vec<TextRange>>;

fn secrets(run: &Run<'_>) -> Secrets {
    let mut secrets = Secrets::new();
    let all = run
        .findings
        .iter()
        .chain(run.suppressed.unwrap_or_default());
    for finding in all.filter(|finding| finding.redact) {
        let related = finding.related.iter().map(|related| related.location);
        for location in related.chain([finding.location]) {
            secrets
                .entry(location.file)
                .or_default()
                .push(location.range);
        }
    }
    secrets
}

fn write_finding(
    run: &Run<'_>,
    finding: &Finding,
    remark: &str,
    with_link: bool,
    secrets: &Secrets,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (near, far) = split_related(finding);
    let mut shown = Shown {
        code: Some(format!(
            "{}[{}]{remark}",
            finding.severity.as_str(),
            finding.rule
        )),
        severity: severity(finding.severity),
        message: printable(&run.message(finding)).into_owned(),
        help: help(finding, far.len().saturating_sub(MOST_RELATED)),
        url: run
            .rule(finding.rule)
            .filter(|_| with_link)
            .map(|rule| rule.url.to_owned()),
        excerpt: None,
        labels: Vec::new(),
        without_context: false,
    };
    let label = Some(finding.label.as_str()).filter(|label| !label.is_empty());
    let mut places = vec![(finding.location.range, label)];
    places.extend(
        near.iter()
            .map(|related| (related.location.range, Some(related.message.as_str()))),
    );
    shown.without_context = finding.redact;
    shown.look_at(run, finding.location.file, &places, secrets);
    shown.print(run.style, out)?;
    write_sketch(finding, out)?;
    for related in far.iter().take(MOST_RELATED) {
        let mut shown = Shown {
            code: None,
            severity: miette::Severity::Advice,
            message: printable(&related.message).into_owned(),
            help: None,
            url: None,
            excerpt: None,
            labels: Vec::new(),
            without_context: false,
        };
        let place = (related.location.range, None);
        shown.without_context = finding.redact;
        shown.look_at(run, related.location.file, &[place], secrets);
        shown.print(run.style, out)?;
    }
    writeln!(out)
}

/// Related places in the same file are shown together with the finding, others by themselves.
fn split_related(finding: &Finding) -> (Vec<&RelatedLocation>, Vec<&RelatedLocation>) {
    let mut same_file = 0;
    finding.related.iter().partition(|related| {
        let near = related.location.file == finding.location.file
            // Two labels under the same characters only hide each other.
            && related.location.range != finding.location.range;
        same_file += usize::from(near);
        near && same_file <= MOST_RELATED
    })
}

/// What stands behind an empty line in the help is a sketch of YAML, which is not to be wrapped.
fn write_sketch(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let parts = finding
        .help
        .as_deref()
        .and_then(|help| help.split_once("\n\n"));
    for line in parts.into_iter().flat_map(|(_, sketch)| sketch.lines()) {
        writeln!(out, "{}", format!("        {}", printable(line)).trim_end())?;
    }
    Ok(())
}

fn help(finding: &Finding, not_shown: usize) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(
        finding
            .help
            .as_deref()
            .and_then(|help| help.split("\n\n").next())
            .map(|help| printable(help).into_owned()),
    );
    if let Some(fix) = &finding.fix {
        let kind = match fix.applicability {
            Applicability::Safe => "safe fix",
            Applicability::Unsafe => "fix, to be reviewed",
        };
        parts.push(format!("{kind}: {}", printable(&fix.title)));
    }
    if not_shown > 0 {
        parts.push(format!("{not_shown} more places are not shown"));
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}

/// A mistake in a file that is no flow, such as a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<'run> {
    /// What kind of file it is: the word in brackets.
    pub kind: &'run str,
    /// The file's path.
    pub path: &'run str,
    /// Its text.
    pub text: &'run str,
    /// Where in it; none for the file as a whole.
    pub range: Option<TextRange>,
    /// What is wrong.
    pub message: &'run str,
    /// How to mend it.
    pub help: Option<&'run str>,
}

/// Writes a problem as findings are written.
///
/// # Errors
///
/// Those of the writer.
pub fn write_problem(problem: &Problem<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut shown = Shown {
        code: Some(format!("error[{}]", problem.kind)),
        severity: miette::Severity::Error,
        message: printable(problem.message).into_owned(),
        help: problem.help.map(|help| printable(help).into_owned()),
        url: None,
        excerpt: None,
        labels: Vec::new(),
        without_context: false,
    };
    match problem.range {
        Some(range) => shown.cut_out(
            problem.path,
            problem.text,
            &LineIndex::new(problem.text),
            &[(range, None)],
            &[],
            style,
        ),
        None => shown.message = format!("{}: {}", printable(problem.path), shown.message),
    }
    shown.print(style, out)
}

/// What miette shows.
#[derive(Debug)]
struct Shown {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    url: Option<String>,
    excerpt: Option<Excerpt>,
    labels: Vec<(SourceSpan, Option<String>)>,
    /// Whether the lines before and after are left out.
    without_context: bool,
}

impl Shown {
    fn look_at(
        &mut self,
        run: &Run<'_>,
        file: FileId,
        places: &[(TextRange, Option<&str>)],
        secrets: &Secrets,
    ) {
        let secrets = secrets.get(&file).map_or(&[][..], Vec::as_slice);
        let file = run.files.get(file);
        let (name, index) = (file.path.to_string_lossy(), file.line_index());
        self.cut_out(&name, &file.text, index, places, secrets, run.style);
    }

    fn cut_out(
        &mut self,
        name: &str,
        text: &str,
        index: &LineIndex,
        places: &[(TextRange, Option<&str>)],
        secrets: &[TextRange],
        style: Style,
    ) {
        let ranges: Vec<TextRange> = places.iter().map(|(range, _)| *range).collect();
        let name = printable(name).into_owned();
        let request = Request {
            ranges: &ranges,
            secrets,
            without_context: self.without_context,
            // Room for line numbers and the rule beside them.
            width: style.width.saturating_sub(10).max(30),
        };
        let (excerpt, spans) = Excerpt::new(name, text, index, &request);
        let labels = places
            .iter()
            .map(|(_, label)| label.map(|label| printable(label).into_owned()));
        self.labels = spans.into_iter().zip(labels).collect();
        self.excerpt = Some(excerpt);
    }

    fn print(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let theme = GraphicalTheme {
            characters: if style.unicode {
                ThemeCharacters::unicode()
            } else {
                ThemeCharacters::ascii()
            },
            styles: if style.color {
                ThemeStyles::ansi()
            } else {
                ThemeStyles::none()
            },
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(style.width)
            .with_context_lines(CONTEXT_LINES)
            .with_links(style.hyperlinks)
            .with_link_display_text("(page)")
            .without_cause_chain()
            .without_syntax_highlighting();
        let mut text = String::new();
        handler
            .render_report(&mut text, self)
            .map_err(io::Error::other)?;
        for line in text.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.url.as_ref().map(|url| Box::new(url) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let mut is_primary = true;
        Some(Box::new(self.labels.iter().map(move |(span, label)| {
            if std::mem::take(&mut is_primary) {
                LabeledSpan::new_primary_with_span(label.clone(), *span)
            } else {
                LabeledSpan::new_with_span(label.clone(), *span)
            }
        })))
    }
}
