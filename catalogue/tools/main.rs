//! The maintainers' tool for the committed catalogue: `catalogue/SOURCES.md` says how it is used.
//!
//!     cargo run --features maintain --example catalogue -- convert ROWS.jsonl VERSION PACKAGES.tsv CORE.jsonl SOURCES.jsonl
//!
//!     cargo run --features maintain --example catalogue -- share OLD.jsonl NEW.jsonl BOTH.jsonl
//!
//!     cargo run --features maintain --example catalogue -- changes OLD.jsonl NEW.jsonl
//!
//! The first reads one type a line as Kestra's registry and schema generator describe it and prints records
//! of the types that CORE.jsonl doesn't hold, with what SOURCES.jsonl adds; the second moves the lines that
//! two files have alike into a third; the third prints what changed between two files of records.

use std::collections::{BTreeMap, BTreeSet};

use kestralint::catalogue::convert::{
    Converter, Description, kind_of_group, sorted, traits_of_interfaces,
};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["convert", rows, version, packages, core, sources] => {
            convert(rows, version, packages, core, sources)
        }
        ["share", old, new, shared] => share(old, new, shared),
        ["changes", old, new] => changes(old, new),
        _ => Err(
            "usage: convert … | share … | changes … (the head of catalogue/tools/main.rs)".into(),
        ),
    }
}

fn records(path: &str) -> Result<Vec<Value>> {
    std::fs::read_to_string(path)?
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn strings<'a>(row: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    row.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn name<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A line of `packages.tsv`.
struct Package<'a> {
    name: &'a str,
    source: &'a str,
    marks: Vec<&'a str>,
}

fn packages(table: &str) -> Vec<Package<'_>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            Package {
                name: next(),
                source: next(),
                marks: next().split(' ').collect(),
            }
        })
        .collect()
}

/// The longest package of the table that a type is in.
fn package_of<'p, 'a>(packages: &'p [Package<'a>], type_name: &str) -> Option<&'p Package<'a>> {
    packages
        .iter()
        .filter(|package| {
            type_name
                .strip_prefix(package.name)
                .is_some_and(|rest| rest.starts_with('.'))
        })
        .max_by_key(|package| package.name.len())
}

fn convert(
    rows: &str,
    version: &str,
    package_table: &str,
    core: &str,
    sources: &str,
) -> Result<()> {
    let rows = records(rows)?;
    let core = records(core)?;
    let sources = records(sources)?;
    let table = std::fs::read_to_string(package_table)?;
    let packages = packages(&table);
    let mut converter = Converter::default();
    for row in &rows {
        converter.kinds.insert(
            name(row, "type").to_owned(),
            kind_of_group(name(row, "kind")).to_owned(),
        );
    }
    let mut known = BTreeSet::new();
    for record in &core {
        if record.get("type").is_some() {
            known.insert(name(record, "type"));
            converter.kinds.insert(
                name(record, "type").to_owned(),
                name(record, "kind").to_owned(),
            );
        } else if record.get("base").is_some() {
            let properties = record.get("properties").and_then(Value::as_object);
            let names: BTreeSet<String> = properties
                .into_iter()
                .flat_map(|p| p.keys().cloned())
                .collect();
            converter
                .bases
                .insert(name(record, "base").to_owned(), names);
        } else if record.get("definition").is_some() {
            converter
                .definitions
                .insert(name(record, "definition").to_owned(), Value::Null);
        }
    }
    let mut types = BTreeMap::new();
    let by_name: BTreeMap<&str, &Value> = sources
        .iter()
        .map(|record| (name(record, "type"), record))
        .collect();
    for row in rows.iter().filter(|row| !known.contains(name(row, "type"))) {
        let type_name = name(row, "type");
        let mut record = converter.convert(&Description {
            name: type_name,
            kind: kind_of_group(name(row, "kind")),
            properties: &row["properties"],
            outputs: row.get("outputs"),
            constraints: row.get("constraints"),
        })?;
        let package = package_of(&packages, type_name);
        record.insert(
            "source".into(),
            package.map_or("unknown", |package| package.source).into(),
        );
        // The sources are of the 1.3 line: only there, and where a package is closed, do they tell all.
        if version == "1.3" || package.is_some_and(|package| package.marks.contains(&version)) {
            record.insert("complete".into(), true.into());
        }
        let aliases: Vec<&str> = strings(row, "aliases").collect();
        if !aliases.is_empty() {
            record.insert("aliases".into(), json!(aliases));
        }
        for key in ["deprecated", "internal"] {
            if row.get(key) == Some(&Value::Bool(true)) {
                record.insert(key.into(), true.into());
            }
        }
        let traits = traits_of_interfaces(strings(row, "interfaces"));
        if !traits.is_empty() {
            record.insert("traits".into(), json!(traits));
        }
        let mut record = Value::Object(record);
        refine(&mut record, by_name.get(type_name).copied());
        types.insert(type_name, sorted(&record));
    }
    // Types that only the sources know; nested classes are helpers.
    for source in &sources {
        let type_name = name(source, "type");
        if type_name.is_empty()
            || type_name.contains('$')
            || known.contains(type_name)
            || types.contains_key(type_name)
        {
            continue;
        }
        let mut record = source.clone();
        if let Some(base) = converter.bases.get(name(source, "kind")) {
            record["base_properties"] = record["kind"].clone();
            if let Some(Value::Object(properties)) = record.get_mut("properties") {
                properties.retain(|property, _| !base.contains(property));
            }
        }
        types.insert(type_name, sorted(&record));
    }
    let mut wanted = BTreeSet::new();
    for record in types.values() {
        references(record, &mut wanted);
    }
    let mut queue: Vec<String> = wanted.iter().cloned().collect();
    let from_sources: BTreeMap<&str, &Value> = sources
        .iter()
        .map(|record| (name(record, "definition"), record))
        .collect();
    while let Some(wanted_name) = queue.pop() {
        if converter.definitions.contains_key(&wanted_name) {
            continue;
        }
        if let Some(definition) = from_sources.get(wanted_name.as_str()) {
            converter
                .definitions
                .insert(wanted_name, (*definition).clone());
            let mut more = BTreeSet::new();
            references(definition, &mut more);
            queue.extend(more);
        }
    }
    for package in &packages {
        let mut record = json!({ "package": package.name, "source": package.source });
        for (mark, key) in [(version, "closed"), ("enterprise", "enterprise")] {
            if package.marks.contains(&mark) {
                record[key] = true.into();
            }
        }
        println!("{}", sorted(&record));
    }
    for definition in converter
        .definitions
        .values()
        .filter(|definition| !definition.is_null())
    {
        println!("{}", sorted(definition));
    }
    for record in types.values() {
        println!("{record}");
    }
    Ok(())
}

