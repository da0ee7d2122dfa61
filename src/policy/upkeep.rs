//! Rules about policies: one that is about nothing, exceptions that nobody needs any more.

use super::declared::{Exception, Policy};
use super::expression;
use super::judge::{Facts, Subject, Verdict};
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
    policies: &'static [(usize, &'static Policy)],
}

/// The three rules, for these policies.
pub(super) fn rules(policies: &'static [(usize, &'static Policy)]) -> [Upkeep; 3] {
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
                self.look(checker, *position, policy);
            }
        }
    }
}

impl Upkeep {
    fn look(&self, checker: &mut ProjectChecker<'_>, position: usize, policy: &Policy) {
        match self.question {
            Question::SelectsNothing => {
                if !any(checker, position, policy, |_, verdict, _| {
                    !matches!(verdict, Verdict::NotSelected)
                }) {
                    let message = format!(
                        "The policy `{}` selects nothing in the project",
                        policy.metadata.name
                    );
                    self.emit(
                        checker,
                        policy,
                        policy.place,
                        message,
                        "Mend `select` and `where`, or remove it.",
                    );
                }
            }
            Question::Expired => {
                for exception in policy
                    .allow
                    .iter()
                    .filter(|exception| exception.is_expired())
                {
                    let until = exception.until.as_ref().map_or("", |(_, text)| text);
                    let message = format!(
                        "The exception from `{}` expired on {until}",
                        policy.metadata.name
                    );
                    self.emit(
                        checker,
                        policy,
                        exception.place,
                        message,
                        "Remove it, or agree on another date.",
                    );
                }
            }
            Question::Unused => {
                for exception in policy
                    .allow
                    .iter()
                    .filter(|exception| !exception.is_expired())
                {
                    if !is_needed(checker, position, policy, exception) {
                        let message = format!(
                            "The exception from `{}` excepts nothing",
                            policy.metadata.name
                        );
                        self.emit(checker, policy, exception.place, message, "Remove it.");
                    }
                }
            }
        }
    }

    fn emit(
        &self,
        checker: &mut ProjectChecker<'_>,
        policy: &Policy,
        range: TextRange,
        message: String,
        help: &str,
    ) {
        // Without its file there is no place to show.
        let Some(file) = checker.workspace.files.find(&policy.declaration.shown) else {
            return;
        };
        let location = Location { file, range };
        let place = u32::from(range.start()).to_string();
        let metadata = self.metadata();
        checker.emit(
            metadata,
            location,
            &[policy.metadata.name, &place],
            message,
            |finding| {
                finding.help = Some(help.to_owned());
            },
        );
    }
}

/// Whether anything that a policy may be about is as asked for.
fn any(
    checker: &ProjectChecker<'_>,
    position: usize,
    policy: &Policy,
    asked: impl Fn(&Subject<'_>, &Verdict, &super::judge::Candidate) -> bool,
) -> bool {
    checker.workspace.documents.iter().any(|document| {
        let is_on = document
            .settings
            .rules
            .get(position)
            .is_some_and(|rule| rule.enabled);
        if !is_on || !document.is_flow() {
            return false;
        }
        let mut facts = Facts::default();
        let mut subject = Subject {
            workspace: checker.workspace,
            document,
            target: checker.target,
            facts: &mut facts,
        };
        expression::grant(expression::BUDGET);
        let candidates = subject.candidates(policy.select);
        candidates.iter().any(|candidate| {
            let verdict = subject.judge(policy, candidate);
            asked(&subject, &verdict, candidate)
        })
    })
}

/// Whether anything would be found without the exception.
fn is_needed(
    checker: &ProjectChecker<'_>,
    position: usize,
    policy: &Policy,
    exception: &Exception,
) -> bool {
    any(checker, position, policy, |subject, verdict, candidate| {
        matches!(verdict, Verdict::Violated | Verdict::Failed(_))
            && subject.is_excepted(exception, candidate)
    })
}
