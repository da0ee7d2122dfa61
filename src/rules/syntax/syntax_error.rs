//! `syntax-error`: the text is no YAML.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SyntaxError;

struct SyntaxError;

static METADATA: RuleMetadata = RuleMetadata {
    name: "syntax-error",
    summary: "The text cannot be parsed as YAML",
    group: Group::Syntax,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SyntaxError {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        // Kestra reads the first document only: an error in a later one is reported as dropped.
        let first = tree.documents().first();
        let error = first.and_then(|document| tree.errors().get(document.error?));
        let not_a_flow = || tree.root_problem().filter(|_| !checker.document.is_flow());
        if let Some(error) = error.cloned().or_else(not_a_flow) {
            let draft = checker
                .finding_at(&METADATA, error.range, error.message)
                .maybe_help(error.help);
            match error.mend {
                Some((title, edit)) => draft
                    .fix(title, Applicability::Unsafe, edit.range, edit.content)
                    .emit(),
                None => draft.emit(),
            }
        }
    }
}
