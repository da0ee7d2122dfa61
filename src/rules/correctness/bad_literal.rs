//! `bad-literal`: a literal that is read when the task runs, and fails then.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::catalogue;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &BadLiteral;

struct BadLiteral;

static METADATA: RuleMetadata = RuleMetadata {
    name: "bad-literal",
    summary: "A literal that is read when the task runs, and fails then",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for BadLiteral {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let text = checker.tree.scalar_text(problem.node).unwrap_or_default();
        let (message, help) = match &problem.kind {
            SchemaProblemKind::BadLiteral { expected } => (
                format!("`{text}` is not {expected}: the task fails when it runs"),
                None,
            ),
            SchemaProblemKind::NotInEnumeration {
                allowed,
                at_run_time: true,
            } => {
                let near = catalogue::nearest(text, allowed.iter().copied())
                    .into_iter()
                    .next();
                let help = match near {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Write one of {}.", allowed.join(", ")),
                };
                (
                    format!(
                        "`{text}` is not one of the values allowed here: the task fails when it runs"
                    ),
                    Some(help),
                )
            }
            _ => return,
        };
        checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .maybe_help(help)
            .emit();
    }
}
