//! `unused-suppression`: a suppression comment suppresses nothing. The engine finds the cases, since only it
//! sees all findings.

use crate::engine::{Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnusedSuppression;

struct UnusedSuppression;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unused-suppression",
    summary: "A suppression comment suppresses nothing",
    group: Group::Maintainability,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnusedSuppression {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[]
    }
}
