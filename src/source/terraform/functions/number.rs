//! Functions on numbers, and conversions.

use super::super::value::Value;

pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first()?;
    let number = |index: usize| arguments.get(index).and_then(Value::as_number);
    let made = |number: f64| Some(Value::number(number));
    match name {
        "tonumber" => match first {
            known @ (Value::Number(_) | Value::Null) => Some(known.clone()),
            other => made(other.as_number()?),
        },
        "tobool" => first.as_bool().map(Value::Bool),
        "abs" => made(number(0)?.abs()),
        "ceil" => made(number(0)?.ceil()),
        "floor" => made(number(0)?.floor()),
        "min" | "max" => {
            let numbers: Option<Vec<f64>> = arguments.iter().map(Value::as_number).collect();
            let choose = if name == "min" { f64::min } else { f64::max };
            numbers?.into_iter().reduce(choose).and_then(made)
        }
        "sum" => {
            let numbers: Option<Vec<f64>> = first.as_list()?.iter().map(Value::as_number).collect();
            made(numbers?.into_iter().sum())
        }
        "signum" => {
            let number = number(0)?;
            made(if number == 0.0 { 0.0 } else { number.signum() })
        }
        "pow" => made(number(0)?.powf(number(1)?)),
        "parseint" => {
            let base: u32 = arguments.get(1)?.as_known_str()?.parse().ok()?;
            (2..=36).contains(&base).then_some(())?;
            let parsed = i32::from_str_radix(first.as_known_str()?, base).ok()?;
            made(f64::from(parsed))
        }
        _ => None,
    }
}
