//! `yamlencode` and `jsonencode`: values as Terraform writes them.

use std::fmt::Write as _;

use super::evaluate::Evaluator;
use super::value::{Text, Value};

/// Values nested deeper than this are not written.
const DEEPEST: usize = 64;

/// The YAML of a value; unknown where its shape is.
pub(super) fn yaml(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let mut text = Text::default();
    block(evaluator, &mut text, arguments.first()?, 0)?;
    Some(Value::Text(text))
}

/// The JSON of a value on one line.
pub(super) fn json(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let mut text = Text::default();
    line(evaluator, &mut text, arguments.first()?, 0)?;
    Some(Value::Text(without_markup(&text)))
}

/// Terraform escapes what browsers could take for markup. In JSON, it stands in texts only.
fn without_markup(text: &Text) -> Text {
    let mut escaped = Text::default();
    let mut start = 0;
    for (index, letter) in text.as_str().match_indices(['<', '>', '&']) {
        escaped.push_text(&text.slice(start..index));
        let code = letter.chars().next().map_or(0, u32::from);
        escaped.push_made(&format!("\\u{code:04x}"));
        start = index + letter.len();
    }
    escaped.push_text(&text.slice(start..text.as_str().len()));
    escaped
}

fn line(evaluator: &Evaluator<'_>, text: &mut Text, value: &Value, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::Map(entries) => {
            text.push_made("{");
            for (index, (key, value)) in entries.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                text.push_made(&format!("{comma}{}:", quoted(key)));
                line(evaluator, text, value, depth + 1)?;
            }
            text.push_made("}");
        }
        Value::List(items) => {
            text.push_made("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_made(",");
                }
                line(evaluator, text, item, depth + 1)?;
            }
            text.push_made("]");
        }
        other => scalar(evaluator, text, other),
    }
    Some(())
}

/// A text in double quotes, as JSON and YAML read it alike.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Writes a value as a block that begins on a line of its own.
fn block(evaluator: &Evaluator<'_>, text: &mut Text, value: &Value, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let padding = "  ".repeat(depth);
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                text.push_made(&format!("{padding}{}:", quoted(key)));
                after_key(evaluator, text, value, depth)?;
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items {
                text.push_made(&format!("{padding}-"));
                match item {
                    Value::Map(entries) if !entries.is_empty() => {
                        // The first entry stands behind the dash.
                        let mut inner = Text::default();
                        block(evaluator, &mut inner, item, depth + 1)?;
                        text.push_made(" ");
                        text.push_text(&inner.trim_start());
                    }
                    _ => after_key(evaluator, text, item, depth)?,
                }
            }
        }
        other => {
            text.push_made(&padding);
            scalar(evaluator, text, other);
            text.push_made("\n");
        }
    }
    Some(())
}

fn after_key(
    evaluator: &Evaluator<'_>,
    text: &mut Text,
    value: &Value,
    depth: usize,
) -> Option<()> {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            text.push_made("\n");
            block(evaluator, text, value, depth + 1)
        }
        Value::List(items) if !items.is_empty() => {
            text.push_made("\n");
            block(evaluator, text, value, depth)
        }
        other => {
            text.push_made(" ");
            scalar(evaluator, text, other);
            text.push_made("\n");
            Some(())
        }
    }
}

fn scalar(evaluator: &Evaluator<'_>, text: &mut Text, value: &Value) {
    match value {
        Value::Null => text.push_made("null"),
        Value::Bool(value) => text.push_made(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_text(number),
        Value::Map(_) => text.push_made("{}"),
        Value::List(_) => text.push_made("[]"),
        Value::Unknown => text.push_unknown(&evaluator.unknown_word()),
        Value::Text(part) => {
            text.push_made("\"");
            let mut start = 0;
            let special = |letter: char| letter.is_control() || matches!(letter, '"' | '\\');
            for (index, letter) in part
                .as_str()
                .char_indices()
                .filter(|(_, letter)| special(*letter))
            {
                text.push_text(&part.slice(start..index));
                text.push_made(&escaped(&letter.to_string()));
                start = index + letter.len_utf8();
            }
            text.push_text(&part.slice(start..part.as_str().len()));
            text.push_made("\"");
        }
    }
}

/// A text as it stands in double quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            letter if letter.is_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(letter) & 0xffff);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
