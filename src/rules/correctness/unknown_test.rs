//! `unknown-test`: a test (`is …`) that the target version does not have.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownTest;

struct UnknownTest;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-test",
    summary: "A test (`is …`) that the target version does not have",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownTest {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(problem.kind, ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } if kind == InvocationKind::Test)
        {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
