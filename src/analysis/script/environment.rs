//! Moves a template out of a program into the environment of its task.

use std::ops::Range;

use super::literal::{Literal, Surroundings, surroundings};
use super::{DataFix, Language, holes, shell};
use crate::analysis::ExpressionSite;
use crate::catalogue::Catalogue;
use crate::expression::PartKind;
use crate::model::Flow;
use crate::syntax::{
    CollectionStyle, NodeId, NodeKind, Position, ScalarStyle, Tree, TreeEdit, scalar_source,
};
use crate::text::{TextRange, TextSize};

/// A template in a program that shall come in as data.
#[derive(Clone, Copy)]
pub struct Embedded<'run> {
    /// The tree of the flow.
    pub tree: &'run Tree,
    /// The flow.
    pub flow: &'run Flow,
    /// What the target knows.
    pub catalogue: &'run Catalogue,
    /// The task's mapping.
    pub task: NodeId,
    /// The task's type.
    pub type_name: &'run str,
    /// The property that holds the program.
    pub property: &'run str,
    /// The language of the program.
    pub language: Language,
    /// The text of the program.
    pub site: &'run ExpressionSite,
    /// The places of `{{ … }}` in the decoded text; all of them print the same expression.
    pub prints: &'run [TextRange],
    /// The expression that they print.
    pub expression: &'run str,
    /// What the variable is called after: a part of the expression.
    pub named_after: &'run str,
}

/// A change of decoded text.
pub(super) type TextEdit = (Range<usize>, String);

/// Moves an expression to `env` and reads it there; none where what stands around it does not allow that without
/// thinking.
pub(super) fn environment_fix(embedded: &Embedded<'_>) -> Option<DataFix> {
    let Embedded { tree, task, .. } = *embedded;
    let is_understood = embedded.property == "script"
        || matches!(embedded.language, Language::Shell | Language::PowerShell);
    // Under Windows shells read variables in another way.
    if !is_understood || tree.get(task, "targetOS").is_some() {
        return None;
    }
    let entry = MapEntry::find(embedded, "env", variable_name(embedded.named_after))?;
    let mut edits = program_edits(embedded, &entry.name)?;
    edits.extend(import(embedded)?);
    let mut edits = in_source(tree, embedded.site.node, edits)?;
    edits.extend(entry.edit);
    let title = format!(
        "Pass it in the variable `{}` of the environment",
        entry.name
    );
    Some(DataFix { title, edits })
}

/// The changes of the program alone.
fn program_edits(embedded: &Embedded<'_>, name: &str) -> Option<Vec<TextEdit>> {
    let text = embedded.site.template.text();
    let holes = holes(&embedded.site.template);
    let mut edits = Vec::new();
    let mut literals: Vec<(Literal, Vec<Range<usize>>)> = Vec::new();
    for print in embedded.prints {
        let hole: Range<usize> = (*print).into();
        match surroundings(embedded.language, text, &holes, hole.start) {
            Surroundings::Shell(place) => {
                if shell::is_run_again(text, &holes, hole.start) {
                    return None;
                }
                edits.push(in_shell(text, place, hole, name)?);
            }
            Surroundings::Literal(literal) => {
                match literals.iter_mut().find(|(known, _)| *known == literal) {
                    Some((_, inside)) => inside.push(hole),
                    None => literals.push((literal, vec![hole])),
                }
            }
            Surroundings::Code | Surroundings::Comment | Surroundings::Unknown => return None,
        }
    }
    for (literal, inside) in literals {
        edits.extend(in_literal(
            embedded.language,
            text,
            &literal,
            &inside,
            name,
        )?);
    }
    Some(edits)
}

fn in_shell(text: &str, place: shell::Place, hole: Range<usize>, name: &str) -> Option<TextEdit> {
    let before = &text[..hole.start];
    let after = &text[hole.end..];
    match place {
        shell::Place::Word => Some((hole, format!("\"${name}\""))),
        shell::Place::Double | shell::Place::HereDocument => {
            let goes_on = after.starts_with(|letter: char| {
                letter.is_ascii_alphanumeric() || "_[".contains(letter)
            });
            let read = if goes_on {
                format!("${{{name}}}")
            } else {
                format!("${name}")
            };
            Some((hole, read))
        }
        shell::Place::Single => {
            // Nothing is left between quotes that stand right beside it.
            let (begins, ends) = (before.ends_with('\''), after.starts_with('\''));
            let (close, open) = (if begins { "" } else { "'" }, if ends { "" } else { "'" });
            let range = hole.start - usize::from(begins)..hole.end + usize::from(ends);
            Some((range, format!("{close}\"${name}\"{open}")))
        }
        shell::Place::Command | shell::Place::Comment | shell::Place::Other => None,
    }
}

