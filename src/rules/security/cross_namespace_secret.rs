//! `cross-namespace-secret`: a secret or a value of another namespace is read.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, OptionValue, Rule};
use crate::expression::{ExpressionId, Invocation, InvocationKind, Template};
use crate::finding::{FixKind, Group, OptionDescription, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &CrossNamespaceSecret;

struct CrossNamespaceSecret;

static METADATA: RuleMetadata = RuleMetadata {
    name: "cross-namespace-secret",
    summary: "A secret or a key-value pair of another namespace is read",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "allow",
        summary: "Namespaces, with all below them, from which any flow may read",
        schema: r#"{"type": "array", "items": {"type": "string"}}"#,
        default: "[]",
    }],
    since: "0.1.0",
};

impl Rule for CrossNamespaceSecret {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        let Some(own) = checker.flow.namespace_text(checker.tree) else {
            return;
        };
        for call in template.invocations() {
            let Some((argument, namespace)) = namespace_of(template, &call) else {
                continue;
            };
            // What is above is inherited.
            let is_near = is_at_or_below(own, &namespace) || is_at_or_below(&namespace, own);
            let allowed = checker
                .option("allow")
                .map_or(&[][..], OptionValue::as_list);
            if is_near || allowed.iter().any(|root| is_at_or_below(&namespace, root)) {
                continue;
            }
            let what = if template.slice(call.name) == "kv" {
                "key-value pair"
            } else {
                "secret"
            };
            let range = template.expression(argument).range;
            checker
                .finding_within(&METADATA, site.node, range, format!("A {what} of the namespace `{namespace}` is read from `{own}`"))
                .help("Keep what a flow needs in its own namespace or above it, or list the namespace under `allow` of this rule.")
                .emit();
        }
    }
}

/// The namespace that a call names outright: `secret(key, namespace)`, `kv(key, namespace)`.
fn namespace_of(template: &Template, call: &Invocation) -> Option<(ExpressionId, String)> {
    let name = template.slice(call.name);
    if call.kind != InvocationKind::Function || !matches!(name, "secret" | "kv") {
        return None;
    }
    let arguments = template.arguments(call.arguments);
    let named = arguments
        .iter()
        .find(|argument| argument.name.map(|name| template.slice(name)) == Some("namespace"));
    let second = arguments.get(1).filter(|argument| argument.name.is_none());
    let value = named.or(second)?.value;
    let namespace = template.string_value(value)?;
    Some((value, namespace.into_owned()))
}

fn is_at_or_below(namespace: &str, root: &str) -> bool {
    namespace
        .strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
