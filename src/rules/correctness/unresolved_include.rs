//! `unresolved-include`: an include that Kestra's command line cannot expand, or does not look at.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::source::{IncludeState, ReadProblem};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnresolvedInclude;

struct UnresolvedInclude;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unresolved-include",
    summary: "An include that is not expanded",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V1_3),
    options: &[],
    since: "0.1.0",
};

impl Rule for UnresolvedInclude {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let document = checker.document;
        for include in &document.includes {
            let path = &include.path;
            let (message, help) = match &include.state {
                IncludeState::Expanded | IncludeState::Untouched => continue,
                IncludeState::Nested => (
                    format!(
                        "`{path}` is not included: Kestra does not look for includes in included files"
                    ),
                    "Include both files in the flow itself.",
                ),
                IncludeState::Unreadable(ReadProblem::Unreadable(_)) => (
                    format!("The included file `{path}` cannot be read"),
                    "The path is seen from the directory of the flow. Add the file, or correct the path.",
                ),
                IncludeState::Unreadable(_) => (
                    format!("The included file `{path}` is no text in UTF-8"),
                    "Include a text.",
                ),
                IncludeState::TooLong => (
                    format!("With `{path}` the flow becomes longer than Kestra takes"),
                    "Deploy the text as a namespace file, and `read` it.",
                ),
            };
            let severity = if include.state == IncludeState::Nested {
                Severity::Warning
            } else {
                Severity::Error
            };
            checker
                .finding_at(&METADATA, TextRange::empty(TextSize::new(0)), message)
                .location(include.place)
                .identity(path.as_str())
                .severity(severity)
                .help(help)
                .emit();
        }
    }
}
