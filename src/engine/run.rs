//! Runs the rules over a workspace and sorts what they find.

use std::cmp::Ordering;
use std::path::Path;

use foldhash::{HashMap, HashMapExt};

use super::checker::Memory;
use super::rule::Interest;
use super::settings::Registry;
use super::suppression::Suppressions;
use super::walk::check_documents;
use super::{Progress, ProjectChecker, Workspace, fingerprint};
use crate::finding::{FileId, Finding, Location, Severity};

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
    findings.extend(check_projects(workspace, registry));
    configure(&mut findings, workspace, registry);
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

/// Findings that are equal but for the target become one.
pub(super) fn merge(all: &mut Vec<Finding>, found: Vec<Finding>) {
    if all.is_empty() {
        *all = found;
        return;
    }
    let mut places: HashMap<(&str, Location), Vec<usize>> = HashMap::new();
    for (index, known) in all.iter().enumerate() {
        let place = (known.rule, known.location);
        places.entry(place).or_default().push(index);
    }
    for finding in found {
        let near = places.get(&(finding.rule, finding.location));
        let mut near = near.into_iter().flatten().copied();
        match near.find(|index| all[*index].message == finding.message) {
            Some(known) => all[known].targets = all[known].targets.union(finding.targets),
            None => all.push(finding),
        }
    }
}

/// Project rules run once a project, with the settings of its first document; findings on documents
/// that are only context are dropped.
fn check_projects(workspace: &Workspace, registry: Registry) -> Vec<Finding> {
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
    let reported = reported_files(workspace);
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
fn configure(findings: &mut Vec<Finding>, workspace: &Workspace, registry: Registry) {
    if findings.is_empty() {
        return;
    }
    let files = reported_files(workspace);
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

/// Sorts by path, place and rule; findings that are equal but for the target become one.
pub(super) fn sort(findings: &mut Vec<Finding>, workspace: &Workspace) {
    let ranks = ranks(workspace);
    findings.sort_by(|one, other| {
        let rank = |finding: &Finding| ranks.get(finding.location.file.0 as usize);
        rank(one)
            .cmp(&rank(other))
            .then_with(|| by_place(one, other))
    });
    findings.dedup_by(|later, earlier| {
        let same = later.rule == earlier.rule
            && later.location == earlier.location
            && later.message == earlier.message;
        if same {
            earlier.targets = earlier.targets.union(later.targets);
        }
        same
    });
}

/// The order of the findings of one file.
pub(super) fn by_place(one: &Finding, other: &Finding) -> Ordering {
    let key = |finding: &Finding| {
        let Location { range, .. } = finding.location;
        let place = (range.start(), range.end());
        (place, finding.rule, finding.severity)
    };
    let in_words = || one.message.cmp(&other.message);
    key(one).cmp(&key(other)).then_with(in_words)
}

/// The place of each file in the order of paths: paths are compared once, not for each pair of findings.
fn ranks(workspace: &Workspace) -> Vec<usize> {
    let mut files: Vec<(&Path, usize)> = workspace
        .files
        .iter()
        .map(|(id, file)| (file.path.as_path(), id.0 as usize))
        .collect();
    files.sort();
    let mut ranks = vec![0; files.len()];
    for (rank, (_, file)) in files.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(file) {
            *place = rank;
        }
    }
    ranks
}

/// Equal fingerprints are told apart by their order.
fn number(findings: &mut [Finding]) {
    let mut seen = HashMap::new();
    for finding in findings {
        let ordinal = seen.entry(finding.fingerprint).or_insert(0_u32);
        finding.fingerprint = fingerprint::numbered(finding.fingerprint, *ordinal);
        *ordinal += 1;
    }
}

impl Report {
    /// The gravest severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
