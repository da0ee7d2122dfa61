//! Syntax errors: what the engine's parser refuses, in words that help.

use crate::text::TextRange;

/// A place where the engine's parser would refuse the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The place in the decoded text.
    pub range: TextRange,
    /// What is wrong, what was expected.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// An edit that mends it, where there is one.
    pub replacement: Option<Replacement>,
}

/// Text to put in the place of other text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced, in the decoded text.
    pub range: TextRange,
    /// What is written there.
    pub text: String,
}

impl SyntaxError {
    pub(super) fn new(range: TextRange, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            range,
            message: message.into(),
            help: None,
            replacement: None,
        })
    }

    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    pub(super) fn replace(
        mut self: Box<Self>,
        range: TextRange,
        text: impl Into<String>,
    ) -> Box<Self> {
        self.replacement = Some(Replacement {
            range,
            text: text.into(),
        });
        self
    }
}

/// What a step of the parser gives.
pub(super) type Parsed<T> = Result<T, Box<SyntaxError>>;
