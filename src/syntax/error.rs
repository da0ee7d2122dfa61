//! Parse errors as people need them: the place, what was expected, what to write instead.

use super::problem::{Problem, ProblemKind};
use super::{Tree, TreeEdit, YamlDocument};
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
    /// A change that mends it, with its title as an order.
    pub mend: Option<(&'static str, TreeEdit)>,
}

impl SyntaxError {
    pub(super) fn mended(
        self,
        title: &'static str,
        range: TextRange,
        content: impl Into<String>,
    ) -> Self {
        let edit = TreeEdit {
            range,
            content: content.into(),
        };
        Self {
            mend: Some((title, edit)),
            ..self
        }
    }
}

/// Puts a problem into words.
pub(super) fn explain(source: &str, problem: Problem) -> SyntaxError {
    let context = Context::new(source, problem);
    context
        .foreign_line()
        .or_else(|| context.unquoted_template())
        .or_else(|| context.lexical())
        .or_else(|| context.quotes())
        .or_else(|| context.missing_space())
        .or_else(|| context.colon_in_value())
        .or_else(|| context.brackets())
        .or_else(|| context.structure())
        .unwrap_or_else(|| context.indentation())
}

/// A document whose root is a text, a list or nothing.
pub(super) fn no_mapping(tree: &Tree, document: &YamlDocument) -> SyntaxError {
    const HELP: &str =
        "A flow is a mapping: it starts with lines such as `id: …` and `namespace: …`.";
    let source = tree.source();
    let Some(root) = document.root.filter(|root| !tree.is_absent(*root)) else {
        return error(
            tree.first_line(document.range),
            "The first document is empty, and Kestra reads no other",
            "Remove the `---` that stands above it to no purpose.",
        );
    };
    let start = usize::from(tree.range(root).start());
    let context = Context::new(source, Problem::new(ProblemKind::ExpectedKey, start));
    context.missing_space().unwrap_or_else(|| {
        let what = if tree.is_sequence(root) {
            "a list"
        } else {
            "a text"
        };
        error(
            tree.first_line(tree.range(root)),
            format!("Kestra reads {what} here, and no flow"),
            HELP,
        )
    })
}

struct Context<'source> {
    source: &'source str,
    problem: Problem,
    /// The line of the problem.
    line: Line<'source>,
}

/// A line without its break.
#[derive(Clone, Copy)]
struct Line<'source> {
    start: usize,
    text: &'source str,
}

impl<'source> Line<'source> {
    fn of(source: &'source str, at: usize) -> Self {
        let start = source[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let end = source[at..]
            .find(['\n', '\r'])
            .map_or(source.len(), |end| at + end);
        Self {
            start,
            text: source.get(start..end).unwrap_or_default(),
        }
    }

    /// The text without indentation and `- `, with its offset in the source.
    fn content(self) -> (usize, &'source str) {
        let mut content = self.text.trim_start_matches([' ', '\t']);
        while let Some(rest) = content.strip_prefix("- ") {
            content = rest.trim_start_matches(' ');
        }
        (
            self.start + self.text.len() - content.len(),
            content.trim_end(),
        )
    }
}

impl<'source> Context<'source> {
    fn new(source: &'source str, mut problem: Problem) -> Self {
        problem.at = boundary(source, problem.at);
        problem.began = boundary(source, problem.began);
        Self {
            source,
            problem,
            line: Line::of(source, problem.at),
        }
    }

    /// One character.
    fn character(&self, at: usize) -> TextRange {
        let length = self.source[at..]
            .chars()
            .next()
            .filter(|letter| !matches!(letter, '\n' | '\r'))
            .map_or(0, char::len_utf8);
        range(at, at + length)
    }

