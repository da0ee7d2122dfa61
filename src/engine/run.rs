//! Runs the rules over a workspace and sorts what they find.

use foldhash::{HashMap, HashMapExt};

use super::checker::Memory;
use super::order::{merge, number, sort};
use super::rule::Interest;
use super::settings::Registry;
use super::suppression::Suppressions;
use super::walk::check_documents;
use super::{Progress, ProjectChecker, Workspace};
use crate::finding::{FileId, Finding, Severity};

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// Findings that a comment suppressed.
    pub suppressed: Vec<Finding>,
    /// Figures for the summary.
    pub statistics: Statistics,
}

/// Figures of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Flows that were checked and reported on.
    pub flows: usize,
    /// YAML files that are no flows.
    pub other_yaml: usize,
}

/// Checks every reported document with the rules that its settings enable.
pub fn check(workspace: &Workspace, registry: Registry) -> Report {
    check_with(workspace, registry, &Progress::default())
}

/// As [`check`], counting the documents.
pub fn check_with(workspace: &Workspace, registry: Registry, progress: &Progress) -> Report {
    let mut findings = check_documents(workspace, registry, progress);
    let reported = reported_files(workspace);
    findings.extend(check_projects(workspace, registry, &reported));
    configure(&mut findings, workspace, registry, &reported);
    sort(&mut findings, workspace);
    number(&mut findings);
    let (findings, suppressed) = Suppressions::read(workspace).apply(findings, workspace, registry);
    Report {
        findings,
        suppressed,
        statistics: Statistics {
            flows: workspace
                .documents
                .iter()
                .filter(|document| document.is_reported && document.is_flow())
                .count(),
            other_yaml: workspace.other_yaml,
        },
    }
}

/// Project rules run once a project, with the settings of its first document; findings on documents
/// that are only context are dropped.
fn check_projects(
    workspace: &Workspace,
    registry: Registry,
    reported: &HashMap<FileId, usize>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    for (index, project) in workspace.projects.iter().enumerate() {
        let settings = &workspace.project_settings[index];
        let mut of_project = Vec::new();
        for target in &settings.targets {
            let mut checker = ProjectChecker {
                workspace,
                project,
                target: *target,
                settings: settings.clone(),
                environments: &settings.environments,
                index,
                rule: 0,
                memory: Memory::default(),
                findings: Vec::new(),
            };
            for rule in settings.interested(*target, Interest::Project) {
                checker.rule = usize::from(*rule);
                registry.rules[checker.rule].project(&mut checker);
            }
            merge(&mut of_project, checker.findings);
        }
        all.extend(of_project);
    }
    all.retain(|finding| {
        let file = finding.location.file;
        reported.contains_key(&file) || workspace.also_reported.contains(&file)
    });
    all
}

fn reported_files(workspace: &Workspace) -> HashMap<FileId, usize> {
    let mut files = HashMap::new();
    for (index, document) in workspace.documents.iter().enumerate() {
        if !document.is_reported {
            continue;
        }
        files.entry(document.document.file).or_insert(index);
        if !document.document.is_whole_file() {
            let origins = document.document.segments.iter();
            for origin in origins.filter_map(|segment| segment.origin) {
                files.entry(origin.file).or_insert(index);
            }
        }
    }
    files
}

/// Configured severities, and per-path switches for project findings.
fn configure(
    findings: &mut Vec<Finding>,
    workspace: &Workspace,
    registry: Registry,
    files: &HashMap<FileId, usize>,
) {
    if findings.is_empty() {
        return;
    }
    let positions: HashMap<&str, usize> = (0..)
        .zip(registry.rules)
        .map(|(index, rule)| (rule.metadata().name, index))
        .collect();
    findings.retain_mut(|finding| {
        let document = files
            .get(&finding.location.file)
            .map(|index| &workspace.documents[*index]);
        let (Some(document), Some(position)) = (document, positions.get(finding.rule)) else {
            return true;
        };
        let Some(settings) = document.settings.rules.get(*position) else {
            return true;
        };
        if let Some(severity) = settings.severity {
            finding.severity = severity;
        }
        settings.enabled
    });
}

impl Report {
    /// The gravest severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
