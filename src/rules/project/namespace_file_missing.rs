//! `namespace-file-missing`: a flow asks for a namespace file that is not deployed with it.

use crate::analysis::{Need, NeedName, NeedSource, Usage, file_needs};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::closest;
use crate::source::{FileState, NamespaceFiles};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NamespaceFileMissing;

struct NamespaceFileMissing;

static METADATA: RuleMetadata = RuleMetadata {
    name: "namespace-file-missing",
    summary: "A flow asks for a namespace file that the repository does not deploy",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NamespaceFileMissing {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let document = checker.document;
        if !checker.workspace.may_know_namespace_files(document) {
            return;
        }
        let own = document.summary.as_deref();
        let Some(own) = own.and_then(|summary| summary.namespace.as_deref()) else {
            return;
        };
        let needs = file_needs(NeedSource {
            document: &document.document,
            tree: checker.tree,
            flow: checker.flow,
            expressions: &document.expressions,
        });
        for need in needs.iter().filter(|need| need.usage == Usage::Needs) {
            check(checker, need, &needs, own);
        }
    }
}

fn check(checker: &mut Checker<'_>, need: &Need, all: &[Need], own: &str) {
    let NeedName::Known(path) = &need.name else {
        return;
    };
    let namespace = match &need.namespace {
        Some(NeedName::Known(namespace)) => namespace,
        Some(NeedName::Dynamic(_)) => return,
        None => own,
    };
    // The flow looks whether it is there.
    let is_tried = all
        .iter()
        .any(|other| other.usage == Usage::Tries && other.name == need.name);
    let files = checker
        .workspace
        .namespace_files(checker.document, namespace);
    let Some(files) = files.filter(|_| !is_tried) else {
        return;
    };
    let (message, help) = match files.state(path, need.anywhere) {
        FileState::Deployed => return,
        FileState::Ignored => (
            format!("The namespace file `{path}` is kept out by `.kestraignore`"),
            "Take it out of `.kestraignore`, or do without it.".to_owned(),
        ),
        FileState::Missing => (
            format!("The namespace `{namespace}` has no file `{path}`"),
            suggestion(&files, path),
        ),
    };
    checker
        .finding_within(&METADATA, need.node, need.range, message)
        .label("not deployed with the flows of this repository")
        .help(help)
        .emit();
}

fn suggestion(files: &NamespaceFiles, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let elsewhere = files
        .deployed()
        .filter(|file| file.rsplit('/').next() == Some(name))
        .min();
    let mut all: Vec<&str> = files.deployed().collect();
    all.sort_unstable();
    match elsewhere.or_else(|| closest(path, all.into_iter(), |file| file)) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => "Add the file, or correct the path.".to_owned(),
    }
}
