//! `invalid-value`: a value that breaks a rule on its length, size, bounds or pattern.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::SCHEDULE_TYPES;
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidValue;

struct InvalidValue;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-value",
    summary: "A value that breaks a rule on its length, size, bounds or pattern",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidValue {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema, Interest::Trigger]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::OutOfRange { rule } = &problem.kind else {
            return;
        };
        let key = checker
            .tree
            .key_of(problem.node)
            .and_then(|key| checker.tree.scalar_text(key));
        // A flowable task without tasks is a finding of `empty-flowable`.
        let is_flowable = problem
            .within
            .plugin
            .is_some_and(|plugin| plugin.traits.flowable());
        if is_flowable && matches!(key, Some("tasks" | "then")) {
            return;
        }
        let message = match key {
            Some(key) => format!("`{key}` must be {rule}"),
            None => format!("This must be {rule}"),
        };
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .emit();
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let node = checker.flow.triggers[trigger].node;
        let name = checker.type_text(checker.flow.triggers[trigger].type_node);
        match name.and_then(|name| checker.catalogue.find(name)) {
            Some(found) if found.facts.name == WEBHOOK => check_webhook(checker, node),
            Some(found) if found.facts.name == ON_DATES => check_dates(checker, node),
            Some(found) if SCHEDULE_TYPES.contains(&found.facts.name) => {
                check_schedule(checker, node);
            }
            _ => {}
        }
    }
}

const WEBHOOK: &str = "io.kestra.plugin.core.trigger.Webhook";
const ON_DATES: &str = "io.kestra.plugin.core.trigger.ScheduleOnDates";

/// Read when the flow is saved, in both versions (measured).
fn check_webhook(checker: &mut Checker<'_>, trigger: NodeId) {
    let Some(node) = checker.tree.get(trigger, "responseContentType") else {
        return;
    };
    let text = checker.tree.scalar_text(node).unwrap_or_default();
    let is_null = checker.tree.value(node) == Some(Value::Null);
    if is_null || matches!(text, "application/json" | "text/plain") {
        return;
    }
    checker
        .finding(
            &METADATA,
            node,
            "`responseContentType` must be `application/json` or `text/plain`",
        )
        .emit();
}

/// The trigger has no interval of its own, whatever its class declares (measured).
fn check_dates(checker: &mut Checker<'_>, trigger: NodeId) {
    let Some(entry) = checker.tree.entry(trigger, "interval") else {
        return;
    };
    let text = checker.tree.scalar_text(entry.value).unwrap_or_default();
    if checker.tree.value(entry.value) != Some(Value::Null) && !text.trim().is_empty() {
        checker
            .finding(
                &METADATA,
                entry.key,
                "A ScheduleOnDates takes no `interval`",
            )
            .help("Remove it: the trigger starts at its `dates`.")
            .emit();
    }
}

/// Kestra 1.3 has no class that it could make of an item: it refuses the flow (measured).
fn check_schedule(checker: &mut Checker<'_>, trigger: NodeId) {
    let Some(entry) = checker.tree.entry(trigger, "scheduleConditions") else {
        return;
    };
    if checker.target == Target::V1_3 && checker.tree.items(entry.value).len() > 0 {
        checker
            .finding(
                &METADATA,
                entry.key,
                "Kestra 1.3 can no longer read the entries of `scheduleConditions`",
            )
            .help("Write them under `conditions`.")
            .emit();
    }
}
