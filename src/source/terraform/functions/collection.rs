//! Functions on lists, sets and maps. Sets are lists without repetitions, sorted as Terraform walks them.

use std::collections::BTreeMap;

use super::super::evaluate::LARGEST_COLLECTION;
use super::super::value::{Text, Value};

/// Lists made by `range` are cut off: a longer one is unknown.
const LONGEST_RANGE: usize = 10_000;

pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first()?;
    let list = || first.as_list();
    match name {
        "tolist" => list().map(|_| first.clone()),
        "toset" => Some(set(list()?.clone())),
        "tomap" => matches!(first, Value::Map(_)).then(|| first.clone()),
        "flatten" => flatten(first),
        "distinct" => distinct(list()?).map(Value::List),
        "compact" => compact(list()?),
        "concat" => concatenated(arguments),
        "merge" => merge(arguments),
        "keys" => {
            let keys = first.as_map()?.iter();
            let keys = keys.map(|(key, _)| Value::Text(Text::made(key.clone())));
            Some(Value::List(keys.collect()))
        }
        "values" => {
            let values = first.as_map()?.iter().map(|(_, value)| value.clone());
            Some(Value::List(values.collect()))
        }
        "length" => length(first),
        "lookup" => lookup(arguments),
        "element" => element(list()?, arguments.get(1)?),
        "index" => index(list()?, arguments.get(1)?),
        "contains" => contains(list()?, arguments.get(1)?).map(Value::Bool),
        "coalesce" => coalesce(arguments),
        "coalescelist" => {
            let mut lists = arguments.iter();
            let is_given =
                |value: &&Value| !matches!(value, Value::List(items) if items.is_empty());
            lists.find(is_given).cloned()
        }
        "range" => range(arguments),
        "reverse" => Some(Value::List(list()?.iter().rev().cloned().collect())),
        "sort" => sorted(list()?).map(Value::List),
        "slice" => {
            let (from, to) = (whole(arguments.get(1)?)?, whole(arguments.get(2)?)?);
            Some(Value::List(list()?.get(from..to)?.to_vec()))
        }
        "one" => match list()?.as_slice() {
            [] => Some(Value::Null),
            [only] => Some(only.clone()),
            _ => None,
        },
        "zipmap" => zip(list()?, arguments.get(1)?.as_list()?),
        "chunklist" => {
            let size = whole(arguments.get(1)?)?;
            (size > 0).then_some(())?;
            let chunks = list()?.chunks(size);
            Some(Value::List(
                chunks.map(|chunk| Value::List(chunk.to_vec())).collect(),
            ))
        }
        "matchkeys" => matching(
            list()?,
            arguments.get(1)?.as_list()?,
            arguments.get(2)?.as_list()?,
        ),
        "transpose" => transposed(first.as_map()?),
        "alltrue" | "anytrue" => truths(name, list()?),
        "setunion" => match concatenated(arguments)? {
            Value::List(items) => known_set(&items),
            _ => None,
        },
        "setintersection" | "setsubtract" => combined_sets(name, arguments),
        "setproduct" => product(arguments),
        _ => None,
    }
}

/// A set of known texts as Terraform walks it; one of other things in the order at hand.
fn set(items: Vec<Value>) -> Value {
    known_set(&items).unwrap_or(Value::List(items))
}

fn known_set(items: &[Value]) -> Option<Value> {
    let mut items = sorted(items)?;
    items.dedup_by(|later, earlier| later.as_known_str() == earlier.as_known_str());
    Some(Value::List(items))
}

fn sorted(items: &[Value]) -> Option<Vec<Value>> {
    let is_known_text =
        |item: &Value| matches!(item, Value::Text(_)) && item.as_known_str().is_some();
    items.iter().all(is_known_text).then_some(())?;
    let mut items = items.to_vec();
    items.sort_by(|one, other| one.as_known_str().cmp(&other.as_known_str()));
    Some(items)
}

fn flatten(value: &Value) -> Option<Value> {
    let mut flat = Vec::new();
    let mut pending: Vec<&Value> = value.as_list()?.iter().rev().collect();
    while let Some(item) = pending.pop() {
        match item {
            Value::List(inner) => pending.extend(inner.iter().rev()),
            Value::Unknown => return None,
            other => flat.push(other.clone()),
        }
    }
    Some(Value::List(flat))
}

fn distinct(items: &[Value]) -> Option<Vec<Value>> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !contains(&kept, item)? {
            kept.push(item.clone());
        }
    }
    Some(kept)
}

fn contains(items: &[Value], wanted: &Value) -> Option<bool> {
    let same: Option<Vec<bool>> = items.iter().map(|item| item.equals(wanted)).collect();
    Some(same?.contains(&true))
}

