//! Parser events become the arena tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScanError, Span, StructureStyle};

use super::{
    Anchor, CollectionStyle, DECODED, DuplicateKey, Entry, NO_PARENT, Node, NodeId, NodeKind,
    ScalarStyle, SyntaxError, Tree, YamlDocument, divergence,
};
use crate::text::{TextRange, TextSize};

/// Deeper nesting than this is refused; no flow comes near.
const NESTING_LIMIT: usize = 1000;
/// Mappings with more keys look for duplicates through a table.
const SMALL_MAPPING: usize = 12;

/// Parses a text; never fails: what cannot be parsed is in [`Tree::errors`]. Texts beyond 4 GiB are
/// for the caller to refuse.
pub fn parse(source: Arc<str>) -> Tree {
    let text = Arc::clone(&source);
    let mut builder = Builder::new(&text);
    let mut parser = Parser::new_from_str_with_options(&text, options());
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => builder.event(event, span),
            Some(Err(error)) => {
                builder.fail(&error);
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    let mut tree = builder.finish(source);
    divergence::find(&mut tree);
    tree
}

fn options() -> Options {
    let mut options = Options::default();
    options.strict_indentation = true;
    options.max_buffered_comment_events = usize::MAX;
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = NESTING_LIMIT;
    options.block_nesting_limit = NESTING_LIMIT;
    options
}

struct Open {
    node: u32,
    /// Where its children begin on [`Builder::children`].
    children: usize,
}

#[derive(Debug, Default, Clone, Copy)]
struct Marks {
    nodes: usize,
    entries: usize,
    items: usize,
    decoded: usize,
    anchors: usize,
    tags: usize,
    duplicate_keys: usize,
}

struct Builder<'text> {
    source: &'text str,
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    items: Vec<NodeId>,
    decoded: Vec<Box<str>>,
    documents: Vec<YamlDocument>,
    comments: Vec<TextRange>,
    anchors: Vec<Anchor>,
    tags: Vec<(NodeId, TextRange)>,
    duplicate_keys: Vec<DuplicateKey>,
    errors: Vec<SyntaxError>,
    open: Vec<Open>,
    children: Vec<NodeId>,
    document_start: Option<u32>,
    /// How much there was when the document began.
    marks: Marks,
    root: Option<NodeId>,
    /// Where the last token that matters for finding block headers ended.
    last_end: usize,
}

impl<'text> Builder<'text> {
    fn new(source: &'text str) -> Self {
        let guess = source.len() / 24;
        Self {
            source,
            nodes: Vec::with_capacity(guess),
            entries: Vec::with_capacity(guess / 2),
            items: Vec::new(),
            decoded: Vec::new(),
            documents: Vec::new(),
            comments: Vec::new(),
            anchors: Vec::new(),
            tags: Vec::new(),
            duplicate_keys: Vec::new(),
            errors: Vec::new(),
            open: Vec::new(),
            children: Vec::new(),
            document_start: None,
            marks: Marks::default(),
            root: None,
            last_end: 0,
        }
    }

