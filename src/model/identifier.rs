//! Ids and namespaces: what Kestra accepts, as asked of 1.3.31 and 2.0.0.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::finding::Target;
use crate::syntax::{NodeId, Tree, Value};

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// A flow.
    Flow,
    /// A namespace.
    Namespace,
    /// A task.
    Task,
    /// A trigger.
    Trigger,
    /// An input.
    Input,
    /// An output of a flow.
    Output,
}

impl Named {
    /// The words for messages: "the flow's id", "the namespace", …
    pub fn describe(self) -> &'static str {
        match self {
            Self::Flow => "flow id",
            Self::Namespace => "namespace",
            Self::Task => "task id",
            Self::Trigger => "trigger id",
            Self::Input => "input id",
            Self::Output => "output id",
        }
    }

    /// The most characters that Kestra takes.
    pub fn longest(self, target: Target) -> Option<usize> {
        match self {
            Self::Flow => Some(100),
            Self::Namespace => Some(150),
            Self::Task => Some(256),
            Self::Trigger => (target >= Target::V2_0).then_some(256),
            Self::Input | Self::Output => None,
        }
    }

    /// Whether a character may stand in it.
    pub fn allows(self, character: char) -> bool {
        match character {
            'a'..='z' | '0'..='9' | '-' | '_' => true,
            'A'..='Z' => self != Self::Namespace,
            '.' => !matches!(self, Self::Task | Self::Trigger),
            _ => false,
        }
    }

    /// Whether a character may stand at its beginning.
    pub fn may_start_with(self, character: char) -> bool {
        self.allows(character) && character.is_ascii_alphanumeric()
    }
}

/// The text of an id as Kestra reads it: numbers and booleans become text, `017` becomes `15`. None for
/// what is no scalar, and for null.
pub fn text_of<'tree>(tree: &'tree Tree, node: NodeId) -> Option<Cow<'tree, str>> {
    Some(match tree.value(node)? {
        Value::Null => return None,
        Value::String(text) | Value::Malformed(text) => Cow::Borrowed(text),
        Value::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        // Beyond 64 bits the digits themselves are the best name.
        Value::Integer(i64::MAX | i64::MIN) => Cow::Borrowed(tree.scalar_text(node)?),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(decimal(number)),
    })
}

/// A float as Java prints it: always with a point, in `E` notation when large or tiny.
fn decimal(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        return format!("{number:E}");
    }
    let text = number.to_string();
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// Ids that stand more than once, each repeated one with the first of its name.
pub fn repeated(tree: &Tree, ids: impl Iterator<Item = NodeId>) -> Vec<(NodeId, NodeId)> {
    let named = |id| text_of(tree, id).map(|text| (text, id));
    let ids: Vec<(Cow<'_, str>, NodeId)> = ids.filter_map(named).collect();
    // Nearly always there are few, and none twice: a look at each pair is cheaper than a table.
    let is_told_apart = ids.len() <= 12
        && (1..ids.len()).all(|end| ids[..end].iter().all(|(text, _)| *text != ids[end].0));
    if is_told_apart {
        return Vec::new();
    }
    let mut first: HashMap<Cow<'_, str>, NodeId> = HashMap::new();
    let mut repeated = Vec::new();
    for (text, id) in ids {
        match first.entry(text) {
            std::collections::hash_map::Entry::Occupied(known) => repeated.push((*known.get(), id)),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(id);
            }
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_kestra_reads_them() {
        let tree = crate::syntax::parse("[017, 0x1F, 1_000, 1.5, .5, 1e3, yes, '017', ~]".into());
        let root = tree.documents()[0].root.unwrap();
        let texts: Vec<_> = tree
            .items(root)
            .map(|item| text_of(&tree, item).unwrap_or_default().into_owned())
            .collect();
        assert_eq!(
            texts,
            [
                "15", "31", "1000", "1.5", "0.5", "1000.0", "true", "017", ""
            ]
        );
    }

    #[test]
    fn equal_ids_are_equal_after_reading() {
        let tree = crate::syntax::parse("[1, '1', 01, a, A, a, 2]".into());
        let root = tree.documents()[0].root.unwrap();
        assert_eq!(repeated(&tree, tree.items(root)).len(), 3);
    }
}
