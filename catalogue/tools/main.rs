//! The maintainers' tool for the committed catalogue: `catalogue/SOURCES.md` says how it is used.
//!
//!     cargo run --features maintain --example catalogue -- convert ROWS.jsonl VERSION PACKAGES.tsv CORE.jsonl
//!
//! reads one type a line as Kestra's registry and schema generator describe it and prints records
//! of the types that CORE.jsonl doesn't hold.

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
        ["convert", rows, version, packages, core] => convert(rows, version, packages, core),
        _ => Err("usage: convert ROWS.jsonl VERSION PACKAGES.tsv CORE.jsonl".into()),
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

fn convert(rows: &str, version: &str, package_table: &str, core: &str) -> Result<()> {
    let rows = records(rows)?;
    let core = records(core)?;
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
        types.insert(type_name, sorted(&Value::Object(record)));
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
