//! Rules about policies: one that is about nothing, exceptions that nobody needs any more.

use std::path::Path;

use super::declared::TeamPolicy;
use super::judge::{Facts, Subject};
use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, Location, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

const fn metadata(name: &'static str, summary: &'static str) -> RuleMetadata {
    RuleMetadata {
        name,
        summary,
        group: Group::Policy,
        severity: Severity::Warning,
        tier: Tier::Default,
        fix: FixKind::None,
        targets: TargetSet::ALL,
        options: &[],
        since: "0.1.0",
    }
}

static SELECTS_NOTHING: RuleMetadata = metadata(
    "policy-selects-nothing",
    "a policy is about nothing in the whole project",
);
static EXPIRED: RuleMetadata = metadata(
    "policy-exception-expired",
    "an exception of a policy is past its date",
);
static UNUSED: RuleMetadata = metadata(
    "policy-exception-unused",
    "an exception of a policy excepts nothing",
);

/// What one of the three looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    SelectsNothing,
    Expired,
    Unused,
}

/// One of the three rules.
pub(super) struct Upkeep {
    question: Question,
    /// The policies of users, with their places in the registry.
    policies: &'static [(usize, &'static dyn TeamPolicy)],
}

/// The three rules, for these policies.
pub(super) fn rules(policies: &'static [(usize, &'static dyn TeamPolicy)]) -> [Upkeep; 3] {
    [
        Question::SelectsNothing,
        Question::Expired,
        Question::Unused,
    ]
    .map(|question| Upkeep { question, policies })
}

/// Their pages.
pub(super) fn page(name: &str) -> Option<&'static str> {
    match name {
        "policy-selects-nothing" => {
            Some(include_str!("../../rules/policy/policy-selects-nothing.md"))
        }
        "policy-exception-expired" => Some(include_str!(
            "../../rules/policy/policy-exception-expired.md"
        )),
        "policy-exception-unused" => Some(include_str!(
            "../../rules/policy/policy-exception-unused.md"
        )),
        _ => None,
    }
}

impl Rule for Upkeep {
    fn metadata(&self) -> &'static RuleMetadata {
        match self.question {
            Question::SelectsNothing => &SELECTS_NOTHING,
            Question::Expired => &EXPIRED,
            Question::Unused => &UNUSED,
        }
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        for (position, policy) in self.policies {
            let is_on = checker.workspace.documents.iter().any(|document| {
                let rule = document.settings.rules.get(*position);
                rule.is_some_and(|rule| rule.enabled)
            });
            if is_on {
                self.look(checker, *position, *policy);
            }
        }
    }
}

impl Upkeep {
    fn look(&self, checker: &mut ProjectChecker<'_>, position: usize, policy: &dyn TeamPolicy) {
        let name = policy.metadata().name;
        let own = &policy.origin().shown;
        let exceptions = policy.exceptions().iter();
        match self.question {
            Question::SelectsNothing => {
                if !any(checker, position, |subject| policy.is_about(subject)) {
                    let message = format!("The policy `{name}` selects nothing in the project");
                    let help = "Mend what it is about, or remove it.";
                    self.emit(checker, name, own, policy.place(), message, help);
                }
            }
            Question::Expired => {
                for exception in exceptions.filter(|exception| exception.is_expired()) {
                    let until = exception.until.as_ref().map_or("", |(_, text)| text);
                    let message = format!("The exception from `{name}` expired on {until}");
                    let help = "Remove it, or agree on another date.";
                    let (file, _) = policy.file_of_exceptions();
                    self.emit(checker, name, file, exception.place, message, help);
                }
            }
            Question::Unused => {
                for exception in exceptions.filter(|exception| !exception.is_expired()) {
                    let is_needed = any(checker, position, |subject| {
                        let refused = policy.refused(subject);
                        refused.iter().any(|id| subject.excepts(exception, id))
                    });
                    if !is_needed {
                        let message = format!("The exception from `{name}` excepts nothing");
                        let (file, _) = policy.file_of_exceptions();
                        self.emit(checker, name, file, exception.place, message, "Remove it.");
                    }
                }
            }
        }
    }

    fn emit(
        &self,
        checker: &mut ProjectChecker<'_>,
        policy: &str,
        file: &Path,
        range: TextRange,
        message: String,
        help: &str,
    ) {
        // Without its file there is no place to show.
        let Some(file) = checker.workspace.files.find(file) else {
            return;
        };
        let location = Location { file, range };
        let place = u32::from(range.start()).to_string();
        let metadata = self.metadata();
        checker.emit(metadata, location, &[policy, &place], message, |finding| {
            finding.help = Some(help.to_owned());
        });
    }
}

/// Whether any flow for which a policy is on is as asked for.
fn any(
    checker: &ProjectChecker<'_>,
    position: usize,
    asked: impl Fn(&mut Subject<'_>) -> bool,
) -> bool {
    checker.workspace.documents.iter().any(|document| {
        let rule = document.settings.rules.get(position);
        if !rule.is_some_and(|rule| rule.enabled) || !document.is_flow() {
            return false;
        }
        let mut facts = Facts::default();
        let mut subject = Subject {
            workspace: checker.workspace,
            document,
            target: checker.target,
            facts: &mut facts,
        };
        asked(&mut subject)
    })
}
