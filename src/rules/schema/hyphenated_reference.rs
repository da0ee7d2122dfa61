//! `hyphenated-reference`: a name with a hyphen behind a dot, in a form that Kestra refuses to save.

use crate::analysis::{ExpressionSite, HyphenFate};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::rules::correctness::hyphen_needs_brackets;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &HyphenatedReference;

struct HyphenatedReference;

static METADATA: RuleMetadata = RuleMetadata {
    name: "hyphenated-reference",
    summary: "A name with a hyphen behind a dot, in a form that Kestra refuses to save",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for HyphenatedReference {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        hyphen_needs_brackets::report(&METADATA, checker, site, HyphenFate::Refused, |name| {
            format!("Kestra refuses this: `{name}` has a hyphen and needs brackets")
        });
    }
}
