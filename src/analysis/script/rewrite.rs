//! Changes of a program: literals in pieces, and decoded text as bytes of the flow.

use std::ops::Range;

use super::environment::Embedded;
use super::literal::{Literal, Surroundings, surroundings};
use super::{Language, holes, shell};
use crate::syntax::{CollectionStyle, NodeId, NodeKind, ScalarStyle, Tree, TreeEdit};
use crate::text::{TextRange, TextSize};

/// A change of decoded text.
pub(super) type TextEdit = (Range<usize>, String);

/// Where an expression stands in a program.
#[derive(Default)]
pub(super) struct Places {
    pub(super) in_shell: Vec<(shell::Place, Range<usize>)>,
    /// Literals with the holes in each, in order.
    pub(super) in_literals: Vec<(Literal, Vec<Range<usize>>)>,
}

impl Places {
    /// All of them; none where one is in code, in a comment, or not understood.
    pub(super) fn of(embedded: &Embedded<'_>) -> Option<Self> {
        let text = embedded.site.template.text();
        let holes = holes(&embedded.site.template);
        let mut places = Self::default();
        for print in embedded.prints {
            let hole: Range<usize> = (*print).into();
            match surroundings(embedded.language, text, &holes, hole.start) {
                Surroundings::Shell(_) if shell::is_run_again(text, &holes, hole.start) => {
                    return None;
                }
                Surroundings::Shell(place) => places.in_shell.push((place, hole)),
                Surroundings::Literal(literal) => {
                    let mut known = places.in_literals.iter_mut();
                    match known.find(|(known, _)| *known == literal) {
                        Some((_, inside)) => inside.push(hole),
                        None => places.in_literals.push((literal, vec![hole])),
                    }
                }
                Surroundings::Code | Surroundings::Comment | Surroundings::Unknown => return None,
            }
        }
        Some(places)
    }
}

/// Puts a text in the place of a hole between quotes, outside of them. Nothing is left between quotes that stand
/// right beside it.
pub(super) fn outside_quotes(
    text: &str,
    hole: Range<usize>,
    quote: char,
    written: &str,
) -> TextEdit {
    let begins = text[..hole.start].ends_with(quote);
    let ends = text[hole.end..].starts_with(quote);
    let mut content = String::new();
    if !begins {
        content.push(quote);
    }
    content.push_str(written);
    if !ends {
        content.push(quote);
    }
    let range = hole.start - usize::from(begins)..hole.end + usize::from(ends);
    (range, content)
}

/// The literal in pieces, with what is read between them.
pub(super) fn joined(
    language: Language,
    text: &str,
    literal: &Literal,
    inside: &[Range<usize>],
    read: &str,
) -> Option<Vec<TextEdit>> {
    let (begin, join, end) = match language {
        Language::R => ("paste0(", ", ", ")"),
        // `print (…) . …` prints only what stands in the parentheses.
        Language::Perl => ("", language.joins()?, ""),
        language => ("(", language.joins()?, ")"),
    };
    let close = &text[literal.close.clone()];
    let open = &text[literal.prefix.start..literal.open.end];
    let mut edits = Vec::new();
    let insertion = |at: usize, content: &str| (at..at, content.to_owned());
    if inside.first()?.start > literal.open.end && !begin.is_empty() {
        edits.push(insertion(literal.prefix.start, begin));
    }
    for hole in inside {
        let (is_first, is_last) = (
            hole.start == literal.open.end,
            hole.end == literal.close.start,
        );
        // Nothing is left of quotes with nothing between them.
        let range = if is_first {
            literal.prefix.start
        } else {
            hole.start
        }..if is_last { literal.close.end } else { hole.end };
        let before = if is_first {
            begin.to_owned()
        } else {
            format!("{close}{join}")
        };
        let after = if is_last {
            end.to_owned()
        } else {
            format!("{join}{open}")
        };
        edits.push((range, format!("{before}{read}{after}")));
    }
    if inside.last()?.end < literal.close.start && !end.is_empty() {
        edits.push(insertion(literal.close.end, end));
    }
    Some(edits)
}

