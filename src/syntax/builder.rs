//! The arena tree, as the grammar builds it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::problem::Problem;
use super::{
    Anchor, DECODED, DuplicateKey, Entry, NO_PARENT, Node, NodeId, NodeKind, ScalarStyle,
    SyntaxError, Tree, YamlDocument, error, hint_of,
};
use crate::text::{TextRange, TextSize};

/// Mappings with more keys look for duplicates through a table.
const SMALL_MAPPING: usize = 12;

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

pub(super) struct Builder<'text> {
    source: &'text str,
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    items: Vec<NodeId>,
    decoded: Vec<Box<str>>,
    documents: Vec<YamlDocument>,
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
    /// Anchor and tag of the next node.
    anchor: Option<TextRange>,
    tag: Option<TextRange>,
    /// Where the last token ended.
    last_end: usize,
}

impl<'text> Builder<'text> {
    pub(super) fn new(source: &'text str) -> Self {
        // Flows have a node for each 18 bytes or so; what is too much is small.
        let guess = source.len() / 16;
        Self {
            source,
            nodes: Vec::with_capacity(guess),
            entries: Vec::with_capacity(guess / 2),
            items: Vec::new(),
            decoded: Vec::new(),
            documents: Vec::new(),
            anchors: Vec::new(),
            tags: Vec::new(),
            duplicate_keys: Vec::new(),
            errors: Vec::new(),
            open: Vec::with_capacity(8),
            children: Vec::with_capacity(32),
            document_start: None,
            marks: Marks::default(),
            root: None,
            anchor: None,
            tag: None,
            last_end: 0,
        }
    }

    pub(super) fn start_document(&mut self, at: usize) {
        self.document_start = Some(small(at));
        self.marks = self.mark();
        self.last_end = at;
    }

    /// Where the document that is being read began.
    pub(super) fn document_start(&self) -> Option<usize> {
        self.document_start.map(|start| start as usize)
    }

    /// There was no document after all, only directives.
    pub(super) fn forget_start(&mut self) {
        self.document_start = None;
    }

    /// The document is empty.
    pub(super) fn no_root(&mut self) {
        self.root = None;
    }

    /// A token that makes no node ended here.
    pub(super) fn passed(&mut self, end: usize) {
        self.last_end = end;
    }

    /// Where an absent value would stand: behind the last token.
    pub(super) fn place_of_absent(&self) -> usize {
        self.last_end
    }

    pub(super) fn has_anchor(&self) -> bool {
        self.anchor.is_some()
    }

    pub(super) fn has_tag(&self) -> bool {
        self.tag.is_some()
    }

    /// An anchor of the next node.
    pub(super) fn anchor(&mut self, start: usize, end: usize) {
        self.anchor = Some(range_of(start..end));
        self.last_end = end;
    }

    /// A tag of the next node.
    pub(super) fn tag(&mut self, start: usize, end: usize) {
        self.tag = Some(range_of(start..end));
        self.last_end = end;
    }

