//! Writes a value out as a literal, where nothing else can bring it in.

use std::ops::Range;

use super::environment::{Embedded, Environment};
use super::literal::Literal;
use super::rewrite::{
    Places, TextEdit, in_source, is_inside_interpolation, is_joined, joined, outside_quotes,
};
use super::{DataFix, Language, shell};

/// Lets Kestra quote an expression for the language around it: for programs that cannot read the environment of
/// their task. No help against what the text of a program shows.
pub fn quoting_fix(embedded: &Embedded<'_>) -> Option<DataFix> {
    let language = embedded.language;
    let environment = Environment::of(embedded.catalogue, embedded.type_name, language);
    if matches!(environment, Environment::Readable | Environment::Unknown)
        || embedded.expression.contains('\n')
    {
        return None;
    }
    let (title, edits) = if language == Language::Shell {
        ("Quote it for the shell", in_shell(embedded)?)
    } else if language.reads_json() {
        ("Write it as a literal of its own", in_literals(embedded)?)
    } else {
        return None;
    };
    let title = title.to_owned();
    let edits = in_source(embedded.tree, embedded.site.node, edits)?;
    Some(DataFix { title, edits })
}

/// The expression through a filter.
fn filtered(expression: &str, filter: &str) -> String {
    if expression.contains([' ', '?']) {
        format!("{{{{ ({expression}) | {filter} }}}}")
    } else {
        format!("{{{{ {expression} | {filter} }}}}")
    }
}

/// Between single quotes, where `escapeChar` knows what to do.
fn in_shell(embedded: &Embedded<'_>) -> Option<Vec<TextEdit>> {
    let text = embedded.site.template.text();
    let written = filtered(embedded.expression, "escapeChar('shell')");
    let quoted = format!("'{written}'");
    let edit = |(place, hole): (shell::Place, Range<usize>)| match place {
        shell::Place::Word => Some((hole, quoted.clone())),
        shell::Place::Single => Some((hole, written.clone())),
        shell::Place::Double => Some(outside_quotes(text, hole, '"', &quoted)),
        _ => None,
    };
    Places::of(embedded)?
        .in_shell
        .into_iter()
        .map(edit)
        .collect()
}

/// As JSON, which is a literal in these languages.
fn in_literals(embedded: &Embedded<'_>) -> Option<Vec<TextEdit>> {
    let text = embedded.site.template.text();
    let written = filtered(embedded.expression, "toJson");
    let mut edits = Vec::new();
    for (literal, inside) in &Places::of(embedded)?.in_literals {
        edits.extend(in_literal(
            embedded.language,
            text,
            literal,
            inside,
            &written,
        )?);
    }
    Some(edits)
}

fn in_literal(
    language: Language,
    text: &str,
    literal: &Literal,
    inside: &[Range<usize>],
    written: &str,
) -> Option<Vec<TextEdit>> {
    let is_plain = matches!(&text[literal.open.clone()], "\"" | "'") && literal.prefix.is_empty();
    if !is_plain
        || is_joined(language, text, literal)
        || is_inside_interpolation(language, text, literal, inside)
    {
        return None;
    }
    if inside.len() == 1 && inside[0] == (literal.open.end..literal.close.start) {
        let whole = literal.open.start..literal.close.end;
        return Some(vec![(whole, written.to_owned())]);
    }
    joined(language, text, literal, inside, written)
}
