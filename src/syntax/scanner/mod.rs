//! Source text becomes tokens, by the rules of the scanner that Kestra uses (SnakeYAML's, which is YAML
//! 1.1 with habits of its own): what it refuses is refused here, at the same place.
//!
//! Where YAML 1.2 allows what Kestra refuses and the meaning is plain (a tab behind a colon, the escape
//! `\/`), the scanner notes a refusal and goes on, so that the rest of the text is still read.

mod details;
mod scalars;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::ScalarStyle;
use super::offset_map::Piece;
use super::problem::{Problem, ProblemKind};
use crate::text::{TextRange, TextSize};

/// A key must have its colon within so many characters.
const LONGEST_SIMPLE_KEY: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(ScalarStyle),
}

#[derive(Debug)]
pub(super) struct Token<'text> {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Of scalars the decoded text; of tags the handle, of directives all of it.
    pub(super) text: Cow<'text, str>,
}

/// A token that may turn out to be a key when a colon follows.
#[derive(Debug)]
struct SimpleKey {
    /// How deep in brackets it stands.
    flow_level: usize,
    /// The number of its token.
    token: usize,
    /// Whether it must be a key, as the first thing on a line of a mapping.
    required: bool,
    at: usize,
    line: u32,
    column: i32,
}

type Scan<T> = Result<T, Problem>;

pub(super) struct Scanner<'text> {
    source: &'text str,
    bytes: &'text [u8],
    at: usize,
    line: u32,
    /// The column in characters of `column_at`, from which the next is counted on.
    column: i32,
    column_at: usize,
    flow_level: usize,
    indent: i32,
    indents: Vec<i32>,
    allow_simple_key: bool,
    /// By rising bracket level, so the oldest is in front.
    simple_keys: VecDeque<SimpleKey>,
    tokens: VecDeque<Token<'text>>,
    tokens_taken: usize,
    done: bool,
    pub(super) comments: Vec<TextRange>,
    /// Whether the pieces of scalars are wanted, and those of the last one.
    records: bool,
    recorded: Vec<Piece>,
    /// What Kestra refuses although the meaning is plain.
    pub(super) refusals: Vec<Problem>,
}

impl<'text> Scanner<'text> {
    pub(super) fn new(source: &'text str) -> Self {
        let byte_order_mark = if source.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            source,
            bytes: source.as_bytes(),
            at: byte_order_mark,
            line: 0,
            column: 0,
            column_at: byte_order_mark,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            allow_simple_key: true,
            simple_keys: VecDeque::new(),
            tokens: VecDeque::new(),
            tokens_taken: 0,
            done: false,
            comments: Vec::new(),
            records: false,
            recorded: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Begins anew at the first line from `from` on that starts a document; false if there is none.
    pub(super) fn skip_to_document(&mut self, from: usize) -> bool {
        let mut line = from;
        if line > 0 && !matches!(self.bytes.get(line - 1), Some(b'\n')) {
            line = self.next_line(line);
        }
        while line < self.bytes.len() {
            if self.marker_at(line) == Some(b'-') {
                self.restart_at(line);
                return true;
            }
            line = self.next_line(line);
        }
        false
    }

    fn next_line(&self, from: usize) -> usize {
        self.bytes
            .get(from..)
            .and_then(|rest| memchr::memchr(b'\n', rest))
            .map_or(self.bytes.len(), |feed| from + feed + 1)
    }

    fn restart_at(&mut self, at: usize) {
        self.at = at;
        self.line += 1;
        (self.column, self.column_at) = (0, at);
        self.flow_level = 0;
        self.indent = -1;
        self.indents.clear();
        self.allow_simple_key = true;
        self.simple_keys.clear();
        self.tokens.clear();
        self.done = false;
    }

    /// The next token, which stays.
    pub(super) fn peek_token(&mut self) -> Scan<&Token<'text>> {
        while self.needs_more_tokens()? {
            self.fetch_more_tokens()?;
        }
        if self.tokens.is_empty() {
            self.add_token(TokenKind::StreamEnd, self.at, self.at);
        }
        Ok(&self.tokens[0])
    }

    /// What the next token is.
    pub(super) fn peek_kind(&mut self) -> Scan<TokenKind> {
        self.peek_token().map(|token| token.kind)
    }

