//! An Enterprise Policy is a rule like any other.

use std::cell::RefCell;

use super::super::declared::{Example, Exception, TeamPolicy};
use super::super::judge::{Facts, Subject};
use super::{EnterprisePolicy, severity};
use crate::analysis::credentials::kind_of_property;
use crate::engine::{Checker, Declaration, Interest, Rule};
use crate::finding::{Applicability, RuleMetadata, Severity};
use crate::governance::{
    Constraint, Enforcement, GovernancePolicy, Reason, Violation, is_about, judge,
};
use crate::syntax::scalar_source;
use crate::text::TextRange;

/// Longer values are not repeated in a message.
const LONGEST_VALUE: usize = 60;

impl Rule for EnterprisePolicy {
    fn metadata(&self) -> &'static RuleMetadata {
        self.metadata
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn declaration(&self) -> Option<&Declaration> {
        Some(&self.declaration)
    }

    fn governance(&self) -> Option<&GovernancePolicy> {
        Some(&self.policy)
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let facts = checker.remembered(RefCell::<Facts>::default);
        let mut facts = facts.borrow_mut();
        let mut subject = Subject::of(checker, &mut facts);
        let violations: Vec<Violation<'_>> = self
            .violations(&mut subject)
            .into_iter()
            .filter(|violation| !self.is_allowed(&subject, &violation.owner))
            .collect();
        for violation in violations {
            self.report(checker, &violation);
        }
        self.conflicts(checker, &facts);
    }
}

impl TeamPolicy for EnterprisePolicy {
    fn origin(&self) -> &Declaration {
        &self.declaration
    }

    fn place(&self) -> TextRange {
        self.place
    }

    fn exceptions(&self) -> &[Exception] {
        &self.allow
    }

    fn examples(&self) -> &[Example] {
        &self.examples
    }

    fn is_about(&self, subject: &mut Subject<'_>) -> bool {
        // What is switched off is about nothing on purpose.
        if self.policy.enforcement == Enforcement::Disabled {
            return true;
        }
        let namespace = subject.namespace().to_owned();
        let governed = subject.governed();
        governed.is_some_and(|governed| is_about(&self.policy, &governed, &namespace))
    }

    fn refused(&self, subject: &mut Subject<'_>) -> Vec<String> {
        let violations = self.violations(subject).into_iter();
        violations.map(|violation| violation.owner).collect()
    }
}

impl EnterprisePolicy {
    fn violations(&self, subject: &mut Subject<'_>) -> Vec<Violation<'_>> {
        let namespace = subject.namespace().to_owned();
        match subject.governed() {
            Some(governed) => judge(&self.policy, &governed, &namespace),
            None => Vec::new(),
        }
    }

    fn report(&self, checker: &mut Checker<'_>, violation: &Violation<'_>) {
        let rule = violation.rule;
        let who = format!("The policy `{}` (rule {})", self.policy.id, rule.number);
        let tree = checker.tree;
        let mut fix = None;
        let mut is_secret = false;
        let mut help = rule.message.clone();
        let (message, identity) = match &violation.reason {
            Reason::Denied(name) => (format!("{who} denies `{name}`"), name.clone()),
            Reason::Missing(property) => {
                help = help.or_else(|| Some(format!("Add `{property}`.")));
                (
                    format!("{who} requires `{property}`"),
                    (*property).to_owned(),
                )
            }
            Reason::NotAllowed {
                property,
                found,
                constraint,
                is_given,
            } => {
                let name = property.rsplit('.').next().unwrap_or(property);
                is_secret = kind_of_property(name).is_some();
                let mut message = format!("{who} wants `{property}` to be {}", constraint.wanted());
                if !is_secret && !found.is_empty() && found.len() <= LONGEST_VALUE {
                    message.push_str(&format!(", not `{found}`"));
                }
                if *is_given {
                    message.push_str("; the value comes from a policy");
                } else if tree.is_scalar(violation.place) {
                    fix = only_value(constraint);
                }
                (message, (*property).to_owned())
            }
        };
        let mut draft = checker
            .finding(self.metadata, violation.place, message)
            .severity(severity(self.policy.enforcement, rule.action))
            .maybe_help(help)
            .identity(identity);
        if is_secret {
            draft = draft.redact();
        }
        if let Some(value) = fix {
            let edit = tree.replace_scalar(violation.place, &value);
            let edits = edit.map(|edit| vec![(edit.range, edit.content)]);
            let title = format!("Write `{value}`");
            draft = draft.fix_all(title, Applicability::Unsafe, edits.unwrap_or_default());
        }
        draft.emit();
    }

    /// Kestra refuses a flow where one rule adds what another deletes.
    fn conflicts(&self, checker: &mut Checker<'_>, facts: &Facts) {
        let Some(governed) = facts.governed(checker.document, checker.target) else {
            return;
        };
        for conflict in &governed.conflicts {
            let (policy, rule) = conflict.deleting;
            if policy.id != self.policy.id {
                continue;
            }
            let (other, adding) = conflict.adding;
            let message = format!(
                "The policy `{}` (rule {}) deletes `{}`, which the policy `{}` (rule {}) adds: Kestra \
                 refuses the flow",
                policy.id, rule.number, conflict.property, other.id, adding.number
            );
            checker
                .finding(self.metadata, conflict.place, message)
                .severity(Severity::Error)
                .identity(conflict.property.clone())
                .help("Leave out one of the two; to replace a value, add it with `override: true`.")
                .emit();
        }
    }
}

/// The value that alone is allowed.
fn only_value(constraint: &Constraint) -> Option<String> {
    let value = match constraint {
        Constraint::Equal(value) => value,
        Constraint::OneOf(values) => match values.as_slice() {
            [value] => value,
            _ => return None,
        },
        _ => return None,
    };
    let text = value.text()?;
    // What needs quotes is left to people.
    (scalar_source(text, true) == text).then(|| text.to_owned())
}
