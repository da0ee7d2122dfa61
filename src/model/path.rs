//! Stable names of nodes: by key and id, not by line or arena index.

use std::fmt;

use crate::syntax::{NodeId, Tree};

/// One step of a [`NodePath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathSegment {
    /// The key of a mapping.
    Key(String),
    /// An item of a list, by its `id` and, where an id is repeated, which of them (from 0).
    Id(String, u32),
    /// An item of a list without an id, by its place (from 0).
    Index(u32),
}

/// The way from the root of a flow to a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodePath(pub Vec<PathSegment>);

impl NodePath {
    /// The path of a node.
    pub fn of(tree: &Tree, node: NodeId) -> Self {
        let mut segments = Vec::new();
        let mut current = node;
        while let Some(parent) = tree.parent(current) {
            if let Some(segment) = step(tree, parent, current) {
                segments.push(segment);
            }
            current = parent;
        }
        segments.reverse();
        Self(segments)
    }
}

fn step(tree: &Tree, parent: NodeId, child: NodeId) -> Option<PathSegment> {
    if tree.is_mapping(parent) {
        let entry = tree
            .entries(parent)
            .iter()
            .find(|entry| entry.value == child || entry.key == child)?;
        return Some(PathSegment::Key(tree.scalar_text(entry.key)?.to_owned()));
    }
    let position = tree.items(parent).position(|item| item == child)?;
    let Some(id) = tree.get_text(child, "id") else {
        return Some(PathSegment::Index(
            u32::try_from(position).unwrap_or(u32::MAX),
        ));
    };
    let before = tree.items(parent).take(position);
    let occurrence = before
        .filter(|item| tree.get_text(*item, "id") == Some(id))
        .count();
    Some(PathSegment::Id(
        id.to_owned(),
        u32::try_from(occurrence).unwrap_or(u32::MAX),
    ))
}

impl fmt::Display for NodePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                PathSegment::Key(key) if index == 0 => formatter.write_str(key)?,
                PathSegment::Key(key) => write!(formatter, ".{key}")?,
                PathSegment::Id(id, 0) => write!(formatter, "[{id}]")?,
                PathSegment::Id(id, occurrence) => write!(formatter, "[{id}#{occurrence}]")?,
                PathSegment::Index(place) => write!(formatter, "[{place}]")?,
            }
        }
        Ok(())
    }
}
