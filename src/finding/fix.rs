//! Changes that mend a finding.

use super::Location;

/// Whether a fix may be applied without a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Keeps the meaning of the flow.
    Safe,
    /// Review it: the meaning may change, or something is lost.
    Unsafe,
}

/// Replaces a byte range of one file by a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What goes.
    pub location: Location,
    /// What comes in its place; empty to delete.
    pub content: String,
}

/// A set of edits over one or more files: all of them or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What it does, as an order: "Rename to `maxAttempts`".
    pub title: String,
    /// Whether it may be applied without a look.
    pub applicability: Applicability,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}
