//! `yaml-alias-not-expanded`: Kestra reads `*name` as the text `name`.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::NodeKind;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &YamlAliasNotExpanded;

struct YamlAliasNotExpanded;

static METADATA: RuleMetadata = RuleMetadata {
    name: "yaml-alias-not-expanded",
    summary: "An alias (`*name`) that Kestra reads as the text `name`",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for YamlAliasNotExpanded {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        // Nearly no flow has one.
        if memchr::memchr(b'*', tree.source().as_bytes()).is_none() {
            return;
        }
        for node in tree
            .nodes()
            .filter(|node| tree.kind(*node) == NodeKind::Alias)
        {
            // `<<: *name` is a finding of its own rule.
            let key = tree.key_of(node).and_then(|key| tree.scalar_text(key));
            if key == Some("<<") {
                continue;
            }
            let name = tree.scalar_text(node).unwrap_or_default();
            checker
                .finding(&METADATA, node, format!("Kestra does not expand YAML aliases: `*{name}` is read as the text `{name}`"))
                .help("Write the value out, or keep it once in `variables` and refer to it as `{{ vars.… }}`.")
                .emit();
        }
    }
}
