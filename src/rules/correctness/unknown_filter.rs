//! `unknown-filter`: a filter that the target version does not have.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownFilter;

struct UnknownFilter;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-filter",
    summary: "A filter that the target version does not have",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownFilter {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(problem.kind, ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } if kind == InvocationKind::Filter)
        {
            return;
        }
        // A rule of the migration knows more about this one.
        let is_removed = matches!(problem.kind, ProblemKind::OtherVersion { .. })
            && site.template.slice(problem.range) == "json"
            && checker.target == Target::V2_0;
        if is_removed {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
