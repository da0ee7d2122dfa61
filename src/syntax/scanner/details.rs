//! Directives, anchors, aliases and tags.

use super::{Problem, ProblemKind, Scan, Scanner, Token, TokenKind};

impl<'text> Scanner<'text> {
    pub(super) fn fetch_directive(&mut self) -> Scan<()> {
        self.end_document()?;
        let start = self.at;
        self.at += 1;
        let name = self.take_while(is_word);
        if name.is_empty() || !self.is_blank_or_end() {
            return Err(self.directive_problem(start));
        }
        match name {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => self.skip_line(),
        }
        let end = self.at;
        self.end_of_directive(start)?;
        self.push(TokenKind::Directive, start, end);
        Ok(())
    }

    fn directive_problem(&self, start: usize) -> Problem {
        Problem::within(ProblemKind::Directive, self.at, start)
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        let text = self.source.get(start..end).unwrap_or_default();
        self.tokens.push_back(Token {
            kind,
            start,
            end,
            text: text.into(),
        });
    }

    fn take_while(&mut self, holds: impl Fn(u8) -> bool) -> &'text str {
        let start = self.at;
        while holds(self.peek()) {
            self.at += 1;
        }
        self.source.get(start..self.at).unwrap_or_default()
    }

    fn is_blank_or_end(&self) -> bool {
        self.peek() == b' ' || self.is_line_end(self.at)
    }

    fn skip_line(&mut self) {
        while !self.is_line_end(self.at) {
            self.at += 1;
        }
    }

    /// `%YAML 1.1`; versions of other majors are refused when the document starts.
    fn version(&mut self, start: usize) -> Scan<()> {
        self.take_while(|byte| byte == b' ');
        let major = self.take_while(|byte| byte.is_ascii_digit());
        let has_point = self.peek() == b'.';
        self.at += usize::from(has_point);
        let minor = self.take_while(|byte| byte.is_ascii_digit());
        let holds = |number: &str| (1..=3).contains(&number.len());
        if has_point && holds(major) && holds(minor) && self.is_blank_or_end() {
            Ok(())
        } else {
            Err(self.directive_problem(start))
        }
    }

    /// `%TAG !handle! prefix`.
    fn tag_directive(&mut self, start: usize) -> Scan<()> {
        self.take_while(|byte| byte == b' ');
        self.tag_handle(start)?;
        if self.peek() != b' ' {
            return Err(self.directive_problem(start));
        }
        self.take_while(|byte| byte == b' ');
        self.tag_address(start)?;
        if self.is_blank_or_end() {
            Ok(())
        } else {
            Err(self.directive_problem(start))
        }
    }

    /// Only blanks or a comment may end the line of a directive.
    fn end_of_directive(&mut self, start: usize) -> Scan<()> {
        self.take_while(|byte| byte == b' ');
        if self.peek() == b'#' {
            self.take_comment();
        }
        if !self.is_line_end(self.at) {
            return Err(self.directive_problem(start));
        }
        Ok(())
    }

    pub(super) fn fetch_anchor(&mut self, kind: TokenKind) -> Scan<()> {
        self.save_simple_key()?;
        self.allow_simple_key = false;
        let start = self.at;
        self.at += 1;
        let name = self.at;
        while !self.is_space(self.at)
            && !matches!(
                self.peek(),
                b':' | b',' | b'[' | b']' | b'{' | b'}' | b'/' | b'.' | b'*' | b'&'
            )
        {
            self.at += 1;
        }
        let may_follow = self.is_space(self.at)
            || matches!(
                self.peek(),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if self.at == name || !may_follow {
            return Err(Problem::within(ProblemKind::AnchorName, self.at, start));
        }
        self.push(kind, start, self.at);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Scan<()> {
        self.save_simple_key()?;
        self.allow_simple_key = false;
        let start = self.at;
        let mut handle_end = start;
        match self.byte(start + 1) {
            b'<' => {
                self.at += 2;
                self.tag_address(start)?;
                if self.peek() != b'>' {
                    return Err(self.tag_problem(start));
                }
                self.at += 1;
            }
            _ if self.is_space(start + 1) => self.at += 1,
            _ => {
                if self.has_named_handle(start) {
                    self.tag_handle(start)?;
                } else {
                    self.at += 1;
                }
                handle_end = self.at;
                self.tag_address(start)?;
            }
        }
        if !self.is_blank_or_end() {
            return Err(self.tag_problem(start));
        }
        let text = self.source.get(start..handle_end).unwrap_or_default();
        self.tokens.push_back(Token {
            kind: TokenKind::Tag,
            start,
            end: self.at,
            text: text.into(),
        });
        Ok(())
    }

    /// Whether a second `!` follows before the next blank: `!name!suffix`, `!!suffix`.
    fn has_named_handle(&self, start: usize) -> bool {
        let mut at = start + 1;
        while self.byte(at) != b' ' && !self.is_line_end(at) {
            if self.byte(at) == b'!' {
                return true;
            }
            at += 1;
        }
        false
    }

    fn tag_problem(&self, start: usize) -> Problem {
        Problem::within(ProblemKind::Tag, self.at, start)
    }

    fn tag_handle(&mut self, start: usize) -> Scan<()> {
        if self.peek() != b'!' {
            return Err(self.tag_problem(start));
        }
        self.at += 1;
        if self.peek() == b' ' {
            return Ok(());
        }
        self.take_while(is_word);
        if self.peek() != b'!' {
            return Err(self.tag_problem(start));
        }
        self.at += 1;
        Ok(())
    }

    fn tag_address(&mut self, start: usize) -> Scan<()> {
        let address = self.at;
        loop {
            match self.peek() {
                b'%' => {
                    let digits = self.bytes.get(self.at + 1..self.at + 3).unwrap_or_default();
                    if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(self.tag_problem(start));
                    }
                    self.at += 3;
                }
                byte if is_address(byte) => self.at += 1,
                _ => break,
            }
        }
        if self.at == address {
            return Err(self.tag_problem(start));
        }
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_address(byte: u8) -> bool {
    is_word(byte)
        || matches!(
            byte,
            b';' | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
        )
}