    /// The next token, which is taken.
    pub(super) fn take_token(&mut self) -> Scan<Token<'text>> {
        self.peek_token()?;
        self.tokens_taken += 1;
        Ok(self.tokens.pop_front().unwrap_or(Token {
            kind: TokenKind::StreamEnd,
            start: self.at,
            end: self.at,
            text: Cow::Borrowed(""),
        }))
    }

    fn needs_more_tokens(&mut self) -> Scan<bool> {
        if self.done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        if self.simple_keys.is_empty() {
            return Ok(false);
        }
        // The token in front may still become a key.
        self.drop_stale_simple_keys()?;
        Ok(self
            .simple_keys
            .front()
            .is_some_and(|key| key.token == self.tokens_taken))
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    /// The bytes of a line break at a place; 0 if there is none.
    fn line_break(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.byte(at + 1) == b'\n'),
            0xC2 if self.byte(at + 1) == 0x85 => 2,
            0xE2 if self.byte(at + 1) == 0x80 && matches!(self.byte(at + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    /// Whether a line or the text ends here.
    fn is_line_end(&self, at: usize) -> bool {
        match self.byte(at) {
            0 | b'\n' | b'\r' => true,
            0xC2 | 0xE2 => self.line_break(at) > 0,
            _ => false,
        }
    }

    /// Blank, line break or end.
    fn is_space(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\t') || self.is_line_end(at)
    }

    /// Steps over a line break, if one is here; its decoded form.
    fn take_line_break(&mut self) -> Option<&'static str> {
        let length = self.line_break(self.at);
        if length == 0 {
            return None;
        }
        let decoded = match (length, self.byte(self.at + 2)) {
            (3, 0xA8) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        };
        self.at += length;
        self.line += 1;
        (self.column, self.column_at) = (0, self.at);
        Some(decoded)
    }

    /// The column of the current place, in characters from 0.
    fn current_column(&mut self) -> i32 {
        let passed = self.bytes.get(self.column_at..self.at).unwrap_or_default();
        let characters = passed.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        self.column = self
            .column
            .saturating_add(i32::try_from(characters).unwrap_or(i32::MAX));
        self.column_at = self.at;
        self.column
    }

    fn character_at(&self, at: usize) -> char {
        self.source
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or('\0')
    }

    /// `-` or `.` if a document marker (`---`, `...`) stands at the start of a line.
    fn marker_at(&self, at: usize) -> Option<u8> {
        let first = self.byte(at);
        let is_marker = matches!(first, b'-' | b'.')
            && self.byte(at + 1) == first
            && self.byte(at + 2) == first
            && self.is_space(at + 3);
        is_marker.then_some(first)
    }

    fn add_token(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push_back(Token {
            kind,
            start,
            end,
            text: Cow::Borrowed(""),
        });
    }

    /// Adds the token of an indicator of some bytes and steps over it.
    fn add_indicator(&mut self, kind: TokenKind, length: usize) {
        self.add_token(kind, self.at, self.at + length);
        self.at += length;
    }

    fn fetch_more_tokens(&mut self) -> Scan<()> {
        self.skip_to_next_token()?;
        self.drop_stale_simple_keys()?;
        if self.flow_level == 0 {
            let column = self.current_column();
            self.unwind_indents(column);
        }
        let first = self.peek();
        match first {
            0 if self.at >= self.bytes.len() => return self.fetch_stream_end(),
            b'%' if self.current_column() == 0 => return self.fetch_directive(),
            b'-' | b'.' if self.marker_at(self.at).is_some() && self.current_column() == 0 => {
                return self.fetch_document_marker(first);
            }
            b'-' if self.is_space(self.at + 1) => return self.fetch_block_entry(),
            b'[' => return self.fetch_collection_start(TokenKind::FlowSequenceStart),
            b'{' => return self.fetch_collection_start(TokenKind::FlowMappingStart),
            b']' => return self.fetch_collection_end(TokenKind::FlowSequenceEnd),
            b'}' => return self.fetch_collection_end(TokenKind::FlowMappingEnd),
            b',' => {
                self.allow_simple_key = true;
                self.remove_simple_key()?;
                self.add_indicator(TokenKind::FlowEntry, 1);
                return Ok(());
            }
            b'?' if self.flow_level > 0 || self.is_space(self.at + 1) => return self.fetch_key(),
            b':' if self.flow_level > 0 || self.is_space(self.at + 1) => return self.fetch_value(),
            b'*' => return self.fetch_anchor(TokenKind::Alias),
            b'&' => return self.fetch_anchor(TokenKind::Anchor),
            b'!' => return self.fetch_tag(),
            b'|' if self.flow_level == 0 => return self.fetch_block_scalar(ScalarStyle::Literal),
            b'>' if self.flow_level == 0 => return self.fetch_block_scalar(ScalarStyle::Folded),
            b'\'' => return self.fetch_quoted(ScalarStyle::SingleQuoted),
            b'"' => return self.fetch_quoted(ScalarStyle::DoubleQuoted),
            _ => {}
        }
        if self.starts_plain() {
            return self.fetch_plain();
        }
        let character = self.character_at(self.at);
        Err(Problem::new(ProblemKind::Character(character), self.at))
    }

    fn starts_plain(&self) -> bool {
        let first = self.peek();
        let indicator = matches!(
            first,
            b'-' | b'?'
                | b':'
                | b','
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'#'
                | b'&'
                | b'*'
                | b'!'
                | b'|'
                | b'>'
                | b'\''
                | b'"'
                | b'%'
                | b'@'
                | b'`'
        );
        if !indicator && !self.is_space(self.at) {
            return true;
        }
        !self.is_space(self.at + 1)
            && (first == b'-' || (self.flow_level == 0 && matches!(first, b'?' | b':')))
    }

    /// Skips spaces, comments and line breaks.
    fn skip_to_next_token(&mut self) -> Scan<()> {
        loop {
            while self.peek() == b' ' {
                self.at += 1;
            }
            if self.peek() == b'\t' {
                self.skip_tab()?;
                continue;
            }
            if self.peek() == b'#' {
                self.take_comment();
            }
            if self.take_line_break().is_none() {
                return Ok(());
            }
            if self.flow_level == 0 {
                self.allow_simple_key = true;
            }
        }
    }

    /// Kestra takes no tab here. As indentation it has no meaning at all; elsewhere it is plain.
    fn skip_tab(&mut self) -> Scan<()> {
        let tab = self.at;
        while matches!(self.peek(), b'\t' | b' ') {
            self.at += 1;
        }
        let line_start = self.line_start(tab);
        let is_first = self.bytes[line_start..tab].iter().all(|byte| *byte == b' ');
        let says_nothing = self.is_line_end(self.at) || self.peek() == b'#';
        if is_first && self.flow_level == 0 && !says_nothing {
            self.at = tab;
            return Err(Problem::new(ProblemKind::TabIndentation, tab));
        }
        self.refusals
            .push(Problem::new(ProblemKind::TabSeparation, tab));
        Ok(())
    }

    fn line_start(&self, at: usize) -> usize {
        memchr::memrchr2(b'\n', b'\r', self.bytes.get(..at).unwrap_or_default())
            .map_or(0, |feed| feed + 1)
    }

    fn take_comment(&mut self) {
        let start = self.at;
        while !(self.is_line_end(self.at) && (self.peek() != 0 || self.at >= self.bytes.len())) {
            self.at += 1;
        }
        let narrow = |number: usize| TextSize::try_from(number).unwrap_or_default();
        self.comments
            .push(TextRange::new(narrow(start), narrow(self.at)));
    }

    /// Ends the blocks that are indented deeper; in brackets indentation says nothing.
    fn unwind_indents(&mut self, column: i32) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.indent = self.indents.pop().unwrap_or(-1);
            self.add_token(TokenKind::BlockEnd, self.at, self.at);
        }
    }

    fn add_indent(&mut self, column: i32) -> bool {
        if self.indent >= column {
            return false;
        }
        self.indents.push(self.indent);
        self.indent = column;
        true
    }

    /// A key must stand on one line and within [`LONGEST_SIMPLE_KEY`] characters.
    fn drop_stale_simple_keys(&mut self) -> Scan<()> {
        while let Some(key) = self.simple_keys.front() {
            let is_near = key.line == self.line
                && (self.at - key.at <= LONGEST_SIMPLE_KEY
                    || self
                        .source
                        .get(key.at..self.at)
                        .is_some_and(|text| text.chars().count() <= LONGEST_SIMPLE_KEY));
            if is_near {
                break;
            }
            if key.required {
                return Err(Problem::within(ProblemKind::MissingColon, self.at, key.at));
            }
            self.simple_keys.pop_front();
        }
        Ok(())
    }

    fn save_simple_key(&mut self) -> Scan<()> {
        let column = if self.flow_level == 0 {
            self.current_column()
        } else {
            0
        };
        let required = self.flow_level == 0 && self.indent == column;
        if !self.allow_simple_key {
            return if required {
                Err(Problem::new(ProblemKind::KeyNotAllowed, self.at))
            } else {
                Ok(())
            };
        }
        self.remove_simple_key()?;
        self.simple_keys.push_back(SimpleKey {
            flow_level: self.flow_level,
            token: self.tokens_taken + self.tokens.len(),
            required,
            at: self.at,
            line: self.line,
            column,
        });
        Ok(())
    }

    fn take_simple_key(&mut self) -> Option<SimpleKey> {
        let is_here = self
            .simple_keys
            .back()
            .is_some_and(|key| key.flow_level == self.flow_level);
        if is_here {
            self.simple_keys.pop_back()
        } else {
            None
        }
    }

    fn remove_simple_key(&mut self) -> Scan<()> {
        match self.take_simple_key() {
            Some(key) if key.required => {
                Err(Problem::within(ProblemKind::MissingColon, self.at, key.at))
            }
            _ => Ok(()),
        }
    }

    fn fetch_stream_end(&mut self) -> Scan<()> {
        self.unwind_indents(-1);
        self.remove_simple_key()?;
        self.allow_simple_key = false;
        self.simple_keys.clear();
        self.add_token(TokenKind::StreamEnd, self.at, self.at);
        self.done = true;
        Ok(())
    }

    fn fetch_document_marker(&mut self, first: u8) -> Scan<()> {
        self.end_document()?;
        self.add_indicator(
            if first == b'-' {
                TokenKind::DocumentStart
            } else {
                TokenKind::DocumentEnd
            },
            3,
        );
        Ok(())
    }

    fn end_document(&mut self) -> Scan<()> {
        self.unwind_indents(-1);
        self.remove_simple_key()?;
        self.allow_simple_key = false;
        Ok(())
    }

    fn fetch_collection_start(&mut self, kind: TokenKind) -> Scan<()> {
        self.save_simple_key()?;
        self.flow_level += 1;
        self.allow_simple_key = true;
        self.add_indicator(kind, 1);
        Ok(())
    }

    fn fetch_collection_end(&mut self, kind: TokenKind) -> Scan<()> {
        self.remove_simple_key()?;
        // A bracket too many is for the grammar to refuse.
        self.flow_level = self.flow_level.saturating_sub(1);
        self.allow_simple_key = false;
        self.add_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.allow_simple_key {
                return Err(Problem::new(ProblemKind::EntryNotAllowed, self.at));
            }
            let column = self.current_column();
            if self.add_indent(column) {
                self.add_token(TokenKind::BlockSequenceStart, self.at, self.at);
            }
        }
        self.allow_simple_key = true;
        self.remove_simple_key()?;
        self.add_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.allow_simple_key {
                return Err(Problem::new(ProblemKind::KeyNotAllowed, self.at));
            }
            self.start_mapping_here();
        }
        self.allow_simple_key = self.flow_level == 0;
        self.remove_simple_key()?;
        self.add_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn start_mapping_here(&mut self) {
        let column = self.current_column();
        if self.add_indent(column) {
            self.add_token(TokenKind::BlockMappingStart, self.at, self.at);
        }
    }

    fn fetch_value(&mut self) -> Scan<()> {
        if let Some(key) = self.take_simple_key() {
            let index = key.token.saturating_sub(self.tokens_taken);
            self.insert_token(index, TokenKind::Key, key.at);
            if self.flow_level == 0 && self.add_indent(key.column) {
                self.insert_token(index, TokenKind::BlockMappingStart, key.at);
            }
            self.allow_simple_key = false;
        } else {
            if self.flow_level == 0 {
                if !self.allow_simple_key {
                    return Err(Problem::new(ProblemKind::ValueNotAllowed, self.at));
                }
                self.start_mapping_here();
            }
            self.allow_simple_key = self.flow_level == 0;
            self.remove_simple_key()?;
        }
        self.add_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn insert_token(&mut self, index: usize, kind: TokenKind, at: usize) {
        self.tokens.insert(
            index.min(self.tokens.len()),
            Token {
                kind,
                start: at,
                end: at,
                text: Cow::Borrowed(""),
            },
        );
    }
}
