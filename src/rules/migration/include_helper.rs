//! `include-helper`: Kestra 2.0 has no includes.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::source::IncludeState;
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &IncludeHelper;

struct IncludeHelper;

static METADATA: RuleMetadata = RuleMetadata {
    name: "include-helper",
    summary: "An include, which Kestra 2.0 no longer expands",
    group: Group::Migration,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for IncludeHelper {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let document = checker.document;
        for include in &document.includes {
            if include.state == IncludeState::Nested {
                continue;
            }
            let path = &include.path;
            let start = TextRange::empty(TextSize::new(0));
            let message = format!(
                "Kestra 2.0 does not include `{path}`: the text stays as it is written here"
            );
            let draft = checker
                .finding_at(&METADATA, start, message)
                .location(include.place)
                .identity(path.as_str())
                .label("only the command line of Kestra 1 puts it in")
                .help("Put the text here, or deploy it as a namespace file and `read` it.");
            let draft = match &include.replacement {
                Some((line, text)) => draft.fix_in_file(
                    format!("Put in the text of `{path}`"),
                    Applicability::Unsafe,
                    *line,
                    text.as_str(),
                ),
                None => draft,
            };
            draft.emit();
        }
    }
}
