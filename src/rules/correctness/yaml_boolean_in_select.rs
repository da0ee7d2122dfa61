//! `yaml-boolean-in-select`: a choice such as `yes`, which Kestra reads as `true`.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &YamlBooleanInSelect;

struct YamlBooleanInSelect;

static METADATA: RuleMetadata = RuleMetadata {
    name: "yaml-boolean-in-select",
    summary: "A choice such as `yes`, which Kestra reads as `true`",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for YamlBooleanInSelect {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for input in &checker.flow.inputs {
            let kind = checker.type_text(input.type_node).unwrap_or_default();
            if !matches!(kind, "SELECT" | "MULTISELECT" | "ENUM") {
                continue;
            }
            for key in ["values", "options", "defaults"] {
                let Some(value) = tree.get(input.node, key) else {
                    continue;
                };
                if tree.is_scalar(value) {
                    look(checker, value);
                }
                for item in tree.items(value) {
                    look(checker, item);
                }
            }
        }
    }
}

fn look(checker: &mut Checker<'_>, node: NodeId) {
    let tree = checker.tree;
    let Some(Value::Boolean(read)) = tree.value(node) else {
        return;
    };
    let written = tree.scalar_text(node).unwrap_or_default();
    if written == if read { "true" } else { "false" } || tree.tag(node).is_some() {
        return;
    }
    let quoted = format!("\"{written}\"");
    checker
        .finding(
            &METADATA,
            node,
            format!("The choice `{written}` is `{read}` to Kestra"),
        )
        .help(format!("Put it in quotes: `{quoted}`."))
        .fix(
            format!("Write `{quoted}`"),
            Applicability::Unsafe,
            tree.range(node),
            quoted,
        )
        .emit();
}
