//! What people are told about broken YAML: the place, what is wrong, what to write instead.

use std::fmt::Write;

use kestralint::syntax::{self, SyntaxError, Tree};

fn errors(tree: &Tree) -> Vec<(&'static str, SyntaxError)> {
    let first = tree.documents().first().and_then(|document| document.error);
    first
        .map(|error| tree.errors()[error].clone())
        .or_else(|| tree.root_problem())
        .map(|error| ("error", error))
        .into_iter()
        .chain(
            tree.refusals()
                .iter()
                .map(|refusal| ("refused by Kestra", refusal.clone())),
        )
        .collect()
}

/// The line with carets below it, the message and the help.
fn show(text: &str, kind: &str, error: &SyntaxError) -> String {
    let at = usize::from(error.range.start());
    let start = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
    let end = text[at..].find('\n').map_or(text.len(), |feed| at + feed);
    let line = text[start..end].replace('\t', "→").replace('\u{7}', "␇");
    let before = " ".repeat(text[start..at].chars().count());
    let carets = "^".repeat(text[error.range].chars().count().max(1));
    let help = error.help.as_deref().unwrap_or("(none)");
    let number = text[..at].matches('\n').count() + 1;
    format!(
        "{number:>3} | {line}\n    | {before}{carets}\n{kind}: {}\nhelp: {help}\n",
        error.message
    )
}

#[test]
fn broken_flows_are_explained() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/broken");
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 45);
    let mut shown = String::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let tree = syntax::parse(text.as_str().into());
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let errors = errors(&tree);
        assert!(!errors.is_empty(), "{name}: nothing is wrong");
        writeln!(shown, "== {name}").unwrap();
        for (kind, error) in errors {
            shown.push_str(&show(&text, kind, &error));
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}
