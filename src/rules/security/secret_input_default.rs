//! `secret-input-default`: a SECRET input has a default value in clear.

use crate::engine::{Checker, Interest, Rule};
use crate::expression::has_template;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretInputDefault;

struct SecretInputDefault;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-input-default",
    summary: "A SECRET input has a default value in clear",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretInputDefault {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for input in &checker.flow.inputs {
            if checker.type_text(input.type_node) != Some("SECRET") {
                continue;
            }
            for key in ["defaults", "prefill"] {
                let Some(node) = tree.get(input.node, key) else {
                    continue;
                };
                let text = tree.scalar_text(node).unwrap_or_default();
                if text.is_empty() || has_template(text) || tree.value(node) == Some(Value::Null) {
                    continue;
                }
                let id = checker.type_text(input.id).unwrap_or_default();
                checker
                    .finding(&METADATA, node, format!("The SECRET input `{id}` has its value in clear under `{key}`"))
                    .identity(key)
                    .redact()
                    .help("Leave the default out, or read it from a secret: `\"{{ secret('NAME') }}\"`. Then replace the value where it is valid.")
                    .emit();
            }
        }
    }
}
