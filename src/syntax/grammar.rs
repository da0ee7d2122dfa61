//! Tokens become the tree, by the grammar of the parser that Kestra uses: states on a stack, so that no
//! nesting can exhaust the program's own.

use super::CollectionStyle::{Block, Flow};
use super::NodeKind::{Mapping, Sequence};
use super::builder::Builder;
use super::problem::{Problem, ProblemKind};
use super::scanner::{Scanner, TokenKind};

/// Kestra (Jackson's stream constraints) refuses more levels than this.
const NESTING_LIMIT: usize = 1000;

type Step = Result<(), Problem>;

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockItem,
    IndentlessItem,
    BlockKey,
    BlockValue,
    FlowItem { first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowKey { first: bool },
    FlowValue,
    FlowEmptyValue,
}

/// Parses all documents of a text into a builder.
pub(super) fn run<'text>(scanner: &mut Scanner<'text>, builder: &mut Builder<'text>) {
    let mut grammar = Grammar {
        scanner,
        builder,
        states: Vec::new(),
        opened: Vec::new(),
        tag_handles: Vec::new(),
        is_first: true,
    };
    loop {
        match grammar.document() {
            Ok(true) => {}
            Ok(false) => break,
            Err(problem) => {
                if !grammar.recover(problem) {
                    break;
                }
            }
        }
    }
}

struct Grammar<'run, 'text> {
    scanner: &'run mut Scanner<'text>,
    builder: &'run mut Builder<'text>,
    states: Vec<State>,
    /// Where the open collections began.
    opened: Vec<usize>,
    /// The handles that `%TAG` directives of the document declare.
    tag_handles: Vec<String>,
    is_first: bool,
}

impl Grammar<'_, '_> {
    /// Reads one document; false at the end of the text.
    fn document(&mut self) -> Result<bool, Problem> {
        self.states.clear();
        self.opened.clear();
        self.states.push(State::DocumentStart);
        if !self.document_start()? {
            return Ok(false);
        }
        while let Some(state) = self.states.pop() {
            self.step(state)?;
        }
        Ok(true)
    }

    fn recover(&mut self, problem: Problem) -> bool {
        let began = self.builder.document_start();
        self.builder.fail(problem);
        let from = problem.at.max(began.map_or(0, |start| start + 1));
        self.is_first = false;
        self.scanner.skip_to_document(from)
    }

    fn step(&mut self, state: State) -> Step {
        match state {
            State::DocumentStart => Ok(()),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockItem => self.block_item(),
            State::IndentlessItem => self.indentless_item(),
            State::BlockKey => self.block_key(),
            State::BlockValue => self.block_value(),
            State::FlowItem { first } => self.flow_item(first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                self.close();
                self.states.push(State::FlowItem { first: false });
                Ok(())
            }
            State::FlowKey { first } => self.flow_key(first),
            State::FlowValue => self.flow_value(),
            State::FlowEmptyValue => {
                self.states.push(State::FlowKey { first: false });
                self.empty();
                Ok(())
            }
        }
    }

    fn peek(&mut self) -> Result<TokenKind, Problem> {
        self.scanner.peek_kind()
    }

    fn peek_start(&mut self) -> Result<usize, Problem> {
        self.scanner.peek_token().map(|token| token.start)
    }

    fn skip(&mut self) -> Step {
        self.scanner.take_token().map(drop)
    }

