//! Scalars of all styles, decoded while they are scanned.

use std::borrow::Cow;
use std::ops::Range;

use super::{Problem, ProblemKind, Scan, Scanner, Token, TokenKind};
use crate::syntax::ScalarStyle;
use crate::syntax::offset_map::Piece;

/// Decoded text: a stretch of the source as long as that will do.
struct Text<'text> {
    source: &'text str,
    start: usize,
    end: usize,
    owned: Option<String>,
    /// Where each stretch came from, if somebody wants to know.
    pieces: Option<Vec<Piece>>,
    length: usize,
}

impl<'text> Text<'text> {
    fn new(scanner: &Scanner<'text>) -> Self {
        Self {
            source: scanner.source,
            start: scanner.at,
            end: scanner.at,
            owned: None,
            pieces: scanner.records.then(Vec::new),
            length: 0,
        }
    }

    /// Adds a stretch of the source.
    fn take(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        self.record(end - start, start..end, true);
        if self.owned.is_none() {
            if self.start == self.end {
                (self.start, self.end) = (start, end);
                return;
            }
            if self.end == start {
                self.end = end;
                return;
            }
        }
        let stretch = self.source.get(start..end).unwrap_or_default();
        self.owned().push_str(stretch);
    }

    /// Adds what a stretch of the source stands for.
    fn replace(&mut self, text: &str, source: Range<usize>) {
        if text.is_empty() {
            return;
        }
        self.record(text.len(), source, false);
        self.owned().push_str(text);
    }

    fn record(&mut self, length: usize, source: Range<usize>, verbatim: bool) {
        if let Some(pieces) = &mut self.pieces {
            pieces.push(Piece::new(self.length, length, source, verbatim));
            self.length += length;
        }
    }

    fn owned(&mut self) -> &mut String {
        let so_far = self.source.get(self.start..self.end).unwrap_or_default();
        self.owned.get_or_insert_with(|| so_far.to_owned())
    }

    fn decoded(&mut self) -> Cow<'text, str> {
        match self.owned.take() {
            Some(owned) => Cow::Owned(owned),
            None => Cow::Borrowed(self.source.get(self.start..self.end).unwrap_or_default()),
        }
    }
}

