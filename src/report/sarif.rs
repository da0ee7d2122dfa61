//! `sarif`: SARIF 2.1.0, as GitHub code scanning, GitLab, Azure DevOps, SonarQube and editors read it.
//!
//! Paths are relative to the repository, without a base that consumers forget to add; columns are code
//! points; source text is never quoted, it may hold secrets.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix as SarifFix, Invocation,
    Location as SarifLocation, Message, MultiformatMessageString, Notification, PhysicalLocation,
    PropertyBag, Region, Replacement, ReportingConfiguration, ReportingDescriptor,
    Result as SarifResult, ResultLevel, Run as SarifRun, RunAutomationDetails, Sarif, Suppression,
    Tool, ToolComponent,
};

use super::{Format, Place, RuleDescription, Run, line_hash, place, positions};
use crate::finding::{
    Applicability, Edit, FileId, Finding, Fix, Group, Location, Severity, Target,
};

pub(super) static FORMAT: Format = Format {
    name: "sarif",
    summary: "SARIF 2.1.0, for code scanning",
    for_people: false,
    write,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// GitHub refuses a whole upload that has more.
const MOST_RESULTS: usize = 25_000;

/// The longest full description that GitHub takes, in characters.
const LONGEST_DESCRIPTION: usize = 1024;

fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &document(run))?;
    writeln!(out)
}

fn document(run: &Run<'_>) -> Sarif {
    let (results, left_out) = results(run);
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(run.rules.iter().map(descriptor).collect::<Vec<_>>())
        .build();
    let sarif_run = SarifRun::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(RunAutomationDetails {
            id: Some("kestralint/".to_owned()),
            ..RunAutomationDetails::default()
        })
        .column_kind(json!("unicodeCodePoints"))
        .invocations(vec![invocation(left_out)])
        .results(results)
        .build();
    Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs(vec![sarif_run])
        .build()
}

fn invocation(left_out: usize) -> Invocation {
    let mut notifications = Vec::new();
    if left_out > 0 {
        notifications.push(
            Notification::builder()
                .message(message(&format!(
                    "{left_out} findings are left out: a run has at most {MOST_RESULTS} results, the \
                     gravest ones"
                )))
                .level(json!("warning"))
                .build(),
        );
    }
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(notifications)
        .build()
}

fn descriptor(rule: &RuleDescription<'_>) -> ReportingDescriptor {
    ReportingDescriptor::builder()
        .id(rule.name)
        .name(rule.name)
        .short_description(text(rule.summary))
        .full_description(text(&full_description(rule)))
        .help(
            MultiformatMessageString::builder()
                .text(format!("{}. See {}", rule.summary, rule.url))
                .markdown(rule.page)
                .build(),
        )
        .help_uri(rule.url)
        .default_configuration(ReportingConfiguration {
            level: Some(json!(level_name(rule.severity))),
            ..ReportingConfiguration::default()
        })
        .properties(rule_properties(rule))
        .build()
}

/// The first paragraph of the page.
fn full_description(rule: &RuleDescription<'_>) -> String {
    let lines = rule
        .page
        .lines()
        .skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    let paragraph: Vec<&str> = lines.take_while(|line| !line.trim().is_empty()).collect();
    let paragraph = paragraph.join(" ");
    if paragraph.is_empty() {
        rule.summary.to_owned()
    } else {
        paragraph.chars().take(LONGEST_DESCRIPTION).collect()
    }
}

fn rule_properties(rule: &RuleDescription<'_>) -> PropertyBag {
    let precision = match rule.group {
        Group::Syntax | Group::Schema => "very-high",
        Group::Correctness | Group::Project | Group::Policy | Group::Migration => "high",
        Group::Security | Group::Maintainability | Group::Performance | Group::Style => "medium",
    };
    let problem = match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    let mut properties = BTreeMap::from([
        ("precision".to_owned(), json!(precision)),
        ("problem.severity".to_owned(), json!(problem)),
        ("tier".to_owned(), json!(rule.tier.as_str())),
    ]);
    if rule.group == Group::Security {
        // GitHub's bands: from 7.0 high, from 4.0 medium, below low.
        let score = match rule.severity {
            Severity::Error => "8.0",
            Severity::Warning => "6.0",
            Severity::Info => "3.0",
        };
        properties.insert("security-severity".to_owned(), json!(score));
    }
    PropertyBag::builder()
        .tags(vec!["kestra".to_owned(), rule.group.as_str().to_owned()])
        .additional_properties(properties)
        .build()
}

/// The results, gravest first where some have to be left out, and the number of those left out.
fn results(run: &Run<'_>) -> (Vec<SarifResult>, usize) {
    let positions = positions(run.rules);
    let mut hashes = LineHashes::default();
    let mut shown: Vec<(&Finding, bool)> = run
        .findings
        .iter()
        .map(|finding| (finding, false))
        .chain(
            run.suppressed
                .unwrap_or_default()
                .iter()
                .map(|finding| (finding, true)),
        )
        .collect();
    let left_out = shown.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        // A stable sort: the order of places stays within a severity.
        shown.sort_by_key(|(finding, suppressed)| {
            (*suppressed, std::cmp::Reverse(finding.severity))
        });
        shown.truncate(MOST_RESULTS);
    }
    let results = shown
        .into_iter()
        .map(|(finding, suppressed)| result(run, finding, suppressed, &positions, &mut hashes))
        .collect();
    (results, left_out)
}

