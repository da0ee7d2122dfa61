//! Terraform's functions on values that are known. Others are unknown.

use super::evaluate::{LARGEST_COLLECTION, LARGEST_TEXT};
use super::value::{Text, Value};

/// Lists made by `range` are cut off: a longer one is unknown.
const LONGEST_RANGE: usize = 10_000;

/// The value of a call of a function that reads no files.
pub(super) fn call(name: &str, arguments: &[Value]) -> Value {
    match known(name, arguments) {
        Some(Value::List(items)) if items.len() > LARGEST_COLLECTION => Value::Unknown,
        Some(Value::Map(entries)) if entries.len() > LARGEST_COLLECTION => Value::Unknown,
        Some(value) => value,
        None => Value::Unknown,
    }
}

fn known(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first();
    let text = |index: usize| arguments.get(index).and_then(Value::as_known_str);
    let made = |text: String| Some(Value::Text(Text::made(text)));
    match name {
        "join" => join(arguments),
        "indent" => {
            let spaces = first?.as_number()?;
            if !(0.0..=200.0).contains(&spaces) {
                return None;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let spaces = spaces as usize;
            Some(Value::Text(arguments.get(1)?.to_text()?.indented(spaces)))
        }
        "trimspace" => Some(Value::Text(first?.to_text()?.trim_start().trim_end())),
        "chomp" => {
            let text = first?.to_text()?;
            let end = text.as_str().trim_end_matches(['\n', '\r']).len();
            Some(Value::Text(text.slice(0..end)))
        }
        "trimprefix" | "trimsuffix" => {
            let (whole, part) = (first?.to_text()?, text(1)?);
            let length = whole.as_str().len();
            let range = match name {
                "trimprefix" if whole.as_str().starts_with(part) => part.len()..length,
                "trimsuffix" if whole.as_str().ends_with(part) => 0..length - part.len(),
                _ => 0..length,
            };
            Some(Value::Text(whole.slice(range)))
        }
        "lower" => made(text(0)?.to_lowercase()),
        "upper" => made(text(0)?.to_uppercase()),
        "replace" => replace(text(0)?, text(1)?, text(2)?),
        "basename" => made(text(0)?.rsplit('/').next()?.to_owned()),
        "dirname" => made(
            text(0)?
                .rsplit_once('/')
                .map_or(".", |(before, _)| before)
                .to_owned(),
        ),
        "abspath" | "pathexpand" | "nonsensitive" | "sensitive" => first.cloned(),
        "format" => format(arguments),
        "split" => {
            let parts = text(1)?.split(text(0)?);
            Some(Value::List(
                parts.map(|part| Value::Text(Text::made(part))).collect(),
            ))
        }
        "startswith" => Some(Value::Bool(text(0)?.starts_with(text(1)?))),
        "endswith" => Some(Value::Bool(text(0)?.ends_with(text(1)?))),
        "tostring" => first?.to_text().map(Value::Text),
        "tonumber" => match first? {
            number @ Value::Number(_) => Some(number.clone()),
            other => other.as_number().map(Value::number),
        },
        "tobool" => first?.as_bool().map(Value::Bool),
        "tolist" | "toset" | "tomap" | "flatten" | "distinct" | "concat" | "merge" | "keys"
        | "values" | "length" | "lookup" | "element" | "contains" | "coalesce" | "range"
        | "compact" | "reverse" | "sort" => collection(name, arguments),
        _ => None,
    }
}

/// Replaces a text by another; a pattern between slashes is a regular expression, which is left alone.
fn replace(text: &str, from: &str, to: &str) -> Option<Value> {
    let is_small = text.len().saturating_mul(to.len()) <= LARGEST_TEXT;
    let is_plain = !from.starts_with('/') && !from.is_empty();
    (is_plain && is_small).then(|| Value::Text(Text::made(text.replace(from, to))))
}

fn join(arguments: &[Value]) -> Option<Value> {
    let separator = arguments.first()?.to_text()?;
    let mut joined = Text::default();
    let mut is_first = true;
    for list in &arguments[1..] {
        let Value::List(items) = list else {
            return None;
        };
        for item in items {
            if joined.as_str().len() > LARGEST_TEXT {
                return None;
            }
            if !std::mem::take(&mut is_first) {
                joined.push_text(&separator);
            }
            match item {
                Value::Unknown => joined.push_unknown(UNKNOWN_PART),
                other => joined.push_text(&other.to_text()?),
            }
        }
    }
    Some(Value::Text(joined))
}

/// Stands for a whole unknown part of a joined text.
const UNKNOWN_PART: &str = "unknown";

fn format(arguments: &[Value]) -> Option<Value> {
    let pattern = arguments.first()?.as_known_str()?;
    let mut values = arguments[1..].iter();
    let mut text = Text::default();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_made(before);
        let mut characters = after.chars();
        match characters.next()? {
            '%' => text.push_made("%"),
            's' | 'd' | 'v' => text.push_text(&values.next()?.to_text()?),
            _ => return None,
        }
        rest = characters.as_str();
    }
    text.push_made(rest);
    Some(Value::Text(text))
}

