//! Expressions from the tokens of one region.

use super::error::{Parsed, SyntaxError};
use super::lexer::{Region, Token, TokenKind, range};
use super::operator::{BinaryOperator, UnaryOperator};
use super::tree::{
    Argument, Expression, ExpressionId, ExpressionKind, Operation, Parameter, Slice, StringStyle,
    Template,
};
use crate::text::TextRange;

/// How deeply expressions may nest. Far beyond what people write, and far within any stack.
pub(super) const MAX_NESTING: u32 = 128;

/// A parser over the tokens of one region, adding to the arenas of a template.
pub(super) struct Parser<'a> {
    pub template: &'a mut Template,
    pub tokens: &'a [Token],
    pub region: Region,
    position: usize,
    nesting: u32,
    scratch: &'a mut Scratch,
}

/// Stacks that outlive a region, so that nested lists need no vectors of their own.
#[derive(Default)]
pub(super) struct Scratch {
    children: Vec<ExpressionId>,
    operations: Vec<Operation>,
    arguments: Vec<Argument>,
}

impl Scratch {
    fn clear(&mut self) {
        self.children.clear();
        self.operations.clear();
        self.arguments.clear();
    }
}

fn move_tail<T>(from: &mut Vec<T>, mark: usize, to: &mut Vec<T>) -> Slice {
    if from.len() <= mark {
        return Slice::EMPTY;
    }
    let start = u32::try_from(to.len()).unwrap_or(u32::MAX);
    to.extend(from.drain(mark..));
    let length = u32::try_from(to.len()).unwrap_or(u32::MAX) - start;
    Slice { start, length }
}

impl<'a> Parser<'a> {
    pub fn new(
        template: &'a mut Template,
        tokens: &'a [Token],
        region: Region,
        scratch: &'a mut Scratch,
    ) -> Self {
        scratch.clear();
        Self {
            template,
            tokens,
            region,
            position: 0,
            nesting: 0,
            scratch,
        }
    }

    /// The current token; past the last one, the last.
    pub fn current(&self) -> Token {
        self.peek(0)
    }

    pub fn peek(&self, ahead: usize) -> Token {
        const NONE: Token = Token {
            kind: TokenKind::End,
            start: 0,
            end: 0,
        };
        self.tokens
            .get(self.position + ahead)
            .or(self.tokens.last())
            .copied()
            .unwrap_or(NONE)
    }

    pub fn advance(&mut self) -> Token {
        let token = self.current();
        self.position += 1;
        token
    }

