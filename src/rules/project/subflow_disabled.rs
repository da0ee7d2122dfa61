//! `subflow-disabled`: a call of a disabled flow.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowDisabled;

struct SubflowDisabled;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-disabled",
    summary: "A subflow call starts a flow that is disabled",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowDisabled {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some((summary, member)) = checker.document.summary.as_deref().zip(checker.member())
        else {
            return;
        };
        let project = checker.project;
        // Of a flow that never runs no call fails.
        if summary.disabled {
            return;
        }
        for call in summary.enabled_calls() {
            let callees = project.callees(member, call);
            let all_disabled = callees
                .iter()
                .all(|callee| project.summary(*callee).disabled);
            let Some(callee) = callees.first().filter(|_| all_disabled) else {
                continue;
            };
            let id = call.flow_id.as_deref().unwrap_or_default();
            let node = checker.tree.get(call.node, "flowId").unwrap_or(call.node);
            checker
                .finding(
                    &METADATA,
                    node,
                    format!("The flow `{id}` is disabled: this call fails"),
                )
                .label("cannot be executed")
                .related(
                    project.summary(*callee).place,
                    format!("`{id}` is declared with `disabled: true`"),
                )
                .help("Enable the flow, or disable this task too.")
                .emit();
        }
    }
}
