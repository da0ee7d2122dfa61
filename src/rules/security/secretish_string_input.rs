//! `secretish-string-input`: an input that is called like a credential is a plain STRING.

use crate::analysis::credentials::{self, PropertyKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretishStringInput;

struct SecretishStringInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secretish-string-input",
    summary: "An input that is called like a credential is a plain STRING",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretishStringInput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for input in &checker.flow.inputs {
            let (Some(id), Some(kind)) = (input.id, input.type_node) else {
                continue;
            };
            let name = tree.scalar_text(id).unwrap_or_default();
            let is_credential = matches!(
                credentials::kind_of_property(name),
                Some(PropertyKind::Password | PropertyKind::Token)
            );
            if tree.scalar_text(kind) != Some("STRING") || !is_credential {
                continue;
            }
            checker
                .finding(
                    &METADATA,
                    id,
                    format!(
                        "The input `{name}` is a STRING, and shown in clear with each execution"
                    ),
                )
                .help("Make it a SECRET.")
                .fix(
                    "Make it a SECRET",
                    Applicability::Unsafe,
                    tree.range(kind),
                    "SECRET",
                )
                .emit();
        }
    }
}