    /// The word at a place.
    fn word(&self, at: usize) -> TextRange {
        let rest = &self.source[at..];
        let length = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ']' | '}'))
            .unwrap_or(rest.len());
        if length == 0 {
            self.character(at)
        } else {
            range(at, at + length)
        }
    }

    fn rest_of_line(&self, at: usize) -> &'source str {
        let rest = &self.source[at..];
        rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())].trim_end()
    }

    /// Lines of other formats that were left in the file.
    fn foreign_line(&self) -> Option<SyntaxError> {
        let began = Line::of(self.source, self.problem.began);
        [began, self.line].into_iter().find_map(|line| {
            let marks = ["<<<<<<<", "=======", ">>>>>>>"];
            let shown = range(line.start, line.start + line.text.len());
            if marks.iter().any(|mark| line.text.starts_with(mark)) {
                return Some(error(
                    shown,
                    "A merge conflict was left in the file",
                    "Decide for one of the two sides, and remove the marks.",
                ));
            }
            line.text.starts_with("```").then(|| {
                error(
                    shown,
                    "A fence of Markdown is no YAML",
                    "Remove the lines that start with three backticks.",
                )
            })
        })
    }

    /// `key: {{ … }} more`, `{% … %}`: the braces start a mapping.
    fn unquoted_template(&self) -> Option<SyntaxError> {
        let here = template_in(self.line);
        let (start, value) = here.or_else(|| {
            // The end that an unclosed mapping lacks is missed lines later.
            let in_brackets = matches!(
                self.problem.kind,
                ProblemKind::UnclosedMapping
                    | ProblemKind::ExpectedNode { in_brackets: true }
                    | ProblemKind::Character(_)
            );
            in_brackets
                .then(|| template_in(Line::of(self.source, self.problem.began)))
                .flatten()
        })?;
        if self.problem.at < start || matches!(self.problem.kind, ProblemKind::TabSeparation) {
            return None;
        }
        let value = without_comment(value);
        let opening = &value[..2];
        let shown = range(start, start + value.len());
        let explained = error(
            shown,
            format!(
                "A value that starts with `{opening}` must be quoted: YAML reads the brace as a mapping"
            ),
            format!(
                "Write {}, or put the value into a block (`|`).",
                quoted(value)
            ),
        );
        let count = |part: &str| value.matches(part).count();
        let is_whole = count("{{") == count("}}") && count("{%") == count("%}");
        Some(if is_whole {
            explained.mended("Quote the value", shown, quoted(value))
        } else {
            explained
        })
    }

    /// Characters that must not stand where they do.
    fn lexical(&self) -> Option<SyntaxError> {
        let at = self.problem.at;
        let here = self.character(at);
        Some(match self.problem.kind {
            ProblemKind::TabIndentation => error(
                here,
                "A tab cannot be indentation in YAML",
                "Replace the tab by spaces (two for each level).",
            ),
            ProblemKind::TabSeparation => error(
                here,
                "Kestra refuses a tab here; only spaces may stand between the parts of a line",
                "Replace the tab by a space.",
            )
            .mended("Replace the tab by a space", self.blanks(at), " "),
            ProblemKind::Character(character @ ('|' | '>')) => error(
                here,
                format!("A block (`{character}`) cannot stand inside brackets"),
                "Write the value in quotes, or the list or mapping by indentation instead of brackets.",
            ),
            ProblemKind::Character('`') => error(
                here,
                "A value cannot start with a backtick in YAML",
                format!("Quote the value: {}.", quoted(self.rest_of_line(at))),
            ),
            ProblemKind::Character(character) => {
                let value = self.rest_of_line(at);
                error(
                    range(at, at + value.len()),
                    format!("A value cannot start with `{character}` in YAML"),
                    format!("Quote the value: {}.", quoted(value)),
                )
            }
            ProblemKind::Directive if self.source[self.problem.began..].starts_with("%{") => error(
                self.word(self.problem.began),
                "A Terraform template directive is no YAML: the file must be rendered before Kestra reads it",
                "Check the rendered flow, or exclude this template.",
            ),
            ProblemKind::Directive | ProblemKind::Version | ProblemKind::DuplicateDirective => {
                error(
                    self.word(self.problem.began),
                    "A line that starts with `%` is a directive to YAML, and this one is none that it knows",
                    "Indent the line if it belongs to the text above, or quote it.",
                )
            }
            _ => return None,
        })
    }

    /// Quoted text, its escapes, anchors and tags.
    fn quotes(&self) -> Option<SyntaxError> {
        let Problem { kind, at, began } = self.problem;
        Some(match kind {
            ProblemKind::UnclosedQuote | ProblemKind::MarkerInQuotes => {
                let quote = &self.source[began..=began];
                error(
                    self.character(began),
                    format!("The text that starts at this `{quote}` is never closed"),
                    if quote == "'" {
                        "Add the closing quote; a single quote inside the text is written `''`."
                    } else {
                        "Add the closing quote; a double quote inside the text is written `\\\"`."
                    },
                )
            }
            ProblemKind::Escape(character) => self.escape(character),
            ProblemKind::EscapeUnknownToKestra(character) => error(
                range(at, at + 1 + character.len_utf8()),
                "Kestra does not know this escape, although YAML 1.2 has it",
                if character == '/' {
                    "Write `/` without the backslash."
                } else {
                    "Write `\\t`."
                },
            )
            .mended(
                "Write the character as Kestra knows it",
                range(at, at + 1 + character.len_utf8()),
                if character == '/' { "/" } else { "\\t" },
            ),
            ProblemKind::EscapeDigits(letter) => {
                let digits = match letter {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                error(
                    range(at, at + 2),
                    format!("`\\{letter}` needs {digits} hexadecimal digits"),
                    BACKSLASH_HELP,
                )
            }
            ProblemKind::BlockHeader => error(
                self.word(at),
                "Only `-`, `+` or a digit from 1 to 9 may follow the sign of a block",
                "Put the text on the next line, indented; a comment needs a space before `#`.",
            ),
            ProblemKind::AnchorName => self.anchor_name(),
            ProblemKind::Tag | ProblemKind::UndefinedTagHandle => error(
                range(began, at.max(began + 1)),
                "A value that starts with `!` is a tag to YAML, and this one cannot be read",
                format!("Quote the value: {}.", quoted(self.rest_of_line(began))),
            ),
            _ => return self.text_behind_quote(),
        })
    }

    fn escape(&self, character: char) -> SyntaxError {
        let at = self.problem.at;
        error(
            range(at, at + 1 + character.len_utf8()),
            format!("`\\{character}` is no escape that YAML knows in double quotes"),
            BACKSLASH_HELP,
        )
    }

    fn anchor_name(&self) -> SyntaxError {
        let began = self.problem.began;
        let what = if self.source[began..].starts_with('*') {
            "an alias"
        } else {
            "an anchor"
        };
        let sign = &self.source[began..=began];
        error(
            self.word(began),
            format!(
                "A value that starts with `{sign}` is {what} to YAML, and this is no name for one"
            ),
            format!("Quote the value: {}.", quoted(self.rest_of_line(began))),
        )
    }

    /// `'it's'`, `"a" b`: text goes on behind the closing quote.
    fn text_behind_quote(&self) -> Option<SyntaxError> {
        if !matches!(
            self.problem.kind,
            ProblemKind::ExpectedKey
                | ProblemKind::ExpectedItem
                | ProblemKind::UnclosedList
                | ProblemKind::UnclosedMapping
                | ProblemKind::ExpectedDocumentStart
        ) {
            return None;
        }
        let before = self.source[self.line.start..self.problem.at].trim_end();
        let quote = before
            .chars()
            .next_back()
            .filter(|last| matches!(last, '"' | '\''))?;
        let word = self.word(self.problem.at);
        let is_text = self.source[word]
            .starts_with(|first: char| first.is_alphanumeric() || matches!(first, '"' | '\''));
        if !is_text {
            return None;
        }
        let help = if quote == '\'' {
            "Write `''` for a single quote inside the text, or quote all of it with double quotes."
        } else {
            "Write `\\\"` for a double quote inside the text, or quote all of it with single quotes."
        };
        Some(error(word, "The quoted text ended before this", help))
    }

    /// `key:value` among keys: YAML needs a space behind the colon.
    fn missing_space(&self) -> Option<SyntaxError> {
        if !matches!(
            self.problem.kind,
            ProblemKind::ValueNotAllowed | ProblemKind::MissingColon | ProblemKind::ExpectedKey
        ) {
            return None;
        }
        [Line::of(self.source, self.problem.began), self.line]
            .into_iter()
            .chain(self.line_before())
            .find_map(|line| {
                let (start, content) = line.content();
                let colon = content.find(':')?;
                let key = &content[..colon];
                let next = content[colon + 1..].chars().next()?;
                if !is_word(key) || next.is_whitespace() || matches!(next, '/' | ':') {
                    return None;
                }
                Some(
                    error(
                        range(start, start + colon + 1),
                        format!("A space is missing after `{key}:`"),
                        format!("Write `{key}: {}`.", content[colon + 1..].trim()),
                    )
                    .mended(
                        "Add the space",
                        range(start + colon + 1, start + colon + 1),
                        " ",
                    ),
                )
            })
    }

    /// The blanks that start at a place.
    fn blanks(&self, at: usize) -> TextRange {
        let rest = &self.source[at..];
        let length = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        range(at, at + length)
    }

    fn line_before(&self) -> Option<Line<'source>> {
        let before = self.source[..self.line.start].trim_end_matches(['\n', '\r']);
        (!before.is_empty()).then(|| Line::of(self.source, before.len()))
    }

    /// `message: done: really`: a colon inside an unquoted value.
    fn colon_in_value(&self) -> Option<SyntaxError> {
        if self.problem.kind != ProblemKind::ValueNotAllowed {
            return None;
        }
        let (start, content) = self.line.content();
        let (key, value) = content.split_once(": ")?;
        let value_start = start + key.len() + 2;
        if self.problem.at < value_start {
            return None;
        }
        Some(error(
            range(value_start, value_start + value.len()),
            format!("The value of `{key}` contains a colon and must be quoted"),
            format!("Write `{key}: {}`.", quoted_single(value)),
        ))
    }

    /// Lists and mappings in brackets.
    fn brackets(&self) -> Option<SyntaxError> {
        let Problem { kind, at, began } = self.problem;
        let found = &self.source[self.word(at)];
        Some(match kind {
            ProblemKind::UnclosedList | ProblemKind::UnclosedMapping => {
                let (what, open, close) = if kind == ProblemKind::UnclosedList {
                    ("list", '[', ']')
                } else {
                    ("mapping", '{', '}')
                };
                let same_line = Line::of(self.source, began).start == self.line.start;
                if same_line && !found.is_empty() {
                    error(
                        self.word(at),
                        format!(
                            "`,` or `{close}` was expected here, in the {what} that starts with `{open}`"
                        ),
                        format!(
                            "Add the missing `,` or `{close}`; a value with brackets, commas or `: ` in it must be quoted."
                        ),
                    )
                } else {
                    error(
                        self.character(began),
                        format!("The {what} that starts at this `{open}` is not closed"),
                        format!(
                            "Add `{close}`, or the comma that is missing; if it is meant as text, quote it."
                        ),
                    )
                }
            }
            ProblemKind::ExpectedNode { in_brackets: true } => error(
                self.word(at),
                format!(
                    "A value was expected here, inside the brackets, not `{}`",
                    first_character(found)
                ),
                "Write the value, or quote it if it starts with this character; `?` and `:` mean something to YAML inside brackets.",
            ),
            ProblemKind::TooDeep => error(
                self.character(at),
                "The nesting is deeper than Kestra reads (1000 levels)",
                "Write the flow with fewer levels.",
            ),
            _ => return None,
        })
    }

    /// Keys and items in the wrong place.
    fn structure(&self) -> Option<SyntaxError> {
        let at = self.problem.at;
        let rest = self.rest_of_line(at);
        let before = self.line.text.get(..at - self.line.start)?.trim();
        Some(match self.problem.kind {
            ProblemKind::EntryNotAllowed if !before.is_empty() => error(
                self.character(at),
                "A list cannot start on the line of its key",
                "Put the `- ` on the next line, indented by two spaces.",
            ),
            ProblemKind::ExpectedDocumentStart => error(
                self.word(at),
                "The document has ended before this line: nothing but a new one (`---`) can follow",
                "Indent the line like the lines above, or remove the `...` or `%` line before it.",
            ),
            ProblemKind::ExpectedNode { .. } if !rest.is_empty() => error(
                self.word(at),
                format!(
                    "A value cannot start with `{}` in YAML",
                    first_character(rest)
                ),
                format!("Quote the value: {}.", quoted(rest)),
            ),
            ProblemKind::ExpectedKey | ProblemKind::ExpectedItem
                if rest.starts_with([']', '}']) =>
            {
                error(
                    self.character(at),
                    format!("This `{}` closes nothing", first_character(rest)),
                    "Remove it, or quote the value that it belongs to.",
                )
            }
            ProblemKind::ValueNotAllowed => return self.deeper_than_a_key(),
            ProblemKind::ExpectedKey | ProblemKind::ExpectedItem
                if before.is_empty() && self.out_of_line().is_some() =>
            {
                return self.out_of_line();
            }
            ProblemKind::ExpectedKey if rest.starts_with(':') => error(
                self.character(at),
                "A key is missing before this colon",
                "Write the key, or quote the value if the colon belongs to it.",
            ),
            ProblemKind::MissingColon => {
                let line = Line::of(self.source, self.problem.began);
                let (start, content) = line.content();
                if content.is_empty() || content.contains(": ") {
                    return None;
                }
                error(
                    range(start, start + content.len()),
                    "A `key: value` was expected on this line, but there is no colon",
                    "Write `key: value`; if the line belongs to the text above, indent it further.",
                )
            }
            ProblemKind::ExpectedKey | ProblemKind::ExpectedItem
                if !before.is_empty() && before != "-" =>
            {
                error(
                    self.word(at),
                    "The value on this line has ended before this",
                    "Quote the whole value.",
                )
            }
            _ => return None,
        })
    }

    /// A key below one that has a value already, but indented as if it belonged to it.
    fn deeper_than_a_key(&self) -> Option<SyntaxError> {
        let above = self.line_before()?;
        let (above_start, above_content) = above.content();
        let (start, content) = self.line.content();
        let column = above_start - above.start;
        let (key, value) = above_content.split_once(": ")?;
        let is_value = !value.trim().is_empty() && !value.trim().starts_with(['|', '>', '&', '!']);
        if !is_value || start - self.line.start <= column {
            return None;
        }
        let name = content.split(':').next().unwrap_or(content);
        Some(error(
            range(start, start + name.len()),
            format!(
                "`{name}` is indented as if it belonged to `{key}` above, which has a value already"
            ),
            format!(
                "{}, or put the value of `{key}` in quotes.",
                indent_like(name, column, key)
            ),
        ))
    }

    /// A list item or a key that starts in a column of its own.
    fn out_of_line(&self) -> Option<SyntaxError> {
        let indentation = self.line.text.len() - self.line.text.trim_start_matches(' ').len();
        let (start, content) = self.line.content();
        let is_item = self.line.text[indentation..].starts_with("- ");
        let name = content.split_once(':').map_or(content, |(name, _)| name);
        if is_item {
            let column = self.lines_above().find_map(|line| {
                let column = line.text.len() - line.text.trim_start_matches(' ').len();
                line.text[column..].starts_with("- ").then_some(column)
            })?;
            let at = self.line.start + indentation;
            return (column != indentation).then(|| {
                error(
                    range(at, start + name.len()),
                    "This list item is not in line with the items above",
                    format!("{}.", indent_like("- …", column, "- …")),
                )
            });
        }
        let above = self.line_before()?;
        let (above_start, above_content) = above.content();
        let column = above_start - above.start;
        let (key, _) = above_content.split_once(':')?;
        (is_word(name) && is_word(key) && indentation < column).then(|| {
            error(
                range(start, start + name.len()),
                format!("`{name}` is not in line with the keys above"),
                format!("{}.", indent_like(name, column, key)),
            )
        })
    }

    /// The lines before this one that say something, nearest first.
    fn lines_above(&self) -> impl Iterator<Item = Line<'source>> {
        let source = self.source;
        source[..self.line.start]
            .lines()
            .rev()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Line { start: 0, text })
            .take(LINES_TO_LOOK_BACK)
    }

    fn indentation(&self) -> SyntaxError {
        let content = self.line.text.trim_start();
        let start = self.line.start + self.line.text.len() - content.len();
        let shown = content
            .split_once(": ")
            .map_or(content, |(key, _)| key)
            .trim_end();
        let expected = match self.problem.kind {
            ProblemKind::ExpectedKey => "a key of the mapping above was expected here",
            ProblemKind::ExpectedItem => "an item (`- `) of the list above was expected here",
            ProblemKind::EntryNotAllowed => "a list cannot start here",
            ProblemKind::MissingColon | ProblemKind::KeyNotAllowed => {
                "a `key: value` was expected here"
            }
            _ => "it does not fit the lines above",
        };
        error(
            range(start, start + shown.len()),
            format!("This line is not indented as YAML needs it: {expected}"),
            "Indent it like its neighbours: keys of one mapping and items of one list start in the same column.",
        )
    }
}

