//! `missing-trigger-inputs`: a Schedule or Webhook that starts the flow without an input that it needs.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::syntax::{NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &MissingTriggerInputs;

struct MissingTriggerInputs;

static METADATA: RuleMetadata = RuleMetadata {
    name: "missing-trigger-inputs",
    summary: "A Schedule or Webhook that starts the flow without an input that it needs",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for MissingTriggerInputs {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let Some(trigger) = checker.flow.triggers.get(trigger).copied() else {
            return;
        };
        let kind = match checker.type_text(trigger.type_node) {
            Some("io.kestra.plugin.core.trigger.Schedule") => "Schedule",
            Some("io.kestra.plugin.core.trigger.Webhook") => "Webhook",
            _ => return,
        };
        let Some(summary) = &checker.document.summary else {
            return;
        };
        let given = checker.tree.get(trigger.node, "inputs");
        let missing: Vec<&str> = summary
            .inputs
            .iter()
            .filter(|input| input.required && !input.has_default && !input.selects_first)
            .map(|input| input.id.as_str())
            .filter(|id| !given.is_some_and(|given| is_given(checker.tree, given, id)))
            .collect();
        if missing.is_empty() {
            return;
        }
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "This {kind} gives no value for the required {} {}",
            plural(missing.len()),
            names.join(", ")
        );
        checker
            .finding(&METADATA, trigger.node, message)
            .identity(missing.join(","))
            .help("Kestra 2.0 refuses the flow: pass them under `inputs` of the trigger, or give the inputs `defaults`.")
            .emit();
    }
}

fn is_given(tree: &Tree, given: NodeId, id: &str) -> bool {
    tree.get(given, id)
        .is_some_and(|value| tree.value(value) != Some(Value::Null))
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "input" } else { "inputs" }
}
