//! What two trees say differently, whatever their layout: comments, quotes and the order of keys play no
//! part.

use std::collections::HashMap;

use crate::syntax::{NodeId, Tree};

/// One thing that is not the same in two trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Both have it, with other values.
    Changed {
        /// The value in the one.
        old: NodeId,
        /// The value in the other.
        new: NodeId,
    },
    /// A list holds the same items in another order.
    Reordered {
        /// The list in the one.
        old: NodeId,
        /// The list in the other.
        new: NodeId,
    },
    /// Only the one has it.
    Removed {
        /// What it has.
        old: NodeId,
        /// The mapping or list of the other in which it would stand.
        within: NodeId,
    },
    /// Only the other has it.
    Added {
        /// The mapping or list of the one in which it would stand.
        within: NodeId,
        /// What the other has.
        new: NodeId,
    },
}

/// All differences between two nodes, in the order of the old tree; what was added follows within its
/// mapping or list.
pub fn differences(old: (&Tree, NodeId), new: (&Tree, NodeId)) -> Vec<Difference> {
    let mut comparison = Comparison {
        old: old.0,
        new: new.0,
        found: Vec::new(),
    };
    // A stack of our own: the nesting is the text's to choose.
    let mut pending = vec![Step::Compare(old.1, new.1)];
    while let Some(step) = pending.pop() {
        match step {
            Step::Tell(difference) => comparison.found.push(difference),
            Step::Compare(old, new) => {
                let from = pending.len();
                comparison.compare(old, new, &mut pending);
                pending[from..].reverse();
            }
        }
    }
    comparison.found
}

enum Step {
    Compare(NodeId, NodeId),
    Tell(Difference),
}

struct Comparison<'run> {
    old: &'run Tree,
    new: &'run Tree,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    fn compare(&self, old: NodeId, new: NodeId, steps: &mut Vec<Step>) {
        if self.old.is_mapping(old) && self.new.is_mapping(new) {
            self.mappings(old, new, steps);
        } else if self.old.is_sequence(old) && self.new.is_sequence(new) {
            match (ids(self.old, old), ids(self.new, new)) {
                (Some(before), Some(after)) => named_items(old, new, &before, &after, steps),
                _ => self.items(old, new, steps),
            }
        } else if !self.is_same_scalar(old, new) {
            steps.push(Step::Tell(Difference::Changed { old, new }));
        }
    }

    fn is_same_scalar(&self, old: NodeId, new: NodeId) -> bool {
        let (before, after) = (self.old.value(old), self.new.value(new));
        before.is_some() && before == after
    }

    fn mappings(&self, old: NodeId, new: NodeId, steps: &mut Vec<Step>) {
        for entry in self.old.entries(old) {
            let key = self.old.scalar_text(entry.key).unwrap_or_default();
            let other = self.new.get(new, key);
            steps.push(match other {
                Some(other) => Step::Compare(entry.value, other),
                None => Step::Tell(Difference::Removed {
                    old: entry.value,
                    within: new,
                }),
            });
        }
        for entry in self.new.entries(new) {
            let key = self.new.scalar_text(entry.key).unwrap_or_default();
            if self.old.get(old, key).is_none() {
                steps.push(Step::Tell(Difference::Added {
                    within: old,
                    new: entry.value,
                }));
            }
        }
    }

    /// Items without ids: what both begin and end with is the same, the rest is told.
    fn items(&self, old: NodeId, new: NodeId, steps: &mut Vec<Step>) {
        let before: Vec<NodeId> = self.old.items(old).collect();
        let after: Vec<NodeId> = self.new.items(new).collect();
        if before.len() == after.len() {
            let pairs = before.into_iter().zip(after);
            steps.extend(pairs.map(|(old, new)| Step::Compare(old, new)));
            return;
        }
        let is_same = |pair: &(&NodeId, &NodeId)| {
            differences((self.old, *pair.0), (self.new, *pair.1)).is_empty()
        };
        let first = before.iter().zip(&after).take_while(is_same).count();
        let (rest_before, rest_after) = (&before[first..], &after[first..]);
        let last = rest_before.iter().rev().zip(rest_after.iter().rev());
        let last = last.take_while(is_same).count();
        for item in &rest_before[..rest_before.len() - last] {
            let removed = Difference::Removed {
                old: *item,
                within: new,
            };
            steps.push(Step::Tell(removed));
        }
        for item in &rest_after[..rest_after.len() - last] {
            let added = Difference::Added {
                within: old,
                new: *item,
            };
            steps.push(Step::Tell(added));
        }
    }
}

