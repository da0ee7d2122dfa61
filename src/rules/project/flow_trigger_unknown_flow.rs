//! `flow-trigger-unknown-flow`: a Flow trigger that waits for a flow that the repository does not have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::closest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerUnknownFlow;

struct FlowTriggerUnknownFlow;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-unknown-flow",
    summary: "A Flow trigger waits for a flow that is not in the repository, although flows of its namespace are",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerUnknownFlow {
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
        for trigger in summary.enabled_flow_triggers() {
            for upstream in &trigger.upstream {
                let (Some(namespace), Some(id)) = (&upstream.namespace, &upstream.flow_id) else {
                    continue;
                };
                if !project.has_namespace(namespace) || !project.flows(namespace, id).is_empty() {
                    continue;
                }
                let entry = upstream.node.unwrap_or(trigger.node);
                let node = checker.tree.get(entry, "flowId").unwrap_or(entry);
                let meant = closest(id, project.ids_of(namespace), |known| known);
                checker
                    .finding(
                        &METADATA,
                        node,
                        format!("There is no flow `{id}` in the namespace `{namespace}`: the trigger never fires for it"),
                    )
                    .label("not found in this repository")
                    .help(meant.map_or_else(
                        || "Add the flow, or correct the name; a flow that lives only on the server cannot be checked.".to_owned(),
                        |meant| format!("Did you mean `{meant}`?"),
                    ))
                    .emit();
            }
        }
    }
}
