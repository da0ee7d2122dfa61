//! `impossible-comparison`: a comparison that can never be true, or fails.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ImpossibleComparison;

struct ImpossibleComparison;

static METADATA: RuleMetadata = RuleMetadata {
    name: "impossible-comparison",
    summary: "A comparison that can never be true, or fails",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ImpossibleComparison {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(
            problem.kind,
            ProblemKind::NeverEqual { .. } | ProblemKind::NotComparable { .. }
        ) {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }
}