fn compact(items: &[Value]) -> Option<Value> {
    let kept = items
        .iter()
        .filter(|item| !matches!(item, Value::Null) && item.as_known_str() != Some(""));
    let kept: Vec<Value> = kept.cloned().collect();
    kept.iter()
        .all(|item| item.as_known_str().is_some())
        .then_some(Value::List(kept))
}

fn concatenated(arguments: &[Value]) -> Option<Value> {
    let mut all = Vec::new();
    for list in arguments {
        all.extend(list.as_list()?.iter().cloned());
    }
    Some(Value::List(all))
}

fn merge(arguments: &[Value]) -> Option<Value> {
    let mut all: Vec<(String, Value)> = Vec::new();
    for map in arguments {
        match map {
            Value::Null => {}
            map => all.extend(map.as_map()?.iter().cloned()),
        }
        if all.len() > LARGEST_COLLECTION {
            return None;
        }
    }
    Some(Value::map(all))
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

fn lookup(arguments: &[Value]) -> Option<Value> {
    let entries = arguments.first()?.as_map()?;
    let key = arguments.get(1)?.as_known_str()?;
    let found = entries.iter().find(|(known, _)| known == key);
    found
        .map(|(_, value)| value.clone())
        .or_else(|| arguments.get(2).cloned())
}

fn element(items: &[Value], index: &Value) -> Option<Value> {
    let index: usize = whole(index)?;
    items.get(index % items.len().max(1)).cloned()
}

fn index(items: &[Value], wanted: &Value) -> Option<Value> {
    let same: Option<Vec<bool>> = items.iter().map(|item| item.equals(wanted)).collect();
    let position = same?.into_iter().position(|same| same)?;
    Some(Value::Number(Text::made(position.to_string())))
}

fn coalesce(arguments: &[Value]) -> Option<Value> {
    let is_given =
        |value: &&Value| !matches!(value, Value::Null) && value.as_known_str() != Some("");
    arguments.iter().find(is_given).cloned()
}

fn zip(keys: &[Value], values: &[Value]) -> Option<Value> {
    (keys.len() == values.len()).then_some(())?;
    let keys: Option<Vec<&str>> = keys.iter().map(Value::as_known_str).collect();
    let entries = keys?.into_iter().map(str::to_owned);
    Some(Value::map(entries.zip(values.iter().cloned()).collect()))
}

/// The values whose keys are in a set.
fn matching(values: &[Value], keys: &[Value], wanted: &[Value]) -> Option<Value> {
    (values.len() == keys.len()).then_some(())?;
    let mut matching = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        if contains(wanted, key)? {
            matching.push(value.clone());
        }
    }
    Some(Value::List(matching))
}

/// From lists of texts by name to lists of names by text.
fn transposed(map: &[(String, Value)]) -> Option<Value> {
    let mut names: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, texts) in map {
        for text in texts.as_list()? {
            let of_text = names.entry(text.as_known_str()?.to_owned()).or_default();
            of_text.push(Value::Text(Text::made(name.clone())));
        }
    }
    let names = names.into_iter();
    Some(Value::Map(
        names
            .map(|(text, names)| (text, Value::List(names)))
            .collect(),
    ))
}

fn truths(name: &str, items: &[Value]) -> Option<Value> {
    let decisive = name == "anytrue";
    let truths: Vec<Option<bool>> = items.iter().map(Value::as_bool).collect();
    if truths.contains(&Some(decisive)) {
        return Some(Value::Bool(decisive));
    }
    truths
        .iter()
        .all(Option::is_some)
        .then_some(Value::Bool(!decisive))
}

fn combined_sets(name: &str, arguments: &[Value]) -> Option<Value> {
    let mut kept = arguments.first()?.as_list()?.clone();
    for other in &arguments[1..] {
        let other = other.as_list()?;
        let is_in: Option<Vec<bool>> = kept.iter().map(|item| contains(other, item)).collect();
        let wanted = name == "setintersection";
        kept = kept
            .into_iter()
            .zip(is_in?)
            .filter_map(|(item, is_in)| (is_in == wanted).then_some(item))
            .collect();
    }
    known_set(&kept)
}

fn product(arguments: &[Value]) -> Option<Value> {
    let mut all: Vec<Vec<Value>> = vec![Vec::new()];
    for list in arguments {
        let items = list.as_list()?;
        (all.len().saturating_mul(items.len()) <= LARGEST_COLLECTION).then_some(())?;
        all = all
            .iter()
            .flat_map(|start| {
                items.iter().map(move |item| {
                    let mut longer = start.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    Some(Value::List(all.into_iter().map(Value::List).collect()))
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

fn whole(value: &Value) -> Option<usize> {
    value.as_known_str()?.parse().ok()
}