/// Whether what stands beside a literal makes more of it than a value: another literal that is joined to it,
/// a key, a module.
pub(super) fn is_joined(language: Language, text: &str, literal: &Literal) -> bool {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let before = text[..literal.prefix.start].trim_end();
    let after = text[literal.close.end..].trim_start();
    let line = text[..literal.prefix.start]
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let is_key = matches!(
        language,
        Language::Node | Language::JavaScript | Language::Ruby
    ) && after.starts_with(':');
    let is_compiled = matches!(language, Language::Go | Language::Java | Language::DotNet);
    before.ends_with(QUOTES)
        || after.starts_with(QUOTES)
        || is_key
        || (is_compiled && must_be_constant(text, literal))
        || line.trim_start().starts_with("import ")
        || line.contains("require")
}

/// Whether a compiler takes a plain literal alone there, or the literal is none of the plain ones.
fn must_be_constant(text: &str, literal: &Literal) -> bool {
    let before = text[..literal.prefix.start].trim_end();
    let after = text[literal.close.end..].trim_start();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let starts = line.trim_start();
    let has_word = |word: &str| {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|other| other == word)
    };
    &text[literal.open.clone()] != "\""
        // Verbatim and interpolated texts of C#.
        || before.ends_with(['@', '$'])
        // Annotations, attributes, directives.
        || starts.starts_with(['@', '[', '#'])
        || ["const", "case", "is"].into_iter().any(has_word)
        || after.starts_with("=>")
        || text.lines().any(|line| line.trim() == "const (")
}

/// Whether an expression between quotes has not ended before a hole, or has quotes of its own somewhere in the
/// program: then the quotes may not be what they seem.
pub(super) fn is_inside_interpolation(
    language: Language,
    text: &str,
    literal: &Literal,
    inside: &[Range<usize>],
) -> bool {
    let is_plain = text[literal.open.clone()].starts_with('\'');
    let ends = |after: &str| after.find(['}', ')']);
    language.interpolates().iter().any(|mark| {
        let has_quotes = text.match_indices(mark).any(|(at, _)| {
            let after = &text[at + mark.len()..];
            after[..ends(after).unwrap_or(after.len())].contains(['"', '`'])
        });
        let is_open = inside.iter().any(|hole| {
            let before = &text[literal.open.end..hole.start];
            let last = before.rfind(mark).map(|at| &before[at..]);
            last.is_some_and(|last| ends(last).is_none())
        });
        has_quotes || (is_open && !is_plain)
    })
}

/// Edits of decoded text as edits of the source; none where the style of the scalar cannot hold them.
pub(super) fn in_source(tree: &Tree, node: NodeId, edits: Vec<TextEdit>) -> Option<Vec<TreeEdit>> {
    let style = tree.scalar_style(node)?;
    let parent = tree.parent(node)?;
    let in_brackets = matches!(
        tree.kind(parent),
        NodeKind::Mapping(CollectionStyle::Flow) | NodeKind::Sequence(CollectionStyle::Flow)
    );
    let text = tree.scalar_text(node)?;
    let size = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    let mut changes = Vec::new();
    for (range, content) in edits {
        let content = match style {
            ScalarStyle::SingleQuoted => content.replace('\'', "''"),
            ScalarStyle::DoubleQuoted => content.replace('\\', "\\\\").replace('"', "\\\""),
            ScalarStyle::Plain
                if in_brackets || content.contains(": ") || content.contains(" #") =>
            {
                return None;
            }
            _ => content,
        };
        // Nothing but `import` is inserted at the beginning of a line.
        let source = if range.is_empty() {
            let letter = text.get(range.start..).and_then(|rest| rest.chars().next());
            let start = match letter {
                Some(letter) => {
                    let next = TextRange::at(size(range.start), TextSize::of(letter));
                    tree.source_range(node, next).start()
                }
                None => tree
                    .source_range(node, TextRange::new(size(0), size(range.end)))
                    .end(),
            };
            TextRange::empty(start)
        } else {
            tree.source_range(node, TextRange::new(size(range.start), size(range.end)))
        };
        let content = if content.contains('\n') {
            if style != ScalarStyle::Literal {
                return None;
            }
            let indentation = " ".repeat(tree.column(source.start()));
            content.replace('\n', &format!("\n{indentation}"))
        } else {
            content
        };
        changes.push(TreeEdit {
            range: source,
            content,
        });
    }
    Some(changes)
}
