//! Parse errors as people need them: the place, what was expected, what to write instead.

use granit_parser::ErrorKind;

use crate::text::{TextRange, TextSize};

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The characters at fault.
    pub range: TextRange,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl SyntaxError {
    /// Explains an error of the parser at a byte offset.
    pub(super) fn explain(source: &str, at: usize, kind: &ErrorKind, parser_message: &str) -> Self {
        let context = Context::new(source, at, kind);
        context
            .tab()
            .or_else(|| context.unquoted_expression())
            .or_else(|| context.missing_space())
            .or_else(|| context.colon_in_value())
            .or_else(|| context.reserved_character())
            .or_else(|| context.unclosed())
            .or_else(|| context.indentation())
            .unwrap_or_else(|| Self {
                range: context.character(),
                message: capitalised(parser_message),
                help: None,
            })
    }
}

struct Context<'source> {
    source: &'source str,
    at: usize,
    kind: &'source ErrorKind,
    line_start: usize,
    line: &'source str,
}

impl<'source> Context<'source> {
    fn new(source: &'source str, at: usize, kind: &'source ErrorKind) -> Self {
        let mut at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        let line_start = source[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let line_end = source[at..]
            .find(['\n', '\r'])
            .map_or(source.len(), |end| at + end);
        Self {
            source,
            at,
            kind,
            line_start,
            line: &source[line_start..line_end],
        }
    }

    fn character(&self) -> TextRange {
        let length = self.source[self.at..]
            .chars()
            .next()
            .filter(|letter| !matches!(letter, '\n' | '\r'))
            .map_or(0, char::len_utf8);
        range(self.at, self.at + length)
    }

    fn in_line(&self, start: usize, end: usize) -> TextRange {
        range(self.line_start + start, self.line_start + end)
    }

    /// A tab as indentation, or before a value.
    fn tab(&self) -> Option<SyntaxError> {
        let tab_kind = matches!(
            self.kind,
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabInIndentation
                | ErrorKind::TabAtBlockScalarStart
                | ErrorKind::InvalidBlockEntryWhitespace
                | ErrorKind::UnexpectedCharacter { character: '\t' }
        );
        let indentation = self.line.len() - self.line.trim_start().len();
        let tab = self.line[..indentation].find('\t').or_else(|| {
            let from = self.at - self.line_start;
            tab_kind.then(|| self.line.get(from..)?.find('\t').map(|tab| from + tab))?
        })?;
        if !tab_kind && !self.line[..indentation].contains('\t') {
            return None;
        }
        Some(SyntaxError {
            range: self.in_line(tab, tab + 1),
            message: "A tab cannot be used as indentation or before a value in YAML".to_owned(),
            help: Some("Replace the tab by spaces (two for each level).".to_owned()),
        })
    }

    /// `key: {{ … }} more`: the braces start a mapping.
    fn unquoted_expression(&self) -> Option<SyntaxError> {
        let (line_start, line) = if self.starts_with_expression(self.line).is_some() {
            (self.line_start, self.line)
        } else {
            // The error of an unclosed mapping is found lines later.
            let before = self.source[..self.line_start].trim_end();
            let start = before.rfind('\n').map_or(0, |feed| feed + 1);
            let flow_error = matches!(
                self.kind,
                ErrorKind::UnclosedFlowCollection { .. }
                    | ErrorKind::ExpectedFlowMappingSeparator
                    | ErrorKind::ExpectedBlockMappingKey
                    | ErrorKind::ExpectedBlockSequenceEntry
            );
            if !flow_error {
                return None;
            }
            (start, &before[start..])
        };
        let start = self.starts_with_expression(line)?;
        let value = line[start..].trim_end();
        let quoted = if value.contains('"') {
            format!("'{}'", value.replace('\'', "''"))
        } else {
            format!("\"{}\"", value.replace('\\', "\\\\"))
        };
        Some(SyntaxError {
            range: range(line_start + start, line_start + start + value.len()),
            message:
                "A value that starts with `{{` must be quoted: YAML reads the braces as a mapping"
                    .to_owned(),
            help: Some(format!(
                "Write {quoted}, or put the value into a block (`|`)."
            )),
        })
    }

    fn starts_with_expression(&self, line: &str) -> Option<usize> {
        let start = line.find("{{")?;
        let before = line[..start].trim_end();
        (before.is_empty()
            || before.ends_with(':')
            || before.ends_with('-')
            || before.ends_with('['))
        .then_some(start)
    }

    /// `key:value` among keys: YAML needs a space behind the colon.
    fn missing_space(&self) -> Option<SyntaxError> {
        if !matches!(
            self.kind,
            ErrorKind::MappingValueNotAllowed
                | ErrorKind::SimpleKeyExpected
                | ErrorKind::InvalidSimpleKey
                | ErrorKind::ExpectedBlockMappingKey
        ) {
            return None;
        }
        [Some((self.line_start, self.line)), self.line_before()]
            .into_iter()
            .flatten()
            .find_map(|(line_start, line)| {
                let content = line.trim_start();
                let content = content.strip_prefix("- ").unwrap_or(content);
                let offset = line.len() - content.len();
                let colon = content.find(':')?;
                let key = &content[..colon];
                let next = content[colon + 1..].chars().next()?;
                let word = !key.is_empty()
                    && key.chars().all(|letter| {
                        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
                    });
                if !word || next.is_whitespace() || next == '/' {
                    return None;
                }
                let start = line_start + offset;
                Some(SyntaxError {
                    range: range(start, start + colon + 1),
                    message: format!("A space is missing after `{key}:`"),
                    help: Some(format!("Write `{key}: {}`.", content[colon + 1..].trim())),
                })
            })
    }

    fn line_before(&self) -> Option<(usize, &'source str)> {
        let before = self.source[..self.line_start].trim_end_matches(['\n', '\r']);
        let start = before.rfind('\n').map_or(0, |feed| feed + 1);
        (!before.is_empty()).then(|| (start, &before[start..]))
    }

    /// `message: done: really`: a colon inside an unquoted value.
    fn colon_in_value(&self) -> Option<SyntaxError> {
        if !matches!(self.kind, ErrorKind::MappingValueNotAllowed) {
            return None;
        }
        let content = self.line.trim_start().trim_start_matches("- ");
        let offset = self.line.len() - content.len();
        let (key, value) = content.split_once(": ")?;
        let value_start = offset + key.len() + 2;
        if !value.contains(": ") && !value.trim_end().ends_with(':') {
            return None;
        }
        let value = value.trim_end();
        Some(SyntaxError {
            range: self.in_line(value_start, value_start + value.len()),
            message: format!("The value of `{key}` contains a colon and must be quoted"),
            help: Some(format!("Write {key}: '{}'.", value.replace('\'', "''"))),
        })
    }

    fn reserved_character(&self) -> Option<SyntaxError> {
        let ErrorKind::UnexpectedCharacter { character } = self.kind else {
            return None;
        };
        matches!(character, '@' | '`' | '%').then(|| SyntaxError {
            range: self.character(),
            message: format!("A value cannot start with `{character}` in YAML"),
            help: Some("Quote the value.".to_owned()),
        })
    }

    fn unclosed(&self) -> Option<SyntaxError> {
        let (what, mend) = match self.kind {
            ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => (
                "A quoted value is not closed, or goes on with too little indentation",
                "Add the closing quote, or indent the following lines.",
            ),
            ErrorKind::UnclosedFlowCollection { open: '[' }
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::UnexpectedEofFlowSequence => (
                "A list that starts with `[` is not closed or lacks a comma",
                "Add the closing `]` or the missing comma.",
            ),
            ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::UnexpectedEofFlowMapping => (
                "A mapping that starts with `{` is not closed or lacks a comma",
                "Add the closing `}` or the missing comma; a value with braces must be quoted.",
            ),
            ErrorKind::RecursionLimitExceeded => (
                "The nesting is deeper than any flow needs",
                "Write the flow with fewer levels.",
            ),
            _ => return None,
        };
        Some(SyntaxError {
            range: self.character(),
            message: what.to_owned(),
            help: Some(mend.to_owned()),
        })
    }

    fn indentation(&self) -> Option<SyntaxError> {
        let kind = matches!(
            self.kind,
            ErrorKind::ExpectedBlockMappingKey
                | ErrorKind::ExpectedBlockSequenceEntry
                | ErrorKind::BlockSequenceEntryNotAllowed
                | ErrorKind::InvalidIndentation
                | ErrorKind::SimpleKeyExpected
                | ErrorKind::InvalidSimpleKey
                | ErrorKind::MappingValueNotAllowed
        );
        if !kind {
            return None;
        }
        let content = self.line.trim_start();
        let start = self.line.len() - content.len();
        let shown = content
            .split_once(": ")
            .map_or(content, |(key, _)| key)
            .trim_end();
        let expected = match self.kind {
            ErrorKind::ExpectedBlockMappingKey => "a key of the mapping above was expected here",
            ErrorKind::ExpectedBlockSequenceEntry => {
                "an item (`- `) of the list above was expected here"
            }
            ErrorKind::BlockSequenceEntryNotAllowed => "a list cannot start here",
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
                "a `key: value` was expected here"
            }
            _ => "it does not fit the lines above",
        };
        Some(SyntaxError {
            range: self.in_line(start, start + shown.len().max(1).min(content.len())),
            message: format!("This line is not indented as YAML needs it: {expected}"),
            help: Some("Indent it like its neighbours: keys of one mapping and items of one list start in the same column.".to_owned()),
        })
    }
}

fn range(start: usize, end: usize) -> TextRange {
    let narrow = |number: usize| TextSize::try_from(number).unwrap_or_default();
    TextRange::new(narrow(start), narrow(end).max(narrow(start)))
}

fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
