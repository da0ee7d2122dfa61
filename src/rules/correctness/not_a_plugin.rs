//! `not-a-plugin`: a text where a task, trigger or other plugin belongs; Kestra drops it.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NotAPlugin;

struct NotAPlugin;

static METADATA: RuleMetadata = RuleMetadata {
    name: "not-a-plugin",
    summary: "A text where a task, trigger or other plugin belongs; Kestra drops it",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NotAPlugin {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::NotAPlugin { expected } = problem.kind else {
            return;
        };
        checker
            .finding(&METADATA, problem.node, format!("A {expected} belongs here: a mapping with `id` and `type`"))
            .help("Kestra saves the flow and takes this for nothing; write the mapping, or remove the line.")
            .emit();
    }
}
