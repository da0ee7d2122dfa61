//! `webhook-static-key`: the key of a webhook stands in clear.

use crate::engine::{Checker, Interest, Rule};
use crate::expression::has_template;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::WEBHOOK_TYPES;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WebhookStaticKey;

struct WebhookStaticKey;

static METADATA: RuleMetadata = RuleMetadata {
    name: "webhook-static-key",
    summary: "The key of a webhook stands in clear",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WebhookStaticKey {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let tree = checker.tree;
        let trigger = checker.flow.triggers[trigger];
        if !checker
            .type_text(trigger.type_node)
            .is_some_and(|kind| WEBHOOK_TYPES.contains(&kind))
        {
            return;
        }
        let Some(node) = tree.get(trigger.node, "key") else {
            return;
        };
        let text = tree.scalar_text(node).unwrap_or_default();
        if text.is_empty() || has_template(text) {
            return;
        }
        let id = checker.type_text(trigger.id).unwrap_or_default();
        checker
            .finding(
                &METADATA,
                node,
                format!("The key of the webhook `{id}` stands in clear"),
            )
            .identity("key")
            .redact()
            .label("whoever knows it can start the flow")
            .help("Keep a long random key as a secret and write `\"{{ secret('WEBHOOK_KEY') }}\"`.")
            .emit();
    }
}
