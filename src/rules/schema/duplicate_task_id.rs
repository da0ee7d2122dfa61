//! `duplicate-task-id`: two tasks of a flow have the same id.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::identifier;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateTaskId;

struct DuplicateTaskId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-task-id",
    summary: "Two tasks of a flow have the same id",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateTaskId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let ids = checker.flow.tasks.iter().filter_map(|task| task.id);
        for (first, again) in identifier::repeated(checker.tree, ids) {
            let id = identifier::text_of(checker.tree, again).unwrap_or_default();
            let place = checker.location(first);
            checker
                .finding(&METADATA, again, format!("The task id `{id}` is already taken in this flow"))
                .label("the same id again")
                .related(place, "first used here")
                .help("Ids are unique in the whole flow: in `errors`, `finally`, `afterExecution` and inside other tasks, too.")
                .emit();
        }
    }
}
