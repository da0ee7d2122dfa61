//! `env-secret`: a credential is read from the server's environment instead of a secret.

use crate::analysis::ExpressionSite;
use crate::analysis::credentials;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EnvSecret;

struct EnvSecret;

static METADATA: RuleMetadata = RuleMetadata {
    name: "env-secret",
    summary: "A credential is read from the server's environment instead of a secret",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for EnvSecret {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        if !template.text().contains("envs") {
            return;
        }
        for (reference, path) in checker.references().iter() {
            if template.slice(reference.root) != "envs" {
                continue;
            }
            let Some(name) = path.first().and_then(|step| step.name(template)) else {
                continue;
            };
            if credentials::kind_of_property(&name).is_none() {
                continue;
            }
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!("`envs.{name}` is a credential that every flow can read"),
                )
                .help(format!(
                    "Keep it as a secret and write `secret('{}')`.",
                    name.to_ascii_uppercase()
                ))
                .emit();
        }
    }
}
