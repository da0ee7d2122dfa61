//! `json`: everything, for programs. `docs/json.md` describes it; a change that breaks readers raises
//! the version.

use std::io::{self, Write};

use serde::Serialize;

use super::{Format, Place, RuleDescription, Run, place, positions};
use crate::finding::{Applicability, Finding, Fix, Location, Target, TargetSet};
use crate::source::Files;
use crate::text::{LineColumn, TextSize};

pub(super) static FORMAT: Format = Format {
    name: "json",
    summary: "everything, for programs",
    for_people: false,
    write,
};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'run> {
    version: u32,
    tool: Tool,
    targets: Vec<&'static str>,
    summary: Summary,
    findings: Vec<JsonFinding<'run>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Vec<JsonFinding<'run>>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    flows: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
}

#[derive(Serialize)]
struct JsonFinding<'run> {
    rule: &'run str,
    group: Option<&'static str>,
    severity: &'static str,
    message: &'run str,
    label: Option<&'run str>,
    help: Option<&'run str>,
    url: Option<&'run str>,
    path: String,
    range: JsonRange,
    related: Vec<JsonRelated<'run>>,
    fix: Option<JsonFix<'run>>,
    redact: bool,
    targets: Vec<&'static str>,
    fingerprint: String,
}

#[derive(Serialize)]
struct JsonRange {
    start: JsonPosition,
    end: JsonPosition,
}

#[derive(Serialize)]
struct JsonPosition {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct JsonRelated<'run> {
    path: String,
    range: JsonRange,
    message: &'run str,
}

#[derive(Serialize)]
struct JsonFix<'run> {
    title: &'run str,
    applicability: &'static str,
    edits: Vec<JsonEdit<'run>>,
}

#[derive(Serialize)]
struct JsonEdit<'run> {
    path: String,
    range: JsonRange,
    content: &'run str,
}

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = run.counts();
    let document = Document {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        targets: names(run.targets),
        summary: Summary {
            flows: run.statistics.flows,
            errors: counts.errors,
            warnings: counts.warnings,
            infos: counts.infos,
        },
        findings: convert(run, run.findings),
        suppressed: run.suppressed.map(|findings| convert(run, findings)),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn convert<'run>(run: &Run<'run>, findings: &'run [Finding]) -> Vec<JsonFinding<'run>> {
    let positions = positions(run.rules);
    findings
        .iter()
        .map(|finding| {
            let rule = positions
                .get(finding.rule)
                .and_then(|position| run.rules.get(*position));
            json_finding(finding, run.files, rule)
        })
        .collect()
}

fn json_finding<'run>(
    finding: &'run Finding,
    files: &Files,
    rule: Option<&RuleDescription<'run>>,
) -> JsonFinding<'run> {
    let (path, range) = located(files, finding.location);
    JsonFinding {
        rule: finding.rule,
        group: rule.map(|rule| rule.group.as_str()),
        severity: finding.severity.as_str(),
        message: &finding.message,
        label: Some(finding.label.as_str()).filter(|label| !label.is_empty()),
        help: finding.help.as_deref(),
        url: rule.map(|rule| rule.url),
        path,
        range,
        related: finding
            .related
            .iter()
            .map(|related| {
                let (path, range) = located(files, related.location);
                JsonRelated {
                    path,
                    range,
                    message: &related.message,
                }
            })
            .collect(),
        fix: finding.fix.as_ref().map(|fix| json_fix(fix, files)),
        redact: finding.redact,
        targets: names(finding.targets),
        fingerprint: finding.fingerprint.to_string(),
    }
}

fn json_fix<'run>(fix: &'run Fix, files: &Files) -> JsonFix<'run> {
    JsonFix {
        title: &fix.title,
        applicability: match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        },
        edits: fix
            .edits
            .iter()
            .map(|edit| {
                let (path, range) = located(files, edit.location);
                JsonEdit {
                    path,
                    range,
                    content: &edit.content,
                }
            })
            .collect(),
    }
}

fn located(files: &Files, location: Location) -> (String, JsonRange) {
    let place = Place::of(files, location);
    let position = |at: LineColumn, offset: TextSize| JsonPosition {
        line: at.line,
        column: at.column,
        offset: offset.into(),
    };
    let range = JsonRange {
        start: position(place.start, place.range.start()),
        end: position(place.end, place.range.end()),
    };
    (place::slashed(place.path), range)
}

fn names(targets: TargetSet) -> Vec<&'static str> {
    targets.iter().map(Target::as_str).collect()
}
