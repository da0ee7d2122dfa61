//! `wrong-property-type`: a value that Kestra cannot take for what it must be.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WrongPropertyType;

struct WrongPropertyType;

static METADATA: RuleMetadata = RuleMetadata {
    name: "wrong-property-type",
    summary: "A value that Kestra cannot take for what it must be",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WrongPropertyType {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::WrongType { expected, property } = problem.kind else {
            return;
        };
        let tree = checker.tree;
        let shown;
        let found = match tree.value(problem.node) {
            _ if tree.is_absent(problem.node) => "nothing",
            Some(Value::String("")) => "an empty text",
            Some(Value::String(text)) if expected.contains("such as") => {
                shown = format!("`{}`", text.escape_debug());
                &shown
            }
            Some(value) => value.describe(),
            None if tree.is_sequence(problem.node) => "a list",
            None => "a mapping",
        };
        let message = if property.is_empty() {
            format!("{expected} belongs here, and this is {found}")
        } else {
            format!("`{property}` must be {expected}, and this is {found}")
        };
        let draft = checker.finding(&METADATA, problem.node, message);
        let draft = if tree.is_absent(problem.node) {
            let key = tree.key_of(problem.node).map(|key| tree.range(key));
            draft
                .range(key.unwrap_or_else(|| tree.range(problem.node)))
                .help("Kestra reads an absent value as an empty text: remove the key, or give it a value.")
        } else {
            draft.maybe_help(mend(expected, tree.scalar_text(problem.node)))
        };
        draft
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .emit();
    }
}

fn mend(expected: &str, text: Option<&str>) -> Option<String> {
    match (expected, text) {
        ("a list", Some(text)) if !text.contains('\n') && text.chars().count() < 60 => {
            Some(format!(
                "Kestra makes no list of a single value: write `[{text}]` or an item `- {text}`."
            ))
        }
        (_, Some(text)) if text.contains("{{") => Some(
            "This property is read when the flow is saved: an expression cannot stand here."
                .to_owned(),
        ),
        _ => None,
    }
}
