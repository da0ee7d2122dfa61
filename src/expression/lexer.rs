//! Tokens of one `{{ … }}` or `{% … %}`, as the engine's lexer makes them.
//!
//! Its quirks are kept, since they decide what parses: an operator that is a word ends before
//! anything but an ASCII letter, digit or underscore (`oré` is `or` and `é`), also after a dot;
//! `is not` has exactly one space; a delimiter closes only outside all brackets.

use std::sync::LazyLock;

use memchr::memchr2;
use regex::Regex;

use super::error::{Parsed, SyntaxError};
use super::operator::BinaryOperator;
use crate::text::{TextRange, TextSize};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A binary operator; `+` and `-` may also stand before an operand.
    Operator(BinaryOperator),
    /// `not`
    Not,
    /// A name.
    Name,
    /// Digits followed by `L`.
    Long,
    /// A number.
    Number,
    /// One of `()[]{}?:.,=`.
    Punctuation(u8),
    /// `'…'`
    SingleQuoted,
    /// `"…"` without `#`.
    DoubleQuoted,
    /// Text of a double-quoted string that contains `#`.
    StringPiece,
    /// `#{`
    InterpolationStart,
    /// `}` of an interpolation.
    InterpolationEnd,
    /// The closing delimiter, or the end of the text.
    End,
}

/// A token and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn range(self) -> TextRange {
        range(self.start, self.end)
    }
}

/// A range from offsets; texts longer than 4 GiB are refused before anything is parsed.
pub(super) fn range(start: usize, end: usize) -> TextRange {
    let size = |offset| TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
    TextRange::new(size(start), size(end.max(start)))
}

/// Which pair of delimiters a region stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    /// `{{ … }}`
    Print,
    /// `{% … %}`
    Execute,
}

impl Region {
    pub fn opening(self) -> &'static str {
        match self {
            Self::Print => "{{",
            Self::Execute => "{%",
        }
    }

    pub fn closing(self) -> &'static str {
        match self {
            Self::Print => "}}",
            Self::Execute => "%}",
        }
    }
}

/// Where a region ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegionEnd {
    /// The offset after the closing delimiter.
    pub after: usize,
    /// Whether `-` stands before the closing delimiter.
    pub trims: bool,
}

/// Whitespace between tokens (Java's `Character.isWhitespace`).
pub(super) fn is_whitespace(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\x1c'..='\x1f' | '\u{1680}' | '\u{2000}'..='\u{2006}'
            | '\u{2008}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{205f}' | '\u{3000}'
    )
}

/// Whitespace around delimiters (`\s` of Java's regular expressions).
pub(super) fn skip_delimiter_space(bytes: &[u8], mut offset: usize) -> usize {
    while bytes
        .get(offset)
        .is_some_and(|byte| matches!(byte, b'\t'..=b'\r' | b' '))
    {
        offset += 1;
    }
    offset
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the name that starts at an offset, if one does.
pub(super) fn name_end(text: &str, start: usize) -> Option<usize> {
    static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
    static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
    let matches = |class: &Option<Regex>, character: char| {
        let mut buffer = [0; 4];
        class
            .as_ref()
            .is_some_and(|class| class.is_match(character.encode_utf8(&mut buffer)))
    };
    let bytes = text.as_bytes();
    let mut end = start;
    loop {
        match bytes.get(end) {
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => end += 1,
            Some(byte) if byte.is_ascii_digit() && end > start => end += 1,
            Some(byte) if !byte.is_ascii() => {
                let Some(character) = text.get(end..).and_then(|rest| rest.chars().next()) else {
                    break;
                };
                if !(matches(&LETTER, character) || (end > start && matches(&DIGIT, character))) {
                    break;
                }
                end += character.len_utf8();
            }
            _ => break,
        }
    }
    (end > start).then_some(end)
}

/// Reads the tokens of one region into `tokens`, an [`TokenKind::End`] last.
pub(super) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
    region: Region,
    /// The open brackets: their characters and offsets; `"` for a string, `#` for `#{`.
    brackets: Vec<(u8, usize)>,
    tokens: &'a mut Vec<Token>,
}

