//! Valid YAML 1.2 that Kestra's parser (SnakeYAML's scanner under Jackson) refuses.

use super::{NodeKind, SyntaxError, Tree};

/// Notes the refusals of the first document, the only one that Kestra reads.
pub(super) fn find(tree: &mut Tree) {
    let mut refusals = Vec::new();
    complex_keys(tree, &mut refusals);
    refusals.sort_by_key(|refusal| refusal.range.start());
    tree.refusals = refusals;
}

fn complex_keys(_tree: &Tree, _refusals: &mut Vec<SyntaxError>) {
    let _ = NodeKind::Alias;
}
