//! `wrong-arguments`: a function, filter or test with arguments that it does not take.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WrongArguments;

struct WrongArguments;

static METADATA: RuleMetadata = RuleMetadata {
    name: "wrong-arguments",
    summary: "A function, filter or test with arguments that it does not take",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WrongArguments {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(
            problem.kind,
            ProblemKind::TooManyArguments { .. }
                | ProblemKind::UnknownArgument { .. }
                | ProblemKind::MissingArgument { .. }
        ) {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