impl<'a> Lexer<'a> {
    /// Starts after the opening delimiter.
    pub fn new(text: &'a str, offset: usize, region: Region, tokens: &'a mut Vec<Token>) -> Self {
        tokens.clear();
        Self {
            text,
            bytes: text.as_bytes(),
            offset,
            region,
            brackets: Vec::new(),
            tokens,
        }
    }

    /// The offset that the lexer has come to.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Reads to the closing delimiter. At the end of the text without one: nothing.
    pub fn run(&mut self) -> Parsed<Option<RegionEnd>> {
        while self.offset < self.bytes.len() {
            match self.brackets.last() {
                None => {
                    if let Some(end) = self.closing() {
                        self.push(TokenKind::End, end.after - 2, end.after);
                        return Ok(Some(end));
                    }
                    self.token()?;
                }
                Some((b'"', _)) => self.string()?,
                Some((b'#', _)) => {
                    let close = skip_delimiter_space(self.bytes, self.offset);
                    if self.bytes.get(close) == Some(&b'}') {
                        self.push(TokenKind::InterpolationEnd, close, close + 1);
                        self.brackets.pop();
                    } else {
                        self.token()?;
                    }
                }
                Some(_) => self.token()?,
            }
        }
        match self.brackets.first() {
            Some(&(bracket, at)) => Err(unclosed(bracket, at)),
            None => Ok(None),
        }
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push(Token { kind, start, end });
        self.offset = end;
    }

    fn closing(&self) -> Option<RegionEnd> {
        let offset = skip_delimiter_space(self.bytes, self.offset);
        let rest = self.bytes.get(offset..)?;
        let closing = self.region.closing().as_bytes();
        let trims = rest.first() == Some(&b'-') && rest[1..].starts_with(closing);
        if trims || rest.starts_with(closing) {
            let after = offset + usize::from(trims) + closing.len();
            Some(RegionEnd { after, trims })
        } else {
            None
        }
    }

