//! Binds a value to a statement instead of writing it into its text.

use super::environment::{Embedded, MapEntry};
use super::holes;
use super::literal::{Surroundings, surroundings};
use super::rewrite::{TextEdit, in_source};
use super::{DataFix, Language};
use crate::catalogue::Catalogue;
use crate::syntax::Tree;

/// Whether a type binds the names that stand under its `parameters` where a statement says `:name`. Other plugins
/// with such a property follow their databases (`@name`, `$name`).
pub fn binds_names(catalogue: &Catalogue, type_name: &str) -> bool {
    let found = catalogue.find(type_name);
    type_name.starts_with("io.kestra.plugin.jdbc.")
        && found.is_some_and(|found| found.facts.property("parameters").is_some())
}

/// Puts `:name` in the place of a quoted value and binds it under `parameters`; none where the value is not all
/// that stands between the quotes, or where the plugin has no parameters.
pub(super) fn parameters_fix(embedded: &Embedded<'_>) -> Option<DataFix> {
    let tree = embedded.tree;
    let text = embedded.site.template.text();
    let holes = holes(&embedded.site.template);
    let mut places = Vec::new();
    for print in embedded.prints {
        let hole: std::ops::Range<usize> = (*print).into();
        match surroundings(Language::Sql, text, &holes, hole.start) {
            Surroundings::Literal(literal)
                if &text[literal.open.clone()] == "'"
                    && literal.prefix.is_empty()
                    && hole == (literal.open.end..literal.close.start) =>
            {
                places.push(literal.open.start..literal.close.end);
            }
            _ => return None,
        }
    }
    if !binds_names(embedded.catalogue, embedded.type_name) || !can_be_bound(embedded, tree, &holes)
    {
        return None;
    }
    let entry = MapEntry::find(embedded, "parameters", parameter_name(embedded.named_after))?;
    let edits: Vec<TextEdit> = places
        .into_iter()
        .map(|place| (place, format!(":{}", entry.name)))
        .collect();
    let mut edits = in_source(tree, embedded.site.node, edits)?;
    edits.extend(entry.edit);
    let title = format!("Bind it as the parameter `:{}`", entry.name);
    Some(DataFix { title, edits })
}

/// Kestra takes every `:word` of a statement for a parameter once there are some, casts and times of the day
/// included (`AbstractJdbcBaseQuery` of plugin-jdbc), and `?` is the database's own mark.
fn can_be_bound(embedded: &Embedded<'_>, tree: &Tree, holes: &[std::ops::Range<usize>]) -> bool {
    let text = embedded.site.template.text();
    let known = tree.get(embedded.task, "parameters");
    let outside = |at: usize| !holes.iter().any(|hole| hole.contains(&at));
    let has_question = text.match_indices('?').any(|(at, _)| outside(at));
    let is_parameter = |at: usize| {
        let rest = &text[at + 1..];
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let word = &rest[..end.unwrap_or(rest.len())];
        word.is_empty() || known.is_some_and(|known| tree.get(known, word).is_some())
    };
    let mut colons = text.match_indices(':').filter(|(at, _)| outside(*at));
    !has_question && colons.all(|(at, _)| is_parameter(at))
}

/// `inputs.city` becomes `input_city`.
fn parameter_name(expression: &str) -> String {
    let mut name = String::new();
    for letter in expression.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    match name.strip_prefix("inputs_") {
        Some(rest) => format!("input_{rest}"),
        None => name.to_owned(),
    }
}
