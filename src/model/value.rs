//! Whether a value that is written out fits the type of an input.

use crate::syntax::{NodeId, Tree, Value};

/// Whether Kestra may take a value for an input of this type. The value is no expression.
pub fn fits_input_type(tree: &Tree, value: NodeId, input_type: &str) -> bool {
    let is_structure = !tree.is_scalar(value);
    let text = tree.scalar_text(value).unwrap_or_default();
    match input_type {
        "INT" => !is_structure && text.trim().replace('_', "").parse::<i64>().is_ok(),
        "FLOAT" => !is_structure && text.trim().replace('_', "").parse::<f64>().is_ok(),
        "BOOL" | "BOOLEAN" => {
            matches!(tree.value(value), Some(Value::Boolean(_)))
                || text.eq_ignore_ascii_case("true")
                || text.eq_ignore_ascii_case("false")
        }
        "DATE" => !is_structure && is_date(text),
        "DATETIME" => {
            !is_structure
                && text.get(..10).is_some_and(is_date)
                && text.as_bytes().get(10) == Some(&b'T')
        }
        "DURATION" => !is_structure && text.trim_start_matches(['-', '+']).starts_with(['P', 'p']),
        "ARRAY" => tree.is_sequence(value) || text.trim_start().starts_with('['),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The values from which an input (by its mapping) takes one, where no others are possible and all are
/// written out.
pub fn listed_values(tree: &Tree, input: NodeId) -> Option<Vec<&str>> {
    let is_open = ["expression", "dependsOn"]
        .iter()
        .any(|key| tree.get(input, key).is_some())
        || tree
            .get_text(input, "allowCustomValue")
            .is_some_and(|text| text != "false");
    let values = tree.get(input, "values").filter(|_| !is_open)?;
    let names: Option<Vec<&str>> = tree
        .items(values)
        .map(|item| tree.scalar_text(item))
        .collect();
    names.filter(|names| !names.is_empty() && names.iter().all(|name| !name.contains("{{")))
}