    /// One piece of a double-quoted string that is not plain.
    fn string(&mut self) -> Parsed<()> {
        let start = self.offset;
        if self.bytes[start..].starts_with(b"#{") {
            self.push(TokenKind::InterpolationStart, start, start + 2);
            self.brackets.push((b'#', start));
            return Ok(());
        }
        let mut end = start;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'"' => break,
                b'#' if self.bytes.get(end + 1) == Some(&b'{') => break,
                b'\\' => {
                    let Some(escaped) = self.text.get(end + 1..).and_then(|r| r.chars().next())
                    else {
                        // A backslash at the very end: the engine would look at it for ever.
                        return Err(unclosed(b'"', start));
                    };
                    end += 1 + escaped.len_utf8();
                }
                _ => end += 1,
            }
        }
        if end > start {
            self.push(TokenKind::StringPiece, start, end);
        } else {
            self.brackets.pop();
            self.offset += 1;
        }
        Ok(())
    }

    fn token(&mut self) -> Parsed<()> {
        self.skip_whitespace();
        let start = self.offset;
        let Some(&byte) = self.bytes.get(start) else {
            return Ok(());
        };
        if let Some((kind, length)) = self.operator(byte) {
            self.push(kind, start, start + length);
        } else if byte.is_ascii_digit() {
            self.number(start);
        } else if let Some(end) = name_end(self.text, start) {
            self.push(TokenKind::Name, start, end);
        } else if b"()[]{}?:.,=".contains(&byte) {
            self.bracket(byte, start)?;
            self.push(TokenKind::Punctuation(byte), start, start + 1);
        } else if byte == b'\'' || byte == b'"' {
            self.quote(byte, start)?;
        } else {
            return Err(self.unexpected(start));
        }
        Ok(())
    }

    fn skip_whitespace(&mut self) {
        while let Some(byte) = self.bytes.get(self.offset) {
            if byte.is_ascii() {
                if !is_whitespace(char::from(*byte)) {
                    break;
                }
                self.offset += 1;
            } else {
                match self.text.get(self.offset..).and_then(|r| r.chars().next()) {
                    Some(character) if is_whitespace(character) => {
                        self.offset += character.len_utf8();
                    }
                    _ => break,
                }
            }
        }
    }

    fn operator(&self, first: u8) -> Option<(TokenKind, usize)> {
        use BinaryOperator as B;
        let rest = &self.bytes[self.offset..];
        let second = rest.get(1).copied();
        let binary = |operator, length| Some((TokenKind::Operator(operator), length));
        match (first, second) {
            (b'?', Some(b'?')) if rest.get(2) == Some(&b'?') => binary(B::CoalesceUndefined, 3),
            (b'?', Some(b'?')) => binary(B::Coalesce, 2),
            (b'=', Some(b'=')) => binary(B::Equal, 2),
            (b'!', Some(b'=')) => binary(B::NotEqual, 2),
            (b'<', Some(b'=')) => binary(B::LessOrEqual, 2),
            (b'>', Some(b'=')) => binary(B::GreaterOrEqual, 2),
            (b'.', Some(b'.')) => binary(B::Range, 2),
            (b'<', _) => binary(B::Less, 1),
            (b'>', _) => binary(B::Greater, 1),
            (b'+', _) => binary(B::Add, 1),
            (b'-', _) => binary(B::Subtract, 1),
            (b'*', _) => binary(B::Multiply, 1),
            (b'/', _) => binary(B::Divide, 1),
            (b'%', _) => binary(B::Modulo, 1),
            (b'|', _) => binary(B::Filter, 1),
            (b'~', _) => binary(B::Concatenate, 1),
            (b'a'..=b'o', _) => operator_word(rest),
            _ => None,
        }
    }

    fn number(&mut self, start: usize) {
        let digits = |from: usize| {
            self.bytes[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        let end = start + digits(start);
        if self.bytes.get(end) == Some(&b'L') {
            return self.push(TokenKind::Long, start, end + 1);
        }
        let fraction = match self.bytes.get(end) {
            Some(b'.') => digits(end + 1),
            _ => 0,
        };
        let end = if fraction > 0 {
            end + 1 + fraction
        } else {
            end
        };
        self.push(TokenKind::Number, start, end);
    }

    fn bracket(&mut self, byte: u8, start: usize) -> Parsed<()> {
        let opening = match byte {
            b'(' | b'[' | b'{' => {
                self.brackets.push((byte, start));
                return Ok(());
            }
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => return Ok(()),
        };
        match self.brackets.pop() {
            Some((open, _)) if open == opening => Ok(()),
            Some((open, at)) => Err(mismatched(open, at, byte, start)),
            None => Err(self.stray(byte, start)),
        }
    }

    fn quote(&mut self, quote: u8, start: usize) -> Parsed<()> {
        let mut offset = start + 1;
        loop {
            let stop = if quote == b'"' {
                memchr::memchr3(b'"', b'\\', b'#', &self.bytes[offset..])
            } else {
                memchr2(b'\'', b'\\', &self.bytes[offset..])
            };
            let Some(found) = stop.map(|found| offset + found) else {
                return self.open_string(quote, start);
            };
            match self.bytes[found] {
                b'#' => return self.open_string(quote, start),
                b'\\' => match self.text.get(found + 1..).and_then(|r| r.chars().next()) {
                    Some(escaped) => offset = found + 1 + escaped.len_utf8(),
                    None => return self.open_string(quote, start),
                },
                _ => {
                    let kind = if quote == b'"' {
                        TokenKind::DoubleQuoted
                    } else {
                        TokenKind::SingleQuoted
                    };
                    self.push(kind, start, found + 1);
                    return Ok(());
                }
            }
        }
    }

    /// A string that is not plain: with `#`, or without an end.
    fn open_string(&mut self, quote: u8, start: usize) -> Parsed<()> {
        if quote == b'\'' {
            return Err(unclosed(b'\'', start));
        }
        self.brackets.push((b'"', start));
        self.offset = start + 1;
        if self.offset >= self.bytes.len() {
            return Err(unclosed(b'"', start));
        }
        Ok(())
    }

    /// A closing bracket that nothing opened.
    fn stray(&self, byte: u8, start: usize) -> Box<SyntaxError> {
        let bracket = char::from(byte);
        let place = range(start, start + 1);
        let closing = self.region.closing();
        if byte == b'}' {
            let error = SyntaxError::new(
                place,
                format!("a single `}}` where `{closing}` was expected"),
            );
            let error = error.help(format!("close the expression with `{closing}`"));
            if self.bytes.get(start + 1).is_none_or(|next| *next != b'}')
                && self.region == Region::Print
            {
                return error.replace(place, "}}");
            }
            return error;
        }
        SyntaxError::new(place, format!("`{bracket}` closes nothing"))
    }

    fn unexpected(&self, start: usize) -> Box<SyntaxError> {
        let rest = self.text.get(start..).unwrap_or_default();
        let character = rest.chars().next().unwrap_or_default();
        let place = range(start, start + character.len_utf8());
        let word = |wrong: &str, right: &str| {
            let place = range(start, start + wrong.len());
            SyntaxError::new(
                place,
                format!("`{wrong}` is not an operator of Kestra's expressions"),
            )
            .help(format!("write `{right}`"))
            .replace(place, right)
        };
        match character {
            '&' if rest.starts_with("&&") => word("&&", "and"),
            '&' => word("&", "and"),
            '!' => SyntaxError::new(place, "`!` is not an operator of Kestra's expressions")
                .help("write `not` before the operand; it binds tighter than comparisons")
                .replace(place, "not "),
            '$' => SyntaxError::new(place, "unexpected `$`")
                .help("inside `{{ }}` names stand alone, without `$`"),
            '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '`' => {
                let quote = if matches!(character, '\u{201c}' | '\u{201d}') {
                    "\""
                } else {
                    "'"
                };
                SyntaxError::new(place, format!("`{character}` does not quote strings here"))
                    .help("strings stand between `'` or `\"`")
                    .replace(place, quote)
            }
            '\u{a0}' | '\u{2007}' | '\u{202f}' => SyntaxError::new(
                place,
                "a no-break space, which the engine does not take for whitespace",
            )
            .help("write an ordinary space")
            .replace(place, " "),
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {
                SyntaxError::new(place, "an invisible character inside the expression")
                    .help("remove it")
                    .replace(place, "")
            }
            ';' => SyntaxError::new(place, "unexpected `;`")
                .help("an expression has no `;` at its end")
                .replace(place, ""),
            '#' => SyntaxError::new(place, "unexpected `#`")
                .help("a comment is `{# … #}` and stands outside of `{{ }}`"),
            _ => SyntaxError::new(place, format!("unexpected character `{character}`")),
        }
    }
}

