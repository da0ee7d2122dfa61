//! What a flow takes for granted on its server: secrets, keys of the key-value store, namespace files, container
//! images and plugins. What is known only when the flow runs is said to be dynamic, never guessed.

mod properties;
mod template;

use super::ExpressionSite;
use crate::catalogue::Catalogue;
use crate::finding::Location;
use crate::model::Flow;
use crate::source::Document;
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

/// The kind of thing that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// A secret.
    Secret,
    /// A key of the key-value store.
    KeyValue,
    /// A namespace file.
    File,
    /// A container image.
    Image,
    /// A type of a plugin.
    Plugin,
}

/// A name as far as it is known before the flow runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedName {
    /// The name.
    Known(String),
    /// An expression, as it is written.
    Dynamic(String),
}

/// One thing that a flow needs, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub kind: NeedKind,
    /// The namespace in which it is looked for; none where that is the flow's own.
    pub namespace: Option<NeedName>,
    /// Its name.
    pub name: NeedName,
    /// The pattern of `namespaceFiles` that is the name, or stands for it.
    pub pattern: Option<String>,
    /// How the flow handles it.
    pub usage: Usage,
    /// Where it is named.
    pub place: Location,
    /// The scalar in which it is named, and the part of its decoded text.
    pub node: NodeId,
    /// That part.
    pub range: TextRange,
}

/// How a flow handles what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// It fails where the thing is missing.
    Needs,
    /// It looks whether the thing is there, or does without.
    Tries,
    /// It makes the thing.
    Makes,
    /// It does without the thing on purpose (`namespaceFiles.exclude`).
    LeavesOut,
}

/// A flow with what was made of it.
#[derive(Clone, Copy)]
pub struct Source<'run> {
    /// Its text.
    pub document: &'run Document,
    /// Its tree.
    pub tree: &'run Tree,
    /// The flow.
    pub flow: &'run Flow,
    /// Its templates.
    pub expressions: &'run [ExpressionSite],
}

impl Source<'_> {
    fn need(
        &self,
        kind: NeedKind,
        name: NeedName,
        usage: Usage,
        node: NodeId,
        range: TextRange,
    ) -> Need {
        let in_text = self.tree.source_range(node, range);
        let name = if self.document.is_unknown(in_text) {
            NeedName::Dynamic(UNKNOWN.to_owned())
        } else {
            name
        };
        Need {
            kind,
            namespace: None,
            name,
            pattern: None,
            usage,
            place: self.document.locate(in_text),
            node,
            range,
        }
    }
}

/// What stands for a text that only a run of Terraform knows.
const UNKNOWN: &str = "${…}";

/// The namespace files that a flow asks for, in no particular order.
pub fn file_needs(source: Source<'_>) -> Vec<Need> {
    let mut found = Vec::new();
    for site in source.expressions {
        template::add_files(source, site, &mut found);
    }
    properties::add_needs(source, None, &mut found);
    found.retain(|need| need.kind == NeedKind::File);
    found
}

/// All that a flow needs, in no particular order.
pub fn needs(source: Source<'_>, catalogue: &Catalogue) -> Vec<Need> {
    let mut found = Vec::new();
    for site in source.expressions {
        template::add_needs(source, site, &mut found);
    }
    properties::add_needs(source, Some(catalogue), &mut found);
    found
}
