//! `wrong-arguments`: a function, filter or test with arguments that it does not take.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

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
        // A rule of the migration knows more about this one.
        let is_renamed = matches!(&problem.kind, ProblemKind::UnknownArgument { signature }
                if matches!(signature.name, "read" | "fileURI"))
            && site.template.slice(problem.range) == "version"
            && checker.target == Target::V2_0;
        if is_renamed {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