fn result(
    run: &Run<'_>,
    finding: &Finding,
    suppressed: bool,
    positions: &HashMap<&str, usize>,
    hashes: &mut LineHashes,
) -> SarifResult {
    let mut fingerprints =
        BTreeMap::from([("kestralint/v1".to_owned(), finding.fingerprint.to_string())]);
    if let Some(hash) = hashes.of(run, finding.location) {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash);
    }
    let mut result = SarifResult::builder()
        .message(result_message(run, finding))
        .rule_id(finding.rule)
        .level(level(finding.severity))
        .locations(vec![location(run, finding.location)])
        .partial_fingerprints(fingerprints)
        .properties(result_properties(finding))
        .build();
    result.rule_index = positions
        .get(finding.rule)
        .and_then(|position| i64::try_from(*position).ok());
    if !finding.related.is_empty() {
        result.related_locations = Some(related(run, finding));
    }
    result.fixes = finding.fix.as_ref().map(|found| vec![fix(run, found)]);
    if suppressed {
        let in_source = Suppression::builder().kind(json!("inSource")).build();
        result.suppressions = Some(vec![in_source]);
    }
    result
}

/// The message, with links to the related places: GitHub shows those that are linked.
fn result_message(run: &Run<'_>, finding: &Finding) -> Message {
    let mut text = without_links(&run.message(finding));
    if let Some(help) = &finding.help {
        text.push_str(".\n");
        text.push_str(&without_links(help));
    }
    for (number, related) in (1..).zip(&finding.related) {
        text.push_str(&format!("\n[{}]({number})", link_text(&related.message)));
    }
    message(&text)
}

/// `[text](1)` is a link in SARIF messages; what looks like one in the user's own names is none.
fn without_links(text: &str) -> String {
    text.replace("](", "\\](")
}

/// The text of a link: its own brackets are escaped.
fn link_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn result_properties(finding: &Finding) -> PropertyBag {
    let targets: Vec<&str> = finding.targets.iter().map(Target::as_str).collect();
    PropertyBag::builder()
        .additional_properties(BTreeMap::from([(
            "targets".to_owned(),
            Value::from(targets),
        )]))
        .build()
}

fn related(run: &Run<'_>, finding: &Finding) -> Vec<SarifLocation> {
    (1..)
        .zip(&finding.related)
        .map(|(number, related)| SarifLocation {
            id: Some(number),
            message: Some(message(&without_links(&related.message))),
            ..location(run, related.location)
        })
        .collect()
}

fn location(run: &Run<'_>, location: Location) -> SarifLocation {
    SarifLocation {
        physical_location: Some(PhysicalLocation {
            artifact_location: Some(artifact(run, location.file)),
            region: Some(region(&Place::of(run.files, location))),
            ..PhysicalLocation::default()
        }),
        ..SarifLocation::default()
    }
}

fn artifact(run: &Run<'_>, file: FileId) -> ArtifactLocation {
    let path = (run.repository_path)(&run.files.get(file).path);
    ArtifactLocation {
        uri: Some(place::uri(&path)),
        ..ArtifactLocation::default()
    }
}

fn region(place: &Place<'_>) -> Region {
    Region {
        start_line: Some(i64::from(place.start.line)),
        start_column: Some(i64::from(place.start.column)),
        end_line: Some(i64::from(place.end.line)),
        end_column: Some(i64::from(place.end.column)),
        ..Region::default()
    }
}

fn fix(run: &Run<'_>, fix: &Fix) -> SarifFix {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.location.file).or_default().push(edit);
    }
    let changes: Vec<ArtifactChange> = by_file
        .into_iter()
        .map(|(file, edits)| {
            let replacements: Vec<Replacement> = edits
                .into_iter()
                .map(|edit| replacement(run, edit))
                .collect();
            ArtifactChange::builder()
                .artifact_location(artifact(run, file))
                .replacements(replacements)
                .build()
        })
        .collect();
    let review = match fix.applicability {
        Applicability::Safe => "",
        Applicability::Unsafe => " (to be reviewed)",
    };
    SarifFix::builder()
        .description(message(&without_links(&format!("{}{review}", fix.title))))
        .artifact_changes(changes)
        .build()
}

fn replacement(run: &Run<'_>, edit: &Edit) -> Replacement {
    Replacement::builder()
        .deleted_region(region(&Place::of(run.files, edit.location)))
        .inserted_content(ArtifactContent {
            text: Some(edit.content.clone()),
            ..ArtifactContent::default()
        })
        .build()
}

fn message(text: &str) -> Message {
    Message {
        text: Some(text.to_owned()),
        ..Message::default()
    }
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    }
}

fn level_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Hashes of lines, worked out once for each file that has a finding.
#[derive(Default)]
struct LineHashes {
    by_file: HashMap<FileId, Vec<String>>,
}

impl LineHashes {
    fn of(&mut self, run: &Run<'_>, location: Location) -> Option<String> {
        let file = run.files.get(location.file);
        // What was not read, or not read from the file, says nothing about the file.
        if file.text.is_empty() || !run.read_from_disk {
            return None;
        }
        let hashes = self
            .by_file
            .entry(location.file)
            .or_insert_with(|| line_hash::line_hashes(&file.text));
        let line = file.line_index().line_column(location.range.start()).line;
        let position = usize::try_from(line.checked_sub(1)?).ok()?;
        hashes.get(position).cloned()
    }
}
