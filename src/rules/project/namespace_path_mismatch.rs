//! `namespace-path-mismatch`: a flow in the directory of another namespace.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use std::path::{Component, Path};

use crate::project::ProjectIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NamespacePathMismatch;

struct NamespacePathMismatch;

static METADATA: RuleMetadata = RuleMetadata {
    name: "namespace-path-mismatch",
    summary: "A flow stands in a directory that is named after another namespace of the repository",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NamespacePathMismatch {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let document = checker.document;
        let summary = document.summary.as_deref();
        let Some(namespace) = summary.and_then(|summary| summary.namespace.as_deref()) else {
            return;
        };
        if document.terraform.is_some() {
            return;
        }
        let path = &checker.workspace.files.get(document.document.file).path;
        let Some(owner) = path
            .parent()
            .and_then(|directory| owner_of(checker.project, directory))
        else {
            return;
        };
        let below = namespace.strip_prefix(owner.as_str());
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
            return;
        }
        let Some(node) = checker.flow.namespace else {
            return;
        };
        checker
            .finding(
                &METADATA,
                node,
                format!("A flow of `{namespace}` stands in the directory of `{owner}`"),
            )
            .label("not the namespace of this directory")
            .help("Move the file, or correct the namespace.")
            .emit();
    }
}

/// The namespace after which a directory is named: `company.sales/` or `company/sales/`. Only names with
/// a dot count; a single word is often something else.
fn owner_of(project: &ProjectIndex, directory: &Path) -> Option<String> {
    let last = directory.file_name()?.to_str()?;
    if !project.has_namespace_ending_in(last.rsplit('.').next().unwrap_or(last)) {
        return None;
    }
    let mut dotted = String::new();
    let mut starts = Vec::new();
    for component in directory.components() {
        let Component::Normal(name) = component else {
            continue;
        };
        if !dotted.is_empty() {
            dotted.push('.');
        }
        starts.push(dotted.len());
        dotted.push_str(name.to_str()?);
    }
    starts
        .into_iter()
        .map(|start| &dotted[start..])
        .find(|name| name.contains('.') && project.has_namespace(name))
        .map(str::to_owned)
}
