//! `bad-literal`: a literal that is read when the task runs, and fails then.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::{NodeId, Value};
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &BadLiteral;

struct BadLiteral;

static METADATA: RuleMetadata = RuleMetadata {
    name: "bad-literal",
    summary: "A literal that is read when the task runs, and fails then",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for BadLiteral {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema, Interest::Task]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let text = checker.tree.scalar_text(problem.node).unwrap_or_default();
        let (message, help) = match &problem.kind {
            SchemaProblemKind::BadLiteral { expected } => (
                format!("`{text}` is not {expected}: the task fails when it runs"),
                None,
            ),
            SchemaProblemKind::NotInEnumeration {
                allowed,
                at_run_time: true,
            } => {
                let near = nearest(text, allowed.iter().copied());
                let help = match near {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Write one of {}.", allowed.join(", ")),
                };
                (
                    format!(
                        "`{text}` is not one of the values allowed here: the task fails when it runs"
                    ),
                    Some(help),
                )
            }
            _ => return,
        };
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .maybe_help(help)
            .emit();
    }

    /// The task Labels takes anything when it is saved; when it runs, its labels must be texts that are not
    /// empty, and no label of Kestra's own is among them (as its class says, in 1.3 and 2.0).
    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let facts = checker.task(task);
        let tree = checker.tree;
        let Some(labels) = tree.get(facts.node, "labels") else {
            return;
        };
        let is_labels = checker
            .type_text(facts.type_node)
            .and_then(|name| checker.catalogue.find(name))
            .is_some_and(|found| found.facts.name == LABELS);
        if !is_labels {
            return;
        }
        for entry in tree.entries(labels) {
            check_label(checker, entry.key, entry.value);
        }
        for item in tree.items(labels) {
            if let (Some(key), Some(value)) = (tree.get(item, "key"), tree.get(item, "value")) {
                check_label(checker, key, value);
            }
        }
    }
}

/// The task that adds labels to the execution.
const LABELS: &str = "io.kestra.plugin.core.execution.Labels";

fn check_label(checker: &mut Checker<'_>, key: NodeId, value: NodeId) {
    let tree = checker.tree;
    let name = tree.scalar_text(key).unwrap_or_default();
    if name.starts_with("system.") {
        let message =
            format!("Only Kestra itself may set the label `{name}`: the task fails when it runs");
        checker
            .finding(&METADATA, key, message)
            .help("Use a key that does not start with `system.`.")
            .emit();
    }
    let text = tree.scalar_text(value).unwrap_or_default();
    let (message, help) = match tree.value(value) {
        Some(Value::String("")) => (
            format!("The label `{name}` has no value: the task fails when it runs"),
            "Give it a value, or remove it.".to_owned(),
        ),
        Some(Value::Boolean(_) | Value::Integer(_) | Value::Float(_)) => (
            format!("`{text}` is not a text: the task fails when it runs"),
            format!("Put it in quotes: `\"{text}\"`."),
        ),
        _ => return,
    };
    checker.finding(&METADATA, value, message).help(help).emit();
}
