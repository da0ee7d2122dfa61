//! The one way from a text to its tree.

use std::sync::Arc;

use super::builder::Builder;
use super::scanner::Scanner;
use super::{Tree, divergence, error, grammar};

/// Parses a text; never fails: what cannot be parsed is in [`Tree::errors`]. Texts beyond 4 GiB are
/// for the caller to refuse.
pub fn parse(source: Arc<str>) -> Tree {
    let text = Arc::clone(&source);
    let mut builder = Builder::new(&text);
    let mut scanner = Scanner::new(&text);
    grammar::run(&mut scanner, &mut builder);
    let refusals = scanner
        .refusals
        .iter()
        .map(|problem| error::explain(&text, *problem))
        .collect();
    let mut tree = builder.finish(source, scanner.comments, refusals);
    divergence::find(&mut tree);
    tree
}