/// A line break: its decoded form and its bytes.
type Break = (&'static str, Range<usize>);

/// Deeper than this a block scalar with an indentation indicator does not get its pieces.
const DEEPEST_GUESS: i32 = 200;

/// What stands between two stretches of a plain scalar.
enum Gap {
    /// Nothing: the scalar ends.
    None,
    /// Blanks within a line.
    Blanks(usize, usize),
    /// One line break: a space.
    Space,
    /// Line breaks that stay.
    Breaks(String),
}

/// What the header of a block scalar says.
#[derive(Clone, Copy)]
struct BlockHeader {
    keeps_last_break: bool,
    keeps_all_breaks: bool,
    increment: Option<i32>,
}

impl<'text> Scanner<'text> {
    /// The pieces of the scalar that starts at a place, found by scanning it again.
    pub(in crate::syntax) fn pieces_of(
        source: &'text str,
        range: Range<usize>,
        style: ScalarStyle,
        decoded: &str,
    ) -> Vec<Piece> {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !is_block {
            // The range ends the scalar, whatever the indentation.
            let text = source.get(..range.end).unwrap_or_default();
            return Scanner::replay(text, range.start, style, -1)
                .map(|(_, pieces)| pieces)
                .unwrap_or_default();
        }
        // What the scalar's own indentation is counted from shows in the text that comes out.
        (0..=DEEPEST_GUESS)
            .filter_map(|indent| Scanner::replay(source, range.start, style, indent))
            .find(|(text, _)| text == decoded)
            .map(|(_, pieces)| pieces)
            .unwrap_or_default()
    }

    fn replay(
        source: &'text str,
        start: usize,
        style: ScalarStyle,
        indent: i32,
    ) -> Option<(Cow<'text, str>, Vec<Piece>)> {
        let mut scanner = Scanner::new(source);
        scanner.column_at = scanner.line_start(start);
        scanner.at = start;
        scanner.indent = indent;
        scanner.records = true;
        match style {
            ScalarStyle::Plain => scanner.fetch_plain(),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => scanner.fetch_quoted(style),
            ScalarStyle::Literal | ScalarStyle::Folded => scanner.fetch_block_scalar(style),
        }
        .ok()?;
        let token = scanner.tokens.pop_front()?;
        Some((token.text, scanner.recorded))
    }

    fn push_scalar(&mut self, style: ScalarStyle, start: usize, end: usize, mut text: Text<'text>) {
        self.recorded = text.pieces.take().unwrap_or_default();
        self.tokens.push_back(Token {
            kind: TokenKind::Scalar(style),
            start,
            end,
            text: text.decoded(),
        });
    }

    pub(super) fn fetch_plain(&mut self) -> Scan<()> {
        self.save_simple_key()?;
        self.allow_simple_key = false;
        let indent = self.indent + 1;
        let start = self.at;
        let mut end = start;
        let mut text = Text::new(self);
        let mut gap = Gap::None;
        while self.peek() != b'#' {
            let stretch = self.at;
            self.at = self.plain_stretch_end(stretch);
            if self.at == stretch {
                break;
            }
            self.allow_simple_key = false;
            match gap {
                Gap::None => {}
                Gap::Blanks(start, end) => text.take(start, end),
                Gap::Space => text.replace(" ", end..stretch),
                Gap::Breaks(breaks) => text.replace(&breaks, end..stretch),
            }
            text.take(stretch, self.at);
            end = self.at;
            gap = self.plain_gap();
            if matches!(gap, Gap::None) || (self.flow_level == 0 && self.current_column() < indent)
            {
                break;
            }
        }
        self.push_scalar(ScalarStyle::Plain, start, end, text);
        Ok(())
    }

    /// The end of a stretch of a plain scalar on one line; blanks inside it are part of it.
    fn plain_stretch_end(&self, start: usize) -> usize {
        let in_brackets = self.flow_level > 0;
        let mut at = start;
        loop {
            match self.byte(at) {
                b' ' | b'\t' => {
                    let mut next = at + 1;
                    while matches!(self.byte(next), b' ' | b'\t') {
                        next += 1;
                    }
                    let goes_on = at > start
                        && !matches!(self.byte(next), b'#' | b':' | 0x00..=0x20 | 0xC2 | 0xE2)
                        && !(in_brackets && is_flow_end(self.byte(next)));
                    if !goes_on {
                        return at;
                    }
                    at = next;
                }
                0 | b'\n' | b'\r' => return at,
                b':' if self.is_space(at + 1)
                    || (in_brackets
                        && matches!(self.byte(at + 1), b',' | b'[' | b']' | b'{' | b'}')) =>
                {
                    return at;
                }
                0xC2 | 0xE2 if self.line_break(at) > 0 => return at,
                byte if in_brackets && is_flow_end(byte) => return at,
                _ => at += 1,
            }
        }
    }

    /// Steps over what follows a stretch of a plain scalar: blanks, or line breaks with the indentation of
    /// the next line.
    fn plain_gap(&mut self) -> Gap {
        let start = self.at;
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
        let blanks_end = self.at;
        let Some(first) = self.take_line_break() else {
            return if blanks_end == start {
                Gap::None
            } else {
                Gap::Blanks(start, blanks_end)
            };
        };
        self.allow_simple_key = true;
        if self.ends_plain() {
            return Gap::None;
        }
        let mut breaks = String::new();
        loop {
            if self.peek() == b' ' {
                self.at += 1;
            } else if let Some(more) = self.take_line_break() {
                breaks.push_str(more);
                if self.ends_plain() {
                    return Gap::None;
                }
            } else {
                break;
            }
        }
        match (first, breaks.is_empty()) {
            ("\n", true) => Gap::Space,
            ("\n", false) => Gap::Breaks(breaks),
            (kept, _) => Gap::Breaks(format!("{kept}{breaks}")),
        }
    }

    /// Whether the line here starts with a document marker; of `---` the scanner of Kestra does not ask
    /// for a blank behind it.
    fn ends_plain(&self) -> bool {
        self.source
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with("---"))
            || self.marker_at(self.at).is_some()
    }

    pub(super) fn fetch_quoted(&mut self, style: ScalarStyle) -> Scan<()> {
        self.save_simple_key()?;
        self.allow_simple_key = false;
        let start = self.at;
        let quote = self.peek();
        let double = style == ScalarStyle::DoubleQuoted;
        self.at += 1;
        let mut text = Text::new(self);
        loop {
            let stretch = self.at;
            self.at = self.quoted_stretch_end(stretch, quote, double);
            match self.peek() {
                b'\'' if !double && self.byte(self.at + 1) == b'\'' => {
                    text.take(stretch, self.at);
                    text.replace("'", self.at..self.at + 2);
                    self.at += 2;
                }
                byte if byte == quote => {
                    text.take(stretch, self.at);
                    self.at += 1;
                    break;
                }
                b'\\' if double => {
                    text.take(stretch, self.at);
                    self.escape(&mut text, start)?;
                }
                _ if self.line_break(self.at) > 0 => {
                    let end = self.without_blanks(stretch, self.at);
                    text.take(stretch, end);
                    self.fold_quoted(&mut text, start, end)?;
                }
                _ => {
                    return Err(Problem::within(ProblemKind::UnclosedQuote, self.at, start));
                }
            }
        }
        self.push_scalar(style, start, self.at, text);
        Ok(())
    }

    fn quoted_stretch_end(&self, start: usize, quote: u8, double: bool) -> usize {
        let mut at = start;
        loop {
            match self.byte(at) {
                0 | b'\n' | b'\r' => return at,
                b'\\' if double => return at,
                byte if byte == quote => return at,
                0xC2 | 0xE2 if self.line_break(at) > 0 => return at,
                _ => at += 1,
            }
        }
    }

    /// The end of a stretch less the blanks that end it.
    fn without_blanks(&self, start: usize, end: usize) -> usize {
        let stretch = self.bytes.get(start..end).unwrap_or_default();
        let kept = stretch
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t'));
        start + kept.map_or(0, |last| last + 1)
    }

    /// One line break becomes a space; of several, all but the first stay.
    fn fold_quoted(&mut self, text: &mut Text<'text>, start: usize, from: usize) -> Scan<()> {
        let first = self.take_line_break().unwrap_or("\n");
        let breaks = self.quoted_breaks(start)?;
        let fold = from..self.at;
        match (first, breaks.is_empty()) {
            ("\n", true) => text.replace(" ", fold),
            ("\n", false) => text.replace(&breaks, fold),
            (kept, _) => text.replace(&format!("{kept}{breaks}"), fold),
        }
        Ok(())
    }

    /// Empty lines, and the blanks that begin the next line with content.
    fn quoted_breaks(&mut self, start: usize) -> Scan<String> {
        let mut breaks = String::new();
        loop {
            if self.marker_at(self.at).is_some() {
                return Err(Problem::within(ProblemKind::MarkerInQuotes, self.at, start));
            }
            while matches!(self.peek(), b' ' | b'\t') {
                self.at += 1;
            }
            match self.take_line_break() {
                Some(more) => breaks.push_str(more),
                None => return Ok(breaks),
            }
        }
    }

    fn escape(&mut self, text: &mut Text<'text>, start: usize) -> Scan<()> {
        let at = self.at;
        let character = self.character_at(at + 1);
        let replacement = match character {
            '0' => "\0",
            'a' => "\u{7}",
            'b' => "\u{8}",
            't' => "\t",
            'n' => "\n",
            'v' => "\u{b}",
            'f' => "\u{c}",
            'r' => "\r",
            'e' => "\u{1b}",
            ' ' => " ",
            '"' => "\"",
            '\\' => "\\",
            'N' => "\u{85}",
            '_' => "\u{a0}",
            'L' => "\u{2028}",
            'P' => "\u{2029}",
            'x' => return self.numeric_escape(text, 2),
            'u' => return self.numeric_escape(text, 4),
            'U' => return self.numeric_escape(text, 8),
            // YAML 1.2 knows these two.
            '/' | '\t' => {
                let kind = ProblemKind::EscapeUnknownToKestra(character);
                self.refusals.push(Problem::within(kind, at, start));
                if character == '/' { "/" } else { "\t" }
            }
            _ if self.line_break(at + 1) > 0 => {
                self.at += 1;
                self.take_line_break();
                let breaks = self.quoted_breaks(start)?;
                text.replace(&breaks, at..self.at);
                return Ok(());
            }
            _ if at + 1 >= self.bytes.len() => {
                self.at += 1;
                return Err(Problem::within(ProblemKind::UnclosedQuote, self.at, start));
            }
            _ => return Err(Problem::within(ProblemKind::Escape(character), at, start)),
        };
        text.replace(replacement, at..at + 1 + character.len_utf8());
        self.at += 1 + character.len_utf8();
        Ok(())
    }

    /// `\xe9`, `\u00e9`, `\U0001f600`; two halves of a surrogate pair make one character.
    fn numeric_escape(&mut self, text: &mut Text<'text>, length: usize) -> Scan<()> {
        let at = self.at;
        let letter = char::from(self.byte(at + 1));
        let problem = Problem::new(ProblemKind::EscapeDigits(letter), at);
        let code = self.hexadecimal(at + 2, length).ok_or(problem)?;
        self.at += 2 + length;
        let is_first_half = (0xD800..0xDC00).contains(&code);
        if is_first_half && self.peek() == b'\\' && self.byte(self.at + 1) == b'u' {
            let second = self.hexadecimal(self.at + 2, 4);
            if let Some(second) = second.filter(|second| (0xDC00..0xE000).contains(second)) {
                let joined = 0x1_0000 + ((code - 0xD800) << 10) + (second - 0xDC00);
                self.at += 6;
                let character = char::from_u32(joined).unwrap_or('\u{fffd}');
                text.replace(character.encode_utf8(&mut [0; 4]), at..self.at);
                return Ok(());
            }
        }
        // Half a pair is no character here; Kestra keeps it as it is.
        let character = match code {
            0xD800..0xE000 => '\u{fffd}',
            _ => char::from_u32(code).ok_or(problem)?,
        };
        text.replace(character.encode_utf8(&mut [0; 4]), at..self.at);
        Ok(())
    }

    fn hexadecimal(&self, at: usize, length: usize) -> Option<u32> {
        let digits = self.source.get(at..at + length)?;
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            u32::from_str_radix(digits, 16).ok()
        } else {
            None
        }
    }

    pub(super) fn fetch_block_scalar(&mut self, style: ScalarStyle) -> Scan<()> {
        self.allow_simple_key = true;
        self.remove_simple_key()?;
        let start = self.at;
        let folded = style == ScalarStyle::Folded;
        self.at += 1;
        let header = self.block_header(start)?;
        let header_end = self.at;
        self.end_of_block_header(start)?;
        let least = (self.indent + 1).max(1);
        let mut breaks = Vec::new();
        let indent = if let Some(increment) = header.increment {
            let indent = least + increment - 1;
            self.block_breaks(indent, &mut breaks);
            indent
        } else {
            self.block_indentation(&mut breaks).max(least)
        };
        let mut text = Text::new(self);
        let mut end = header_end;
        let mut last_break = None;
        while self.at < self.bytes.len() && self.current_column() == indent {
            breaks.drain(..).for_each(|more| add_break(&mut text, more));
            let starts_with_word = !matches!(self.peek(), b' ' | b'\t');
            let line = self.at;
            self.at = self.block_line_end();
            text.take(line, self.at);
            end = self.at;
            last_break = self.take_break();
            self.block_breaks(indent, &mut breaks);
            if self.at >= self.bytes.len() || self.current_column() != indent {
                break;
            }
            let Some(line_break) = last_break.take() else {
                break;
            };
            let is_folded = folded
                && line_break.0 == "\n"
                && starts_with_word
                && !matches!(self.peek(), b' ' | b'\t');
            if !is_folded {
                add_break(&mut text, line_break);
            } else if breaks.is_empty() {
                text.replace(" ", line_break.1);
            }
        }
        if let Some(last_break) = last_break.filter(|_| header.keeps_last_break) {
            add_break(&mut text, last_break);
        }
        if header.keeps_all_breaks {
            breaks.drain(..).for_each(|more| add_break(&mut text, more));
        }
        let end = start
            + self
                .source
                .get(start..end)
                .unwrap_or_default()
                .trim_end()
                .len();
        self.push_scalar(style, start, end, text);
        Ok(())
    }

    /// The indicators behind `|` or `>`, in either order.
    fn block_header(&mut self, start: usize) -> Scan<BlockHeader> {
        let mut header = BlockHeader {
            keeps_last_break: true,
            keeps_all_breaks: false,
            increment: None,
        };
        let problem = |at| Problem::within(ProblemKind::BlockHeader, at, start);
        let mut has_chomping = false;
        loop {
            match self.peek() {
                chomping @ (b'-' | b'+') if !has_chomping => {
                    has_chomping = true;
                    header.keeps_last_break = chomping == b'+';
                    header.keeps_all_breaks = chomping == b'+';
                }
                digit @ b'1'..=b'9' if header.increment.is_none() => {
                    header.increment = Some(i32::from(digit - b'0'));
                }
                b' ' => return Ok(header),
                b'\t' => {
                    self.refusals
                        .push(Problem::new(ProblemKind::TabSeparation, self.at));
                    return Ok(header);
                }
                _ if self.is_line_end(self.at) => return Ok(header),
                _ => return Err(problem(self.at)),
            }
            self.at += 1;
        }
    }

    fn end_of_block_header(&mut self, start: usize) -> Scan<()> {
        let blanks = self.at;
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
        if self.byte(blanks) == b' ' && self.bytes[blanks..self.at].contains(&b'\t') {
            self.refusals
                .push(Problem::new(ProblemKind::TabSeparation, blanks));
        }
        if self.peek() == b'#' {
            self.take_comment();
        }
        if self.take_line_break().is_some() || self.at >= self.bytes.len() {
            Ok(())
        } else {
            Err(Problem::within(ProblemKind::BlockHeader, self.at, start))
        }
    }

    /// The most spaces before the first line with content, empty lines included.
    fn block_indentation(&mut self, breaks: &mut Vec<Break>) -> i32 {
        let mut most = 0;
        loop {
            if self.peek() == b' ' {
                self.at += 1;
                most = most.max(self.current_column());
            } else if let Some(line_break) = self.take_break() {
                breaks.push(line_break);
            } else {
                return most;
            }
        }
    }

    /// Skips indentation up to a column, and the empty lines before a line with content.
    fn block_breaks(&mut self, indent: i32, breaks: &mut Vec<Break>) {
        loop {
            let mut column = self.current_column();
            while column < indent && self.peek() == b' ' {
                self.at += 1;
                column += 1;
            }
            match self.take_break() {
                Some(line_break) => breaks.push(line_break),
                None => return,
            }
        }
    }

    fn take_break(&mut self) -> Option<Break> {
        let start = self.at;
        self.take_line_break()
            .map(|line_break| (line_break, start..self.at))
    }

    fn block_line_end(&self) -> usize {
        let mut at = self.at;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\n' | b'\r' => return at,
                0xC2 | 0xE2 if self.line_break(at) > 0 => return at,
                _ => at += 1,
            }
        }
        at
    }
}

/// Adds a line break as the source has it where that is what it means, so that a text may stay borrowed.
fn add_break(text: &mut Text<'_>, (line_break, source): Break) {
    if line_break.len() == source.len() {
        text.take(source.start, source.end);
    } else {
        text.replace(line_break, source);
    }
}

fn is_flow_end(byte: u8) -> bool {
    matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}')
}
