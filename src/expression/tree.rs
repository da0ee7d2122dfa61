//! The tree of a template: arenas of expressions and a flat list of parts.

use std::borrow::Cow;

use super::error::SyntaxError;
use super::operator::{BinaryOperator, UnaryOperator};
use crate::text::{TextRange, TextSize};

/// An expression of a template. Children have smaller numbers than their parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpressionId(pub(super) u32);

impl ExpressionId {
    /// The position in [`Template::expressions`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An operator with its right side in a flat sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) u32);

/// A part of a template: text, an expression that is printed, a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub(super) u32);

impl PartId {
    /// The position in [`Template::parts`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A run of entries in one of the template's side tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl Slice {
    pub(super) const EMPTY: Self = Self {
        start: 0,
        length: 0,
    };

    /// The number of entries.
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    pub(super) fn of<T>(self, table: &[T]) -> &[T] {
        let start = self.start as usize;
        table.get(start..start + self.len()).unwrap_or_default()
    }
}

/// An expression and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expression {
    /// The place in the decoded text.
    pub range: TextRange,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExpressionKind {
    /// `null`, `NULL`, `none` or `NONE`.
    Null,
    /// `true`, `TRUE`, `false` or `FALSE`.
    Boolean(bool),
    /// A whole number (64 bits, as in the engine), with or without `L`.
    Integer(i64),
    /// A number with a decimal point.
    Decimal(f64),
    /// A string literal without interpolation; its value is [`Template::string_value`].
    String(StringStyle),
    /// A string with `#{…}`, or strings side by side: the concatenation of its children.
    Interpolation(Slice),
    /// A variable, by its name (the whole range).
    Variable,
    /// `object.name` or `object.name(arguments)`.
    Attribute {
        /// What stands before the dot.
        object: ExpressionId,
        /// The name after the dot.
        name: TextRange,
        /// The arguments of a method call.
        arguments: Option<Slice>,
    },
    /// `object[index]`.
    Subscript {
        /// What stands before the bracket.
        object: ExpressionId,
        /// What stands inside the brackets.
        index: ExpressionId,
    },
    /// A function or macro call.
    Call {
        /// The function's name.
        name: TextRange,
        /// Its arguments.
        arguments: Slice,
    },
    /// The right side of `|`: a filter.
    Filter {
        /// The filter's name.
        name: TextRange,
        /// Its arguments.
        arguments: Slice,
    },
    /// The right side of `is` and `is not`: a test.
    Test {
        /// The test's name.
        name: TextRange,
        /// Its arguments.
        arguments: Slice,
    },
    /// `(inner)`.
    Parentheses(ExpressionId),
    /// `[a, b]`.
    List(Slice),
    /// `{'a': 1}`: keys and values in turn.
    Map(Slice),
    /// `not x`, `-x`, `+x`.
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// What it applies to.
        operand: ExpressionId,
    },
    /// Operands joined by operators, in the order of the source: what belongs together depends on
    /// the version ([`Template::resolve`]).
    Sequence {
        /// The first operand.
        first: ExpressionId,
        /// The operators with their right sides ([`Template::operations`]).
        operations: Slice,
    },
    /// `condition ? then : otherwise`.
    Conditional {
        /// What decides.
        condition: ExpressionId,
        /// The value if true.
        then: ExpressionId,
        /// The value if false.
        otherwise: ExpressionId,
    },
}

/// How a string literal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringStyle {
    /// `'…'`: `\'` stands for `'`, nothing else is an escape.
    Single,
    /// `"…"`: `\"` stands for `"`, nothing else is an escape.
    Double,
    /// A piece of a double-quoted string that contains `#`; no escapes at all.
    Piece,
}

/// An operator with its right side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operation {
    /// The operator.
    pub operator: BinaryOperator,
    /// Where the operator stands.
    pub range: TextRange,
    /// Its right operand; a filter or test for `|`, `is` and `is not`.
    pub right: ExpressionId,
}

/// An argument of a call, filter or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// The name of a named argument.
    pub name: Option<TextRange>,
    /// The value.
    pub value: ExpressionId,
}

/// A parameter of a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: TextRange,
    /// The default value.
    pub default: Option<ExpressionId>,
}

/// A part of a template and where it stands, delimiters included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The place in the decoded text; of text, without what whitespace control removes.
    pub range: TextRange,
    /// What it is.
    pub kind: PartKind,
}

/// What a part is. Opening tags and branches know the part that comes after their body: the next
/// branch or the end tag (themselves, where the end is missing).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartKind {
    /// Text that is kept as it is.
    Text,
    /// The content of `{% verbatim %}` or of a one-line `{% raw %}`.
    Verbatim(TextRange),
    /// `{# … #}`
    Comment,
    /// `{{ … }}`
    Print(ExpressionId),
    /// `{% if … %}`
    If {
        /// The condition.
        condition: ExpressionId,
        /// The part after the body.
        next: PartId,
    },
    /// `{% elseif … %}`
    ElseIf {
        /// The condition.
        condition: ExpressionId,
        /// The part after the body.
        next: PartId,
    },
    /// `{% else %}` of an `if` or a `for`.
    Else {
        /// The part after the body.
        next: PartId,
    },
    /// `{% endif %}`
    EndIf,
    /// `{% for … in … %}`
    For {
        /// The loop variable.
        variable: TextRange,
        /// What is looped over.
        iterable: ExpressionId,
        /// The part after the body.
        next: PartId,
    },
    /// `{% endfor %}`
    EndFor,
    /// `{% set … = … %}`
    Set {
        /// The variable.
        variable: TextRange,
        /// The value.
        value: ExpressionId,
    },
    /// `{% macro … %}`
    Macro {
        /// The name.
        name: TextRange,
        /// The parameters ([`Template::parameters`]).
        parameters: Slice,
        /// The part after the body.
        next: PartId,
    },
    /// `{% endmacro %}`
    EndMacro,
    /// `{% block … %}`
    Block {
        /// The name, without quotes.
        name: TextRange,
        /// The part after the body.
        next: PartId,
    },
    /// `{% endblock %}`
    EndBlock,
    /// `{% filter … %}`
    Filter {
        /// The filters, applied in turn ([`Template::children`]).
        filters: Slice,
        /// The part after the body.
        next: PartId,
    },
    /// `{% endfilter %}`
    EndFilter,
    /// Something that did not parse.
    Error,
}

