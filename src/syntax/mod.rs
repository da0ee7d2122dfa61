//! YAML as a lossless tree: every key, value and comment knows its bytes.
//!
//! [`parse`] makes the only tree there is; rules, fixes and the editor read the same one. It takes YAML
//! as Kestra does (Jackson on SnakeYAML's events): plain scalars resolve by YAML 1.1 ([`Value`]),
//! aliases are text, merge keys merge nothing, and what SnakeYAML refuses is noted in
//! [`Tree::refusals`] although YAML 1.2 allows it.
//!
//! ```
//! use kestralint::syntax;
//!
//! let tree = syntax::parse("id: hello\ntasks:\n  - id: log\n".into());
//! let root = tree.documents()[0].root.unwrap();
//! let tasks = tree.get(root, "tasks").unwrap();
//! let task = tree.items(tasks).next().unwrap();
//! assert_eq!(tree.get(task, "id").and_then(|id| tree.scalar_text(id)), Some("log"));
//! ```

mod builder;
mod divergence;
mod edit;
mod error;
mod grammar;
mod offset_map;
mod parse;
mod plain;
mod problem;
mod scalar;
mod scanner;

use std::sync::Arc;

pub use edit::{Position, TreeEdit, scalar_source};
pub use error::SyntaxError;
pub use offset_map::OffsetMap;
pub use parse::parse;
pub use plain::plain_yaml;
pub use scalar::Value;

use crate::text::{TextRange, TextSize};

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Its place among [`Tree::nodes`], for tables with one row a node.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// How a mapping or sequence is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CollectionStyle {
    /// By indentation.
    Block,
    /// `{…}` or `[…]`
    Flow,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// Text; an absent value (`key:`) is an empty plain scalar.
    Scalar(ScalarStyle),
    /// Keys with values.
    Mapping(CollectionStyle),
    /// A list.
    Sequence(CollectionStyle),
    /// `*name`, which Kestra reads as the text `name`.
    Alias,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: NodeKind,
    /// The bytes of the node: quotes, brackets and the `|` header included, anchor and tag not.
    range: TextRange,
    parent: u32,
    /// Scalars: where the decoded text is. Collections: first child and number of children.
    first: u32,
    length: u32,
}

const NO_PARENT: u32 = u32::MAX;
/// In [`Node::length`] of a scalar: `first` indexes the decoded texts, not the source.
const DECODED: u32 = u32::MAX;

/// A key with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The key; a scalar in all that Kestra reads.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
    /// Tells most keys apart without a look at their texts: see [`hint_of`].
    hint: u32,
}

/// The length of a text, its first byte, one in the middle and its last: keys are looked up all the time, and
/// nearly all that differ differ in these.
#[inline]
fn hint_of(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    u32::from_le_bytes([
        byte(0),
        byte(bytes.len() / 2),
        byte(bytes.len().wrapping_sub(1)),
        length,
    ])
}

/// One of the documents of a text.
#[derive(Debug, Clone, Copy)]
pub struct YamlDocument {
    /// The root node; none for an empty document or one that cannot be parsed.
    pub root: Option<NodeId>,
    /// From its first to its last byte.
    pub range: TextRange,
    /// Index into [`Tree::errors`] of what ended it early.
    pub error: Option<usize>,
}

/// The same key twice in one mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key that came first and loses.
    pub first: NodeId,
    /// The key that comes later and wins.
    pub second: NodeId,
}

/// An anchor (`&name`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The node that it names.
    pub node: NodeId,
    /// The bytes of `&name`.
    pub range: TextRange,
}

/// The tree of one text; documents after the first included.
#[derive(Debug)]
pub struct Tree {
    source: Arc<str>,
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
    refusals: Vec<SyntaxError>,
}

impl Tree {
    /// The text that was parsed.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The documents in their order; Kestra reads only the first.
    pub fn documents(&self) -> &[YamlDocument] {
        &self.documents
    }

    /// The comments in their order, each from `#` to the end of its line.
    pub fn comments(&self) -> &[TextRange] {
        &self.comments
    }

    /// The anchors in their order.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The tags (`!name`) with their nodes.
    pub fn tags(&self) -> &[(NodeId, TextRange)] {
        &self.tags
    }

    /// The tag of a node as it is written, with its `!`.
    pub fn tag(&self, node: NodeId) -> Option<&str> {
        if self.tags.is_empty() {
            return None;
        }
        let index = self
            .tags
            .binary_search_by_key(&node, |(tagged, _)| *tagged)
            .ok()?;
        self.source
            .get(std::ops::Range::<usize>::from(self.tags[index].1))
    }

