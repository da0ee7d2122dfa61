//! `unknown-suppression`: a suppression comment names a rule that does not exist. The engine finds the cases, since only it
//! sees all findings.

use crate::engine::{Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownSuppression;

struct UnknownSuppression;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-suppression",
    summary: "A suppression comment names a rule that does not exist",
    group: Group::Maintainability,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownSuppression {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[]
    }
}
