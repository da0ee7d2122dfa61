//! `input-item-type`: an `itemType` that a list input cannot have.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InputItemType;

struct InputItemType;

static METADATA: RuleMetadata = RuleMetadata {
    name: "input-item-type",
    summary: "An `itemType` that a list input cannot have",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InputItemType {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        for input in &checker.flow.inputs {
            let Some(item) = checker.tree.get(input.node, "itemType") else {
                continue;
            };
            let name = checker.tree.scalar_text(item).unwrap_or_default();
            if matches!(
                name,
                "SECRET"
                    | "ARRAY"
                    | "SELECT"
                    | "MULTISELECT"
                    | "ENUM"
                    | "FORM"
                    | "TABLE"
                    | "OBJECT"
            ) {
                checker
                    .finding(
                        &METADATA,
                        item,
                        format!("A list cannot have items of type `{name}`"),
                    )
                    .emit();
            }
        }
    }
}
