//! What is wrong with a policy file.

use std::path::PathBuf;
use std::sync::Arc;

use crate::text::TextRange;

/// A mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The file, as it is shown.
    pub path: PathBuf,
    /// Its text; empty where it cannot be read.
    pub text: Arc<str>,
    /// Where in it; none where it is about the file as a whole.
    pub range: Option<TextRange>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}
