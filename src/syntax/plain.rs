//! A YAML text as every reader of YAML understands it: for Terraform, which is not Kestra.

use super::{NodeId, NodeKind, ScalarStyle, Tree, parse};
use crate::source::{PlainText, PlainYaml};

/// Collections nested deeper than this are not read.
const DEEPEST: usize = 64;

/// Reads a text. What readers understand differently is unclear; none where all of it is: in several documents, with
/// anchors and tags, or with keys that are no texts.
pub fn plain_yaml(text: &str) -> Option<PlainYaml> {
    let tree = parse(text.into());
    let [document] = tree.documents() else {
        return None;
    };
    let is_simple = tree.errors().is_empty()
        && tree.refusals().is_empty()
        && tree.anchors().is_empty()
        && tree.tags().is_empty()
        && tree.duplicate_keys().is_empty();
    if !is_simple {
        return None;
    }
    match document.root {
        None => Some(PlainYaml::Null),
        Some(root) => node(&tree, root, DEEPEST),
    }
}

fn node(tree: &Tree, at: NodeId, depth: usize) -> Option<PlainYaml> {
    let depth = depth.checked_sub(1)?;
    match tree.kind(at) {
        NodeKind::Alias => None,
        NodeKind::Sequence(_) => {
            let items: Option<Vec<PlainYaml>> =
                tree.items(at).map(|item| node(tree, item, depth)).collect();
            Some(PlainYaml::Sequence(items?))
        }
        NodeKind::Mapping(_) => {
            let entries = tree.entries(at).iter().map(|entry| {
                let key = match scalar(tree, entry.key)? {
                    PlainYaml::Text(key) if key.text != "<<" => key,
                    _ => return None,
                };
                Some((key, node(tree, entry.value, depth)?))
            });
            let entries: Option<Vec<(PlainText, PlainYaml)>> = entries.collect();
            Some(PlainYaml::Mapping(entries?))
        }
        NodeKind::Scalar(_) => scalar(tree, at),
    }
}

fn scalar(tree: &Tree, at: NodeId) -> Option<PlainYaml> {
    let text = tree.scalar_text(at)?;
    if tree.scalar_style(at)? == ScalarStyle::Plain {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Some(PlainYaml::Null),
            "true" | "True" | "TRUE" => return Some(PlainYaml::Boolean(true)),
            "false" | "False" | "FALSE" => return Some(PlainYaml::Boolean(false)),
            _ if is_plain_number(text) => {
                return Some(PlainYaml::Number(tree.range(at).into()));
            }
            _ if is_unclear(text) => return Some(PlainYaml::Unclear),
            _ => {}
        }
    }
    Some(PlainYaml::Text(PlainText {
        text: text.to_owned(),
        verbatim: tree.offset_map(at).verbatim().collect(),
    }))
}

/// A decimal number that is written as it would be printed.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "1"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    all_digits(whole)
        && all_digits(fraction)
        && !has_leading_zero
        && !fraction.ends_with('0')
        && text != "-0"
        && text.len() <= 15
}

/// Whether some reader takes it for a boolean, a number or a time.
fn is_unclear(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_word = matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off");
    let is_numeric = |byte: u8| byte.is_ascii_hexdigit() || b"_.:+-oxtz ".contains(&byte);
    let begins = text
        .trim_start_matches(['+', '-', '.'])
        .starts_with(|first: char| first.is_ascii_digit());
    is_word || (begins && lower.bytes().all(is_numeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match plain_yaml(text) {
            None => "none",
            Some(PlainYaml::Unclear) => "unclear",
            Some(PlainYaml::Null) => "null",
            Some(PlainYaml::Boolean(_)) => "boolean",
            Some(PlainYaml::Number(_)) => "number",
            Some(PlainYaml::Text(_)) => "text",
            Some(PlainYaml::Sequence(_)) => "sequence",
            Some(PlainYaml::Mapping(_)) => "mapping",
        }
    }

    #[test]
    fn what_readers_understand_differently_is_unclear() {
        let cases = [
            ("a b", "text"),
            ("'yes'", "text"),
            ("yes", "unclear"),
            ("Off", "unclear"),
            ("12", "number"),
            ("-1.5", "number"),
            ("1.50", "unclear"),
            ("012", "unclear"),
            ("0x1F", "unclear"),
            ("1_000", "unclear"),
            ("12:30", "unclear"),
            ("2026-01-01", "unclear"),
            (".inf", "none"),
            ("10.0.0.1/8", "text"),
            ("3.11-slim", "text"),
            ("", "none"),
            ("a:", "mapping"),
            ("true", "boolean"),
            ("[a, 1]", "sequence"),
            ("a: &b 1", "none"),
            ("a: !!str 1", "none"),
            ("a: 1\n---\nb: 2", "none"),
            ("<<: {a: 1}", "none"),
            ("1: a", "none"),
            ("a: 1\na: 2", "none"),
            ("a: [", "none"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
