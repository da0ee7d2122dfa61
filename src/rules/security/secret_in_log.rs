//! `secret-in-log`: a secret is written to the log, to an output or to a label.

use crate::analysis::{ExpressionSite, Owner, property_of};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Template};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretInLog;

struct SecretInLog;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-in-log",
    summary: "A secret is written to the log, to an output or to a label",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretInLog {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        let mut secrets: Vec<(TextRange, String)> = secret_calls(template);
        if let Some(sink) = sink_of(checker, site) {
            secrets.extend(secret_inputs(checker, template));
            for (range, what) in secrets {
                checker
                    .finding_within(&METADATA, site.node, range, format!("{what} is written to {sink}"))
                    .label("readable by all who see executions")
                    .help("Leave it out. Kestra hides a secret in logs only where it stands literally; outputs and labels are kept as they are.")
                    .emit();
            }
        }
    }
}

/// Filters behind which nothing of the secret is left.
const HARMLESS_FILTERS: [&str; 5] = ["length", "sha256", "sha512", "md5", "sha1"];

/// `secret('X')` and `credential('x')`, with words for messages.
fn secret_calls(template: &Template) -> Vec<(TextRange, String)> {
    let calls = template.invocations().filter(|call| {
        let name = template.slice(call.name);
        call.kind == InvocationKind::Function && matches!(name, "secret" | "credential")
    });
    calls
        .map(|call| template.expression(call.expression).range)
        .filter(|range| !is_harmless(template, *range))
        .map(|range| (range, format!("`{}`", template.slice(range))))
        .collect()
}

/// Whether only a length, a hash or a comparison of the secret comes out.
fn is_harmless(template: &Template, range: TextRange) -> bool {
    let end = usize::from(range.end());
    let rest = template.text().get(end..).unwrap_or_default().trim_start();
    let filtered = rest.strip_prefix('|').map(str::trim_start);
    let compared = ["==", "!=", "is ", "contains "]
        .iter()
        .any(|word| rest.starts_with(word));
    compared
        || filtered.is_some_and(|rest| {
            HARMLESS_FILTERS
                .iter()
                .any(|filter| rest.starts_with(filter))
        })
}

/// `inputs.x` where x is a SECRET input.
fn secret_inputs(checker: &Checker<'_>, template: &Template) -> Vec<(TextRange, String)> {
    let tree = checker.tree;
    let is_secret = |name: &str| {
        checker.flow.inputs.iter().any(|input| {
            let is = |node: Option<NodeId>, text: &str| {
                node.and_then(|node| tree.scalar_text(node)) == Some(text)
            };
            is(input.type_node, "SECRET") && is(input.id, name)
        })
    };
    checker
        .references()
        .iter()
        .filter(|(reference, path)| {
            let name = path.first().and_then(|step| step.name(template));
            template.slice(reference.root) == "inputs" && name.is_some_and(|name| is_secret(&name))
        })
        .filter(|(reference, _)| !is_harmless(template, reference.range))
        .map(|(reference, _)| {
            (
                reference.range,
                format!("The SECRET input `{}`", template.slice(reference.range)),
            )
        })
        .collect()
}

/// Where the text goes, if people can read it there.
fn sink_of(checker: &Checker<'_>, site: &ExpressionSite) -> Option<&'static str> {
    match site.owner {
        Owner::Task(index) => {
            let task = checker.task(index);
            let kind = checker.type_text(task.type_node)?;
            let key = property_of(checker.tree, task.node, site.node)?;
            sink_of_task(kind, key)
        }
        Owner::Output(_) => Some("an output of the flow"),
        Owner::Flow => {
            let root = checker.flow.root?;
            (property_of(checker.tree, root, site.node)? == "labels").then_some("a label")
        }
        Owner::Trigger(_) | Owner::Input(_) | Owner::PluginDefault(_) => None,
    }
}

fn sink_of_task(kind: &str, property: &str) -> Option<&'static str> {
    let class = kind
        .strip_prefix("io.kestra.plugin.core.")
        .or_else(|| kind.strip_prefix("io.kestra.core.tasks."))?;
    Some(match (class, property) {
        ("log.Log", "message") | ("debug.Echo" | "debugs.Echo", "format") => "the log",
        ("debug.Return" | "debugs.Return", "format") | ("output.OutputValues", "values") => {
            "an output"
        }
        ("execution.Labels" | "flow.Subflow", "labels") => "a label",
        ("execution.Fail" | "execution.Assert", "errorMessage") => "an error message",
        _ => return None,
    })
}
