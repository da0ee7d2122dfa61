//! Which documents a place in a file belongs to: a template is a part of each flow that is made from it.

use std::collections::HashMap;

use super::Workspace;
use crate::finding::{FileId, Location};
use crate::text::TextRange;

/// The documents of a workspace by the stretches of files that they are made of.
#[derive(Debug)]
pub struct Owners {
    by_file: HashMap<FileId, Vec<(TextRange, usize)>>,
}

impl Owners {
    /// The documents of a workspace.
    pub fn of(workspace: &Workspace) -> Self {
        let mut by_file: HashMap<FileId, Vec<(TextRange, usize)>> = HashMap::new();
        for (index, document) in workspace.documents.iter().enumerate() {
            let segments = document.document.segments.iter();
            let stretches = segments.filter_map(|segment| segment.origin);
            let deployed = document
                .terraform
                .and_then(|flow| workspace.terraform.flows.get(flow));
            let ways = deployed.into_iter().flat_map(|flow| &flow.path);
            let places = stretches.chain(ways.map(|step| step.place));
            for place in places {
                by_file
                    .entry(place.file)
                    .or_default()
                    .push((place.range, index));
            }
        }
        Self { by_file }
    }

    /// The documents that a place is a part of, as indices into [`Workspace::documents`].
    pub fn documents(&self, place: Location) -> Vec<usize> {
        let stretches = self.by_file.get(&place.file).into_iter().flatten();
        let mut found: Vec<usize> = stretches
            .filter(|(range, _)| range.contains_inclusive(place.range.start()))
            .map(|(_, document)| *document)
            .collect();
        found.dedup();
        found
    }
}