fn collection(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first()?;
    match name {
        "tolist" | "toset" => match first {
            Value::List(_) => Some(first.clone()),
            _ => None,
        },
        "tomap" => matches!(first, Value::Map(_)).then(|| first.clone()),
        "flatten" => flatten(first),
        "distinct" => distinct(first),
        "compact" => {
            let Value::List(items) = first else {
                return None;
            };
            let kept = items
                .iter()
                .filter(|item| !matches!(item, Value::Null) && item.as_known_str() != Some(""));
            let kept: Vec<Value> = kept.cloned().collect();
            kept.iter()
                .all(|item| item.as_known_str().is_some())
                .then_some(Value::List(kept))
        }
        "concat" => {
            let mut all = Vec::new();
            for list in arguments {
                let Value::List(items) = list else {
                    return None;
                };
                all.extend(items.iter().cloned());
            }
            Some(Value::List(all))
        }
        "merge" => {
            let mut all: Vec<(String, Value)> = Vec::new();
            for map in arguments {
                let Value::Map(entries) = map else {
                    return None;
                };
                for (key, value) in entries {
                    all.retain(|(known, _)| known != key);
                    all.push((key.clone(), value.clone()));
                }
            }
            Some(Value::Map(all))
        }
        "keys" => match first {
            Value::Map(entries) => {
                let keys = entries
                    .iter()
                    .map(|(key, _)| Value::Text(Text::made(key.clone())));
                Some(Value::List(keys.collect()))
            }
            _ => None,
        },
        "values" => match first {
            Value::Map(entries) => Some(Value::List(
                entries.iter().map(|(_, value)| value.clone()).collect(),
            )),
            _ => None,
        },
        "length" => length(first),
        "lookup" => {
            let Value::Map(entries) = first else {
                return None;
            };
            let key = arguments.get(1)?.as_known_str()?;
            let found = entries.iter().find(|(known, _)| known == key);
            found
                .map(|(_, value)| value.clone())
                .or_else(|| arguments.get(2).cloned())
        }
        "element" => {
            let Value::List(items) = first else {
                return None;
            };
            let index: usize = arguments.get(1)?.as_known_str()?.parse().ok()?;
            items.get(index % items.len().max(1)).cloned()
        }
        "contains" => {
            let Value::List(items) = first else {
                return None;
            };
            let wanted = arguments.get(1)?;
            let same: Option<Vec<bool>> = items.iter().map(|item| item.equals(wanted)).collect();
            Some(Value::Bool(same?.contains(&true)))
        }
        "coalesce" => {
            let given = arguments
                .iter()
                .find(|value| !matches!(value, Value::Null) && value.as_known_str() != Some(""));
            given.cloned()
        }
        "range" => range(arguments),
        "reverse" => match first {
            Value::List(items) => Some(Value::List(items.iter().rev().cloned().collect())),
            _ => None,
        },
        "sort" => {
            let Value::List(items) = first else {
                return None;
            };
            let known: Option<Vec<&str>> = items.iter().map(Value::as_known_str).collect();
            known?;
            let mut items = items.clone();
            items.sort_by(|one, other| one.as_known_str().cmp(&other.as_known_str()));
            Some(Value::List(items))
        }
        _ => None,
    }
}

fn flatten(value: &Value) -> Option<Value> {
    let Value::List(items) = value else {
        return None;
    };
    let mut flat = Vec::new();
    let mut pending: Vec<&Value> = items.iter().rev().collect();
    while let Some(item) = pending.pop() {
        match item {
            Value::List(inner) => pending.extend(inner.iter().rev()),
            Value::Unknown => return None,
            other => flat.push(other.clone()),
        }
    }
    Some(Value::List(flat))
}

fn distinct(value: &Value) -> Option<Value> {
    let Value::List(items) = value else {
        return None;
    };
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let same: Option<Vec<bool>> = kept.iter().map(|known| known.equals(item)).collect();
        if !same?.contains(&true) {
            kept.push(item.clone());
        }
    }
    Some(Value::List(kept))
}

fn length(value: &Value) -> Option<Value> {
    let length = match value {
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::Text(_) => value.as_known_str()?.chars().count(),
        _ => return None,
    };
    Some(Value::Number(Text::made(length.to_string())))
}

fn range(arguments: &[Value]) -> Option<Value> {
    let numbers: Option<Vec<f64>> = arguments.iter().map(Value::as_number).collect();
    let (start, end, step) = match numbers?.as_slice() {
        [end] => (0.0, *end, 1.0),
        [start, end] => (*start, *end, if start <= end { 1.0 } else { -1.0 }),
        [start, end, step] => (*start, *end, *step),
        _ => return None,
    };
    if step == 0.0 {
        return None;
    }
    let mut items = Vec::new();
    let mut next = start;
    while (step > 0.0 && next < end) || (step < 0.0 && next > end) {
        if items.len() >= LONGEST_RANGE {
            return None;
        }
        items.push(Value::number(next));
        next += step;
    }
    Some(Value::List(items))
}
