//! Templates: text, `{{ … }}`, `{% … %}` and `{# … #}`.

use memchr::memmem;

use super::error::{Parsed, SyntaxError};
use super::lexer::{Lexer, Region, Token, TokenKind, is_whitespace, range, skip_delimiter_space};
use super::parser::{Parser, Scratch};
use super::tree::{Part, PartId, PartKind, Template};
use crate::text::TextRange;

/// After this many errors the rest is left alone; it bounds the work on hopeless texts.
const MAX_ERRORS: usize = 16;

/// Parses the decoded text of a scalar. Never fails: what the engine would refuse is in
/// [`Template::errors`], and what is around it is parsed all the same.
pub fn parse(text: &str) -> Template {
    TemplateParser::default().parse(text)
}

/// Parses one template after the other; what it needs only while it reads is kept for the next.
#[derive(Default)]
pub struct TemplateParser {
    tokens: Vec<Token>,
    scratch: Scratch,
}

impl TemplateParser {
    /// As [`parse`].
    pub fn parse(&mut self, text: &str) -> Template {
        let mut template = Template {
            text: text.into(),
            ..Template::default()
        };
        if u32::try_from(text.len()).is_err() {
            template.errors.push(*SyntaxError::new(
                TextRange::default(),
                "the text is larger than 4 GiB",
            ));
            return template;
        }
        let mut state = State {
            text,
            template: &mut template,
            open: Vec::new(),
            tokens: std::mem::take(&mut self.tokens),
            scratch: std::mem::take(&mut self.scratch),
            trim_next: false,
            no_raw_before: 0,
        };
        state.run();
        (self.tokens, self.scratch) = (state.tokens, state.scratch);
        template
    }
}

/// Whether a text can contain anything but plain text. Cheap: most strings have none.
pub fn has_template(text: &str) -> bool {
    openings(text).next().is_some()
}

/// Where `{{`, `{%` and `{#` stand in a text.
pub fn openings(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'{', bytes)
        .filter(|at| matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// Tags that have a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    If,
    For,
    Macro,
    Block,
    Filter,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::For => "for",
            Self::Macro => "macro",
            Self::Block => "block",
            Self::Filter => "filter",
        }
    }

    fn of_end(name: &str) -> Option<Self> {
        Some(match name {
            "endif" => Self::If,
            "endfor" => Self::For,
            "endmacro" => Self::Macro,
            "endblock" => Self::Block,
            "endfilter" => Self::Filter,
            _ => return None,
        })
    }
}

/// A tag whose end has not come yet.
struct OpenTag {
    tag: Tag,
    /// The opening part.
    first: usize,
    /// The opening part or the last branch.
    last: usize,
    /// Whether `else` has been seen.
    has_else: bool,
    name: TextRange,
}

struct State<'a> {
    text: &'a str,
    template: &'a mut Template,
    open: Vec<OpenTag>,
    tokens: Vec<Token>,
    scratch: Scratch,
    /// The last delimiter had a `-`: the next text loses its leading whitespace.
    trim_next: bool,
    /// Up to here no `{% raw %}` has its end on the same line.
    no_raw_before: usize,
}