    fn event(&mut self, event: Event<'text>, span: Span) {
        let bytes = span.byte_range().unwrap_or(0..0);
        if let (Some(tag), Some(_)) = (
            span.tag_span().and_then(|tag| tag.byte_range()),
            event.tag(),
        ) {
            self.tags
                .push((NodeId(small(self.nodes.len())), range_of(tag)));
        }
        match event {
            Event::DocumentStart(..) => {
                self.document_start = Some(small(bytes.start));
                self.marks = self.mark();
                self.last_end = bytes.end;
            }
            Event::DocumentEnd => self.end_document(bytes.start, None),
            Event::Comment(..) => self.comments.push(range_of(bytes)),
            Event::Anchor(..) => {
                if let Some(last) = self.nodes.len().checked_sub(1) {
                    self.anchors.push(Anchor {
                        node: NodeId(small(last)),
                        range: range_of(bytes),
                    });
                }
            }
            Event::Scalar(text, style, ..) => self.scalar(text, style, bytes),
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(bytes),
            Event::SequenceStart(style, ..) => {
                self.start(NodeKind::Sequence(collection_style(style)), bytes)
            }
            Event::MappingStart(style, ..) => {
                self.start(NodeKind::Mapping(collection_style(style)), bytes)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&bytes),
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'text, str>,
        style: granit_parser::ScalarStyle,
        bytes: std::ops::Range<usize>,
    ) {
        let style = scalar_style(style);
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let range = if block {
            self.block_range(&bytes)
        } else {
            bytes.clone()
        };
        let (first, length) = if style == ScalarStyle::Plain && bytes.is_empty() {
            // An absent value; the parser reports `~`.
            (small(bytes.start), 0)
        } else if let Some(start) = self.offset_in_source(&text) {
            (small(start), small(text.len()))
        } else {
            self.decoded.push(text.into_owned().into_boxed_str());
            (small(self.decoded.len() - 1), DECODED)
        };
        self.last_end = bytes.end;
        self.add(Node {
            kind: NodeKind::Scalar(style),
            range: range_of(range),
            parent: NO_PARENT,
            first,
            length,
        });
    }

    /// Where the text lies, if it is a stretch of the source or equal to one at its place.
    fn offset_in_source(&self, text: &Cow<'text, str>) -> Option<usize> {
        let Cow::Borrowed(text) = text else {
            return None;
        };
        let start = (text.as_ptr() as usize).checked_sub(self.source.as_ptr() as usize)?;
        (self.source.get(start..start + text.len()) == Some(*text)).then_some(start)
    }

    /// A block scalar from its `|` or `>` to its last character; the parser's span has the content only.
    fn block_range(&self, content: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let bytes = self.source.as_bytes();
        let mut at = self.last_end;
        while at < content.start {
            match bytes[at] {
                b'|' | b'>' => break,
                // Anchors and tags stand before the header, comments on lines before it.
                b'&' | b'!' => at += token_length(&bytes[at..content.start]),
                b'#' => {
                    at += memchr::memchr(b'\n', &bytes[at..content.start])
                        .unwrap_or(content.start - at)
                }
                _ => at += 1,
            }
        }
        let text = self.source.get(at..content.end).unwrap_or_default();
        at..at + text.trim_end().len()
    }

    fn alias(&mut self, bytes: std::ops::Range<usize>) {
        self.last_end = bytes.end;
        self.add(Node {
            kind: NodeKind::Alias,
            first: small(bytes.start + 1),
            length: small(bytes.len().saturating_sub(1)),
            range: range_of(bytes),
            parent: NO_PARENT,
        });
    }

    fn add(&mut self, mut node: Node) {
        let id = NodeId(small(self.nodes.len()));
        if let Some(open) = self.open.last() {
            node.parent = open.node;
            self.children.push(id);
        } else {
            self.root = Some(id);
        }
        self.nodes.push(node);
    }

    fn start(&mut self, kind: NodeKind, bytes: std::ops::Range<usize>) {
        self.last_end = self.last_end.max(bytes.end);
        self.add(Node {
            kind,
            range: range_of(bytes),
            parent: NO_PARENT,
            first: 0,
            length: 0,
        });
        self.open.push(Open {
            node: small(self.nodes.len() - 1),
            children: self.children.len(),
        });
    }

    fn end(&mut self, bytes: &std::ops::Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        let last = self.children[open.children..].last().copied();
        let flow = matches!(
            self.nodes[open.node as usize].kind,
            NodeKind::Mapping(CollectionStyle::Flow) | NodeKind::Sequence(CollectionStyle::Flow)
        );
        let start = self
            .children
            .get(open.children)
            .map(|first| self.nodes[first.index()].range.start());
        let (first, length) = if matches!(self.nodes[open.node as usize].kind, NodeKind::Mapping(_))
        {
            self.close_mapping(open.children)
        } else {
            let first = self.items.len();
            self.items.extend(self.children.drain(open.children..));
            (first, self.items.len() - first)
        };
        let node = &mut self.nodes[open.node as usize];
        (node.first, node.length) = (small(first), small(length));
        if flow {
            node.range = TextRange::new(
                node.range.start(),
                node.range.start().max(TextSize::new(small(bytes.end))),
            );
            self.last_end = bytes.end;
        } else if let (Some(start), Some(last)) = (start, last) {
            let end = self.nodes[last.index()].range.end();
            self.nodes[open.node as usize].range = TextRange::new(start.min(end), end);
        }
    }

    fn close_mapping(&mut self, children: usize) -> (usize, usize) {
        let first = self.entries.len();
        let pairs = self.children[children..].chunks_exact(2);
        self.entries.extend(pairs.map(|pair| Entry {
            key: pair[0],
            value: pair[1],
        }));
        self.children.truncate(children);
        self.find_duplicates(first);
        (first, self.entries.len() - first)
    }

    fn find_duplicates(&mut self, first: usize) {
        let entries = &self.entries[first..];
        if entries.len() <= SMALL_MAPPING {
            for (index, entry) in entries.iter().enumerate() {
                let text = self.key_text(entry.key);
                let earlier = entries[..index]
                    .iter()
                    .find(|earlier| self.key_text(earlier.key) == text);
                if let (Some(_), Some(earlier)) = (text, earlier) {
                    self.duplicate_keys.push(DuplicateKey {
                        first: earlier.key,
                        second: entry.key,
                    });
                }
            }
            return;
        }
        let mut seen = HashMap::with_capacity(entries.len());
        let mut found = Vec::new();
        for entry in entries {
            if let Some(text) = self.key_text(entry.key) {
                match seen.entry(text) {
                    std::collections::hash_map::Entry::Occupied(earlier) => {
                        found.push(DuplicateKey {
                            first: *earlier.get(),
                            second: entry.key,
                        })
                    }
                    std::collections::hash_map::Entry::Vacant(vacant) => {
                        vacant.insert(entry.key);
                    }
                }
            }
        }
        self.duplicate_keys.extend(found);
    }

    fn key_text(&self, key: NodeId) -> Option<&str> {
        let node = &self.nodes[key.index()];
        match (node.kind, node.length) {
            (NodeKind::Scalar(_), DECODED) => {
                self.decoded.get(node.first as usize).map(AsRef::as_ref)
            }
            (NodeKind::Scalar(_) | NodeKind::Alias, length) => self
                .source
                .get(node.first as usize..(node.first + length) as usize),
            _ => None,
        }
    }

    fn end_document(&mut self, end: usize, error: Option<usize>) {
        let start = self.document_start.take().unwrap_or_default();
        self.documents.push(YamlDocument {
            root: self.root.take(),
            range: TextRange::new(start.into(), small(end).max(start).into()),
            error,
        });
        self.open.clear();
        self.children.clear();
    }

    fn fail(&mut self, error: &ScanError) {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(self.source.len())
            .min(self.source.len());
        self.errors.push(SyntaxError::explain(
            self.source,
            at,
            error.kind(),
            &error.info(),
        ));
        self.forget_document();
        self.end_document(at, Some(self.errors.len() - 1));
    }

    /// Half a document is no document: nobody shall meet its nodes.
    fn forget_document(&mut self) {
        let Marks {
            nodes,
            entries,
            items,
            decoded,
            anchors,
            tags,
            duplicate_keys,
        } = self.marks;
        self.root = None;
        self.nodes.truncate(nodes);
        self.entries.truncate(entries);
        self.items.truncate(items);
        self.decoded.truncate(decoded);
        self.anchors.truncate(anchors);
        self.tags.truncate(tags);
        self.duplicate_keys.truncate(duplicate_keys);
    }

    fn mark(&self) -> Marks {
        Marks {
            nodes: self.nodes.len(),
            entries: self.entries.len(),
            items: self.items.len(),
            decoded: self.decoded.len(),
            anchors: self.anchors.len(),
            tags: self.tags.len(),
            duplicate_keys: self.duplicate_keys.len(),
        }
    }

    fn finish(self, source: Arc<str>) -> Tree {
        Tree {
            source,
            nodes: self.nodes,
            entries: self.entries,
            items: self.items,
            decoded: self.decoded,
            documents: self.documents,
            comments: self.comments,
            anchors: self.anchors,
            tags: self.tags,
            duplicate_keys: self.duplicate_keys,
            errors: self.errors,
            refusals: Vec::new(),
        }
    }
}

fn token_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(bytes.len())
        .max(1)
}

fn collection_style(style: StructureStyle) -> CollectionStyle {
    match style {
        StructureStyle::Block => CollectionStyle::Block,
        StructureStyle::Flow => CollectionStyle::Flow,
    }
}

fn scalar_style(style: granit_parser::ScalarStyle) -> ScalarStyle {
    match style {
        granit_parser::ScalarStyle::Plain => ScalarStyle::Plain,
        granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
        granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
        granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
        granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn range_of(bytes: std::ops::Range<usize>) -> TextRange {
    let start = small(bytes.start);
    TextRange::new(start.into(), small(bytes.end).max(start).into())
}
