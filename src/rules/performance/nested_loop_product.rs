//! `nested-loop-product`: loops in loops that make more task runs than an execution bears.

use crate::engine::{Checker, Interest, OptionValue, Rule};
use crate::finding::{FixKind, Group, OptionDescription, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{Task, TaskIndex};
use crate::syntax::Tree;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NestedLoopProduct;

struct NestedLoopProduct;

static METADATA: RuleMetadata = RuleMetadata {
    name: "nested-loop-product",
    summary: "Loops in loops that make more task runs than an execution bears",
    group: Group::Performance,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "maximum",
        summary: "How many rounds the loops may make in all",
        schema: r#"{"type": "integer", "minimum": 1}"#,
        default: "500",
    }],
    since: "0.1.0",
};

/// The tasks that repeat others within one execution, and the property with the values.
const LOOPS: [(&str, &str); 4] = [
    ("io.kestra.plugin.core.flow.ForEach", "values"),
    ("io.kestra.plugin.core.flow.Loop", "values"),
    ("io.kestra.plugin.core.flow.EachSequential", "value"),
    ("io.kestra.plugin.core.flow.EachParallel", "value"),
];

impl Rule for NestedLoopProduct {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, index: TaskIndex) {
        let (tree, flow) = (checker.tree, checker.flow);
        let task = flow.task(index);
        // A loop alone is long because its author wrote it long.
        let Some(own) = task.parent.and_then(|_| rounds(tree, task)) else {
            return;
        };
        let around: Vec<u64> = flow
            .ancestors(index)
            .filter_map(|outer| rounds(tree, flow.task(outer)))
            .collect();
        let product = around
            .iter()
            .fold(own, |product, outer| product.saturating_mul(*outer));
        let maximum = checker.option("maximum").and_then(OptionValue::as_integer);
        let maximum: u64 = maximum.unwrap_or(500);
        if around.is_empty() || product <= maximum {
            return;
        }
        let factors: Vec<String> = around
            .iter()
            .rev()
            .chain([&own])
            .map(u64::to_string)
            .collect();
        checker
            .finding(
                &METADATA,
                task.node,
                format!(
                    "These loops make {} = {product} rounds in one execution",
                    factors.join(" × ")
                ),
            )
            .help("Run the inner loop in a subflow: each execution then stays small.")
            .emit();
    }
}

/// How many rounds a loop over written values makes; none for anything else.
fn rounds(tree: &Tree, task: &Task) -> Option<u64> {
    let kind = task.type_node.and_then(|node| tree.scalar_text(node))?;
    let (_, property) = LOOPS.iter().find(|(name, _)| *name == kind)?;
    let values = tree.get(task.node, property)?;
    let count = if tree.is_sequence(values) {
        tree.items(values).len()
    } else {
        let written: Vec<serde_json::Value> =
            serde_json::from_str(tree.scalar_text(values)?).ok()?;
        written.len()
    };
    u64::try_from(count).ok().filter(|count| *count > 0)
}
