//! Where text comes from: files, and documents made of pieces of files.
//!
//! A text is not a file. A flow may stand in a file of its own, in a heredoc of a Terraform file, or be
//! joined from several templates. So everything behind this room works on a [`Document`]: a text and
//! the segments that say which file's bytes each part came from.

mod discovery;
mod files;
mod git;
mod include;
mod namespace_files;
mod path_pattern;
mod terraform;

pub use discovery::{Candidate, DiscoveryProblem, DiscoverySettings, directories, discover};
pub use files::{File, Files, ReadProblem, read_file, read_roughly};
pub use git::{GitProblem, GitRepository, Revision, RevisionFiles};
pub use include::{Expansion, Include, IncludeState};
pub use namespace_files::{FileState, NamespaceFiles};
pub use path_pattern::{PathPattern, PathPatternProblem, is_plain_path};
pub use terraform::{
    DependsOn, PlainText, PlainYaml, Terraform, TerraformFlow, TerraformPolicies, TerraformPolicy,
    TerraformProblem, TerraformProblemKind, TerraformProvider, TerraformResource, TerraformStep,
    TerraformText, YamlReader, read_terraform, read_terraform_policies,
};

use std::sync::Arc;

use crate::finding::{FileId, Location};
use crate::text::{TextRange, TextSize};

/// A stretch of a document's text and where its bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The bytes of the document's text.
    pub range: TextRange,
    /// The same bytes in a file; none where the text was made by evaluation.
    pub origin: Option<Location>,
    /// Whether a word stands here for something that is not known before Terraform runs.
    pub is_unknown: bool,
}

/// A text to be parsed as YAML.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text.
    pub text: Arc<str>,
    /// The file in which the document is shown to people.
    pub file: FileId,
    /// Its stretches, in order and without gaps.
    pub segments: Vec<Segment>,
    /// Where the document as a whole is named, for findings without a better place.
    pub anchor: Location,
    /// Whether whole lines of it are not known, so that nothing can be said to be missing.
    pub is_incomplete: bool,
}

impl Document {
    /// A document that is a whole file.
    pub fn of_file(file: FileId, text: Arc<str>) -> Self {
        let range = TextRange::up_to(TextSize::of(&*text));
        Self {
            text,
            file,
            segments: vec![Segment {
                range,
                origin: Some(Location { file, range }),
                is_unknown: false,
            }],
            anchor: Location {
                file,
                range: TextRange::empty(TextSize::new(0)),
            },
            is_incomplete: false,
        }
    }

    /// Whether the document is exactly one file.
    pub fn is_whole_file(&self) -> bool {
        matches!(self.segments.as_slice(), [Segment { origin: Some(origin), range, .. }]
            if origin.range == *range && origin.file == self.file && range.start() == TextSize::new(0))
    }

    /// Whether a part of the range is not known before Terraform runs.
    pub fn is_unknown(&self, range: TextRange) -> bool {
        self.segments.len() > 1
            && self.segments[self.first_segment(range)..]
                .iter()
                .take_while(|segment| segment.range.start() <= range.end())
                .any(|segment| {
                    segment.is_unknown
                        && segment
                            .range
                            .intersect(range)
                            .is_some_and(|part| !part.is_empty())
                })
    }

    /// The place of a range in a file: its part in the first segment that came from one, or the
    /// document's anchor where all of it was made by evaluation.
    pub fn locate(&self, range: TextRange) -> Location {
        self.segments[self.first_segment(range)..]
            .iter()
            .take_while(|segment| segment.range.start() <= range.end())
            .find_map(|segment| {
                // A segment that only touches the range has no byte of it.
                let part = segment.range.intersect(range)?;
                if part.is_empty() && !range.is_empty() {
                    return None;
                }
                Some(shift(
                    segment.origin?,
                    part.start() - segment.range.start(),
                    part.len(),
                ))
            })
            .unwrap_or(self.anchor)
    }

    /// The place of a range whose bytes all stand in one real segment: the only places where a fix
    /// may write.
    pub fn locate_exactly(&self, range: TextRange) -> Option<Location> {
        let segment = self.segments[self.first_segment(range)..]
            .iter()
            .find(|segment| segment.origin.is_some() && segment.range.contains_range(range))?;
        Some(shift(
            segment.origin?,
            range.start() - segment.range.start(),
            range.len(),
        ))
    }

    fn first_segment(&self, range: TextRange) -> usize {
        self.segments
            .partition_point(|segment| segment.range.end() < range.start())
    }
}

fn shift(origin: Location, by: TextSize, length: TextSize) -> Location {
    Location {
        file: origin.file,
        range: TextRange::at(origin.range.start() + by, length),
    }
}
