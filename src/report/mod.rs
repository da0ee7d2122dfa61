//! Reports: one file a format, reading nothing but what a run found.
//!
//! A format never knows a rule: what there is to say about rules is handed in as [`RuleDescription`]s.
//! To add a format, write its file and name it in [`FORMATS`].

mod azure;
mod checkstyle;
pub mod comparison;
mod concise;
mod diff;
mod excerpt;
mod github;
mod gitlab;
pub mod graph;
mod human;
pub mod inventory;
mod json;
mod junit;
mod line_hash;
mod markdown;
mod place;
mod rdjson;
mod sarif;
mod xml;

pub use diff::unified_diff;
pub use human::{Problem, write_problem};
pub use place::{Place, printable};

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::engine::Statistics;
use crate::finding::{Finding, Group, Severity, Target, TargetSet, Tier};
use crate::source::Files;

/// The formats of `--format`.
pub static FORMATS: &[&Format] = &[
    &human::FORMAT,
    &concise::FORMAT,
    &json::FORMAT,
    &sarif::FORMAT,
    &github::FORMAT,
    &gitlab::FORMAT,
    &azure::FORMAT,
    &junit::FORMAT,
    &checkstyle::FORMAT,
    &rdjson::FORMAT,
    &markdown::FORMAT,
];

/// A report format.
pub struct Format {
    /// The word for `--format`.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// Whether people read it as it scrolls by: then a summary line follows on standard error.
    pub for_people: bool,
    /// Writes the report.
    pub write: fn(&Run<'_>, &mut dyn Write) -> io::Result<()>,
}

impl Format {
    /// The format of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }
}

/// What a report says about a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleDescription<'run> {
    /// The kebab-case name.
    pub name: &'run str,
    /// One line: what it finds.
    pub summary: &'run str,
    /// Its shelf in the rulebook.
    pub group: Group,
    /// Its severity where configuration says nothing.
    pub severity: Severity,
    /// Whether it is on by default.
    pub tier: Tier,
    /// Its page, in Markdown.
    pub page: &'run str,
    /// Where the page can be read.
    pub url: &'run str,
}

/// How a report for people is dressed.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether ANSI colours are used.
    pub color: bool,
    /// Whether the terminal knows hyperlinks (OSC 8).
    pub hyperlinks: bool,
    /// Whether lines and carets may use box-drawing characters.
    pub unicode: bool,
    /// The width to which text is wrapped, in columns.
    pub width: usize,
}

impl Style {
    /// For files and pipes.
    pub const PLAIN: Self = Self {
        color: false,
        hyperlinks: false,
        unicode: true,
        width: 100,
    };
}

/// What a run found, and what is needed to say it.
pub struct Run<'run> {
    /// The findings, sorted.
    pub findings: &'run [Finding],
    /// Findings that comments suppress, where they are to be shown too.
    pub suppressed: Option<&'run [Finding]>,
    /// The files of the run.
    pub files: &'run Files,
    /// The rules, in the order of the rulebook.
    pub rules: &'run [RuleDescription<'run>],
    /// Figures.
    pub statistics: Statistics,
    /// The Kestra versions that were checked against.
    pub targets: TargetSet,
    /// Whether every text is that of its file: none came from standard input.
    pub read_from_disk: bool,
    /// The path of a file from the root of its repository, or an absolute one where it lies outside.
    pub repository_path: &'run (dyn Fn(&Path) -> PathBuf + Sync),
    /// The dress.
    pub style: Style,
}

impl<'run> Run<'run> {
    /// The description of a rule.
    pub fn rule(&self, name: &str) -> Option<&'run RuleDescription<'run>> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// The message of a finding; where several versions were checked and it does not hold for all of
    /// them, it says for which.
    pub fn message(&self, finding: &Finding) -> String {
        message(finding, self.targets)
    }

    /// The message of a finding, and how to mend it on a line of its own.
    pub fn full_message(&self, finding: &Finding) -> String {
        match &finding.help {
            Some(help) => format!("{}\n{help}", self.message(finding)),
            None => self.message(finding),
        }
    }

    /// The number of findings of each severity.
    pub fn counts(&self) -> Counts {
        Counts::of(self.findings)
    }
}

/// The message of a finding; where it does not hold for all versions that were checked, it says for
/// which.
pub fn message(finding: &Finding, checked: TargetSet) -> String {
    let versions: Vec<&str> = finding.targets.iter().map(Target::as_str).collect();
    if versions.is_empty() || versions.len() >= checked.iter().count() {
        finding.message.clone()
    } else {
        format!("{} (Kestra {})", finding.message, versions.join(", "))
    }
}

/// The number of findings of each severity.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
}

impl Counts {
    /// Counts findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Info => counts.infos += 1,
            }
        }
        counts
    }
}

/// The findings of each file, by its path from the root of the repository, with forward slashes.
fn by_file<'run>(run: &Run<'run>) -> Vec<(String, Vec<(&'run Finding, Place<'run>)>)> {
    let mut files: Vec<(String, Vec<(&Finding, Place<'_>)>)> = Vec::new();
    let mut of_file = None;
    for finding in run.findings {
        let place = Place::of(run.files, finding.location);
        // They are sorted by file.
        if of_file != Some(finding.location.file) {
            of_file = Some(finding.location.file);
            let path = place::slashed(&(run.repository_path)(place.path));
            files.push((path, Vec::new()));
        }
        if let Some((_, findings)) = files.last_mut() {
            findings.push((finding, place));
        }
    }
    files
}

/// Positions of the rules in a run's table, by name.
fn positions<'run>(rules: &[RuleDescription<'run>]) -> HashMap<&'run str, usize> {
    (0..)
        .zip(rules)
        .map(|(position, rule)| (rule.name, position))
        .collect()
}
