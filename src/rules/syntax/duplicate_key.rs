//! `duplicate-key`: the same key twice in one mapping.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateKey;

struct DuplicateKey;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-key",
    summary: "A key stands twice in a mapping; the last one wins without a word",
    group: Group::Syntax,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateKey {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for duplicate in tree.duplicate_keys() {
            let key = tree.scalar_text(duplicate.second).unwrap_or_default();
            let first = checker.location(duplicate.first);
            checker
                .finding(
                    &METADATA,
                    duplicate.second,
                    format!("The key `{key}` is already in this mapping"),
                )
                .label("this one wins")
                .related(first, "this one is ignored")
                .help("Remove one of the two, or rename it.")
                .emit();
        }
    }
}
