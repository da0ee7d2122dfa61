//! `invalid-cron`: a Schedule has a cron expression that Kestra refuses.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::cron;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidCron;

struct InvalidCron;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-cron",
    summary: "A Schedule has a cron expression that Kestra refuses",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidCron {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let Some(schedule) = cron::of_trigger(checker.tree, &checker.flow.triggers[trigger]) else {
            return;
        };
        if let Err(problem) = cron::parse(schedule.text, schedule.with_seconds, checker.target) {
            checker
                .finding_within(
                    &METADATA,
                    schedule.node,
                    problem.range,
                    format!("Kestra refuses this cron expression: {}", problem.message),
                )
                .maybe_help(problem.help)
                .emit();
        }
    }
}