impl State<'_> {
    fn run(&mut self) {
        let mut offset = 0;
        while let Some(at) = self.next_opening(offset) {
            let mut inner = at + 2;
            let trims = self.bytes().get(inner) == Some(&b'-')
                && skip_delimiter_space(self.bytes(), inner + 1) > inner + 1;
            if trims {
                inner = skip_delimiter_space(self.bytes(), inner + 1);
            }
            self.text_part(offset, at, trims);
            offset = match self.bytes()[at + 1] {
                b'{' => self.region(at, inner, Region::Print),
                b'#' => self.comment(at, inner),
                _ => self.tag_or_verbatim(at, inner),
            };
            if self.template.errors.len() >= MAX_ERRORS {
                break;
            }
        }
        self.text_part(offset, self.text.len(), false);
        self.close_all();
    }

    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn next_opening(&self, from: usize) -> Option<usize> {
        openings(self.text.get(from..)?).next().map(|at| from + at)
    }

    fn push(&mut self, range: TextRange, kind: PartKind) -> usize {
        self.template.parts.push(Part { range, kind });
        self.template.parts.len() - 1
    }

    fn text_part(&mut self, start: usize, end: usize, trim_end: bool) {
        let trim_start = std::mem::take(&mut self.trim_next);
        let Some(text) = self.text.get(start..end) else {
            return;
        };
        let kept = if trim_start {
            text.trim_start_matches(is_whitespace)
        } else {
            text
        };
        let start = end - kept.len();
        let kept = if trim_end {
            kept.trim_end_matches(is_whitespace)
        } else {
            kept
        };
        if !kept.is_empty() {
            self.push(range(start, start + kept.len()), PartKind::Text);
        }
    }

    fn comment(&mut self, at: usize, inner: usize) -> usize {
        if inner == self.text.len() {
            // The engine stops reading at the end before it looks for the comment's.
            self.push(range(at, inner), PartKind::Comment);
            return inner;
        }
        let Some(found) = memmem::find(&self.bytes()[inner..], b"#}") else {
            self.template.errors.push(
                *SyntaxError::new(range(at, at + 2), "the comment is never closed")
                    .help("close it with `#}`"),
            );
            return self.text.len();
        };
        let end = inner + found;
        // Looking backwards, as the engine does: `-` and whitespace before it.
        let content = &self.bytes()[inner..end];
        self.trim_next = content.last() == Some(&b'-')
            && content
                .iter()
                .rev()
                .nth(1)
                .is_some_and(u8::is_ascii_whitespace);
        self.push(range(at, end + 2), PartKind::Comment);
        end + 2
    }

    fn tag_or_verbatim(&mut self, at: usize, inner: usize) -> usize {
        if let Some((start, end, after)) = self.raw(at) {
            self.push(range(at, after), PartKind::Verbatim(range(start, end)));
            return after;
        }
        match self.verbatim(at, inner) {
            Some(after) => after,
            None => self.region(at, inner, Region::Execute),
        }
    }

    /// `{% raw %}…{% endraw %}` on one line: Kestra takes it out before the engine sees the text.
    /// Gives the content's start and end and the offset after the whole.
    fn raw(&mut self, at: usize) -> Option<(usize, usize, usize)> {
        let bytes = self.text.as_bytes();
        let start = raw_tag(bytes, at, b"raw")?;
        if start < self.no_raw_before {
            return None;
        }
        let line_end = self.text[start..]
            .find(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
            .map_or(bytes.len(), |found| start + found);
        let mut from = start;
        while let Some(found) = memmem::find(bytes.get(from..line_end)?, b"{%") {
            let end = from + found;
            if let Some(after) = raw_tag(bytes, end, b"endraw") {
                return Some((start, end, after));
            }
            from = end + 2;
        }
        self.no_raw_before = line_end;
        None
    }

    fn verbatim(&mut self, at: usize, inner: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let (start, _) = plain_tag(bytes, inner, b"verbatim")?;
        let mut from = start;
        while let Some(found) = memmem::find(&bytes[from..], b"{%") {
            let end = from + found;
            let trim = usize::from(bytes.get(end + 2) == Some(&b'-'));
            if let Some((after, trims)) = plain_tag(bytes, end + 2 + trim, b"endverbatim") {
                // The engine always trims the start of the content, the end only if asked.
                let content = self.text.get(start..end).unwrap_or_default();
                let content_start = end - content.trim_start_matches(is_whitespace).len();
                let kept = self.text.get(content_start..end).unwrap_or_default();
                let kept = if trim == 1 {
                    kept.trim_end_matches(is_whitespace)
                } else {
                    kept
                };
                let content = range(content_start, content_start + kept.len());
                self.push(range(at, after), PartKind::Verbatim(content));
                self.trim_next = trims;
                return Some(after);
            }
            from = end + 2;
        }
        self.template.errors.push(
            *SyntaxError::new(range(at, start), "`{% verbatim %}` is never closed")
                .help("close it with `{% endverbatim %}`"),
        );
        Some(bytes.len())
    }

    /// A `{{ … }}` or `{% … %}`; gives the offset after it.
    fn region(&mut self, at: usize, inner: usize, region: Region) -> usize {
        let mut tokens = std::mem::take(&mut self.tokens);
        let mut lexer = Lexer::new(self.text, inner, region, &mut tokens);
        let read = lexer.run();
        let stopped = lexer.offset();
        let after = match read {
            Ok(Some(end)) => {
                self.trim_next = end.trims;
                match self.parse_region(at, end.after, region, &tokens) {
                    Ok(()) => end.after,
                    Err(error) => {
                        self.fail(at, end.after, *error);
                        self.open_all_the_same(region, &tokens);
                        end.after
                    }
                }
            }
            Ok(None) => {
                self.never_closed(at, region, None);
                self.resume(at + 2)
            }
            Err(error) => {
                if self.opens_again_before_close(at, region) {
                    self.never_closed(at, region, Some(&error));
                    self.resume(at + 2)
                } else {
                    let resume = self.resume(stopped);
                    self.fail(at, resume, *error);
                    self.open_all_the_same(region, &tokens);
                    resume
                }
            }
        };
        self.tokens = tokens;
        after
    }

    fn fail(&mut self, at: usize, end: usize, error: SyntaxError) {
        self.template.errors.push(error);
        self.push(range(at, end), PartKind::Error);
    }

    /// A broken opening tag opens its body too: otherwise its end would be a second error.
    fn open_all_the_same(&mut self, region: Region, tokens: &[Token]) {
        let Some(name) = tokens.first().filter(|_| region == Region::Execute) else {
            return;
        };
        let tags = [Tag::If, Tag::For, Tag::Macro, Tag::Block, Tag::Filter];
        let written = self.template.slice(name.range());
        if let Some(tag) = tags.into_iter().find(|tag| tag.name() == written) {
            let last = self.template.parts.len().saturating_sub(1);
            self.open.push(OpenTag {
                tag,
                first: last,
                last,
                has_else: false,
                name: name.range(),
            });
        }
    }

    fn never_closed(&mut self, at: usize, region: Region, cause: Option<&SyntaxError>) {
        let (opening, closing) = (region.opening(), region.closing());
        let error = SyntaxError::new(range(at, at + 2), format!("`{opening}` is never closed"));
        let error = match cause.and_then(|cause| cause.replacement.clone()) {
            Some(replacement) => error
                .help(format!("close it with `{closing}`"))
                .replace(replacement.range, replacement.text),
            None => error.help(format!("close it with `{closing}`")),
        };
        self.fail(at, at + 2, *error);
    }

    /// Whether another opening delimiter comes before this one's closing delimiter.
    fn opens_again_before_close(&self, at: usize, region: Region) -> bool {
        let rest = &self.bytes()[at + 2..];
        let close = memmem::find(rest, region.closing().as_bytes());
        let open = self.next_opening(at + 2).map(|next| next - at - 2);
        match (open, close) {
            (Some(open), Some(close)) => open < close && open > 1,
            (_, None) => true,
            (None, Some(_)) => false,
        }
    }

    /// After an error: behind the next closing delimiter or before the next opening one.
    fn resume(&self, from: usize) -> usize {
        let bytes = self.bytes();
        let mut offset = from.min(bytes.len());
        while let Some(found) = memchr::memchr3(b'{', b'}', b'%', &bytes[offset..]) {
            let at = offset + found;
            match (bytes[at], bytes.get(at + 1)) {
                (b'{', Some(b'{' | b'%' | b'#')) => return at,
                (b'}' | b'%', Some(b'}')) => return at + 2,
                _ => offset = at + 1,
            }
        }
        bytes.len()
    }

    fn parse_region(
        &mut self,
        at: usize,
        after: usize,
        region: Region,
        tokens: &[Token],
    ) -> Parsed<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let place = range(at, after);
        let result = match region {
            Region::Print if tokens.len() < 2 => {
                Err(SyntaxError::new(place, "the expression is empty")
                    .help("write an expression between `{{` and `}}`, or remove them"))
            }
            Region::Print => {
                let mut parser = Parser::new(self.template, tokens, region, &mut scratch);
                parser.expression().and_then(|value| {
                    expect_end(&parser)?;
                    Ok(PartKind::Print(value))
                })
            }
            Region::Execute => self.open_tag(place, tokens, &mut scratch),
        };
        self.scratch = scratch;
        match result? {
            // Tags push themselves, since they also move the stack of open ones.
            PartKind::Error => {}
            kind => {
                self.push(place, kind);
            }
        }
        Ok(())
    }

    /// Parses a tag. [`PartKind::Error`] says that its part has been pushed already.
    fn open_tag(
        &mut self,
        place: TextRange,
        tokens: &[Token],
        scratch: &mut Scratch,
    ) -> Parsed<PartKind> {
        let here = PartId(u32::try_from(self.template.parts.len()).unwrap_or(u32::MAX));
        let mut parser = Parser::new(self.template, tokens, Region::Execute, scratch);
        let token = parser.current();
        if token.kind != TokenKind::Name {
            return Err(
                SyntaxError::new(token.range(), "a tag must start with its name")
                    .help("tags are `if`, `for`, `set`, `macro`, `block`, `filter` and `verbatim`"),
            );
        }
        let name = token.range();
        let text = self.text;
        let (tag, kind) = match text.get(token.start..token.end).unwrap_or_default() {
            "if" => {
                parser.advance();
                let condition = parser.expression()?;
                (
                    Tag::If,
                    PartKind::If {
                        condition,
                        next: here,
                    },
                )
            }
            "for" => (Tag::For, for_tag(&mut parser, here)?),
            "macro" => (Tag::Macro, macro_tag(&mut parser, here)?),
            "block" => (Tag::Block, block_tag(&mut parser, here)?),
            "filter" => (Tag::Filter, filter_tag(&mut parser, here)?),
            "set" => return set_tag(&mut parser),
            "else" | "elseif" => return self.branch(place, tokens, scratch),
            other => {
                return match Tag::of_end(other) {
                    Some(tag) => self.end_tag(place, tag, tokens, scratch),
                    // The end of a tag that has been reported.
                    None if other.starts_with("end") && !self.template.errors.is_empty() => {
                        self.push(place, PartKind::Error);
                        Ok(PartKind::Error)
                    }
                    None => Err(unknown_tag(name, other)),
                };
            }
        };
        expect_end(&parser)?;
        if let PartKind::Macro { name, .. } = kind {
            self.unique_macro(name)?;
            self.template.macros.push(name);
        }
        let first = self.push(place, kind);
        self.open.push(OpenTag {
            tag,
            first,
            last: first,
            has_else: false,
            name,
        });
        Ok(PartKind::Error)
    }

    fn unique_macro(&self, name: TextRange) -> Parsed<()> {
        let written = self.template.slice(name);
        if self
            .template
            .macros()
            .any(|other| self.template.slice(other) == written)
        {
            return Err(SyntaxError::new(
                name,
                format!("there is another macro with the name `{written}`"),
            ));
        }
        Ok(())
    }

    /// `else` and `elseif`.
    fn branch(
        &mut self,
        place: TextRange,
        tokens: &[Token],
        scratch: &mut Scratch,
    ) -> Parsed<PartKind> {
        let here = self.template.parts.len();
        let id = PartId(u32::try_from(here).unwrap_or(u32::MAX));
        let mut parser = Parser::new(self.template, tokens, Region::Execute, scratch);
        let token = parser.advance();
        let is_else = parser.slice(token) == "else";
        let fits = self.open.last().is_some_and(|open| match open.tag {
            Tag::If => !open.has_else,
            Tag::For => is_else && !open.has_else,
            _ => false,
        });
        if !fits {
            let written = parser.slice(token).to_owned();
            return Err(misplaced_branch(token.range(), &written, self.open.last()));
        }
        let kind = if is_else {
            let next = parser.current();
            if next.kind == TokenKind::Name && parser.slice(next) == "if" {
                let place = range(token.start, next.end);
                return Err(SyntaxError::new(place, "`else if` is written as one word")
                    .help("write `elseif`")
                    .replace(place, "elseif"));
            }
            PartKind::Else { next: id }
        } else {
            let condition = parser.expression()?;
            PartKind::ElseIf {
                condition,
                next: id,
            }
        };
        expect_end(&parser)?;
        self.push(place, kind);
        if let Some(open) = self.open.last_mut() {
            open.has_else |= is_else;
            let last = std::mem::replace(&mut open.last, here);
            self.link(last, id);
        }
        Ok(PartKind::Error)
    }

    fn end_tag(
        &mut self,
        place: TextRange,
        tag: Tag,
        tokens: &[Token],
        scratch: &mut Scratch,
    ) -> Parsed<PartKind> {
        let name = tokens.first().map_or(place, |token| token.range());
        if self.open.last().is_none_or(|open| open.tag != tag) {
            return Err(self.misplaced_end(name, tag));
        }
        let open_name = self.open.last().and_then(|open| self.block_name(open));
        let mut parser = Parser::new(self.template, tokens, Region::Execute, scratch);
        parser.advance();
        if let Some(block) = open_name {
            let token = parser.current();
            let written = parser.slice(token).trim_matches(['\'', '"']);
            if written == parser.template.slice(block) && token.kind != TokenKind::End {
                parser.advance();
            }
        }
        expect_end(&parser)?;
        let here = PartId(u32::try_from(self.template.parts.len()).unwrap_or(u32::MAX));
        let kind = match tag {
            Tag::If => PartKind::EndIf,
            Tag::For => PartKind::EndFor,
            Tag::Macro => PartKind::EndMacro,
            Tag::Block => PartKind::EndBlock,
            Tag::Filter => PartKind::EndFilter,
        };
        self.push(place, kind);
        if let Some(open) = self.open.pop() {
            self.link(open.last, here);
        }
        Ok(PartKind::Error)
    }

    fn block_name(&self, open: &OpenTag) -> Option<TextRange> {
        match self.template.parts.get(open.first)?.kind {
            PartKind::Block { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Tells an opening part or branch what comes after its body.
    fn link(&mut self, part: usize, to: PartId) {
        if let Some(part) = self.template.parts.get_mut(part) {
            match &mut part.kind {
                PartKind::If { next, .. }
                | PartKind::ElseIf { next, .. }
                | PartKind::Else { next }
                | PartKind::For { next, .. }
                | PartKind::Macro { next, .. }
                | PartKind::Block { next, .. }
                | PartKind::Filter { next, .. } => *next = to,
                _ => {}
            }
        }
    }

    fn misplaced_end(&mut self, name: TextRange, tag: Tag) -> Box<SyntaxError> {
        let written = tag.name();
        let Some(depth) = self.open.iter().rposition(|open| open.tag == tag) else {
            return SyntaxError::new(
                name,
                format!("`{{% end{written} %}}` without `{{% {written} %}}`"),
            );
        };
        let inner = self.open.last().map_or(written, |open| open.tag.name());
        // What was open inside ends here too, so that one mistake is one error.
        self.open.truncate(depth);
        SyntaxError::new(
            name,
            format!("`{{% end{written} %}}` before `{{% end{inner} %}}`"),
        )
        .help(format!("`{{% {inner} %}}` has to end first"))
    }

    fn close_all(&mut self) {
        // Errors before this one usually are its cause.
        let quiet = !self.template.errors.is_empty();
        for open in std::mem::take(&mut self.open) {
            if quiet {
                break;
            }
            let written = open.tag.name();
            self.template.errors.push(
                *SyntaxError::new(open.name, format!("`{{% {written} %}}` is never ended"))
                    .help(format!("end it with `{{% end{written} %}}`")),
            );
        }
    }
}

/// After the last token of a region there must be its closing delimiter.
fn expect_end(parser: &Parser<'_>) -> Parsed<()> {
    if parser.current().kind == TokenKind::End {
        return Ok(());
    }
    let expected = format!("an operator or `{}`", parser.region.closing());
    Err(parser.unexpected_after_value(&expected))
}

fn for_tag(parser: &mut Parser<'_>, here: PartId) -> Parsed<PartKind> {
    parser.advance();
    let variable = parser.new_name("the loop variable")?;
    let token = parser.current();
    if token.kind != TokenKind::Name || parser.slice(token) != "in" {
        let found = parser.describe(token);
        let error = SyntaxError::new(token.range(), format!("expected `in`, found {found}"));
        return Err(if parser.at(b',') {
            error.help("a loop has one variable; loop over the map's entries and read `entry.key` and `entry.value`")
        } else {
            error.help("a loop is written `{% for item in list %}`")
        });
    }
    parser.advance();
    let iterable = parser.expression()?;
    Ok(PartKind::For {
        variable,
        iterable,
        next: here,
    })
}

fn macro_tag(parser: &mut Parser<'_>, here: PartId) -> Parsed<PartKind> {
    parser.advance();
    let token = parser.advance();
    if token.kind != TokenKind::Name {
        return Err(SyntaxError::new(token.range(), "a macro needs a name"));
    }
    let parameters = parser.macro_parameters()?;
    Ok(PartKind::Macro {
        name: token.range(),
        parameters,
        next: here,
    })
}

fn block_tag(parser: &mut Parser<'_>, here: PartId) -> Parsed<PartKind> {
    parser.advance();
    let token = parser.advance();
    let name = match token.kind {
        TokenKind::Name | TokenKind::StringPiece => token.range(),
        TokenKind::SingleQuoted | TokenKind::DoubleQuoted => range(token.start + 1, token.end - 1),
        _ => return Err(SyntaxError::new(token.range(), "a block needs a name")),
    };
    Ok(PartKind::Block { name, next: here })
}

fn filter_tag(parser: &mut Parser<'_>, here: PartId) -> Parsed<PartKind> {
    use super::operator::BinaryOperator;
    parser.advance();
    let mut filters = vec![parser.filter()?];
    while parser.current().kind == TokenKind::Operator(BinaryOperator::Filter) {
        parser.advance();
        filters.push(parser.filter()?);
    }
    let filters = parser.add_children(&mut filters);
    Ok(PartKind::Filter {
        filters,
        next: here,
    })
}

fn set_tag(parser: &mut Parser<'_>) -> Parsed<PartKind> {
    parser.advance();
    let variable = parser.new_name("a variable")?;
    if !parser.at(b'=') {
        let found = parser.describe(parser.current());
        return Err(SyntaxError::new(
            parser.current().range(),
            format!("expected `=` after the variable, found {found}"),
        )
        .help("a variable is set with `{% set name = value %}`; there is no `endset`"));
    }
    parser.advance();
    let value = parser.expression()?;
    expect_end(parser)?;
    Ok(PartKind::Set { variable, value })
}

/// A tag that the engine does not know.
fn unknown_tag(name: TextRange, written: &str) -> Box<SyntaxError> {
    let error = SyntaxError::new(name, format!("there is no tag `{written}`"));
    match written {
        "elif" | "elsif" | "elseIf" => error.help("write `elseif`").replace(name, "elseif"),
        "raw" => error
            .help("Kestra takes `{% raw %}…{% endraw %}` only on one line; over several lines write `{% verbatim %}…{% endverbatim %}`")
            .replace(name, "verbatim"),
        "endraw" => error
            .help("end `{% verbatim %}` with `{% endverbatim %}`")
            .replace(name, "endverbatim"),
        "endverbatim" => {
            SyntaxError::new(name, "`{% endverbatim %}` without `{% verbatim %}`")
        }
        "end" => error.help("each tag has its own end: `endif`, `endfor`, `endmacro`, `endblock`, `endfilter`"),
        "endset" => error.help("`set` has no end: `{% set name = value %}`"),
        "include" | "import" | "from" | "extends" | "embed" => {
            error.help("Kestra has no templates to load; `read('file')` gives a namespace file's content")
        }
        "cache" | "autoescape" | "flush" | "parallel" | "do" | "call" | "with" => {
            error.help("Kestra's engine leaves this tag out")
        }
        _ => {
            const TAGS: [&str; 9] = [
                "if", "for", "set", "macro", "block", "filter", "verbatim", "else", "elseif",
            ];
            let nearest = TAGS
                .into_iter()
                .map(|tag| (strsim::damerau_levenshtein(tag, written), tag))
                .min()
                .filter(|(distance, tag)| *distance <= 2 && *distance < tag.len());
            match nearest {
                Some((_, tag)) => error
                    .help(format!("did you mean `{tag}`?"))
                    .replace(name, tag),
                None => error
                    .help("tags are `if`, `for`, `set`, `macro`, `block`, `filter` and `verbatim`; other templating languages need `{% verbatim %}` around them"),
            }
        }
    }
}

fn misplaced_branch(name: TextRange, written: &str, open: Option<&OpenTag>) -> Box<SyntaxError> {
    match open {
        Some(open) if open.has_else => {
            SyntaxError::new(name, format!("`{{% {written} %}}` after `{{% else %}}`"))
                .help("`else` is the last branch")
        }
        Some(open) => SyntaxError::new(
            name,
            format!(
                "`{{% {written} %}}` has no place inside `{{% {} %}}`",
                open.tag.name()
            ),
        ),
        None => SyntaxError::new(name, format!("`{{% {written} %}}` without `{{% if %}}`")),
    }
}

/// Whether `{%` at an offset starts the tag that Kestra takes out itself (`raw`, `endraw`);
/// the offset after it.
fn raw_tag(bytes: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let dashes = |mut offset: usize| {
        while bytes.get(offset) == Some(&b'-') {
            offset += 1;
        }
        offset
    };
    let offset = skip_delimiter_space(bytes, dashes(at + 2));
    let rest = bytes.get(offset..)?.strip_prefix(name)?;
    let offset = dashes(skip_delimiter_space(bytes, bytes.len() - rest.len()));
    bytes
        .get(offset..)?
        .starts_with(b"%}")
        .then_some(offset + 2)
}

/// Whether a tag without arguments stands at an offset (after the opening delimiter): the offset
/// after it, and whether `-` stands before its closing delimiter.
fn plain_tag(bytes: &[u8], offset: usize, name: &[u8]) -> Option<(usize, bool)> {
    let offset = skip_delimiter_space(bytes, offset);
    let rest = bytes.get(offset..)?.strip_prefix(name)?;
    let offset = skip_delimiter_space(bytes, bytes.len() - rest.len());
    let trims = bytes.get(offset) == Some(&b'-');
    let offset = offset + usize::from(trims);
    bytes
        .get(offset..)?
        .starts_with(b"%}")
        .then_some((offset + 2, trims))
}
