//! `subflow-not-found`: a call of a flow that the repository does not have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{CallKind, ProjectIndex};
use crate::text::closest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowNotFound;

struct SubflowNotFound;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-not-found",
    summary: "A subflow call names a flow that is not in the repository, although flows of its namespace are",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowNotFound {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some(summary) = checker.document.summary.as_deref() else {
            return;
        };
        let project = checker.project;
        for call in summary.all_enabled_calls() {
            let (Some(namespace), Some(id)) = (&call.namespace, &call.flow_id) else {
                continue;
            };
            if !project.has_namespace(namespace) || !project.flows(namespace, id).is_empty() {
                continue;
            }
            let node = checker.tree.get(call.node, "flowId").unwrap_or(call.node);
            let message = format!("There is no flow `{id}` in the namespace `{namespace}`");
            let mut draft = checker.finding(&METADATA, node, message);
            // A function is a part of its text.
            if call.kind == CallKind::Function {
                draft = draft.location(call.place);
            }
            draft
                .label("not found in this repository")
                .help(help(project, namespace, id))
                .emit();
        }
    }
}

fn help(project: &ProjectIndex, namespace: &str, id: &str) -> String {
    if let Some(meant) = closest(id, project.ids_of(namespace), |known| known) {
        return format!("Did you mean `{meant}`?");
    }
    let elsewhere = project
        .namespaces()
        .find(|other| !project.flows(other, id).is_empty());
    match elsewhere {
        Some(other) => format!("There is a flow `{id}` in the namespace `{other}`."),
        None => "Add the flow, or correct the call; a flow that lives only on the server cannot be checked.".to_owned(),
    }
}
