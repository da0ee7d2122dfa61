//! `output-of-skippable-task`: the output of a task that may have been skipped, without a value for that case.

use crate::analysis::{Availability, ExpressionSite};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::rules::correctness::output_used_too_early;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &OutputOfSkippableTask;

struct OutputOfSkippableTask;

static METADATA: RuleMetadata = RuleMetadata {
    name: "output-of-skippable-task",
    summary: "The output of a task that may have been skipped, without a value for that case",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for OutputOfSkippableTask {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        output_used_too_early::report(&METADATA, checker, site, |name, availability| {
            (availability == Availability::Skippable).then(|| {
                let message = format!("`{name}` may have been skipped, and then has no output");
                (
                    message,
                    "Give a value for that case: `outputs.… ?? 'value'`.",
                )
            })
        });
    }
}