/// A parsed template. It owns its text, and everything else by index.
#[derive(Debug, Clone, Default)]
pub struct Template {
    pub(super) text: Box<str>,
    pub(super) parts: Vec<Part>,
    pub(super) expressions: Vec<Expression>,
    pub(super) children: Vec<ExpressionId>,
    pub(super) operations: Vec<Operation>,
    pub(super) arguments: Vec<Argument>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) macros: Vec<TextRange>,
    pub(super) errors: Vec<SyntaxError>,
}

impl Template {
    /// The decoded text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range (empty for a range that is not of this template).
    pub fn slice(&self, range: TextRange) -> &str {
        self.text
            .get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }

    /// What the engine's parser refuses; empty if and only if the engine parses the template.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The parts in the order of the source.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part.
    pub fn part(&self, id: PartId) -> Option<&Part> {
        self.parts.get(id.index())
    }

    /// All expressions, children before their parents.
    pub fn expressions(&self) -> impl Iterator<Item = (ExpressionId, &Expression)> {
        (0..).map(ExpressionId).zip(&self.expressions)
    }

    /// The number of expressions.
    pub fn expression_count(&self) -> usize {
        self.expressions.len()
    }

    /// An expression. Numbers of another template give the null literal at the start.
    pub fn expression(&self, id: ExpressionId) -> &Expression {
        const NOTHING: Expression = Expression {
            range: TextRange::empty(TextSize::new(0)),
            kind: ExpressionKind::Null,
        };
        self.expressions.get(id.index()).unwrap_or(&NOTHING)
    }

    /// The children of an interpolation, list or map.
    pub fn children(&self, slice: Slice) -> &[ExpressionId] {
        slice.of(&self.children)
    }

    /// The operators of a sequence with their right sides.
    pub fn operations(&self, slice: Slice) -> impl Iterator<Item = (OperationId, &Operation)> {
        (slice.start..)
            .map(OperationId)
            .zip(slice.of(&self.operations))
    }

    /// One operation of a sequence.
    pub fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.operations.get(id.0 as usize)
    }

    /// The arguments of a call, filter, test or method.
    pub fn arguments(&self, slice: Slice) -> &[Argument] {
        slice.of(&self.arguments)
    }

    /// The argument of a call at this place or of this name.
    pub fn argument(&self, slice: Slice, position: usize, name: &str) -> Option<ExpressionId> {
        let arguments = self.arguments(slice);
        let is_named = |argument: &&Argument| {
            let given = argument.name.map(|given| self.slice(given));
            given == Some(name)
        };
        let by_place = || arguments.get(position).filter(|given| given.name.is_none());
        let found = arguments.iter().find(is_named).or_else(by_place);
        found.map(|argument| argument.value)
    }

    /// The parameters of a macro.
    pub fn parameters(&self, slice: Slice) -> &[Parameter] {
        slice.of(&self.parameters)
    }

    /// The value of a string literal; nothing for any other expression.
    pub fn string_value(&self, id: ExpressionId) -> Option<Cow<'_, str>> {
        let ExpressionKind::String(style) = self.expression(id).kind else {
            return None;
        };
        let content = self.slice(self.string_content(id)?);
        let (escaped, quote) = match style {
            StringStyle::Single => ("\\'", "'"),
            StringStyle::Double => ("\\\"", "\""),
            StringStyle::Piece => return Some(Cow::Borrowed(content)),
        };
        Some(if content.contains(escaped) {
            Cow::Owned(content.replace(escaped, quote))
        } else {
            Cow::Borrowed(content)
        })
    }

    /// The range between the quotes of a string literal.
    pub fn string_content(&self, id: ExpressionId) -> Option<TextRange> {
        let expression = self.expression(id);
        let ExpressionKind::String(style) = expression.kind else {
            return None;
        };
        let (start, end) = (expression.range.start(), expression.range.end());
        let quote = TextSize::new(1);
        Some(match style {
            StringStyle::Piece => expression.range,
            StringStyle::Single | StringStyle::Double => {
                TextRange::new(start + quote, (end - quote).max(start + quote))
            }
        })
    }

    /// The expression inside any number of parentheses.
    pub fn without_parentheses(&self, mut id: ExpressionId) -> ExpressionId {
        while let ExpressionKind::Parentheses(inner) = self.expression(id).kind {
            id = inner;
        }
        id
    }

    /// If the whole template is one `{{ … }}` without text around it: its expression.
    pub fn single_expression(&self) -> Option<ExpressionId> {
        match self.parts.as_slice() {
            [
                Part {
                    kind: PartKind::Print(expression),
                    ..
                },
            ] => Some(*expression),
            _ => None,
        }
    }

    /// The names of the macros that the template defines.
    pub fn macros(&self) -> impl Iterator<Item = TextRange> {
        self.macros.iter().copied()
    }
}
