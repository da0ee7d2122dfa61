//! `invalid-enum-value`: a value that is none of those allowed.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidEnumValue;

struct InvalidEnumValue;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-enum-value",
    summary: "A value that is none of those allowed",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidEnumValue {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::NotInEnumeration {
            allowed,
            at_run_time: false,
        } = &problem.kind
        else {
            return;
        };
        let text = checker.tree.scalar_text(problem.node).unwrap_or_default();
        let near = nearest(text, allowed.iter().copied());
        let help = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("Write one of {}.", listed(allowed)),
        };
        let range = checker.tree.range(problem.node);
        let draft = checker
            .finding(
                &METADATA,
                problem.node,
                format!("`{text}` is not one of the values allowed here"),
            )
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .help(help);
        match near {
            Some(near) => draft.fix(
                format!("Write `{near}`"),
                Applicability::Unsafe,
                range,
                near,
            ),
            None => draft,
        }
        .emit();
    }
}

fn listed(allowed: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<String> = allowed
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if allowed.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
