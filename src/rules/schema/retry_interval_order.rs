//! `retry-interval-order`: the intervals of a retry are in an order that Kestra refuses.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::model::duration::Duration;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &RetryIntervalOrder;

struct RetryIntervalOrder;

static METADATA: RuleMetadata = RuleMetadata {
    name: "retry-interval-order",
    summary: "The intervals of a retry are in an order that Kestra refuses",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for RetryIntervalOrder {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow, Interest::Task]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        if let Some(retry) = checker.flow.retry {
            check(checker, retry, Severity::Error);
        }
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        if let Some(retry) = checker.tree.get(checker.task(task).node, "retry") {
            check(checker, retry, checker.severity_of_refusal(task));
        }
    }
}

fn check(checker: &mut Checker<'_>, retry: NodeId, severity: Severity) {
    let pairs: &[(&str, &str)] = match checker.tree.get_text(retry, "type") {
        Some("constant") => &[("interval", "maxDuration")],
        Some("exponential") => &[("interval", "maxInterval"), ("interval", "maxDuration")],
        Some("random") => &[
            ("minInterval", "maxInterval"),
            ("maxInterval", "maxDuration"),
        ],
        _ => return,
    };
    for (smaller, larger) in pairs {
        check_pair(checker, retry, (smaller, larger), severity);
    }
}

fn check_pair(
    checker: &mut Checker<'_>,
    retry: NodeId,
    (smaller, larger): (&str, &str),
    severity: Severity,
) {
    let tree = checker.tree;
    let read = |key: &str| {
        let node = tree.get(retry, key)?;
        Some((node, Duration::of_value(tree.value(node)?)?))
    };
    let (Some((node, low)), Some((limit, high))) = (read(smaller), read(larger)) else {
        return;
    };
    if low < high {
        return;
    }
    let text = |node: NodeId| tree.scalar_text(node).unwrap_or_default().trim();
    let message = format!(
        "`{smaller}` ({}) must be shorter than `{larger}` ({})",
        text(node),
        text(limit)
    );
    let place = checker.location(limit);
    checker
        .finding(&METADATA, node, message)
        .severity(severity)
        .related(place, format!("`{larger}` is here"))
        .emit();
}