    fn document_start(&mut self) -> Result<bool, Problem> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        self.tag_handles.clear();
        if !is_first {
            while self.peek()? == TokenKind::DocumentEnd {
                self.skip()?;
            }
        }
        let start = self.peek_start()?;
        match self.peek()? {
            TokenKind::StreamEnd => return Ok(false),
            TokenKind::Directive | TokenKind::DocumentStart => {}
            _ if is_first => {
                self.builder.start_document(start);
                self.states.clear();
                self.states.push(State::DocumentEnd);
                self.node(true, false)?;
                return Ok(true);
            }
            _ => return Err(Problem::new(ProblemKind::ExpectedDocumentStart, start)),
        }
        self.builder.start_document(start);
        self.directives()?;
        match self.peek()? {
            TokenKind::StreamEnd => {
                self.builder.forget_start();
                return Ok(false);
            }
            TokenKind::DocumentStart => self.skip()?,
            _ => {
                let at = self.peek_start()?;
                return Err(Problem::new(ProblemKind::ExpectedDocumentStart, at));
            }
        }
        self.states.clear();
        self.states.push(State::DocumentEnd);
        self.states.push(State::DocumentContent);
        Ok(true)
    }

    fn directives(&mut self) -> Step {
        let mut has_version = false;
        while self.peek()? == TokenKind::Directive {
            let token = self.scanner.take_token()?;
            let mut words = token.text.split(' ').filter(|word| !word.is_empty());
            match words.next() {
                Some("%YAML") => {
                    if std::mem::replace(&mut has_version, true) {
                        return Err(Problem::new(ProblemKind::DuplicateDirective, token.start));
                    }
                    let major = words.next().and_then(|version| version.split('.').next());
                    if major.and_then(|major| major.parse::<u32>().ok()) != Some(1) {
                        return Err(Problem::new(ProblemKind::Version, token.start));
                    }
                }
                Some("%TAG") => {
                    let handle = words.next().unwrap_or_default().to_owned();
                    if self.tag_handles.contains(&handle) {
                        return Err(Problem::new(ProblemKind::DuplicateDirective, token.start));
                    }
                    self.tag_handles.push(handle);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn document_content(&mut self) -> Step {
        match self.peek()? {
            TokenKind::Directive
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.builder.no_root();
                Ok(())
            }
            _ => self.node(true, false),
        }
    }

    /// The document is complete: whatever is wrong behind it is another's problem.
    fn document_end(&mut self) -> Step {
        let end = self.scanner.peek_token().map(|token| token.start);
        self.builder
            .end_document(end.unwrap_or_else(|problem| problem.at));
        end.map(drop)
    }

    fn node(&mut self, block: bool, may_be_indentless: bool) -> Step {
        let mut has_properties = false;
        loop {
            let token = self.scanner.peek_token()?;
            let (kind, start, end) = (token.kind, token.start, token.end);
            match kind {
                TokenKind::Alias if !has_properties => {
                    self.skip()?;
                    self.builder.alias(start, end);
                    return Ok(());
                }
                TokenKind::Anchor if !self.builder.has_anchor() => {
                    self.builder.anchor(start, end);
                    self.skip()?;
                }
                TokenKind::Tag if !self.builder.has_tag() => {
                    self.check_tag_handle()?;
                    self.builder.tag(start, end);
                    self.skip()?;
                }
                _ => return self.content(kind, start, block, may_be_indentless, has_properties),
            }
            has_properties = true;
        }
    }

    fn check_tag_handle(&mut self) -> Step {
        let token = self.scanner.peek_token()?;
        let handle = token.text.as_ref();
        let is_known = matches!(handle, "" | "!" | "!!")
            || self.tag_handles.iter().any(|known| known == handle);
        if is_known {
            Ok(())
        } else {
            let (start, end) = (token.start, token.end);
            Err(Problem::within(ProblemKind::UndefinedTagHandle, end, start))
        }
    }

    fn content(
        &mut self,
        kind: TokenKind,
        start: usize,
        block: bool,
        may_be_indentless: bool,
        has_properties: bool,
    ) -> Step {
        match kind {
            TokenKind::BlockEntry if may_be_indentless => {
                self.open(Sequence(Block), start, State::IndentlessItem)
            }
            TokenKind::Scalar(style) => {
                let token = self.scanner.take_token()?;
                self.builder
                    .scalar(style, token.start, token.end, token.text);
                Ok(())
            }
            TokenKind::FlowSequenceStart => {
                self.open(Sequence(Flow), start, State::FlowItem { first: true })?;
                self.skip()
            }
            TokenKind::FlowMappingStart => {
                self.open(Mapping(Flow), start, State::FlowKey { first: true })?;
                self.skip()
            }
            TokenKind::BlockSequenceStart if block => {
                self.skip()?;
                self.open(Sequence(Block), start, State::BlockItem)
            }
            TokenKind::BlockMappingStart if block => {
                self.skip()?;
                self.open(Mapping(Block), start, State::BlockKey)
            }
            _ if has_properties => {
                self.empty();
                Ok(())
            }
            _ => Err(Problem::within(
                ProblemKind::ExpectedNode {
                    in_brackets: !block,
                },
                start,
                self.opened.last().copied().unwrap_or(start),
            )),
        }
    }

    fn open(&mut self, kind: super::NodeKind, start: usize, state: State) -> Step {
        if self.opened.len() >= NESTING_LIMIT {
            return Err(Problem::new(ProblemKind::TooDeep, start));
        }
        self.builder.start(kind, start);
        self.opened.push(start);
        self.states.push(state);
        Ok(())
    }

    /// Ends a block.
    fn close(&mut self) {
        self.builder.end(None);
        self.opened.pop();
    }

    /// Ends a collection in brackets. Kestra looks at the next token first: what is wrong with it is wrong
    /// with this document even where it is the root that ends.
    fn close_bracket(&mut self) -> Step {
        let end = self.scanner.take_token()?.end;
        self.peek()?;
        self.builder.end(Some(end));
        self.opened.pop();
        Ok(())
    }

    /// An absent value, where it would stand.
    fn empty(&mut self) {
        let at = self.builder.place_of_absent();
        self.builder
            .scalar(super::ScalarStyle::Plain, at, at, "".into());
    }

    /// A value behind a token, or none if one of `stops` follows; `then` is what comes after it.
    fn node_unless(
        &mut self,
        stops: &[TokenKind],
        then: State,
        block: bool,
        indentless: bool,
    ) -> Step {
        let after = self.scanner.take_token()?.end;
        self.builder.passed(after);
        self.states.push(then);
        if stops.contains(&self.peek()?) {
            self.empty();
            Ok(())
        } else {
            self.node(block, indentless)
        }
    }

    fn block_item(&mut self) -> Step {
        const STOPS: [TokenKind; 2] = [TokenKind::BlockEntry, TokenKind::BlockEnd];
        match self.peek()? {
            TokenKind::BlockEntry => self.node_unless(&STOPS, State::BlockItem, true, false),
            TokenKind::BlockEnd => self.end_of_block(),
            _ => self.unexpected(ProblemKind::ExpectedItem),
        }
    }

    fn end_of_block(&mut self) -> Step {
        self.skip()?;
        self.close();
        Ok(())
    }

    fn unexpected(&mut self, kind: ProblemKind) -> Step {
        let at = self.peek_start()?;
        let began = self.opened.last().copied().unwrap_or(at);
        Err(Problem::within(kind, at, began))
    }

    fn indentless_item(&mut self) -> Step {
        const STOPS: [TokenKind; 4] = [
            TokenKind::BlockEntry,
            TokenKind::Key,
            TokenKind::Value,
            TokenKind::BlockEnd,
        ];
        if self.peek()? == TokenKind::BlockEntry {
            self.node_unless(&STOPS, State::IndentlessItem, true, false)
        } else {
            self.close();
            Ok(())
        }
    }

    fn block_key(&mut self) -> Step {
        const STOPS: [TokenKind; 3] = [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        match self.peek()? {
            TokenKind::Key => self.node_unless(&STOPS, State::BlockValue, true, true),
            TokenKind::BlockEnd => self.end_of_block(),
            _ => self.unexpected(ProblemKind::ExpectedKey),
        }
    }

    fn block_value(&mut self) -> Step {
        const STOPS: [TokenKind; 3] = [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        if self.peek()? == TokenKind::Value {
            return self.node_unless(&STOPS, State::BlockKey, true, true);
        }
        self.states.push(State::BlockKey);
        self.empty();
        Ok(())
    }

    fn flow_item(&mut self, first: bool) -> Step {
        if self.peek()? != TokenKind::FlowSequenceEnd {
            if !first {
                self.comma(ProblemKind::UnclosedList)?;
            }
            match self.peek()? {
                TokenKind::Key => {
                    let at = self.peek_start()?;
                    return self.open(Mapping(Flow), at, State::FlowPairKey);
                }
                TokenKind::FlowSequenceEnd => {}
                _ => {
                    self.states.push(State::FlowItem { first: false });
                    return self.node(false, false);
                }
            }
        }
        self.close_bracket()
    }

    fn comma(&mut self, otherwise: ProblemKind) -> Step {
        if self.peek()? == TokenKind::FlowEntry {
            self.skip()
        } else {
            self.unexpected(otherwise)
        }
    }

    fn flow_pair_key(&mut self) -> Step {
        const STOPS: [TokenKind; 3] = [
            TokenKind::Value,
            TokenKind::FlowEntry,
            TokenKind::FlowSequenceEnd,
        ];
        self.node_unless(&STOPS, State::FlowPairValue, false, false)
    }

    fn flow_pair_value(&mut self) -> Step {
        const STOPS: [TokenKind; 2] = [TokenKind::FlowEntry, TokenKind::FlowSequenceEnd];
        if self.peek()? == TokenKind::Value {
            return self.node_unless(&STOPS, State::FlowPairEnd, false, false);
        }
        self.states.push(State::FlowPairEnd);
        self.empty();
        Ok(())
    }

    fn flow_key(&mut self, first: bool) -> Step {
        const STOPS: [TokenKind; 3] = [
            TokenKind::Value,
            TokenKind::FlowEntry,
            TokenKind::FlowMappingEnd,
        ];
        if self.peek()? != TokenKind::FlowMappingEnd {
            if !first {
                self.comma(ProblemKind::UnclosedMapping)?;
            }
            match self.peek()? {
                TokenKind::Key => {
                    return self.node_unless(&STOPS, State::FlowValue, false, false);
                }
                TokenKind::FlowMappingEnd => {}
                _ => {
                    self.states.push(State::FlowEmptyValue);
                    return self.node(false, false);
                }
            }
        }
        self.close_bracket()
    }

    fn flow_value(&mut self) -> Step {
        const STOPS: [TokenKind; 2] = [TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
        if self.peek()? == TokenKind::Value {
            return self.node_unless(&STOPS, State::FlowKey { first: false }, false, false);
        }
        self.states.push(State::FlowKey { first: false });
        self.empty();
        Ok(())
    }
}
