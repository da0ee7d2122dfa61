//! Valid YAML 1.2 that Kestra's parser (SnakeYAML's scanner under Jackson) refuses.

use super::{NodeId, SyntaxError, Tree};

/// Notes the refusals of the first document, the only one that Kestra reads.
pub(super) fn find(tree: &mut Tree) {
    let mut refusals = Vec::new();
    complex_keys(tree, &mut refusals);
    refusals.sort_by_key(|refusal| refusal.range.start());
    tree.refusals = refusals;
}

/// Jackson wants a scalar for a key; an unquoted `{{ … }}` is a mapping with a mapping as its key.
fn complex_keys(tree: &Tree, refusals: &mut Vec<SyntaxError>) {
    for node in tree.nodes().filter(|node| tree.is_mapping(*node)) {
        for entry in tree.entries(node) {
            if tree.is_scalar(entry.key) {
                continue;
            }
            let unquoted =
                tree.is_mapping(entry.key) && tree.source()[tree.range(node)].starts_with("{{");
            refusals.push(if unquoted {
                unquoted_expression(tree, node)
            } else {
                SyntaxError {
                    range: tree.first_line(tree.range(entry.key)),
                    message: "Kestra takes only plain text as a key, not a list or a mapping"
                        .to_owned(),
                    help: None,
                }
            });
        }
    }
}

fn unquoted_expression(tree: &Tree, node: NodeId) -> SyntaxError {
    let range = tree.range(node);
    let text = &tree.source()[range];
    let quote = if text.contains('"') { '\'' } else { '"' };
    SyntaxError {
        range: tree.first_line(range),
        message: "A value that starts with `{{` must be quoted: YAML reads the braces as a mapping"
            .to_owned(),
        help: Some(format!("Write {quote}{text}{quote}.")),
    }
}
