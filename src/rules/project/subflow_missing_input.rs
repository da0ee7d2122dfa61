//! `subflow-missing-input`: a call that leaves out a required input.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{CallKind, contract};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowMissingInput;

struct SubflowMissingInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-missing-input",
    summary: "A subflow call leaves out an input that the called flow needs",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowMissingInput {
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
        for call in &summary.calls {
            // An agent is asked for the inputs that are not given.
            if call.disabled || call.kind == CallKind::AgentTool {
                continue;
            }
            let Some(contract) =
                contract(project, member, call).filter(|found| !found.missing.is_empty())
            else {
                continue;
            };
            let names: Vec<String> = contract
                .missing
                .iter()
                .map(|input| format!("`{}`", input.id))
                .collect();
            let id = call.flow_id.as_deref().unwrap_or_default();
            let (plural, verb) = if names.len() == 1 {
                ("", "is")
            } else {
                ("s", "are")
            };
            let node = checker
                .tree
                .entry(call.node, "inputs")
                .map(|entry| entry.key)
                .or_else(|| checker.tree.get(call.node, "flowId"))
                .unwrap_or(call.node);
            let mut draft = checker
                .finding(
                    &METADATA,
                    node,
                    format!(
                        "The call of `{id}` lacks its required input{plural} {}",
                        names.join(", ")
                    ),
                )
                .label(format!("{} {verb} not passed", names.join(", ")))
                .identity(format!("{} {}", call.task, names.join(" ")))
                .help(format!(
                    "Pass the input{plural} under `inputs`, or give {} a default in `{id}`.",
                    if names.len() == 1 { "it" } else { "them" }
                ));
            for input in contract.missing {
                draft = draft.related(
                    input.place,
                    format!("`{}` is required and has no default", input.id),
                );
            }
            draft.emit();
        }
    }
}