/// Moves the lines that two files have alike into a third, sorted as they were.
fn share(old: &str, new: &str, shared: &str) -> Result<()> {
    let (old_text, new_text) = (std::fs::read_to_string(old)?, std::fs::read_to_string(new)?);
    let new_lines: BTreeSet<&str> = new_text.lines().collect();
    // A package is closed in one version or the other: these lines stay where they are.
    let common: BTreeSet<&str> = old_text
        .lines()
        .filter(|line| new_lines.contains(line) && !line.contains("\"package\":"))
        .collect();
    let lines = |text: &str, wanted: bool| {
        let chosen = text.lines().filter(|line| common.contains(line) == wanted);
        chosen.fold(String::new(), |all, line| all + line + "\n")
    };
    std::fs::write(shared, lines(&old_text, true))?;
    std::fs::write(old, lines(&old_text, false))?;
    std::fs::write(new, lines(&new_text, false))?;
    Ok(())
}

/// Takes from the sources how a property is rendered: schemas don't tell `Property<T>` from a text that
/// is rendered, sources do. What they don't tell either is taken for `Property<T>`, which accepts more.
fn refine(record: &mut Value, source: Option<&Value>) {
    let Some(Value::Object(properties)) = record.get_mut("properties") else {
        return;
    };
    for (property_name, property) in properties {
        let theirs = source.and_then(|source| {
            source["properties"]
                .get(property_name)?
                .get("render")?
                .as_str()
        });
        if let Some(ours) = property.get_mut("render")
            && ours.as_str() != Some("no")
        {
            *ours = if theirs == Some("yes") {
                "yes"
            } else {
                "typed"
            }
            .into();
        }
    }
}

/// The definitions that a record refers to.
fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => into.extend(text.strip_prefix('#').map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| references(value, into)),
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| !["default", "enum", "pattern"].contains(&key.as_str()))
            .for_each(|(_, value)| references(value, into)),
        _ => {}
    }
}

/// Prints what changed between two files of records.
fn changes(old: &str, new: &str) -> Result<()> {
    let (old, new) = (objects(&records(old)?), objects(&records(new)?));
    for (object_name, properties) in &new {
        match old.get(object_name) {
            None => println!("+ {object_name}"),
            Some(before) => {
                for line in differences(before, properties) {
                    println!("  {object_name}: {line}");
                }
            }
        }
    }
    for object_name in old
        .keys()
        .filter(|object_name| !new.contains_key(*object_name))
    {
        println!("- {object_name}");
    }
    Ok(())
}

/// Types and definitions by name, each with its properties and those of its base; what else stands in a
/// record is listed under a name in angle brackets.
fn objects(records: &[Value]) -> BTreeMap<String, BTreeMap<String, Value>> {
    let bases: BTreeMap<&str, &Value> = records
        .iter()
        .map(|record| (name(record, "base"), record))
        .collect();
    let mut objects = BTreeMap::new();
    for record in records {
        let kinds = ["type", "definition"];
        let Some(object_name) = kinds
            .iter()
            .map(|key| name(record, key))
            .find(|found| !found.is_empty())
        else {
            continue;
        };
        let mut properties = BTreeMap::new();
        let without: Vec<&str> = strings(record, "without").collect();
        let base = bases.get(name(record, "base_properties"));
        for source in base.into_iter().copied().chain([record]) {
            for (property_name, property) in source["properties"].as_object().into_iter().flatten()
            {
                if !without.contains(&property_name.as_str()) {
                    properties.insert(property_name.clone(), property.clone());
                }
            }
        }
        for key in [
            "aliases",
            "deprecated",
            "internal",
            "kind",
            "open",
            "outputs",
            "traits",
        ] {
            if let Some(value) = record.get(key) {
                properties.insert(format!("<{key}>"), value.clone());
            }
        }
        objects.insert(object_name.to_owned(), properties);
    }
    objects
}

fn differences(before: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, value) in now {
        match before.get(key) {
            None => lines.push(format!("+ {key} {value}")),
            Some(was) if was != value => lines.push(format!("{key} was {was}, is {value}")),
            Some(_) => {}
        }
    }
    lines.extend(
        before
            .keys()
            .filter(|key| !now.contains_key(*key))
            .map(|key| format!("- {key}")),
    );
    lines
}
