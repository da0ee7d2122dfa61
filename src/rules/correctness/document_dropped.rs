//! `document-dropped`: Kestra reads only the first document of a file.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DocumentDropped;

struct DocumentDropped;

static METADATA: RuleMetadata = RuleMetadata {
    name: "document-dropped",
    summary: "A document after the first `---` is dropped by Kestra without a word",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DocumentDropped {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        // Where there is no flow at all, that is what is to be said.
        if !checker.document.is_flow() && tree.root_problem().is_some() {
            return;
        }
        for document in tree.documents().iter().skip(1) {
            // A `---` at the end of the file starts a document of nothing.
            let holds_nothing =
                document.root.is_none_or(|root| tree.is_absent(root)) && document.error.is_none();
            if holds_nothing {
                continue;
            }
            let range = tree.first_line(document.range);
            let (message, label, help) = if tree.source()[range].starts_with("---") {
                (
                    "Kestra drops this document: it reads only the first of a file",
                    "a second document starts here",
                    "Give each flow a file of its own.",
                )
            } else {
                (
                    "Kestra drops all from here on: the document has ended before this line",
                    "this belongs to no document",
                    "Indent the line if it belongs to the text above; remove it, or the `...` before it, if not.",
                )
            };
            checker
                .finding_at(&METADATA, range, message)
                .label(label)
                .help(help)
                .emit();
        }
    }
}
