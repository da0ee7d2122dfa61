//! `invalid-duration`: a duration that Kestra reads when it saves the flow is none.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::duration::{self, Duration};
use crate::model::{FLOW_TRIGGER_TYPES, SCHEDULE_TYPES, TaskIndex};
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidDuration;

struct InvalidDuration;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-duration",
    summary: "A duration that Kestra reads when it saves the flow is none",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidDuration {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        // The catalogue knows the durations of the plugins that it holds; those of every task and trigger
        // are looked at whatever the plugin. Equal findings become one.
        &[
            Interest::Schema,
            Interest::Flow,
            Interest::Task,
            Interest::Trigger,
        ]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        if problem.kind == (SchemaProblemKind::Duration { at_run_time: false }) {
            let key = checker.tree.key_of(problem.node);
            let key = key.and_then(|key| checker.tree.scalar_text(key));
            literal(
                checker,
                problem.node,
                key.unwrap_or("value"),
                Wanted::AnyOrNothing,
            );
        }
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        if let Some(retry) = checker.flow.retry {
            retry_block(checker, retry);
        }
        if let Some(sla) = checker.flow.sla {
            for entry in tree.items(sla) {
                property(checker, entry, "duration", Wanted::Positive);
            }
        }
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let tree = checker.tree;
        let task = checker.task(task);
        for entry in tree.entries(task.node) {
            match tree.scalar_text(entry.key) {
                Some("retry") => retry_block(checker, entry.value),
                Some("taskCache") => {
                    property(checker, entry.value, "ttl", Wanted::PositiveOrNothing);
                }
                Some("taskRunner") => property(
                    checker,
                    entry.value,
                    "killGracePeriod",
                    Wanted::AnyOrNothing,
                ),
                _ => {}
            }
        }
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let trigger = &checker.flow.triggers[trigger];
        let node = trigger.node;
        let kind = checker.type_text(trigger.type_node).unwrap_or_default();
        if SCHEDULE_TYPES.contains(&kind) {
            property(checker, node, "lateMaximumDelay", Wanted::PositiveOrNothing);
        } else if FLOW_TRIGGER_TYPES.contains(&kind) {
            flow_trigger(checker, node);
        } else {
            property(checker, node, "interval", Wanted::AnyOrNothing);
        }
    }
}

/// What is asked of a duration. Kestra 1.3 asks nothing more than that it can be read.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// Longer than nothing from 2.0 on; empty text is refused.
    Positive,
    /// Likewise, but empty text is as good as absent.
    PositiveOrNothing,
    /// Any; empty text is as good as absent.
    AnyOrNothing,
}

fn retry_block(checker: &mut Checker<'_>, retry: NodeId) {
    for key in ["interval", "maxInterval", "minInterval"] {
        property(checker, retry, key, Wanted::Positive);
    }
    property(checker, retry, "maxDuration", Wanted::PositiveOrNothing);
}

fn flow_trigger(checker: &mut Checker<'_>, node: NodeId) {
    let tree = checker.tree;
    if let Some(window) = tree.get(node, "window") {
        for key in ["every", "offset", "lookback"] {
            property(checker, window, key, Wanted::AnyOrNothing);
        }
    }
    let preconditions = tree.get(node, "preconditions");
    let window = preconditions.and_then(|preconditions| tree.get(preconditions, "timeWindow"));
    let conditions = tree.get(node, "conditions").into_iter();
    let conditions = conditions.flat_map(|conditions| tree.items(conditions));
    for holder in window.into_iter().chain(conditions) {
        for key in ["window", "windowAdvance"] {
            property(checker, holder, key, Wanted::AnyOrNothing);
        }
    }
}

fn property(checker: &mut Checker<'_>, holder: NodeId, key: &str, wanted: Wanted) {
    if let Some(node) = checker.tree.get(holder, key) {
        literal(checker, node, key, wanted);
    }
}

fn literal(checker: &mut Checker<'_>, node: NodeId, key: &str, wanted: Wanted) {
    let tree = checker.tree;
    // A list or mapping is the concern of `wrong-property-type`.
    let Some(value) = tree.value(node) else {
        return;
    };
    let nothing = match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    };
    if nothing && (wanted != Wanted::Positive || value == Value::Null) {
        return;
    }
    let text = tree.scalar_text(node).unwrap_or_default();
    let Some(duration) = Duration::of_value(value) else {
        checker
            .finding(
                &METADATA,
                node,
                format!("`{}` is no duration", text.escape_debug()),
            )
            .label(format!("`{key}` is read when the flow is saved"))
            .help(advice(text))
            .emit();
        return;
    };
    if checker.target >= Target::V2_0 && wanted != Wanted::AnyOrNothing && !duration.is_positive() {
        checker
            .finding(
                &METADATA,
                node,
                format!("`{key}` must be longer than nothing, but is `{text}`"),
            )
            .label("Kestra 2.0 refuses this")
            .emit();
    }
}

fn advice(text: &str) -> String {
    if text.contains("{{") {
        return "This property is fixed when the flow is saved and can't be an expression: write a duration such as `PT10M`.".to_owned();
    }
    match duration::suggestion(text) {
        Some(better) => format!("Write `{better}`."),
        None => "Write days as `P1D`, and hours, minutes and seconds as `PT1H30M5S`; a plain number is seconds. There are no years, months or weeks.".to_owned(),
    }
}
