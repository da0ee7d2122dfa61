//! `wrong-operand`: an operation on a value that it cannot work on.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WrongOperand;

struct WrongOperand;

static METADATA: RuleMetadata = RuleMetadata {
    name: "wrong-operand",
    summary: "An operation on a value that it cannot work on",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WrongOperand {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(
            problem.kind,
            ProblemKind::WrongInput { .. }
                | ProblemKind::NoArithmetic { .. }
                | ProblemKind::NotANumber { .. }
                | ProblemKind::NotACondition { .. }
                | ProblemKind::NotIterable { .. }
                | ProblemKind::ContainsNothing { .. }
        ) {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
