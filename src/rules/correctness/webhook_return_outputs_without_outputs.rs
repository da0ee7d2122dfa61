//! `webhook-return-outputs-without-outputs`: a webhook that is to return outputs that the flow does not have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WebhookReturnOutputsWithoutOutputs;

struct WebhookReturnOutputsWithoutOutputs;

static METADATA: RuleMetadata = RuleMetadata {
    name: "webhook-return-outputs-without-outputs",
    summary: "A webhook that is to return outputs that the flow does not have",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WebhookReturnOutputsWithoutOutputs {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let Some(trigger) = checker.flow.triggers.get(trigger) else {
            return;
        };
        let tree = checker.tree;
        if checker.type_text(trigger.type_node) != Some("io.kestra.plugin.core.trigger.Webhook") {
            return;
        }
        let is = |key: &str, expected: bool| {
            tree.get(trigger.node, key)
                .is_some_and(|node| tree.value(node) == Some(Value::Boolean(expected)))
        };
        let Some(property) = tree
            .get(trigger.node, "returnOutputs")
            .filter(|_| is("returnOutputs", true))
        else {
            return;
        };
        let declares_outputs = checker
            .flow
            .root
            .is_some_and(|root| tree.get(root, "outputs").is_some());
        let does_not_wait = tree.get(trigger.node, "wait").is_none() || is("wait", false);
        let (message, help) = if !declares_outputs {
            (
                "The flow declares no outputs to return",
                "Declare `outputs` on the flow, or leave `returnOutputs` out.",
            )
        } else if does_not_wait {
            (
                "Without `wait: true` the answer is sent before there are outputs",
                "Add `wait: true`.",
            )
        } else {
            return;
        };
        checker
            .finding(&METADATA, property, message)
            .help(help)
            .emit();
    }
}
