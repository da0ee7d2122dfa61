//! Checks the value of a rule's option with the JSON Schema that the rule declares for it.
//!
//! Understood are `type`, `enum`, `minimum`, `maximum`, `minLength`, `pattern`, `items` and
//! `additionalProperties`: what options need. A schema is ours, so one that cannot be read checks nothing.

use serde_json::Value as Json;

use crate::engine::OptionValue;

/// Checks a value.
///
/// # Errors
///
/// What is expected instead, to be put behind "the option is".
pub(super) fn check(value: &OptionValue, schema: &str) -> Result<(), String> {
    let Ok(schema) = serde_json::from_str::<Json>(schema) else {
        return Ok(());
    };
    if fits(value, &schema) {
        Ok(())
    } else {
        Err(describe(&schema))
    }
}

/// What a schema expects, to be put behind "the option is".
pub(super) fn expected(schema: &str) -> String {
    let schema = serde_json::from_str::<Json>(schema);
    schema.map_or_else(|_| "something else".to_owned(), |schema| describe(&schema))
}

fn fits(value: &OptionValue, schema: &Json) -> bool {
    let allowed = match schema.get("enum").and_then(Json::as_array) {
        Some(allowed) => allowed.iter().any(|allowed| equals(value, allowed)),
        None => true,
    };
    allowed && fits_type(value, schema)
}

fn fits_type(value: &OptionValue, schema: &Json) -> bool {
    let names: Vec<&str> = match schema.get("type") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &str| names.is_empty() || names.contains(&name);
    match value {
        OptionValue::Boolean(_) => is("boolean"),
        OptionValue::Integer(number) => {
            let bound = |key: &str| schema.get(key).and_then(Json::as_i64);
            (is("integer") || is("number"))
                && bound("minimum").is_none_or(|least| *number >= least)
                && bound("maximum").is_none_or(|most| *number <= most)
        }
        OptionValue::Text(text) => is("string") && fits_text(text, schema),
        OptionValue::List(texts) => {
            let items = schema.get("items");
            is("array")
                && texts.iter().all(|text| {
                    items.is_none_or(|items| fits(&OptionValue::Text(text.clone()), items))
                })
        }
        OptionValue::Table(entries) => {
            // Each step goes one level down in a schema of ours.
            let values = schema.get("additionalProperties");
            is("object")
                && entries
                    .values()
                    .all(|value| values.is_none_or(|values| fits(value, values)))
        }
    }
}

fn fits_text(text: &str, schema: &Json) -> bool {
    let least = schema.get("minLength").and_then(Json::as_u64).unwrap_or(0);
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let pattern = schema.get("pattern").and_then(Json::as_str);
    length >= least
        && pattern.is_none_or(|pattern| {
            regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
        })
}

fn equals(value: &OptionValue, json: &Json) -> bool {
    match value {
        OptionValue::Boolean(value) => json.as_bool() == Some(*value),
        OptionValue::Integer(value) => json.as_i64() == Some(*value),
        OptionValue::Text(value) => json.as_str() == Some(value),
        OptionValue::List(_) | OptionValue::Table(_) => false,
    }
}

fn describe(schema: &Json) -> String {
    if let Some(allowed) = schema.get("enum").and_then(Json::as_array) {
        let words: Vec<String> = allowed.iter().map(Json::to_string).collect();
        return format!("one of {}", words.join(", "));
    }
    let name = match schema.get("type").and_then(Json::as_str) {
        Some("boolean") => "true or false",
        Some("integer") => "a whole number",
        Some("string") => "a text",
        Some("array") => "a list of texts",
        Some("object") => "a table",
        _ => "something else",
    };
    let mut text = name.to_owned();
    for (key, word) in [("minimum", "at least"), ("maximum", "at most")] {
        if let Some(bound) = schema.get(key).and_then(Json::as_i64) {
            text.push_str(&format!(", {word} {bound}"));
        }
    }
    if let Some(pattern) = schema.get("pattern").and_then(Json::as_str) {
        text.push_str(&format!(" that matches {pattern}"));
    }
    if let Some(items) = schema
        .get("items")
        .filter(|items| items.get("enum").is_some())
    {
        text.push_str(&format!(", each {}", describe(items)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_by_kind_and_bounds() {
        let number = r#"{"type": "integer", "minimum": 1}"#;
        assert_eq!(check(&OptionValue::Integer(1), number), Ok(()));
        let refused = Err("a whole number, at least 1".to_owned());
        assert_eq!(check(&OptionValue::Integer(0), number), refused);
        assert_eq!(check(&OptionValue::Text("1".into()), number), refused);
        let words = r#"{"type": "array", "items": {"enum": ["a", "b"]}}"#;
        assert_eq!(check(&OptionValue::List(vec!["a".into()]), words), Ok(()));
        assert_eq!(
            check(&OptionValue::List(vec!["c".into()]), words),
            Err("a list of texts, each one of \"a\", \"b\"".to_owned())
        );
    }

    #[test]
    fn every_declared_default_fits_its_own_schema() {
        for rule in crate::policy::registry().rules {
            for option in rule.metadata().options {
                let value: toml_edit::Value = option.default.parse().unwrap();
                let value = OptionValue::from_toml(&value).unwrap();
                let name = format!("{}.{}", rule.metadata().name, option.name);
                assert_eq!(check(&value, option.schema), Ok(()), "{name}");
                assert!(
                    serde_json::from_str::<Json>(option.schema).is_ok(),
                    "{name}"
                );
            }
        }
    }
}
