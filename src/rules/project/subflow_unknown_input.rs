//! `subflow-unknown-input`: an input passed that the called flow does not have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::Applicability;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{Call, Contract, Summary, UnknownInput, contract};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowUnknownInput;

struct SubflowUnknownInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-unknown-input",
    summary: "A subflow call passes an input that the called flow does not declare",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowUnknownInput {
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
        for call in summary.enabled_calls() {
            if call.inputs.as_ref().is_none_or(Vec::is_empty) {
                continue;
            }
            let Some(contract) = contract(project, member, call) else {
                continue;
            };
            for unknown in &contract.unknown {
                report(checker, call, &contract, unknown);
            }
        }
    }
}

fn report(
    checker: &mut Checker<'_>,
    call: &Call,
    contract: &Contract<'_>,
    unknown: &UnknownInput<'_>,
) {
    let tree = checker.tree;
    let inputs = tree
        .get(call.node, "inputs")
        .map_or(&[][..], |inputs| tree.entries(inputs));
    let Some(key) = inputs.get(unknown.position).map(|entry| entry.key) else {
        return;
    };
    let name = tree.scalar_text(key).unwrap_or_default().to_owned();
    let id = call.flow_id.as_deref().unwrap_or_default();
    let callee = checker.project.summary(contract.callee);
    let draft = checker
        .finding(&METADATA, key, format!("`{id}` has no input `{name}`"))
        .label("Kestra drops it");
    let Some(meant) = unknown.meant else {
        draft
            .help(known_inputs(id, callee))
            .related(callee.place, format!("`{id}` is declared here"))
            .emit();
        return;
    };
    // Without the input that was meant the called flow does not even start.
    let fails = meant.required && !meant.has_default && !meant.is_dependent;
    let draft = if fails {
        draft.severity(Severity::Error)
    } else {
        draft
    };
    draft
        .help(format!("Did you mean `{}`?", meant.id))
        .related(meant.place, format!("`{}` is declared here", meant.id))
        .fix(
            format!("Pass it as `{}`", meant.id),
            Applicability::Unsafe,
            tree.range(key),
            meant.id.as_str(),
        )
        .emit();
}

fn known_inputs(id: &str, callee: &Summary) -> String {
    if callee.inputs.is_empty() {
        return format!("`{id}` takes no inputs. Declare it there, or do not pass it.");
    }
    let names: Vec<String> = callee
        .inputs
        .iter()
        .map(|input| format!("`{}`", input.id))
        .collect();
    format!(
        "`{id}` takes {}. Declare the input there, or do not pass it.",
        names.join(", ")
    )
}
