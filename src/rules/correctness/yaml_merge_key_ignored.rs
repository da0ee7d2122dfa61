//! `yaml-merge-key-ignored`: `<<` merges nothing.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::ScalarStyle;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &YamlMergeKeyIgnored;

struct YamlMergeKeyIgnored;

static METADATA: RuleMetadata = RuleMetadata {
    name: "yaml-merge-key-ignored",
    summary: "A merge key (`<<`) that Kestra takes for an ordinary key",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

static MERGE_KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<<"));

impl Rule for YamlMergeKeyIgnored {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        // Nearly no flow has one.
        if MERGE_KEY.find(tree.source().as_bytes()).is_none() {
            return;
        }
        for node in tree.nodes().filter(|node| tree.is_mapping(*node)) {
            let Some(entry) = tree.entry(node, "<<") else {
                continue;
            };
            if tree.scalar_style(entry.key) != Some(ScalarStyle::Plain) {
                continue;
            }
            checker
                .finding(&METADATA, entry.key, "Kestra does not merge `<<`: it is an ordinary key, and nothing is taken over")
                .help("Write the shared properties out; Kestra 1.3 can share them through `pluginDefaults`.")
                .emit();
        }
    }
}