fn operator_word(rest: &[u8]) -> Option<(TokenKind, usize)> {
    use BinaryOperator as B;
    const WORDS: [(&[u8], TokenKind); 8] = [
        (b"contains", TokenKind::Operator(B::Contains)),
        (b"equals", TokenKind::Operator(B::Equal)),
        (b"is not", TokenKind::Operator(B::IsNot)),
        (b"isIn", TokenKind::Operator(B::IsIn)),
        (b"and", TokenKind::Operator(B::And)),
        (b"not", TokenKind::Not),
        (b"is", TokenKind::Operator(B::Is)),
        (b"or", TokenKind::Operator(B::Or)),
    ];
    WORDS
        .iter()
        .find(|(word, _)| {
            rest.starts_with(word) && rest.get(word.len()).is_none_or(|next| !is_word(*next))
        })
        .map(|(word, kind)| (*kind, word.len()))
}

fn unclosed(bracket: u8, at: usize) -> Box<SyntaxError> {
    let place = range(at, at + 1);
    match bracket {
        b'"' | b'\'' => {
            let quote = char::from(bracket);
            SyntaxError::new(place, format!("the string has no closing `{quote}`"))
                .help(format!("add the missing `{quote}`"))
        }
        b'#' => SyntaxError::new(range(at, at + 2), "`#{` has no closing `}`")
            .help("inside `\"…\"`, `#{` starts an interpolation; single quotes keep it as text"),
        _ => {
            let (open, close) = (char::from(bracket), char::from(closing_of(bracket)));
            SyntaxError::new(place, format!("`{open}` has no closing `{close}`"))
        }
    }
}

fn mismatched(open: u8, at: usize, found: u8, start: usize) -> Box<SyntaxError> {
    let found = char::from(found);
    match open {
        b'(' | b'[' | b'{' => {
            let (open, close) = (char::from(open), char::from(closing_of(open)));
            SyntaxError::new(
                range(start, start + 1),
                format!("`{found}` where `{close}` was expected"),
            )
            .help(format!("the `{open}` opened before is still open"))
        }
        _ => unclosed(open, at),
    }
}

fn closing_of(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}
