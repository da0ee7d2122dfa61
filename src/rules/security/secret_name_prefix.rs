//! `secret-name-prefix`: `secret()` is given the name of the environment variable.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::InvocationKind;
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretNamePrefix;

struct SecretNamePrefix;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-name-prefix",
    summary: "`secret()` is given the name of the environment variable",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretNamePrefix {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for call in template.invocations() {
            if call.kind != InvocationKind::Function || template.slice(call.name) != "secret" {
                continue;
            }
            let Some(argument) = template.arguments(call.arguments).first() else {
                continue;
            };
            let Some(content) = template.string_content(argument.value) else {
                continue;
            };
            let name = template.slice(content);
            let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()) else {
                continue;
            };
            let prefix = TextRange::at(content.start(), TextSize::of(PREFIX));
            let source = checker.tree.source_range(site.node, prefix);
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    content,
                    format!("`secret('{name}')` looks for the variable `SECRET_{name}`"),
                )
                .help(format!(
                    "Kestra puts `SECRET_` before the name itself: write `secret('{rest}')`."
                ))
                .fix(
                    format!("Write `secret('{rest}')`"),
                    Applicability::Unsafe,
                    source,
                    String::new(),
                )
                .emit();
        }
    }
}

const PREFIX: &str = "SECRET_";
