//! Texts that YAML allows, or nearly, and Kestra refuses behind its scanner: Jackson wants text for keys and
//! numbers that it can read, SnakeYAML's reader printable characters.

use super::error::{SyntaxError, error, quoted, range};
use super::{NodeId, NodeKind, Tree, Value};

/// Jackson reads no longer number.
const LONGEST_NUMBER: usize = 1000;
/// SnakeYAML looks at so many characters at a time.
const READER_WINDOW: usize = 1024;

/// Adds the refusals of the first document, the only one that Kestra reads.
pub(super) fn find(tree: &mut Tree) {
    let mut refusals = std::mem::take(&mut tree.refusals);
    if let Some(first) = tree.documents.first() {
        let end = first.range.end();
        refusals.retain(|refusal| refusal.range.start() <= end);
        refusals.extend(not_printable(tree, end.into()));
        nodes(tree, &mut refusals);
    }
    refusals.sort_by_key(|refusal| refusal.range.start());
    tree.refusals = refusals;
}

/// The first character that is not printable, where the reader meets it.
fn not_printable(tree: &Tree, document_end: usize) -> Option<SyntaxError> {
    let source = tree.source();
    if !source.bytes().any(is_suspicious) {
        return None;
    }
    let (at, character) = source
        .char_indices()
        .find(|(_, character)| !is_printable(*character))?;
    let read = source
        .get(..document_end)
        .map_or(0, |text| text.chars().count());
    let passed = source[..at].chars().count();
    if passed >= (read / READER_WINDOW + 1) * READER_WINDOW {
        return None;
    }
    Some(error(
        range(at, at + character.len_utf8()),
        format!(
            "Kestra refuses a text with the character U+{:04X}, which cannot be seen",
            u32::from(character)
        ),
        "Remove it, or write it as an escape in double quotes.",
    ))
}

/// Whether a byte may belong to a character that is not printable.
fn is_suspicious(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0xB | 0xC | 0xE..=0x1F | 0x7F | 0xC2 | 0xEF)
}

fn is_printable(character: char) -> bool {
    !matches!(
        character,
        '\0'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{84}'
            | '\u{86}'..='\u{9f}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

fn nodes(tree: &Tree, refusals: &mut Vec<SyntaxError>) {
    let Some(root) = tree.documents.first().and_then(|document| document.root) else {
        return;
    };
    // The nodes of the first document come before those of the others.
    let count = tree
        .documents
        .get(1..)
        .unwrap_or_default()
        .iter()
        .find_map(|document| document.root)
        .map_or(tree.len(), NodeId::index);
    debug_assert!(root.index() < count);
    for node in tree.nodes().take(count) {
        match tree.kind(node) {
            NodeKind::Mapping(_) => keys(tree, node, refusals),
            NodeKind::Scalar(super::ScalarStyle::Plain) if may_be_number(tree, node) => {
                number(tree, node, refusals);
            }
            _ => {}
        }
    }
    for (node, _) in &tree.tags {
        if node.index() < count {
            tagged(tree, *node, refusals);
        }
    }
}

/// Jackson wants a scalar for a key, and of scalars no alias. An unquoted `{{ … }}` is a mapping with a
/// mapping as its key.
fn keys(tree: &Tree, mapping: NodeId, refusals: &mut Vec<SyntaxError>) {
    for entry in tree.entries(mapping) {
        match tree.kind(entry.key) {
            NodeKind::Scalar(_) => {}
            NodeKind::Alias => refusals.push(error(
                tree.range(entry.key),
                "Kestra takes no alias (`*name`) as a key",
                "Write the key out, or quote it if it starts with `*`.",
            )),
            NodeKind::Mapping(_) if tree.source()[tree.range(mapping)].starts_with("{{") => {
                refusals.push(unquoted_expression(tree, mapping));
            }
            _ => refusals.push(error(
                tree.first_line(tree.range(entry.key)),
                "Kestra takes only plain text as a key, not a list or a mapping",
                "Quote the key if it is meant as text.",
            )),
        }
    }
}

fn unquoted_expression(tree: &Tree, node: NodeId) -> SyntaxError {
    let range = tree.range(node);
    let value = quoted(&tree.source()[range]);
    let explained = error(
        tree.first_line(range),
        "A value that starts with `{{` must be quoted: YAML reads the braces as a mapping",
        format!("Write {value}."),
    );
    if value.contains('\n') {
        explained
    } else {
        explained.mended("Quote the value", range, value)
    }
}

fn may_be_number(tree: &Tree, node: NodeId) -> bool {
    tree.scalar_text(node).is_some_and(|text| {
        text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '+' | '-'))
    })
}

fn number(tree: &Tree, node: NodeId, refusals: &mut Vec<SyntaxError>) {
    let is_key = || {
        tree.parent(node).is_some() && tree.key_of(node).is_none() && {
            tree.parent(node)
                .is_some_and(|parent| tree.is_mapping(parent))
        }
    };
    let text = tree.scalar_text(node).unwrap_or_default();
    let what = match tree.value(node) {
        Some(Value::Malformed(_)) => "Kestra takes this for a number and cannot read it",
        Some(Value::Integer(_) | Value::Float(_)) if digits_of(text) > LONGEST_NUMBER => {
            "Kestra reads no number with more than 1000 digits"
        }
        _ => return,
    };
    if is_key() {
        return;
    }
    let help = if text.len() < 40 {
        format!("Quote it if it is meant as text: \"{text}\".")
    } else {
        "Quote it if it is meant as text.".to_owned()
    };
    refusals.push(error(tree.first_line(tree.range(node)), what, help));
}

/// The length of a number as Jackson counts it: without the sign of its base and what groups its digits.
fn digits_of(text: &str) -> usize {
    let text = text.trim_start_matches(['+', '-']);
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0b"))
        .unwrap_or(text);
    digits.bytes().filter(|byte| *byte != b'_').count()
}

/// `!!float abc`, `!!binary ###`.
fn tagged(tree: &Tree, node: NodeId, refusals: &mut Vec<SyntaxError>) {
    let Some(text) = tree.scalar_text(node) else {
        return;
    };
    let is_plain = tree.scalar_style(node) == Some(super::ScalarStyle::Plain);
    let already_seen = is_plain && may_be_number(tree, node);
    let is_wrong = match tree.tag(node) {
        Some("!!binary") => !is_base64(text),
        _ => matches!(tree.value(node), Some(Value::Malformed(_))) && !already_seen,
    };
    if is_wrong {
        refusals.push(error(
            tree.first_line(tree.range(node)),
            format!(
                "The text does not fit its tag `{}`: Kestra cannot read it",
                tree.tag(node).unwrap_or_default()
            ),
            "Remove the tag.",
        ));
    }
}

/// As Jackson reads it: blanks only between groups of four digits, padding only at the end.
fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_whitespace() && (digits + padding).is_multiple_of(4) => {}
            b'=' => padding += 1,
            b'+' | b'/' if padding == 0 => digits += 1,
            byte if byte.is_ascii_alphanumeric() && padding == 0 => digits += 1,
            _ => return false,
        }
    }
    padding <= 2 && (digits + padding).is_multiple_of(4)
}
