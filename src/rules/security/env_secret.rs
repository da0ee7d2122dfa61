//! `env-secret`: a credential is read from the server's environment instead of a secret.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use std::collections::BTreeMap;

use crate::analysis::credentials;
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EnvSecret;

struct EnvSecret;

static METADATA: RuleMetadata = RuleMetadata {
    name: "env-secret",
    summary: "A credential is read from the server's environment instead of a secret",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Strict,
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
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let mut found: BTreeMap<String, Vec<(NodeId, TextRange)>> = BTreeMap::new();
        for site in checker.expressions() {
            let template = &site.template;
            if !template.text().contains("envs") {
                continue;
            }
            for (reference, path) in template.references(checker.target).iter() {
                let name = path.first().and_then(|step| step.name(template));
                let Some(name) = name.filter(|_| template.slice(reference.root) == "envs") else {
                    continue;
                };
                if credentials::kind_of_property(&name).is_some() {
                    found
                        .entry(name.into_owned())
                        .or_default()
                        .push((site.node, reference.range));
                }
            }
        }
        for (name, places) in found {
            let Some((node, range)) = places.first().copied() else {
                continue;
            };
            let others = places.len() - 1;
            let draft = checker.finding_within(
                &METADATA,
                node,
                range,
                format!("`envs.{name}` is a credential that every flow can read"),
            );
            let label = if others > 0 {
                format!("and {others} more in this flow")
            } else {
                String::new()
            };
            draft
                .label(label)
                .help(format!(
                    "Keep it as a secret and write `secret('{}')`.",
                    name.to_ascii_uppercase()
                ))
                .emit();
        }
    }
}
