//! `never-firing-cron`: a cron expression is valid but names a date that never comes.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::cron;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NeverFiringCron;

struct NeverFiringCron;

static METADATA: RuleMetadata = RuleMetadata {
    name: "never-firing-cron",
    summary: "A cron expression is valid but names a date that never comes",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NeverFiringCron {
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
        let parsed = cron::parse(schedule.text, schedule.with_seconds, checker.target);
        if parsed.is_ok_and(|cron| !cron.can_fire) {
            checker
                .finding(&METADATA, schedule.node, format!("No date ever matches `{}`", schedule.text.trim()))
                .label("no such day in these months")
                .help("For the last day of each month write `L` as day of the month (Kestra 2.0), or let a daily schedule decide by a condition.")
                .emit();
        }
    }
}
