//! Runs the rules over a workspace and sorts what they find.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use rayon::prelude::*;

use super::checker::Memory;
use super::rule::{Interest, Rule};
use super::settings::Registry;
use super::suppression::Suppressions;
use super::{Checker, LoadedDocument, Progress, ProjectChecker, Workspace, fingerprint};
use crate::analysis::{FlowScope, schema_problems};
use crate::catalogue::Catalogue;
use crate::finding::{FileId, Finding, Location, Severity, Target};
use crate::governance::Governed;
use crate::model::TaskIndex;

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
    progress.expect(workspace.documents.len());
    let per_document: Vec<Vec<Finding>> = workspace
        .documents
        .par_iter()
        .enumerate()
        .map(|(index, document)| {
            if document.is_reported {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                check_document(workspace, index, document, registry)
            } else {
                Vec::new()
            }
        })
        .inspect(|_| progress.step())
        .collect();
    let mut findings: Vec<Finding> = per_document.into_iter().flatten().collect();
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

fn check_document(
    workspace: &Workspace,
    index: u32,
    document: &LoadedDocument,
    registry: Registry,
) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for target in &document.settings.targets {
        let found = check_for_target(workspace, index, document, registry, *target);
        if all.is_empty() {
            all = found;
        } else {
            merge(&mut all, found);
        }
    }
    all
}

/// Findings that are equal but for the target become one.
fn merge(all: &mut Vec<Finding>, found: Vec<Finding>) {
    for finding in found {
        let same = all.iter_mut().find(|known| {
            known.rule == finding.rule
                && known.location == finding.location
                && known.message == finding.message
        });
        match same {
            Some(known) => known.targets = known.targets.union(finding.targets),
            None => all.push(finding),
        }
    }
}

fn check_for_target(
    workspace: &Workspace,
    index: u32,
    document: &LoadedDocument,
    registry: Registry,
    target: Target,
) -> Vec<Finding> {
    let mut walk = Walk {
        registry,
        document,
        checker: Checker {
            workspace,
            document,
            index,
            tree: &document.tree,
            flow: &document.flow,
            project: &workspace.projects[document.project],
            target,
            catalogue: Catalogue::of(target),
            settings: &document.settings,
            rule: 0,
            references: Rc::default(),
            memory: Memory::default(),
            findings: Vec::new(),
        },
    };
    walk.each(Interest::Document, |rule, checker| rule.document(checker));
    if document.is_flow() {
        walk.flow();
    }
    walk.checker.findings
}

/// The one walk over a document: each rule is called for what it declared.
struct Walk<'run> {
    registry: Registry,
    document: &'run LoadedDocument,
    checker: Checker<'run>,
}

impl<'run> Walk<'run> {
    fn each(&mut self, interest: Interest, call: impl Fn(&dyn Rule, &mut Checker<'run>)) {
        for index in self.interested(interest) {
            self.checker.rule = usize::from(*index);
            call(self.registry.rules[self.checker.rule], &mut self.checker);
        }
    }

    fn expressions(&mut self) {
        let document = self.document;
        let checker = &self.checker;
        let scope = FlowScope::new(
            &document.tree,
            &document.flow,
            checker.catalogue,
            checker.project,
        );
        let expressions_are_wanted = self.is_wanted(Interest::Expression);
        let types_are_wanted = self.is_wanted(Interest::Typing);
        for site in &document.expressions {
            if expressions_are_wanted {
                self.checker.references = Rc::new(site.template.references(self.checker.target));
                self.each(Interest::Expression, |rule, checker| {
                    rule.expression(checker, site);
                });
            }
            if types_are_wanted {
                let checked = site.template.check(self.checker.target, &scope.at(site));
                for problem in &checked.problems {
                    self.each(Interest::Typing, |rule, checker| {
                        rule.typing(checker, site, problem);
                    });
                }
            }
        }
    }

    /// The flow as it would run, where policies change flows: Kestra 2.0 validates that.
    fn governed(&self) -> Option<Governed<'static>> {
        let is_changed = self.checker.target == Target::V2_0
            && self
                .document
                .settings
                .governance
                .iter()
                .any(|policy| policy.changes_flows());
        is_changed
            .then(|| self.document.governed(self.checker.target))
            .flatten()
    }

    fn interested(&self, interest: Interest) -> &'run [u16] {
        let target = self.checker.target;
        self.document.settings.interested(target, interest)
    }

    fn is_wanted(&self, interest: Interest) -> bool {
        !self.interested(interest).is_empty()
    }

    fn flow(&mut self) {
        let document = self.document;
        self.each(Interest::Flow, |rule, checker| rule.flow(checker));
        for task in (0_u32..).map(TaskIndex).take(document.flow.tasks.len()) {
            self.each(Interest::Task, |rule, checker| rule.task(checker, task));
        }
        for trigger in 0..document.flow.triggers.len() {
            self.each(Interest::Trigger, |rule, checker| {
                rule.trigger(checker, trigger);
            });
        }
        self.expressions();
        // What Kestra cannot even parse has one cause, which has been said.
        if self.is_wanted(Interest::Schema) && document.tree.refusals().is_empty() {
            let catalogue = self.checker.catalogue;
            let governed = self.governed();
            for problem in schema_problems(&document.tree, &document.flow, catalogue) {
                let is_settled = |governed| problem.is_settled_by(&document.tree, governed);
                if governed.as_ref().is_some_and(is_settled) {
                    continue;
                }
                self.each(Interest::Schema, |rule, checker| {
                    rule.schema(checker, &problem);
                });
            }
        }
        if self.is_wanted(Interest::Scalar) {
            let tree = &document.tree;
            for node in tree.nodes().filter(|node| tree.is_scalar(*node)) {
                self.each(Interest::Scalar, |rule, checker| rule.scalar(checker, node));
            }
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
        let key = |finding: &Finding| {
            let Location { file, range } = finding.location;
            let place = (range.start(), range.end());
            (
                ranks.get(file.0 as usize),
                place,
                finding.rule,
                finding.severity,
            )
        };
        let in_words = || one.message.cmp(&other.message);
        key(one).cmp(&key(other)).then_with(in_words)
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
