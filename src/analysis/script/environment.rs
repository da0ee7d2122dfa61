//! Moves a template out of a program into the environment of its task.

use std::ops::Range;

use super::imports::import;
use super::literal::Literal;
use super::rewrite::{
    Places, TextEdit, in_source, is_inside_interpolation, is_joined, joined, outside_quotes,
};
use super::{DataFix, Language, shell};
use crate::analysis::ExpressionSite;
use crate::catalogue::Catalogue;
use crate::expression::PartKind;
use crate::model::Flow;
use crate::syntax::{CollectionStyle, NodeId, NodeKind, Position, Tree, TreeEdit, scalar_source};
use crate::text::TextRange;

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

/// What the program of a task has of the variables under `env`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// It can read them.
    Readable,
    /// Deno may not read them, unless it is told so on its command line, which the task writes.
    Forbidden,
    /// The SSH server of another machine is asked to set them; it takes none but those that its `AcceptEnv` names,
    /// and says nothing.
    Remote,
    /// The task has no such property; the variables of the execution are there as values of the language.
    Absent,
    /// The type is not known.
    Unknown,
}

impl Environment {
    /// That of a program in a task of a type (`Script` of plugin-scripts, `Command` of plugin-fs, `AbstractEval` of
    /// plugin-graalvm).
    pub fn of(catalogue: &Catalogue, type_name: &str, language: Language) -> Self {
        let Some(found) = catalogue.find(type_name) else {
            return Self::Unknown;
        };
        if type_name == "io.kestra.plugin.fs.ssh.Command" {
            Self::Remote
        } else if found.facts.property("env").is_none() {
            Self::Absent
        } else if language == Language::JavaScript {
            Self::Forbidden
        } else {
            Self::Readable
        }
    }
}

/// Whether JBang is told to run another language than Java.
fn is_of_other_language(embedded: &Embedded<'_>) -> bool {
    let Embedded { tree, task, .. } = *embedded;
    let extension = tree.get(task, "extension");
    let of_java = |text: &str| matches!(text, ".java" | "java" | ".jsh" | "jsh");
    embedded.language == Language::Java
        && extension.is_some_and(|node| !tree.scalar_text(node).is_some_and(of_java))
}

/// Moves an expression to `env` and reads it there; none where what stands around it does not allow that without
/// thinking.
pub(super) fn environment_fix(embedded: &Embedded<'_>) -> Option<DataFix> {
    let Embedded { tree, task, .. } = *embedded;
    let is_understood = embedded.property == "script"
        || matches!(embedded.language, Language::Shell | Language::PowerShell);
    // Under Windows shells read variables in another way.
    let is_windows = tree.get(task, "targetOS").is_some();
    let environment = Environment::of(embedded.catalogue, embedded.type_name, embedded.language);
    if !is_understood
        || is_windows
        || environment != Environment::Readable
        || is_of_other_language(embedded)
    {
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
    let mut edits = Vec::new();
    let places = Places::of(embedded)?;
    for (place, hole) in places.in_shell {
        edits.push(in_shell(text, place, hole, name)?);
    }
    for (literal, inside) in &places.in_literals {
        edits.extend(in_literal(embedded.language, text, literal, inside, name)?);
    }
    Some(edits)
}

fn in_shell(text: &str, place: shell::Place, hole: Range<usize>, name: &str) -> Option<TextEdit> {
    match place {
        shell::Place::Word => Some((hole, format!("\"${name}\""))),
        shell::Place::Double | shell::Place::HereDocument => {
            let goes_on = text[hole.end..].starts_with(|letter: char| {
                letter.is_ascii_alphanumeric() || "_[".contains(letter)
            });
            let read = if goes_on {
                format!("${{{name}}}")
            } else {
                format!("${name}")
            };
            Some((hole, read))
        }
        shell::Place::Single => Some(outside_quotes(text, hole, '\'', &format!("\"${name}\""))),
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
    let read = language.reads(name)?;
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
