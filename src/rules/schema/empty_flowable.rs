//! `empty-flowable`: a task that runs other tasks and has none.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::{NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EmptyFlowable;

struct EmptyFlowable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "empty-flowable",
    summary: "A task that runs other tasks and has none",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for EmptyFlowable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let facts = *checker.task(task);
        let Some(found) = checker
            .type_text(facts.type_node)
            .and_then(|name| checker.catalogue.find(name))
        else {
            return;
        };
        let tree = checker.tree;
        let missing = match found.facts.name {
            "io.kestra.plugin.core.flow.Switch" => switch_is_empty(tree, facts.node),
            "io.kestra.plugin.core.flow.If" => lacks_items(tree, facts.node, "then"),
            "io.kestra.plugin.core.flow.AllowFailure"
            | "io.kestra.plugin.core.flow.Dag"
            | "io.kestra.plugin.core.flow.EachParallel"
            | "io.kestra.plugin.core.flow.EachSequential"
            | "io.kestra.plugin.core.flow.ForEach"
            | "io.kestra.plugin.core.flow.Loop"
            | "io.kestra.plugin.core.flow.Parallel"
            | "io.kestra.plugin.core.flow.Sequential"
            | "io.kestra.plugin.core.flow.WorkingDirectory" => {
                lacks_items(tree, facts.node, "tasks")
            }
            // Kestra 1.3 takes an empty list here, and no other.
            "io.kestra.plugin.core.flow.LoopUntil" => {
                let is_taken = checker.target == Target::V1_3
                    && tree
                        .get(facts.node, "tasks")
                        .is_some_and(|list| tree.is_sequence(list));
                !is_taken && lacks_items(tree, facts.node, "tasks")
            }
            _ => false,
        };
        if missing {
            let name = found.facts.class_name();
            let what = match name {
                "If" => "nothing under `then`",
                "Switch" => "no task, neither under `cases` nor under `defaults`",
                _ => "no tasks",
            };
            let severity = checker.severity_of_refusal(task);
            checker
                .finding(&METADATA, facts.node, format!("`{name}` has {what}"))
                .severity(severity)
                .help(match severity {
                    Severity::Error => "Kestra refuses it: add a task, or remove this one.",
                    _ => "Add a task, or remove this one.",
                })
                .emit();
        }
    }
}

/// Absent, null or an empty list; what is no list at all is a finding of its own.
fn lacks_items(tree: &Tree, node: NodeId, key: &str) -> bool {
    match tree.get(node, key) {
        None => true,
        Some(list) if tree.is_sequence(list) => tree.items(list).len() == 0,
        Some(value) => !tree.is_absent(value) && tree.value(value) == Some(Value::Null),
    }
}

/// One case, even an empty one, is enough for Kestra (measured).
fn switch_is_empty(tree: &Tree, node: NodeId) -> bool {
    let cases = tree.get(node, "cases").is_some_and(|cases| {
        let entries = tree.entries(cases);
        entries.iter().any(|case| tree.is_sequence(case.value))
    });
    !cases && lacks_items(tree, node, "defaults")
}
