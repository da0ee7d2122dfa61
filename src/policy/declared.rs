//! A policy as its file declares it.

use std::path::Path;
use std::sync::Arc;

use super::expression::Expression;
use super::judge::Subject;
use crate::engine::{Declaration, Rule};
use crate::finding::{Applicability, RuleMetadata};
use crate::text::TextRange;

/// What a policy looks at, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Select {
    Flow,
    Task,
    Trigger,
    Plugin,
    Input,
    Output,
    Expression,
}

impl Select {
    /// All kinds, with their words.
    pub(super) const ALL: [(&'static str, Self); 7] = [
        ("flow", Self::Flow),
        ("task", Self::Task),
        ("trigger", Self::Trigger),
        ("plugin", Self::Plugin),
        ("input", Self::Input),
        ("output", Self::Output),
        ("expression", Self::Expression),
    ];
}

/// A part of a message.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    /// `{…}`
    Expression(Expression),
}

/// One change of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Give a property this value, as YAML source, whatever it has.
    Set(String, String),
    /// Give it, if it has none.
    Add(String, String),
    /// Take a property away.
    Remove(String),
    /// Give a property another name.
    Rename(String, String),
}

/// What a policy does about a violation.
#[derive(Debug)]
pub(super) struct Mending {
    pub(super) changes: Vec<Change>,
    pub(super) applicability: Applicability,
}

/// A place where a policy need not hold.
#[derive(Debug, Default)]
pub(super) struct Exception {
    /// A pattern for `namespace.flow`.
    pub(super) flow: Option<String>,
    /// A pattern for the id of what was selected.
    pub(super) node: Option<String>,
    /// A pattern for the path.
    pub(super) path: Option<String>,
    /// The last day on which it holds, in days since 1970, with its text.
    pub(super) until: Option<(i64, String)>,
    /// Where it stands in the policy file.
    pub(super) place: TextRange,
}

/// A flow that shows what a policy accepts or refuses.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) text: Arc<str>,
    pub(super) is_valid: bool,
    pub(super) place: TextRange,
}

/// A policy.
#[derive(Debug)]
pub struct Policy {
    pub(super) metadata: &'static RuleMetadata,
    pub(super) declaration: Declaration,
    pub(super) help: Option<String>,
    /// At least one kind.
    pub(super) select: Vec<Select>,
    pub(super) condition: Option<Expression>,
    pub(super) require: Expression,
    pub(super) message: Vec<Part>,
    /// The property to point at.
    pub(super) at: Option<String>,
    pub(super) mending: Option<Mending>,
    pub(super) allow: Vec<Exception>,
    pub(super) examples: Vec<Example>,
    /// Its name in the file.
    pub(super) place: TextRange,
}

/// A policy of a team, whatever language it is written in.
pub(super) trait TeamPolicy: Rule {
    /// Where it is declared.
    fn origin(&self) -> &Declaration;

    /// Its name in its file.
    fn place(&self) -> TextRange;

    /// Where it need not hold.
    fn exceptions(&self) -> &[Exception];

    /// What shows what it accepts and refuses.
    fn examples(&self) -> &[Example];

    /// Whether it is about anything in a flow.
    fn is_about(&self, subject: &mut Subject<'_>) -> bool;

    /// The ids of what it refuses in a flow, exceptions aside.
    fn refused(&self, subject: &mut Subject<'_>) -> Vec<String>;

    /// The file in which its exceptions and examples stand, as it is shown, with its text.
    fn file_of_exceptions(&self) -> (&Path, &Arc<str>) {
        let origin = self.origin();
        match &origin.beside {
            Some((shown, text)) => (shown, text),
            None => (&origin.shown, &origin.text),
        }
    }

    /// Whether an exception is about what it refuses.
    fn is_allowed(&self, subject: &Subject<'_>, id: &str) -> bool {
        let mut exceptions = self.exceptions().iter();
        exceptions.any(|exception| !exception.is_expired() && subject.excepts(exception, id))
    }
}

/// The days from 1970-01-01 to a date written as `2026-12-31`.
pub(super) fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (year, month, day): (i64, i64, i64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let in_month = *days.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=in_month).contains(&day) {
        return None;
    }
    let before: i64 = days.iter().take(usize::try_from(month - 1).ok()?).sum();
    let years = year - 1;
    let of_years = years * 365 + years / 4 - years / 100 + years / 400;
    // 719,162 days lie before 1970.
    Some(of_years + before + day - 1 - 719_162)
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-03-01"), Some(11_017));
        assert_eq!(day("2024-02-29"), Some(19_782));
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "24-01-01",
            "2024-01-00",
            "soon",
        ] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(fits("a.*.c", "a.b.x.c") && fits("*", "") && fits("a", "a") && fits("a*", "a"));
        assert!(!fits("a", "ab") && !fits("a*c", "ab") && !fits("*aa", "a"));
    }
}