/// The holes of one literal, in order.
fn in_literal(
    language: Language,
    text: &str,
    literal: &Literal,
    inside: &[Range<usize>],
    name: &str,
) -> Option<Vec<TextEdit>> {
    if is_joined(language, text, literal)
        || is_inside_interpolation(language, text, literal, inside)
    {
        return None;
    }
    let read = match language {
        Language::Go | Language::Java | Language::DotNet => return None,
        language => language.reads(name)?,
    };
    let prefix = &text[literal.prefix.clone()];
    let is_whole = inside.len() == 1 && inside[0] == (literal.open.end..literal.close.start);
    let in_place = |content: String| {
        let edits = inside.iter().map(|hole| (hole.clone(), content.clone()));
        Some(edits.collect())
    };
    match (language, &text[literal.open.clone()]) {
        (Language::Node, "`") => in_place(format!("${{{read}}}")),
        (Language::PowerShell, "@\"") => in_place(format!("${{env:{name}}}")),
        (Language::PowerShell, "@'") => None,
        _ if is_whole => {
            let is_text = !prefix.contains(['b', 'B']);
            is_text.then(|| vec![(literal.prefix.start..literal.close.end, read)])
        }
        (Language::PowerShell, "\"") => in_place(format!("${{env:{name}}}")),
        (Language::Python, open) if prefix.contains(['f', 'F']) => {
            // Before 3.12 the same quotes cannot stand inside.
            let quote = if open.starts_with('"') { '\'' } else { '"' };
            let next_to_brace = inside
                .iter()
                .any(|hole| text[..hole.start].ends_with('{') || text[hole.end..].starts_with('}'));
            let read = format!("{{os.environ[{quote}{name}{quote}]}}");
            if next_to_brace { None } else { in_place(read) }
        }
        (Language::Python, _) if !matches!(prefix, "" | "r" | "R" | "u") => None,
        (Language::Python, _) => joined(language, text, literal, inside, &read),
        _ if prefix.is_empty() => joined(language, text, literal, inside, &read),
        _ => None,
    }
}

