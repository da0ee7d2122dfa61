//! Hashes of nodes by their contents and by their shape, and the lines of nodes.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::model::Flow;
use crate::syntax::{NodeId, NodeKind, ScalarStyle, Tree};
use crate::text::TextRange;

/// The hashes of all nodes of a flow. Two different blocks with one hash are less likely than a broken disk.
#[derive(Debug, Default)]
pub struct Digests {
    nodes: Vec<Digest>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Digest {
    contents: u64,
    shape: u64,
}

/// Keys of a flow that are different in every copy of it.
const NAMES: [&str; 5] = ["id", "namespace", "description", "labels", "revision"];

/// Whether a key at the top of a flow is one of its names.
pub(super) fn is_name(key: &str) -> bool {
    NAMES.contains(&key)
}

impl Digests {
    /// Hashes all nodes of a flow's text, children before parents.
    pub fn of(tree: &Tree, flow: &Flow) -> Self {
        let mut digests = Self {
            nodes: vec![Digest::default(); tree.len()],
        };
        // A parent stands before its children.
        for node in tree.nodes().rev() {
            digests.nodes[node.index()] = digests.digest(tree, node, flow.root == Some(node));
        }
        digests
    }

    /// The hash of the contents: the order of keys means nothing, and the ids of tasks are left out.
    pub fn contents(&self, node: NodeId) -> u64 {
        self.at(node).contents
    }

    /// The hash of keys, lengths of lists and types, without values.
    pub fn shape(&self, node: NodeId) -> u64 {
        self.at(node).shape
    }

    fn at(&self, node: NodeId) -> Digest {
        self.nodes.get(node.index()).copied().unwrap_or_default()
    }

    fn digest(&self, tree: &Tree, node: NodeId, is_root: bool) -> Digest {
        match tree.kind(node) {
            NodeKind::Mapping(_) => self.mapping(tree, node, is_root),
            NodeKind::Sequence(_) => {
                let mut digest = Digest {
                    contents: 2,
                    shape: 2,
                };
                for item in tree.items(node) {
                    let item = self.at(item);
                    digest.contents = mix(digest.contents, item.contents);
                    digest.shape = mix(digest.shape, item.shape);
                }
                digest
            }
            NodeKind::Scalar(_) | NodeKind::Alias => Digest {
                contents: hash_text(without_end(tree.scalar_text(node).unwrap_or_default())),
                shape: 1,
            },
        }
    }

    fn mapping(&self, tree: &Tree, node: NodeId, is_root: bool) -> Digest {
        let mut digest = Digest {
            contents: 3,
            shape: 3,
        };
        let mut has_id = None;
        let mut is_plugin = false;
        for entry in tree.entries(node) {
            if is_root && tree.scalar_text(entry.key).is_some_and(is_name) {
                continue;
            }
            let (name, value) = (self.at(entry.key).contents, self.at(entry.value));
            let contents = mix(name, value.contents);
            let shape = if tree.is_text(entry.key, "type") {
                is_plugin = true;
                contents
            } else {
                mix(name, value.shape)
            };
            digest.contents = digest.contents.wrapping_add(contents);
            digest.shape = digest.shape.wrapping_add(shape);
            if tree.is_text(entry.key, "id") {
                has_id = Some(contents);
            }
        }
        if let Some(id) = has_id.filter(|_| is_plugin) {
            digest.contents = digest.contents.wrapping_sub(id);
        }
        // What was added up is spread again, so that sums of sums do not meet.
        Digest {
            contents: mix(digest.contents, 5),
            shape: mix(digest.shape, 7),
        }
    }
}

/// A text without blanks and line ends behind it; nearly all have none, which their last byte tells.
fn without_end(text: &str) -> &str {
    match text.as_bytes().last() {
        Some(b'!'..=b'~') => text,
        _ => text.trim_end(),
    }
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes a hash with a further value: the halves of a wide product.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the halves of the product are what is wanted"
)]
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let product = u128::from(hash ^ FACTOR) * u128::from(value ^ 0xa076_1d64_78bd_642f);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of a text, the same in every run.
pub(super) fn hash_text(text: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(text.as_bytes());
    // A text is not its own hash mixed with that of another one.
    mix(hasher.finish(), text.len() as u64)
}

/// The lines from the first to the last byte of a node that is not blank.
pub fn lines(tree: &Tree, node: NodeId) -> u32 {
    let range = std::ops::Range::<usize>::from(tree.range(node));
    let text = tree.source().get(range).unwrap_or_default();
    let ends = memchr::memchr_iter(b'\n', without_end(text).as_bytes()).count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

/// The same, with the line of the key where the node stands below it: `taskRunner:` belongs to the block.
pub fn lines_with_key(tree: &Tree, node: NodeId) -> u32 {
    let below = tree.key_of(node).is_some_and(|key| {
        let start = tree.range(key).end();
        let between = TextRange::new(start, tree.range(node).start().max(start));
        let between = tree.source().get(std::ops::Range::<usize>::from(between));
        between.is_some_and(|text| text.contains('\n'))
    });
    lines(tree, node) + u32::from(below)
}

/// Whether a node may have so many lines; a quick look.
pub fn may_have_lines(tree: &Tree, node: NodeId, lines: u32) -> bool {
    let is_long = match tree.kind(node) {
        NodeKind::Mapping(_) | NodeKind::Sequence(_) => true,
        NodeKind::Scalar(style) => matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
        NodeKind::Alias => false,
    };
    is_long && u32::from(tree.range(node).len()) + 2 >= 2 * lines.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(tasks: &str) -> (Vec<u32>, Vec<u64>, Vec<u64>) {
        let text = format!("id: f\nnamespace: n\ntasks:\n{tasks}");
        let tree = crate::syntax::parse(text.as_str().into());
        let flow = Flow::read(&tree, tree.documents()[0].root.unwrap());
        let digests = Digests::of(&tree, &flow);
        let nodes = || flow.tasks.iter().map(|task| task.node);
        (
            nodes().map(|node| lines(&tree, node)).collect(),
            nodes().map(|node| digests.contents(node)).collect(),
            nodes().map(|node| digests.shape(node)).collect(),
        )
    }

    #[test]
    fn ids_and_the_order_of_keys_do_not_count() {
        let (_, contents, shapes) = digests(
            "- id: a\n  type: x\n  message: m\n- message: m\n  type: x\n  id: b\n- id: a\n  type: x\n  message: n\n\
             - id: a\n  type: y\n  message: m\n- id: a\n  type: x\n  text: m\n",
        );
        assert_eq!(contents[0], contents[1]);
        assert_ne!(contents[0], contents[2]);
        assert_eq!(shapes[0], shapes[1]);
        assert_eq!(shapes[0], shapes[2]);
        assert_ne!(shapes[0], shapes[3]);
        assert_ne!(shapes[0], shapes[4]);
    }

    #[test]
    fn values_do_not_change_their_places_unseen() {
        let (_, contents, _) = digests(
            "- id: a\n  type: x\n  one: m\n  two: n\n- id: a\n  type: x\n  one: n\n  two: m\n\
             - id: a\n  type: x\n  list: [m, n]\n- id: a\n  type: x\n  list: [n, m]\n",
        );
        assert_ne!(contents[0], contents[1]);
        assert_ne!(contents[2], contents[3]);
    }

    #[test]
    fn lines_do_not_count_blank_ones_at_the_end() {
        let (lines, ..) = digests("- a: 1\n  b: 2\n\n\n- c: 3\n");
        assert_eq!(lines, [2, 1]);
    }
}