    pub fn at(&self, byte: u8) -> bool {
        self.current().kind == TokenKind::Punctuation(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.at(byte);
        if found {
            self.position += 1;
        }
        found
    }

    pub fn slice(&self, token: Token) -> &str {
        self.template.slice(token.range())
    }

    /// A token as messages name it.
    pub fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::End if token.start == token.end => "the end of the text".to_owned(),
            _ => {
                let text: String = self.slice(token).chars().take(30).collect();
                format!("`{text}`")
            }
        }
    }

    fn add(&mut self, start: usize, kind: ExpressionKind) -> ExpressionId {
        let end = self
            .position
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(start, |token| token.end);
        self.add_range(range(start, end), kind)
    }

    fn add_range(&mut self, range: TextRange, kind: ExpressionKind) -> ExpressionId {
        let id = u32::try_from(self.template.expressions.len()).unwrap_or(u32::MAX);
        self.template.expressions.push(Expression { range, kind });
        ExpressionId(id)
    }

    fn start_of(&self, id: ExpressionId) -> usize {
        usize::from(self.template.expression(id).range.start())
    }

    /// Enters a level of nesting; the caller leaves it on success (an error ends the region).
    fn enter(&mut self) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(SyntaxError::new(
                self.current().range(),
                format!("the expression is nested more than {MAX_NESTING} levels deep"),
            )
            .help("use `set` to give parts of it names"));
        }
        Ok(())
    }

    /// A whole expression, ternary included.
    pub fn expression(&mut self) -> Parsed<ExpressionId> {
        self.enter()?;
        let first = self.operand()?;
        let mark = self.scratch.operations.len();
        while let TokenKind::Operator(operator) = self.current().kind {
            let token = self.advance();
            let right = match operator {
                BinaryOperator::Filter => self.filter()?,
                BinaryOperator::Is | BinaryOperator::IsNot => self.test(token)?,
                _ => self.operand()?,
            };
            self.scratch.operations.push(Operation {
                operator,
                range: token.range(),
                right,
            });
        }
        let operations = move_tail(
            &mut self.scratch.operations,
            mark,
            &mut self.template.operations,
        );
        let start = self.start_of(first);
        let value = if operations.is_empty() {
            first
        } else {
            self.add(start, ExpressionKind::Sequence { first, operations })
        };
        let value = if self.at(b'?') {
            self.conditional(start, value)?
        } else {
            value
        };
        self.nesting -= 1;
        Ok(value)
    }

    fn conditional(&mut self, start: usize, condition: ExpressionId) -> Parsed<ExpressionId> {
        let question = self.advance();
        if self.at(b':') {
            let place = range(question.start, self.current().end);
            return Err(
                SyntaxError::new(place, "`?:` is not an operator of Kestra's expressions")
                    .help("write `??` for a value in place of null")
                    .replace(place, "??"),
            );
        }
        let then = self.expression()?;
        if !self.at(b':') {
            let found = self.describe(self.current());
            return Err(SyntaxError::new(
                self.current().range(),
                format!("expected `:` of the conditional `… ? … : …`, found {found}"),
            )
            .help("a conditional needs both values: `condition ? value : other`"));
        }
        self.advance();
        let otherwise = self.expression()?;
        let kind = ExpressionKind::Conditional {
            condition,
            then,
            otherwise,
        };
        Ok(self.add(start, kind))
    }

    /// An operand: what stands between binary operators.
    fn operand(&mut self) -> Parsed<ExpressionId> {
        let token = self.current();
        let operator = match token.kind {
            TokenKind::Not => UnaryOperator::Not,
            TokenKind::Operator(BinaryOperator::Subtract) => UnaryOperator::Minus,
            TokenKind::Operator(BinaryOperator::Add) => UnaryOperator::Plus,
            TokenKind::Punctuation(b'(') => return self.parentheses(),
            TokenKind::Punctuation(b'[') => return self.list(),
            TokenKind::Punctuation(b'{') => return self.map(),
            _ => return self.primary(),
        };
        self.enter()?;
        self.advance();
        let operand = self.operand()?;
        self.nesting -= 1;
        Ok(self.add(token.start, ExpressionKind::Unary { operator, operand }))
    }

    fn parentheses(&mut self) -> Parsed<ExpressionId> {
        let open = self.advance();
        let inner = self.expression()?;
        if !self.eat(b')') {
            return Err(self.unexpected_after_value("`)`"));
        }
        let value = self.add(open.start, ExpressionKind::Parentheses(inner));
        self.postfix(value)
    }

    fn list(&mut self) -> Parsed<ExpressionId> {
        let open = self.advance();
        let mark = self.scratch.children.len();
        if !self.eat(b']') {
            loop {
                let element = self.expression()?;
                self.scratch.children.push(element);
                if self.eat(b']') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.unexpected_after_value("`,` or `]`"));
                }
                self.no_trailing_comma(b']')?;
            }
        }
        let children = self.take_children(mark);
        let value = self.add(open.start, ExpressionKind::List(children));
        self.no_postfix("list")?;
        Ok(value)
    }

    fn map(&mut self) -> Parsed<ExpressionId> {
        let open = self.advance();
        let mark = self.scratch.children.len();
        if !self.eat(b'}') {
            loop {
                let key = self.expression()?;
                self.scratch.children.push(key);
                if !self.eat(b':') {
                    return Err(self.missing_colon(open));
                }
                let value = self.expression()?;
                self.scratch.children.push(value);
                if self.eat(b'}') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.unexpected_after_value("`,` or `}`"));
                }
                self.no_trailing_comma(b'}')?;
            }
        }
        let children = self.take_children(mark);
        let value = self.add(open.start, ExpressionKind::Map(children));
        self.no_postfix("map")?;
        Ok(value)
    }

    fn missing_colon(&self, open: Token) -> Box<SyntaxError> {
        let bytes = self.template.text.as_bytes();
        let before = open.start.checked_sub(1).and_then(|at| bytes.get(at));
        let nested = before == Some(&b'{') || bytes.get(open.end) == Some(&b'{');
        if nested && self.region == Region::Print {
            let place = range(open.start, open.end);
            return SyntaxError::new(place, "`{` inside `{{ }}` starts a map")
                .help("expressions don't nest: write names and operators inside one `{{ … }}`");
        }
        let found = self.describe(self.current());
        SyntaxError::new(
            self.current().range(),
            format!("expected `:` after the key of the map, found {found}"),
        )
        .help("a map is written `{'key': value}`")
    }

    fn no_trailing_comma(&self, close: u8) -> Parsed<()> {
        if !self.at(close) {
            return Ok(());
        }
        let comma = self.tokens[..self.position].last().copied();
        let place = comma.unwrap_or(self.current()).range();
        Err(SyntaxError::new(
            place,
            "the engine takes no comma before the closing bracket",
        )
        .help("remove the comma")
        .replace(place, ""))
    }

    fn no_postfix(&self, what: &str) -> Parsed<()> {
        let token = self.current();
        let written = match token.kind {
            TokenKind::Punctuation(b'[') => "[…]",
            TokenKind::Punctuation(b'.') => ".…",
            TokenKind::Punctuation(b'(') => "(…)",
            _ => return Ok(()),
        };
        Err(SyntaxError::new(
            token.range(),
            format!("a {what} literal cannot be followed by `{written}`"),
        )
        .help(format!("put the {what} in parentheses: `(…){written}`")))
    }

    /// Adds a list of expressions to the template.
    pub fn add_children(&mut self, children: &mut Vec<ExpressionId>) -> Slice {
        move_tail(children, 0, &mut self.template.children)
    }

    fn take_children(&mut self, mark: usize) -> Slice {
        move_tail(
            &mut self.scratch.children,
            mark,
            &mut self.template.children,
        )
    }

    fn primary(&mut self) -> Parsed<ExpressionId> {
        let token = self.current();
        let kind = match token.kind {
            TokenKind::Name => return self.name(),
            TokenKind::Number | TokenKind::Long => self.number(token)?,
            TokenKind::SingleQuoted
            | TokenKind::DoubleQuoted
            | TokenKind::StringPiece
            | TokenKind::InterpolationStart => {
                let value = self.strings()?;
                return self.postfix(value);
            }
            _ => return Err(self.missing_operand()),
        };
        self.advance();
        let value = self.add(token.start, kind);
        self.postfix(value)
    }

    fn name(&mut self) -> Parsed<ExpressionId> {
        let token = self.advance();
        let kind = match self.slice(token) {
            "true" | "TRUE" => ExpressionKind::Boolean(true),
            "false" | "FALSE" => ExpressionKind::Boolean(false),
            "null" | "NULL" | "none" | "NONE" => ExpressionKind::Null,
            _ if self.at(b'(') => {
                let name = token.range();
                let arguments = self.arguments()?;
                let first = self.template.arguments(arguments).first();
                if self.template.slice(name) == "block"
                    && first.is_none_or(|argument| argument.name.is_some())
                {
                    return Err(SyntaxError::new(
                        name,
                        "`block()` needs the name of a block as its first argument",
                    ));
                }
                ExpressionKind::Call { name, arguments }
            }
            _ => ExpressionKind::Variable,
        };
        let value = self.add(token.start, kind);
        self.postfix(value)
    }

    fn number(&mut self, token: Token) -> Parsed<ExpressionKind> {
        let digits = self.slice(token).trim_end_matches('L');
        if digits.contains('.') {
            return Ok(ExpressionKind::Decimal(
                digits.parse().unwrap_or(f64::INFINITY),
            ));
        }
        digits.parse().map(ExpressionKind::Integer).map_err(|_| {
            SyntaxError::new(token.range(), "the number does not fit into 64 bits")
                .help("write it as a string")
        })
    }

    /// A string, or the pieces of one with interpolation. The engine also joins a string and an
    /// interpolated one that stand side by side.
    fn strings(&mut self) -> Parsed<ExpressionId> {
        let start = self.current().start;
        let mark = self.scratch.children.len();
        let mut after_string = false;
        loop {
            let token = self.current();
            let style = match token.kind {
                TokenKind::SingleQuoted => StringStyle::Single,
                TokenKind::DoubleQuoted => StringStyle::Double,
                TokenKind::StringPiece => StringStyle::Piece,
                TokenKind::InterpolationStart => {
                    self.interpolation()?;
                    after_string = false;
                    continue;
                }
                _ => break,
            };
            if after_string {
                break;
            }
            self.advance();
            let piece = self.add_range(token.range(), ExpressionKind::String(style));
            self.scratch.children.push(piece);
            after_string = true;
        }
        if let [only] = self.scratch.children[mark..] {
            self.scratch.children.truncate(mark);
            return Ok(only);
        }
        let children = self.take_children(mark);
        Ok(self.add(start, ExpressionKind::Interpolation(children)))
    }

    fn interpolation(&mut self) -> Parsed<()> {
        self.advance();
        let value = self.expression()?;
        if self.current().kind != TokenKind::InterpolationEnd {
            return Err(self.unexpected_after_value("`}` of the interpolation"));
        }
        self.advance();
        self.scratch.children.push(value);
        Ok(())
    }

    /// `.name`, `.name(…)`, `[…]` after a value, any number of them.
    fn postfix(&mut self, mut value: ExpressionId) -> Parsed<ExpressionId> {
        loop {
            let token = self.current();
            match token.kind {
                TokenKind::Punctuation(b'.') => value = self.attribute(value)?,
                TokenKind::Punctuation(b'[') => value = self.subscript(value)?,
                TokenKind::Punctuation(b'(') => {
                    return Err(SyntaxError::new(
                        token.range(),
                        "only a function's or method's name can be called",
                    ));
                }
                _ => return Ok(value),
            }
        }
    }

    fn attribute(&mut self, object: ExpressionId) -> Parsed<ExpressionId> {
        let dot = self.advance();
        let name = self.current();
        if name.kind != TokenKind::Name {
            return Err(self.not_an_attribute(dot, name));
        }
        self.advance();
        let arguments = if self.at(b'(') {
            let arguments = self.arguments()?;
            if let Some(named) = arguments
                .of(&self.template.arguments)
                .iter()
                .find_map(|argument| argument.name)
            {
                return Err(SyntaxError::new(named, "a method takes no named arguments"));
            }
            Some(arguments)
        } else {
            None
        };
        let start = self.start_of(object);
        let kind = ExpressionKind::Attribute {
            object,
            name: name.range(),
            arguments,
        };
        Ok(self.add(start, kind))
    }

    fn not_an_attribute(&self, dot: Token, found: Token) -> Box<SyntaxError> {
        let written = self.slice(found).to_owned();
        let place = found.range();
        match found.kind {
            TokenKind::Operator(_) | TokenKind::Not
                if written.starts_with(|first: char| first.is_ascii_alphabetic()) =>
            {
                SyntaxError::new(
                    place,
                    format!("`{written}` is an operator and cannot follow a dot"),
                )
                .help(format!("write `['{written}']`"))
                .replace(range(dot.start, found.end), format!("['{written}']"))
            }
            TokenKind::Number | TokenKind::Long => {
                let next = self.peek(1);
                let glued = next.kind == TokenKind::Name && next.start == found.end;
                let end = if glued { next.end } else { found.end };
                let name = self.template.slice(range(found.start, end)).to_owned();
                let index = if glued {
                    format!("['{name}']")
                } else {
                    format!("[{name}]")
                };
                SyntaxError::new(
                    range(found.start, end),
                    "a name after a dot cannot start with a digit",
                )
                .help(format!("write `{index}`"))
                .replace(range(dot.start, end), index)
            }
            _ => SyntaxError::new(
                place,
                format!("expected a name after `.`, found {}", self.describe(found)),
            ),
        }
    }

    fn subscript(&mut self, object: ExpressionId) -> Parsed<ExpressionId> {
        let open = self.advance();
        if self.at(b']') {
            return Err(SyntaxError::new(
                range(open.start, self.current().end),
                "`[]` needs a key or an index",
            ));
        }
        let index = self.expression()?;
        if !self.eat(b']') {
            return Err(self.unexpected_after_value("`]`"));
        }
        let start = self.start_of(object);
        Ok(self.add(start, ExpressionKind::Subscript { object, index }))
    }

    /// The name and arguments after `|`.
    pub fn filter(&mut self) -> Parsed<ExpressionId> {
        let name = self.current();
        if name.kind != TokenKind::Name {
            return Err(self.not_a_filter(name));
        }
        self.advance();
        let arguments = self.optional_arguments()?;
        let kind = ExpressionKind::Filter {
            name: name.range(),
            arguments,
        };
        Ok(self.add(name.start, kind))
    }

    fn not_a_filter(&self, found: Token) -> Box<SyntaxError> {
        let written = self.slice(found).to_owned();
        match found.kind {
            TokenKind::Operator(BinaryOperator::Filter) => {
                let place = range(found.start.saturating_sub(1), found.end);
                let error =
                    SyntaxError::new(place, "`||` is not an operator of Kestra's expressions")
                        .help("write `or` between conditions, `??` for a value in place of null");
                if self.template.slice(place) == "||" {
                    error.replace(place, "or")
                } else {
                    error
                }
            }
            TokenKind::Operator(_) | TokenKind::Not
                if written.starts_with(|first: char| first.is_ascii_alphabetic()) =>
            {
                SyntaxError::new(
                    found.range(),
                    format!("`{written}` is an operator, not a filter"),
                )
                .help(format!("write it without `|`: `… {written} …`"))
            }
            _ => SyntaxError::new(
                found.range(),
                format!(
                    "expected the name of a filter after `|`, found {}",
                    self.describe(found)
                ),
            ),
        }
    }

    fn test(&mut self, operator: Token) -> Parsed<ExpressionId> {
        let name = self.current();
        if name.kind == TokenKind::Not {
            let place = range(operator.start, name.end);
            return Err(
                SyntaxError::new(place, "`is not` is written with exactly one space")
                    .help("write `is not`")
                    .replace(place, "is not"),
            );
        }
        if name.kind != TokenKind::Name {
            let found = self.describe(name);
            return Err(SyntaxError::new(
                name.range(),
                format!("expected a test after `is`, found {found}"),
            )
            .help("tests are `defined`, `empty`, `even`, `iterable`, `json`, `map`, `null` and `odd`; compare values with `==`"));
        }
        self.advance();
        let arguments = self.optional_arguments()?;
        let kind = ExpressionKind::Test {
            name: name.range(),
            arguments,
        };
        Ok(self.add(name.start, kind))
    }

    fn optional_arguments(&mut self) -> Parsed<Slice> {
        if self.at(b'(') {
            self.arguments()
        } else {
            Ok(Slice::EMPTY)
        }
    }

    /// `(a, name=b)`; the current token is the opening parenthesis.
    fn arguments(&mut self) -> Parsed<Slice> {
        self.advance();
        let mark = self.scratch.arguments.len();
        let mut named = false;
        while !self.eat(b')') {
            if self.scratch.arguments.len() > mark {
                if !self.eat(b',') {
                    return Err(self.unexpected_after_value("`,` or `)`"));
                }
                self.no_trailing_comma(b')')?;
            }
            let name = if self.peek(1).kind == TokenKind::Punctuation(b'=') {
                let name = self.new_name("an argument")?;
                self.advance();
                Some(name)
            } else {
                None
            };
            let value = self.expression()?;
            if named && name.is_none() {
                return Err(SyntaxError::new(
                    self.template.expression(value).range,
                    "an argument without a name cannot follow a named one",
                )
                .help("move it before the named arguments, or name it"));
            }
            named |= name.is_some();
            self.scratch.arguments.push(Argument { name, value });
        }
        Ok(move_tail(
            &mut self.scratch.arguments,
            mark,
            &mut self.template.arguments,
        ))
    }

    /// The parameters of a macro; the current token should be the opening parenthesis.
    pub fn macro_parameters(&mut self) -> Parsed<Slice> {
        if !self.eat(b'(') {
            return Err(SyntaxError::new(
                self.current().range(),
                "a macro needs parentheses after its name",
            )
            .help("write `{% macro name() %}`, with the parameters between the parentheses"));
        }
        let mut parameters = Vec::new();
        while !self.eat(b')') {
            if !parameters.is_empty() && !self.eat(b',') {
                return Err(self.unexpected_after_value("`,` or `)`"));
            }
            let name = self.new_name("a parameter")?;
            let default = if self.eat(b'=') {
                Some(self.expression()?)
            } else {
                None
            };
            parameters.push(Parameter { name, default });
        }
        Ok(move_tail(&mut parameters, 0, &mut self.template.parameters))
    }

    /// A name that gets a value here: of an argument, a variable, a parameter.
    pub fn new_name(&mut self, what: &str) -> Parsed<TextRange> {
        let token = self.current();
        let written = self.slice(token);
        let reserved = matches!(written, "true" | "false" | "null" | "none");
        if token.kind == TokenKind::Name && !reserved {
            self.advance();
            return Ok(token.range());
        }
        let message = if token.kind == TokenKind::Name || reserved {
            format!("`{written}` cannot be the name of {what}")
        } else {
            format!(
                "expected the name of {what}, found {}",
                self.describe(token)
            )
        };
        Err(SyntaxError::new(token.range(), message))
    }

    /// There should be an operand here, and there is something else.
    fn missing_operand(&self) -> Box<SyntaxError> {
        let token = self.current();
        let place = token.range();
        let found = self.describe(token);
        match token.kind {
            TokenKind::Operator(operator) => {
                let error = SyntaxError::new(place, format!("{found} has no operand at its left"));
                match operator {
                    BinaryOperator::Filter if self.position > 0 => {
                        error.help("write `or` between conditions")
                    }
                    _ => error,
                }
            }
            TokenKind::Punctuation(b'=') => {
                SyntaxError::new(place, "`=` is not an operator of expressions")
                    .help("comparison is `==`")
            }
            _ => SyntaxError::new(place, format!("expected a value, found {found}")),
        }
    }

    /// After a value there should be an operator or what `expected` says.
    pub fn unexpected_after_value(&self, expected: &str) -> Box<SyntaxError> {
        let token = self.current();
        let place = token.range();
        let found = self.describe(token);
        let error = SyntaxError::new(place, format!("expected {expected}, found {found}"));
        match token.kind {
            TokenKind::Punctuation(b'=') => error.help("comparison is `==`").replace(place, "=="),
            TokenKind::Not if self.peek(1).kind == TokenKind::Operator(BinaryOperator::IsIn) => {
                error.help("write `not` before the whole: `not (a isIn b)`")
            }
            TokenKind::Name => self.unexpected_name(error, token),
            TokenKind::SingleQuoted | TokenKind::DoubleQuoted | TokenKind::StringPiece => {
                error.help("strings are joined with `~`")
            }
            TokenKind::End => error.help(format!("the expression ends before {expected}")),
            _ => error,
        }
    }

    fn unexpected_name(&self, error: Box<SyntaxError>, token: Token) -> Box<SyntaxError> {
        let place = token.range();
        let previous = self
            .position
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index));
        match self.slice(token) {
            "in" => error.help("the operator is `isIn`").replace(place, "isIn"),
            "AND" => error
                .help("operators are lower case: `and`")
                .replace(place, "and"),
            "OR" => error
                .help("operators are lower case: `or`")
                .replace(place, "or"),
            "eq" => error.help("comparison is `==`").replace(place, "=="),
            "ne" => error.help("comparison is `!=`").replace(place, "!="),
            "if" => error.help("the conditional is `condition ? value : other`"),
            _ if previous.is_some_and(|previous| {
                previous.end == token.start && previous.kind == TokenKind::Number
            }) =>
            {
                error.help("a name cannot start with a digit: use `['…']`")
            }
            _ => error.help("an operator is missing between the two values"),
        }
    }
}