const BACKSLASH_HELP: &str =
    "Double each backslash (`\\\\`), or use single quotes, in which it means itself.";

pub(super) fn error(
    range: TextRange,
    message: impl Into<String>,
    help: impl Into<String>,
) -> SyntaxError {
    SyntaxError {
        range,
        message: message.into(),
        help: Some(help.into()),
        mend: None,
    }
}

/// The template that an unquoted value of a line starts with, to the end of the value.
fn template_in(line: Line<'_>) -> Option<(usize, &str)> {
    let start = ["{{", "{%"]
        .iter()
        .filter_map(|opening| line.text.find(opening))
        .min()?;
    let before = line.text[..start].trim_end();
    let is_first = before.is_empty()
        || before.ends_with(':')
        || before.ends_with('-')
        || before.ends_with('[')
        || (before.ends_with(',') && before.contains('['));
    let value = line.text[start..].trim_end();
    // In a list in brackets the template ends where its braces do.
    let value = match (before.ends_with(['[', ',']), value.find("}}")) {
        (true, Some(end)) => &value[..end + 2],
        _ => value,
    };
    is_first.then_some((line.start + start, value))
}

/// A value of one line without the comment behind it.
fn without_comment(value: &str) -> &str {
    let end = value.rfind(['}']).unwrap_or(0);
    match value[end..].find(" #") {
        Some(comment) => value[..end + comment].trim_end(),
        None => value,
    }
}

/// How far up a line of the same kind is looked for.
const LINES_TO_LOOK_BACK: usize = 200;

fn indent_like(name: &str, column: usize, other: &str) -> String {
    match column {
        0 => format!("Do not indent `{name}`, like `{other}` above"),
        1 => format!("Indent `{name}` by 1 space, like `{other}` above"),
        _ => format!("Indent `{name}` by {column} spaces, like `{other}` above"),
    }
}

fn boundary(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}

fn first_character(text: &str) -> &str {
    text.chars()
        .next()
        .map_or("", |first| &text[..first.len_utf8()])
}

fn quoted_single(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The value in the quotes that need the fewest changes.
pub(super) fn quoted(value: &str) -> String {
    if value.contains(['"', '\\']) {
        quoted_single(value)
    } else {
        format!("\"{value}\"")
    }
}

pub(super) fn range(start: usize, end: usize) -> TextRange {
    let narrow = |number: usize| TextSize::try_from(number).unwrap_or_default();
    TextRange::new(narrow(start), narrow(end).max(narrow(start)))
}
