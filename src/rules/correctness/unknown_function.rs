//! `unknown-function`: a function that the target version does not have.

use crate::analysis::{ExpressionSite, foreign_call};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownFunction;

struct UnknownFunction;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-function",
    summary: "A function that the target version does not have",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownFunction {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(problem.kind, ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } if kind == InvocationKind::Function)
        {
            return;
        }
        // Other rules know more about these.
        let name = site.template.slice(problem.range);
        let is_removed = matches!(problem.kind, ProblemKind::OtherVersion { .. })
            && matches!(name, "json" | "currentEachOutput")
            && checker.target == Target::V2_0;
        let is_foreign =
            matches!(problem.kind, ProblemKind::UnknownName { .. }) && foreign_call(name).is_some();
        if is_removed || is_foreign {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
