//! What flows need on a server, as a table, JSON or CSV. `docs/inventory.md` describes the forms; a change
//! that breaks readers raises the version.

use std::io::{self, Write};

use serde::Serialize;

/// The version of the JSON form.
const VERSION: u32 = 1;

/// One thing that is needed, with all places that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InventoryEntry {
    /// `secret`, `kv`, `file`, `image`, `plugin` or `subflow`.
    pub kind: &'static str,
    /// The namespace in which it is looked for; none for images and plugins, and where it is not known.
    pub namespace: Option<String>,
    /// Its name; none where that is an expression, and for a plugin whose artifact is not known.
    pub name: Option<String>,
    /// The expression, where the name or the namespace is known only when the flow runs.
    pub expression: Option<String>,
    /// Whether some place fails where it is missing.
    pub required: bool,
    /// Whether the repository itself has it; none where that is not known.
    pub in_repository: Option<bool>,
    /// Of a plugin: the types that are used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The places.
    pub places: Vec<InventoryPlace>,
}

/// A place that names what is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InventoryPlace {
    /// The flow: its namespace and id.
    pub flow: String,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in code points, from 1.
    pub column: u32,
}

#[derive(Serialize)]
struct Document<'run> {
    version: u32,
    tool: Tool,
    target: &'run str,
    entries: &'run [InventoryEntry],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Writes JSON.
///
/// # Errors
///
/// Those of the writer.
pub fn json(entries: &[InventoryEntry], target: &str, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        target,
        entries,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes CSV (RFC 4180), a row a place.
///
/// # Errors
///
/// Those of the writer.
pub fn csv(entries: &[InventoryEntry], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "kind,namespace,name,expression,required,in_repository,types,flow,path,line,column"
    )?;
    for entry in entries {
        let text = |value: &Option<String>| field(value.as_deref().unwrap_or_default());
        let known = entry.in_repository.map(|known| known.to_string());
        for place in &entry.places {
            writeln!(
                out,
                "{},{},{},{},{},{},{},{},{},{},{}",
                entry.kind,
                text(&entry.namespace),
                text(&entry.name),
                text(&entry.expression),
                entry.required,
                known.as_deref().unwrap_or_default(),
                field(&entry.types.join(" ")),
                field(&place.flow),
                field(&place.path),
                place.line,
                place.column
            )?;
        }
    }
    Ok(())
}

fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Writes a table for people: a part for each kind, its entries with their places below them.
///
/// # Errors
///
/// Those of the writer.
pub fn table(entries: &[InventoryEntry], out: &mut dyn Write) -> io::Result<()> {
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let end = rest.partition_point(|entry| entry.kind == first.kind);
        let (part, behind) = rest.split_at(end);
        if rest.len() < entries.len() {
            writeln!(out)?;
        }
        write_part(part, out)?;
        rest = behind;
    }
    Ok(())
}

fn write_part(part: &[InventoryEntry], out: &mut dyn Write) -> io::Result<()> {
    let title = match part.first().map_or("", |entry| entry.kind) {
        "secret" => "Secrets",
        "kv" => "Keys of the key-value store",
        "file" => "Namespace files",
        "image" => "Container images",
        "plugin" => "Plugins",
        _ => "Subflows",
    };
    writeln!(out, "{title} ({})", part.len())?;
    let namespace = |entry: &InventoryEntry| entry.namespace.clone().unwrap_or_default();
    let widths = part.iter().map(|entry| namespace(entry).chars().count());
    let width = widths.max().unwrap_or_default();
    let mut last = None;
    for entry in part {
        let own = namespace(entry);
        // A namespace is named once.
        let shown = if last.as_ref() == Some(&own) {
            ""
        } else {
            &own
        };
        let gap = if width == 0 { "" } else { "  " };
        let note = note(entry);
        let note = if note.is_empty() {
            note
        } else {
            format!("  ({note})")
        };
        let name = super::printable(name(entry)).into_owned();
        writeln!(out, "  {shown:width$}{gap}{name}{note}")?;
        for place in &entry.places {
            let InventoryPlace {
                flow,
                path,
                line,
                column,
            } = place;
            let indent = width + gap.len();
            writeln!(out, "  {:indent$}  {flow}  {path}:{line}:{column}", "")?;
        }
        last = Some(own);
    }
    Ok(())
}

fn name(entry: &InventoryEntry) -> &str {
    let first_type = entry.types.first();
    let known = entry.name.as_deref().or(entry.expression.as_deref());
    known.or(first_type.map(String::as_str)).unwrap_or("?")
}

fn note(entry: &InventoryEntry) -> String {
    let mut notes = Vec::new();
    match (&entry.expression, &entry.name) {
        (Some(namespace), Some(_)) => {
            notes.push(format!("in the namespace {}", super::printable(namespace)));
        }
        (Some(_), None) => notes.push("known only when the flow runs".to_owned()),
        (None, _) => {}
    }
    if entry.kind == "plugin" && entry.name.is_none() {
        notes.push("of an unknown plugin".to_owned());
    }
    if !entry.required {
        notes.push("not required".to_owned());
    }
    match (entry.kind, entry.in_repository) {
        ("kv", Some(true)) => notes.push("set by a flow".to_owned()),
        ("file", Some(false)) => notes.push("missing in the repository".to_owned()),
        ("subflow", Some(false)) => notes.push("not in the repository".to_owned()),
        (_, Some(true)) => notes.push("in the repository".to_owned()),
        _ => {}
    }
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_marks_of_csv_are_quoted() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
