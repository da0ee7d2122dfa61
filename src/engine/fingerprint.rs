//! What identifies a finding across runs.

use crate::finding::Fingerprint;
use crate::model::{Flow, NodePath, PathSegment};
use crate::syntax::{NodeId, Tree};

/// No byte of UTF-8.
const SEPARATOR: u8 = 0xff;

/// A small, stable hash (FNV-1a, 64 bits): fingerprints live in baselines and must never change with a
/// library's version.
#[derive(Debug, Clone, Copy)]
pub(super) struct StableHash(u64);

impl StableHash {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a text; a separator keeps `a`+`bc` apart from `ab`+`c`.
    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text).byte(SEPARATOR)
    }

    /// Adds the words of a text with one space between them.
    fn words(mut self, text: &str) -> Self {
        for (position, word) in text.split_whitespace().enumerate() {
            if position > 0 {
                self = self.byte(b' ');
            }
            self = self.bytes(word);
        }
        self.byte(SEPARATOR)
    }

    fn bytes(self, text: &str) -> Self {
        text.bytes().fold(self, Self::byte)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint(self.0)
    }
}

/// Rule, flow, nearest task, the property inside that task and the text found there: wrapping tasks in
/// a `Sequential`, moving lines or the file keeps it.
pub(super) fn of_node(
    rule: &str,
    tree: &Tree,
    flow: &Flow,
    node: Option<NodeId>,
    text: &str,
) -> Fingerprint {
    let mut hash = StableHash::new()
        .text(rule)
        .text(flow.namespace_text(tree).unwrap_or_default())
        .text(flow.id_text(tree).unwrap_or_default());
    if let Some(node) = node {
        let path = NodePath::of(tree, node).0;
        let nearest = path
            .iter()
            .rposition(|segment| matches!(segment, PathSegment::Id(..)))
            .unwrap_or_default();
        for segment in &path[nearest..] {
            hash = match segment {
                PathSegment::Key(key) => hash.text("key").text(key),
                PathSegment::Id(id, occurrence) => {
                    hash.text("id").text(id).text(&occurrence.to_string())
                }
                PathSegment::Index(_) => hash.text("item"),
            };
        }
    }
    hash.words(text).finish()
}

/// Tells findings apart that are otherwise the same, by their order.
pub(super) fn numbered(fingerprint: Fingerprint, ordinal: u32) -> Fingerprint {
    match ordinal {
        0 => fingerprint,
        more => StableHash(fingerprint.0).text(&more.to_string()).finish(),
    }
}
