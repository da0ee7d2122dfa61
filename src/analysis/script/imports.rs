//! What a program has to import before it can read its environment.

use super::Language;
use super::environment::Embedded;
use super::rewrite::TextEdit;
use crate::syntax::ScalarStyle;

/// What a program needs so that it can read its environment; none where there is no place for it.
pub(super) fn import(embedded: &Embedded<'_>) -> Option<Vec<TextEdit>> {
    let text = embedded.site.template.text();
    let is_block = embedded.tree.scalar_style(embedded.site.node) == Some(ScalarStyle::Literal);
    match embedded.language {
        Language::Python => in_python(text, is_block),
        Language::Go => in_go(text, is_block),
        _ => Some(Vec::new()),
    }
}

/// `import "os"` before what follows the clause of the package.
fn in_go(text: &str, is_block: bool) -> Option<Vec<TextEdit>> {
    let is_of_the_system = |line: &str| {
        let line = line.trim();
        line.strip_prefix("import").unwrap_or(line).trim() == "\"os\""
    };
    if text.lines().any(is_of_the_system) {
        return Some(Vec::new());
    }
    // Under another name, or among others on one line.
    if text.contains("\"os\"") || !is_block {
        return None;
    }
    let mut lines = text.split_inclusive('\n');
    let mut start = 0;
    let package = lines.find(|line| {
        start += line.len();
        line.starts_with("package ")
    });
    package?;
    let next = lines.find(|line| {
        let is_blank = line.trim().is_empty();
        start += if is_blank { line.len() } else { 0 };
        !is_blank
    })?;
    // A template in front could print anything.
    let is_free = !text[..start].contains("{{") && !next.starts_with([' ', '\t', '{']);
    is_free.then(|| vec![(start..start, "import \"os\"\n".to_owned())])
}

fn in_python(text: &str, is_block: bool) -> Option<Vec<TextEdit>> {
    if has_import(text) {
        return Some(Vec::new());
    }
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
