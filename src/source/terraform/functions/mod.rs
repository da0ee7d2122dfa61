//! Terraform's functions on values that are known. Others are unknown: what depends on the machine, the time or
//! chance, and what is rarely used.

mod base64;
mod collection;
mod csv;
mod number;
mod text;

use super::evaluate::{Evaluator, LARGEST_COLLECTION};
use super::value::Value;

/// The value of a call of a function that reads no files.
pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &[Value]) -> Value {
    let value = match name {
        "nonsensitive" | "sensitive" | "ephemeralasnull" => arguments.first().cloned(),
        "jsonencode" => super::encode::json(evaluator, arguments),
        "yamlencode" => super::encode::yaml(evaluator, arguments),
        "yamldecode" => super::decode::yaml(evaluator, arguments),
        "csvdecode" => match arguments.first() {
            Some(Value::Text(text)) => csv::decode(text),
            _ => None,
        },
        "jsondecode" => super::decode::json(evaluator, arguments),
        _ => text::call(evaluator, name, arguments)
            .or_else(|| collection::call(name, arguments))
            .or_else(|| number::call(name, arguments)),
    };
    match value {
        Some(Value::List(items)) if items.len() > LARGEST_COLLECTION => Value::Unknown,
        Some(Value::Map(entries)) if entries.len() > LARGEST_COLLECTION => Value::Unknown,
        Some(value) => value,
        None => Value::Unknown,
    }
}
