//! `invalid-duration-literal`: a duration that is read when the task runs is none.

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
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let tree = checker.tree;
        let task = checker.task(task);
        let kind = checker.type_text(task.type_node).unwrap_or_default();
        for entry in tree.entries(task.node) {
            match tree.scalar_text(entry.key) {
                Some("timeout") => literal(checker, "timeout", entry.value),
                Some("duration") if kind.ends_with("flow.Sleep") => {
                    literal(checker, "duration", entry.value)
                }
                Some("pauseDuration") if kind.ends_with("flow.Pause") => {
                    literal(checker, "pauseDuration", entry.value)
                }
                Some("checkFrequency") if kind.ends_with("flow.LoopUntil") => {
                    for key in ["interval", "maxDuration"] {
                        inside(checker, entry.value, key);
                    }
                }
                Some("options") if kind.starts_with("io.kestra.plugin.core.http.") => {
                    if let Some(timeout) = tree.get(entry.value, "timeout") {
                        for key in ["connectTimeout", "readIdleTimeout"] {
                            inside(checker, timeout, key);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn inside(checker: &mut Checker<'_>, holder: NodeId, key: &str) {
    if let Some(node) = checker.tree.get(holder, key) {
        literal(checker, key, node);
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
