//! The hyphen trap: `inputs.my-id` is a subtraction.

use std::borrow::Cow;

use super::operator::BinaryOperator;
use super::tree::{ExpressionId, ExpressionKind, Operation, Slice, Template};
use crate::text::{TextRange, TextSize};

/// Attributes joined by `-` without spaces, as in `outputs.my-task.value`: almost always one
/// name that needs brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HyphenatedName {
    /// What stands before the dot: `outputs`.
    pub object: ExpressionId,
    /// The name as it was meant, without the dot: `my-task`.
    pub name: TextRange,
    /// From the dot to the end of the name: what [`Self::replacement`] replaces.
    pub place: TextRange,
    /// From the root to the end of the last operand.
    pub whole: TextRange,
    /// Whether the name holds a number operand (`step-1`), which could be meant as arithmetic.
    pub has_number: bool,
}

impl HyphenatedName {
    /// The same access in brackets: `['my-task']`.
    pub fn replacement(&self, template: &Template) -> Cow<'static, str> {
        Cow::Owned(format!("['{}']", template.slice(self.name)))
    }
}

impl Template {
    /// All names that are split by a hyphen without spaces around it.
    pub fn hyphenated_names(&self) -> Vec<HyphenatedName> {
        let mut found = Vec::new();
        if memchr::memchr(b'-', self.text().as_bytes()).is_none() {
            return found;
        }
        for (_, expression) in self.expressions() {
            if let ExpressionKind::Sequence { first, operations } = expression.kind {
                self.hyphens_of(first, operations, &mut found);
            }
        }
        found
    }

    fn hyphens_of(&self, first: ExpressionId, operations: Slice, found: &mut Vec<HyphenatedName>) {
        let mut left = first;
        let mut current: Option<HyphenatedName> = None;
        for (_, operation) in self.operations(operations) {
            let joined = self.joins(left, operation);
            let before = std::mem::replace(&mut left, operation.right);
            let Some((name_end, is_number, ends_here)) = joined else {
                found.extend(current.take());
                continue;
            };
            let end = self.expression(operation.right).range.end();
            let started = current.take().or_else(|| self.starts(before));
            if let Some(mut name) = started {
                name.name = TextRange::new(name.name.start(), name_end);
                name.place = TextRange::new(name.place.start(), name_end);
                name.whole = TextRange::new(name.whole.start(), end);
                name.has_number |= is_number;
                if ends_here {
                    current = Some(name);
                } else {
                    found.push(name);
                }
            }
        }
        found.extend(current);
    }

    /// Whether `-` joins its sides without spaces; then where the name ends in the right side,
    /// whether that is a number, and whether the right side ends there.
    fn joins(&self, left: ExpressionId, operation: &Operation) -> Option<(TextSize, bool, bool)> {
        let right = self.expression(operation.right);
        let glued = operation.operator == BinaryOperator::Subtract
            && self.expression(left).range.end() == operation.range.start()
            && right.range.start() == operation.range.end();
        if !glued {
            return None;
        }
        let (base, _) = self.path_steps(operation.right);
        let base_expression = self.expression(base);
        let is_number = matches!(base_expression.kind, ExpressionKind::Integer(_));
        (is_number || matches!(base_expression.kind, ExpressionKind::Variable)).then(|| {
            (
                base_expression.range.end(),
                is_number,
                base == operation.right,
            )
        })
    }

    /// The left side of the first hyphen, if it ends in `.name`.
    fn starts(&self, left: ExpressionId) -> Option<HyphenatedName> {
        let expression = self.expression(left);
        let ExpressionKind::Attribute {
            object,
            name,
            arguments: None,
        } = expression.kind
        else {
            return None;
        };
        Some(HyphenatedName {
            object,
            name,
            place: TextRange::new(self.expression(object).range.end(), name.end()),
            whole: expression.range,
            has_number: false,
        })
    }
}