/// The items of a list by their ids, if all have one and none has another's.
fn ids(tree: &Tree, list: NodeId) -> Option<Vec<(&str, NodeId)>> {
    let named: Option<Vec<(&str, NodeId)>> = tree
        .items(list)
        .map(|item| {
            // A Dag wraps its tasks.
            let task = tree.get(item, "task").unwrap_or(item);
            Some((tree.get_text(task, "id")?, item))
        })
        .collect();
    let named = named?;
    let unique: HashMap<&str, NodeId> = named.iter().copied().collect();
    (unique.len() == named.len()).then_some(named)
}

fn named_items(
    old: NodeId,
    new: NodeId,
    before: &[(&str, NodeId)],
    after: &[(&str, NodeId)],
    steps: &mut Vec<Step>,
) {
    let in_old: HashMap<&str, NodeId> = before.iter().copied().collect();
    let in_new: HashMap<&str, NodeId> = after.iter().copied().collect();
    let kept = before.iter().map(|(id, _)| *id);
    let kept = kept.filter(|id| in_new.contains_key(id));
    let still = after.iter().map(|(id, _)| *id);
    if !kept.eq(still.filter(|id| in_old.contains_key(id))) {
        steps.push(Step::Tell(Difference::Reordered { old, new }));
    }
    for (id, item) in before {
        steps.push(match in_new.get(id) {
            Some(other) => Step::Compare(*item, *other),
            None => Step::Tell(Difference::Removed {
                old: *item,
                within: new,
            }),
        });
    }
    for (id, item) in after {
        if !in_old.contains_key(id) {
            let added = Difference::Added {
                within: old,
                new: *item,
            };
            steps.push(Step::Tell(added));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodePath;

    fn told(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (
            crate::syntax::parse(old.into()),
            crate::syntax::parse(new.into()),
        );
        let root = |tree: &Tree| tree.documents()[0].root.unwrap();
        differences((&old, root(&old)), (&new, root(&new)))
            .into_iter()
            .map(|difference| match difference {
                Difference::Changed { new: node, .. } => format!("~{}", NodePath::of(&new, node)),
                Difference::Reordered { new: node, .. } => format!("={}", NodePath::of(&new, node)),
                Difference::Removed { old: node, .. } => format!("-{}", NodePath::of(&old, node)),
                Difference::Added { new: node, .. } => format!("+{}", NodePath::of(&new, node)),
            })
            .collect()
    }

    #[test]
    fn layout_makes_no_difference() {
        assert!(told("a: 'x' # why\nb: [1, 2]\n", "b:\n  - 1\n  - 2\na: x\n").is_empty());
        assert_eq!(told("a: 1\n", "a: \"1\"\n"), ["~a"]);
    }

    #[test]
    fn items_are_told_apart_by_id_and_else_by_place() {
        let old = "tasks:\n  - id: a\n    x: 1\n  - id: b\n  - id: c\nlist: [1, 2, 3]\n";
        let new = "tasks:\n  - id: c\n  - id: a\n    x: 2\n  - id: d\nlist: [1, 3]\nmore: 1\n";
        assert_eq!(
            told(old, new),
            [
                "=tasks",
                "~tasks[a].x",
                "-tasks[b]",
                "+tasks[d]",
                "-list[1]",
                "+more"
            ]
        );
    }
}
