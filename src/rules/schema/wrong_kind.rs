//! `wrong-kind`: a plugin where one of another kind belongs.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::catalogue::Kind;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WrongKind;

struct WrongKind;

static METADATA: RuleMetadata = RuleMetadata {
    name: "wrong-kind",
    summary: "A plugin where one of another kind belongs",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WrongKind {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::WrongKind { expected, found } = &problem.kind else {
            return;
        };
        let message = format!(
            "`{}` is a {}, and a {expected} belongs here",
            found.name, found.kind
        );
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .maybe_help(home_of(found.kind))
            .emit();
    }
}

fn home_of(kind: Kind) -> Option<String> {
    let place = match kind {
        Kind::Task => "`tasks`",
        Kind::Trigger => "`triggers` of the flow",
        Kind::Condition => "`conditions` of a trigger",
        Kind::TaskRunner => "`taskRunner` of a script task",
        _ => return None,
    };
    Some(format!("Move it to {place}."))
}
