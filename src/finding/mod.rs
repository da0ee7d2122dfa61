//! What the program has to say: findings, their places, severities, fingerprints and fixes, and what
//! every rule declares about itself.

mod fix;
mod rule;
mod target;

pub use fix::{Applicability, Edit, Fix};
pub use rule::{FixKind, Group, OptionDescription, RuleMetadata, Tier};
pub use target::{Target, TargetSet};

use crate::text::TextRange;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Opinion or practice.
    Info,
    /// Likely wrong, or risky.
    Warning,
    /// Kestra refuses it, or it fails at run time.
    Error,
}

impl Severity {
    /// The word used on the command line and in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Reads the word used on the command line and in configuration.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "info" => Some(Self::Info),
            "warning" => Some(Self::Warning),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// One file of a run; an index into the run's table of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A byte range of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location {
    /// The file.
    pub file: FileId,
    /// The exact bytes.
    pub range: TextRange,
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |location: &Self| (location.file, location.range.start(), location.range.end());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A further place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelatedLocation {
    /// Where.
    pub location: Location,
    /// What this place has to do with the finding.
    pub message: String,
}

/// One result of a rule or a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's kebab-case name.
    pub rule: &'static str,
    /// How grave it is, after configuration.
    pub severity: Severity,
    /// Where it is: the smallest range that shows the mistake.
    pub location: Location,
    /// What is wrong, in one sentence without a full stop, naming the user's own names.
    pub message: String,
    /// Why *here*: a short text under the carets. May be empty.
    pub label: String,
    /// How to mend it, in one or two sentences. Behind an empty line may stand a sketch: lines of YAML that are
    /// not to be wrapped.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<RelatedLocation>,
    /// A change that mends it.
    pub fix: Option<Fix>,
    /// The Kestra versions for which it holds.
    pub targets: TargetSet,
    /// What identifies it across runs: namespace, flow, task and property, never lines.
    pub fingerprint: Fingerprint,
    /// Whether the text at its location is a secret: a report shows the place, not the text.
    pub redact: bool,
}

/// A stable name of a finding, independent of lines, files and the target version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fingerprint(pub u64);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}