    pub(super) fn scalar(
        &mut self,
        style: ScalarStyle,
        start: usize,
        end: usize,
        text: Cow<'text, str>,
    ) {
        let (first, length) = match text {
            Cow::Borrowed("") => (small(start), 0),
            Cow::Borrowed(text) => {
                let offset = (text.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
                (small(offset), small(text.len()))
            }
            Cow::Owned(text) => {
                self.decoded.push(text.into_boxed_str());
                (small(self.decoded.len() - 1), DECODED)
            }
        };
        self.last_end = end;
        self.add(Node {
            kind: NodeKind::Scalar(style),
            range: range_of(start..end),
            parent: NO_PARENT,
            first,
            length,
        });
    }

    pub(super) fn alias(&mut self, start: usize, end: usize) {
        self.last_end = end;
        self.add(Node {
            kind: NodeKind::Alias,
            first: small(start + 1),
            length: small((end - start).saturating_sub(1)),
            range: range_of(start..end),
            parent: NO_PARENT,
        });
    }

    fn add(&mut self, mut node: Node) {
        let id = NodeId(small(self.nodes.len()));
        if let Some(range) = self.anchor.take() {
            self.anchors.push(Anchor { node: id, range });
        }
        if let Some(range) = self.tag.take() {
            self.tags.push((id, range));
        }
        if let Some(open) = self.open.last() {
            node.parent = open.node;
            self.children.push(id);
        } else {
            self.root = Some(id);
        }
        self.nodes.push(node);
    }

    pub(super) fn start(&mut self, kind: NodeKind, start: usize) {
        self.last_end = self.last_end.max(start);
        self.add(Node {
            kind,
            range: range_of(start..start),
            parent: NO_PARENT,
            first: 0,
            length: 0,
        });
        self.open.push(Open {
            node: small(self.nodes.len() - 1),
            children: self.children.len(),
        });
    }

    /// Ends the innermost collection; with the end of its bracket, or with its last child.
    pub(super) fn end(&mut self, bracket_end: Option<usize>) {
        let Some(open) = self.open.pop() else { return };
        let last = self.children[open.children..].last().copied();
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
        if let Some(end) = bracket_end {
            let start = node.range.start();
            node.range = TextRange::new(start, start.max(TextSize::new(small(end))));
            self.last_end = end;
        } else if let (Some(start), Some(last)) = (start, last) {
            let end = self.nodes[last.index()].range.end();
            self.nodes[open.node as usize].range = TextRange::new(start.min(end), end);
        }
    }

    fn close_mapping(&mut self, children: usize) -> (usize, usize) {
        let first = self.entries.len();
        let mut entries = std::mem::take(&mut self.entries);
        let pairs = self.children[children..].chunks_exact(2);
        entries.extend(pairs.map(|pair| Entry {
            key: pair[0],
            value: pair[1],
            hint: self.key_text(pair[0]).map_or(0, hint_of),
        }));
        self.entries = entries;
        self.children.truncate(children);
        self.find_duplicates(first);
        (first, self.entries.len() - first)
    }

    fn find_duplicates(&mut self, first: usize) {
        let entries = &self.entries[first..];
        if entries.len() <= SMALL_MAPPING {
            for (index, entry) in entries.iter().enumerate() {
                let is_same = |earlier: &&Entry| {
                    let text = || self.key_text(entry.key);
                    earlier.hint == entry.hint
                        && text().is_some()
                        && self.key_text(earlier.key) == text()
                };
                if let Some(earlier) = entries[..index].iter().find(is_same) {
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
                        });
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

    pub(super) fn end_document(&mut self, end: usize) {
        self.close_document(end, None);
    }

    fn close_document(&mut self, end: usize, error: Option<usize>) {
        let start = self.document_start.take().unwrap_or_default();
        self.documents.push(YamlDocument {
            root: self.root.take(),
            range: TextRange::new(start.into(), small(end).max(start).into()),
            error,
        });
        self.open.clear();
        self.children.clear();
        (self.anchor, self.tag) = (None, None);
    }

    /// The document cannot be read further.
    pub(super) fn fail(&mut self, problem: Problem) {
        if self.document_start.is_none() {
            self.document_start = Some(small(problem.began.min(problem.at)));
            self.marks = self.mark();
        }
        self.errors.push(error::explain(self.source, problem));
        self.forget_document();
        self.close_document(problem.at, Some(self.errors.len() - 1));
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

    pub(super) fn finish(
        self,
        source: Arc<str>,
        comments: Vec<TextRange>,
        refusals: Vec<SyntaxError>,
    ) -> Tree {
        Tree {
            source,
            nodes: self.nodes,
            entries: self.entries,
            items: self.items,
            decoded: self.decoded,
            documents: self.documents,
            comments,
            anchors: self.anchors,
            tags: self.tags,
            duplicate_keys: self.duplicate_keys,
            errors: self.errors,
            refusals,
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn range_of(bytes: std::ops::Range<usize>) -> TextRange {
    let start = small(bytes.start);
    TextRange::new(start.into(), small(bytes.end).max(start).into())
}
