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
            message: capitalised(message.into()),
            help: None,
            replacement: None,
        })
    }

    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(sentence(help.into()));
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

/// A message begins with a capital letter (unless with the user's own text) and has no full stop.
pub(super) fn capitalised(text: String) -> String {
    match text.chars().next() {
        Some(first) if first.is_ascii_lowercase() => {
            format!("{}{}", first.to_ascii_uppercase(), &text[1..])
        }
        _ => text,
    }
}

/// A help is a sentence.
pub(super) fn sentence(text: String) -> String {
    let text = capitalised(text);
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        text + "."
    }
}