    /// Keys that stand twice in a mapping.
    pub fn duplicate_keys(&self) -> &[DuplicateKey] {
        &self.duplicate_keys
    }

    /// What keeps a document from being parsed: one error a broken document.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Valid YAML 1.2 that Kestra's parser refuses all the same.
    pub fn refusals(&self) -> &[SyntaxError] {
        &self.refusals
    }

    /// Why the first document is no flow although it parses: its root is no mapping.
    pub fn root_problem(&self) -> Option<SyntaxError> {
        let document = self.documents.first()?;
        let is_mapping = document.root.is_some_and(|root| self.is_mapping(root));
        (document.error.is_none() && !is_mapping).then(|| error::no_mapping(self, document))
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, in order of the text: a parent comes before its children.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.index()]
    }

    /// What the node is.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.node(node).kind
    }

    /// The bytes of the node: quotes, brackets and block headers included, anchor and tag not. An
    /// absent value has an empty range where it would stand.
    pub fn range(&self, node: NodeId) -> TextRange {
        self.node(node).range
    }

    /// The mapping or sequence that holds the node.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.node(node).parent;
        (parent != NO_PARENT).then_some(NodeId(parent))
    }

    /// Whether the node is a mapping.
    pub fn is_mapping(&self, node: NodeId) -> bool {
        matches!(self.kind(node), NodeKind::Mapping(_))
    }

    /// Whether the node is a sequence.
    pub fn is_sequence(&self, node: NodeId) -> bool {
        matches!(self.kind(node), NodeKind::Sequence(_))
    }

    /// Whether the node is a scalar (an alias is one to Kestra, too).
    pub fn is_scalar(&self, node: NodeId) -> bool {
        matches!(self.kind(node), NodeKind::Scalar(_) | NodeKind::Alias)
    }

    /// Whether the node is an absent value, as in `key:`.
    pub fn is_absent(&self, node: NodeId) -> bool {
        self.kind(node) == NodeKind::Scalar(ScalarStyle::Plain) && self.range(node).is_empty()
    }

    /// The style of a scalar.
    pub fn scalar_style(&self, node: NodeId) -> Option<ScalarStyle> {
        match self.kind(node) {
            NodeKind::Scalar(style) => Some(style),
            _ => None,
        }
    }

    /// The decoded text of a scalar; of an alias its name, as Kestra reads it.
    #[inline]
    pub fn scalar_text(&self, node: NodeId) -> Option<&str> {
        let data = self.node(node);
        match data.kind {
            NodeKind::Scalar(_) | NodeKind::Alias if data.length == DECODED => {
                self.decoded.get(data.first as usize).map(AsRef::as_ref)
            }
            NodeKind::Scalar(_) | NodeKind::Alias => {
                let start = data.first as usize;
                self.source.get(start..start + data.length as usize)
            }
            _ => None,
        }
    }

    /// What a scalar is to Kestra: YAML 1.1 booleans and numbers, null, or text.
    pub fn value(&self, node: NodeId) -> Option<Value<'_>> {
        let text = self.scalar_text(node)?;
        if let Some(value) = self.tag(node).and_then(|tag| scalar::of_tag(tag, text)) {
            return Some(value);
        }
        Some(match self.kind(node) {
            NodeKind::Scalar(ScalarStyle::Plain) => Value::of_plain(text),
            _ => Value::String(text),
        })
    }

    /// Whether a node is null to Kestra; `key:` is, too.
    pub fn is_null(&self, node: NodeId) -> bool {
        // Longer texts are no null whatever their tag: most values are told by their length.
        let is_short = self.range(node).len() <= TextSize::of("null");
        let may_be = is_short || (!self.tags.is_empty() && self.tag(node).is_some());
        may_be && self.value(node) == Some(Value::Null)
    }

    /// The text of a scalar that is text to Kestra (not a number, boolean or null).
    pub fn string(&self, node: NodeId) -> Option<&str> {
        match self.value(node)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping; none for other nodes.
    pub fn entries(&self, node: NodeId) -> &[Entry] {
        let data = self.node(node);
        match data.kind {
            NodeKind::Mapping(_) => {
                let first = data.first as usize;
                &self.entries[first..first + data.length as usize]
            }
            _ => &[],
        }
    }

    /// The items of a sequence; none for other nodes.
    pub fn items(
        &self,
        node: NodeId,
    ) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + '_ {
        let data = self.node(node);
        let slice = match data.kind {
            NodeKind::Sequence(_) => {
                let first = data.first as usize;
                &self.items[first..first + data.length as usize]
            }
            _ => &[],
        };
        slice.iter().copied()
    }

    /// The entry of a key; of equal keys the last, which is the one that wins.
    pub fn entry(&self, mapping: NodeId, key: &str) -> Option<Entry> {
        let hint = hint_of(key);
        self.entries(mapping)
            .iter()
            .rev()
            .find(|entry| entry.hint == hint && self.is_text(entry.key, key))
            .copied()
    }

    /// Whether a node is a scalar of this decoded text. Cheaper than comparing [`Self::scalar_text`]:
    /// keys are looked up all the time, and nearly all are told apart by their length.
    #[inline]
    pub fn is_text(&self, node: NodeId, text: &str) -> bool {
        let data = self.node(node);
        if data.length == DECODED {
            return self.scalar_text(node) == Some(text);
        }
        let is_scalar = matches!(data.kind, NodeKind::Scalar(_) | NodeKind::Alias);
        let start = data.first as usize;
        is_scalar
            && data.length as usize == text.len()
            && self.source.as_bytes().get(start..start + text.len()) == Some(text.as_bytes())
    }

    /// The value of a key; of equal keys the last.
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.entry(mapping, key).map(|entry| entry.value)
    }

    /// The text of a key's scalar value.
    pub fn get_text(&self, mapping: NodeId, key: &str) -> Option<&str> {
        self.get(mapping, key)
            .and_then(|value| self.scalar_text(value))
    }

    /// The scalar in which a range of the source lies.
    pub fn scalar_around(&self, range: TextRange) -> Option<NodeId> {
        let node = self.scalar_at(range.start())?;
        self.range(node).contains_range(range).then_some(node)
    }

    /// The scalar in which a byte of the source lies.
    pub fn scalar_at(&self, offset: TextSize) -> Option<NodeId> {
        // Nodes are in the order of the text, and nothing begins inside a scalar.
        let after = self
            .nodes
            .partition_point(|node| node.range.start() <= offset);
        let index = after.checked_sub(1)?;
        let node = NodeId(u32::try_from(index).ok()?);
        (self.is_scalar(node) && self.range(node).contains(offset)).then_some(node)
    }

    /// The key under which the node stands in its mapping.
    pub fn key_of(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.parent(node)?;
        self.entries(parent)
            .iter()
            .find(|entry| entry.value == node)
            .map(|entry| entry.key)
    }

    /// The map from the decoded text of a scalar back to the source.
    pub fn offset_map(&self, node: NodeId) -> OffsetMap {
        let data = self.node(node);
        match data.kind {
            NodeKind::Scalar(style) if data.length == DECODED => {
                let text = self.scalar_text(node).unwrap_or_default();
                OffsetMap::of_scalar(&self.source, data.range, style, text)
            }
            _ => OffsetMap::shifted(TextSize::new(data.first), TextSize::new(data.length)),
        }
    }

    /// Source bytes of a range of a scalar's decoded text.
    pub fn source_range(&self, node: NodeId, decoded: TextRange) -> TextRange {
        let data = self.node(node);
        if data.length == DECODED {
            self.offset_map(node).source_range(decoded)
        } else {
            decoded + TextSize::new(data.first)
        }
    }

    /// The place to show for a mapping as a whole: its `id`, else its `type`, else its first key,
    /// never the whole block.
    pub fn headline(&self, node: NodeId) -> TextRange {
        let entries = self.entries(node);
        ["id", "type"]
            .iter()
            .find_map(|key| {
                self.get(node, key)
                    .filter(|value| !self.range(*value).is_empty())
            })
            .or_else(|| entries.first().map(|entry| entry.key))
            .map_or_else(
                || self.first_line(self.range(node)),
                |shown| self.first_line(self.range(shown)),
            )
    }

    /// A range cut at the end of its first line, so that excerpts stay short.
    pub fn first_line(&self, range: TextRange) -> TextRange {
        let text = self
            .source
            .get(std::ops::Range::<usize>::from(range))
            .unwrap_or_default();
        match memchr::memchr2(b'\n', b'\r', text.as_bytes()) {
            Some(end) => TextRange::at(range.start(), TextSize::try_from(end).unwrap_or_default()),
            None => range,
        }
    }
}