/// The literal in pieces, with what is read between them.
fn joined(
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
fn is_joined(language: Language, text: &str, literal: &Literal) -> bool {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let before = text[..literal.prefix.start].trim_end();
    let after = text[literal.close.end..].trim_start();
    let line = text[..literal.prefix.start]
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let is_key = matches!(language, Language::Node | Language::Ruby) && after.starts_with(':');
    before.ends_with(QUOTES)
        || after.starts_with(QUOTES)
        || is_key
        || line.trim_start().starts_with("import ")
        || line.contains("require")
}

/// Whether an expression between quotes has not ended before a hole, or has quotes of its own somewhere in the
/// program: then the quotes may not be what they seem.
fn is_inside_interpolation(
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

/// What a program needs so that it can read its environment; none where there is no place for it.
fn import(embedded: &Embedded<'_>) -> Option<Vec<TextEdit>> {
    let text = embedded.site.template.text();
    if embedded.language != Language::Python || has_import(text) {
        return Some(Vec::new());
    }
    let is_block = embedded.tree.scalar_style(embedded.site.node) == Some(ScalarStyle::Literal);
    if !is_block {
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_simple = !text.trim_end().contains('\n')
            && !BLOCKS.contains(&first)
            && !first.starts_with(['@', '#']);
        return is_simple.then(|| vec![(0..0, "import os; ".to_owned())]);
    }
    let mut place = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("from __future__") {
            place = None;
        } else if line.starts_with("import ") || line.starts_with("from ") {
            place = Some(start);
            break;
        } else if place.is_none() && !line.trim().is_empty() && !line.starts_with('#') {
            place = Some(start);
        }
        start += line.len();
    }
    // A template in front could print anything.
    let place = place?;
    let is_free = !text[..place].contains("{{") && !text[place..].starts_with([' ', '\t', '{']);
    is_free.then(|| vec![(place..place, "import os\n".to_owned())])
}

/// Words with which a line begins that cannot follow a `;`.
const BLOCKS: [&str; 9] = [
    "async", "class", "def", "for", "from", "if", "try:", "while", "with",
];

fn has_import(text: &str) -> bool {
    text.lines().any(|line| {
        let modules = line.strip_prefix("import ");
        modules.is_some_and(|modules| {
            let modules = modules.split(';').next().unwrap_or_default();
            modules.split(',').any(|module| module.trim() == "os")
        })
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

/// An entry of a map of a task: one that is there already, or a new one.
pub(super) struct MapEntry {
    pub(super) name: String,
    /// What adds it; none where it is there.
    pub(super) edit: Option<TreeEdit>,
}

impl MapEntry {
    /// The entry with the expression in the map under a key; none where there can be none.
    pub(super) fn find(embedded: &Embedded<'_>, key: &str, wanted: String) -> Option<Self> {
        let Embedded { tree, task, .. } = *embedded;
        let template = &embedded.site.template;
        let is_plain = |kind: &PartKind| {
            matches!(
                kind,
                PartKind::Text | PartKind::Print(_) | PartKind::Comment
            )
        };
        let is_known = embedded
            .catalogue
            .find(embedded.type_name)
            .is_some_and(|found| found.facts.property(key).is_some());
        let is_block = tree.kind(task) == NodeKind::Mapping(CollectionStyle::Block);
        // What `{% … %}` decides and names is not known elsewhere.
        let fits = template.parts().iter().all(|part| is_plain(&part.kind))
            && !embedded.expression.contains('\n');
        if !is_known || !is_block || !fits || embedded.has_default(key) {
            return None;
        }
        let value = format!("{{{{ {} }}}}", embedded.expression);
        let Some(map) = tree.get(task, key) else {
            return Self::in_new_map(embedded, key, wanted, &value);
        };
        if tree.kind(map) != NodeKind::Mapping(CollectionStyle::Block) {
            return None;
        }
        let entries = tree.entries(map);
        let without_space = |text: &str| text.replace([' ', '\n'], "");
        let same = entries.iter().find(|entry| {
            let text = tree.scalar_text(entry.value);
            text.is_some_and(|text| without_space(text) == without_space(&value))
        });
        if let Some(name) = same.and_then(|entry| tree.scalar_text(entry.key)) {
            return Some(Self {
                name: name.to_owned(),
                edit: None,
            });
        }
        let is_free = |name: &String| tree.get(map, name).is_none();
        let names = std::iter::once(wanted.clone())
            .chain((2..100).map(|number| format!("{wanted}_{number}")));
        let name = names.into_iter().find(is_free)?;
        let last = Position::After(entries.len().checked_sub(1)?);
        let edit = tree.insert_entry(map, last, &name, &quoted(&value))?;
        Some(Self {
            name,
            edit: Some(edit),
        })
    }

    fn in_new_map(embedded: &Embedded<'_>, key: &str, name: String, value: &str) -> Option<Self> {
        let Embedded { tree, task, .. } = *embedded;
        let mut keys = tree
            .entries(task)
            .iter()
            .map(|entry| tree.scalar_text(entry.key));
        let position = keys.position(|other| other == Some(embedded.property))?;
        let map = format!("\n  {name}: {}", quoted(value));
        let edit = tree.insert_entry(task, Position::Before(position), key, &map)?;
        Some(Self {
            name,
            edit: Some(edit),
        })
    }
}

impl Embedded<'_> {
    /// Whether the flow's plugin defaults lay the map under the task.
    fn has_default(&self, key: &str) -> bool {
        self.flow.plugin_defaults.iter().any(|default| {
            let prefix = default
                .type_node
                .and_then(|node| self.tree.scalar_text(node));
            let values = default.values.and_then(|values| self.tree.get(values, key));
            values.is_some() && prefix.is_some_and(|prefix| self.type_name.starts_with(prefix))
        })
    }
}

/// A template as YAML: in double quotes where it can be.
fn quoted(value: &str) -> String {
    if value.contains(['"', '\\']) {
        scalar_source(value, false)
    } else {
        format!("\"{value}\"")
    }
}

/// The name of a variable after an expression: `inputs.user` becomes `INPUT_USER`, so that nobody's `PATH`
/// is overwritten.
fn variable_name(expression: &str) -> String {
    let mut name = String::new();
    for letter in expression.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_uppercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    name.truncate(60);
    let name = name.trim_end_matches('_');
    for (root, singular) in [
        ("INPUTS_", "INPUT_"),
        ("OUTPUTS_", "OUTPUT_"),
        ("VARS_", "VAR_"),
    ] {
        if let Some(rest) = name.strip_prefix(root) {
            return format!("{singular}{rest}");
        }
    }
    match name.strip_prefix("SECRET_") {
        Some(rest)
            if !RESERVED.contains(&rest)
                && !rest.starts_with(|first: char| first.is_ascii_digit()) =>
        {
            rest.to_owned()
        }
        _ => name.to_owned(),
    }
}

/// Variables that programs heed.
const RESERVED: [&str; 12] = [
    "", "ENV", "HOME", "HOSTNAME", "IFS", "LANG", "PATH", "PWD", "SHELL", "TMPDIR", "TZ", "USER",
];
