//! `invalid-duration-literal`: a duration that is read when the task runs is none.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::model::duration::{self, Duration};
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidDurationLiteral;

struct InvalidDurationLiteral;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-duration-literal",
    summary: "A duration that is read when the task runs is none",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidDurationLiteral {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        // The catalogue knows the durations of the plugins that it holds; `timeout` is every task's. Equal
        // findings become one.
        &[Interest::Schema, Interest::Task]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        if problem.kind == (SchemaProblemKind::Duration { at_run_time: true }) {
            let key = checker.tree.key_of(problem.node);
            let key = key.and_then(|key| checker.tree.scalar_text(key));
            literal(checker, key.unwrap_or("value"), problem.node);
        }
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let node = checker.task(task).node;
        if let Some(timeout) = checker.tree.get(node, "timeout") {
            literal(checker, "timeout", timeout);
        }
    }
}

fn literal(checker: &mut Checker<'_>, key: &str, node: NodeId) {
    let Some(value) = checker.tree.value(node) else {
        return;
    };
    let text = checker.tree.scalar_text(node).unwrap_or_default();
    if matches!(value, Value::Null) || text.is_empty() || text.contains("{{") || text.contains("{%")
    {
        return;
    }
    if Duration::of_value(value).is_some() {
        return;
    }
    let help = match duration::suggestion(text) {
        Some(better) => format!("Write `{better}`."),
        None => "Write days as `P1D`, and hours, minutes and seconds as `PT1H30M5S`. There are no years, months or weeks.".to_owned(),
    };
    checker
        .finding(
            &METADATA,
            node,
            format!("`{}` is no duration", text.escape_debug()),
        )
        .label(format!(
            "`{key}` is read when the task runs, and fails then"
        ))
        .help(help)
        .emit();
}
