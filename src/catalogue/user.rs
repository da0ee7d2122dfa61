//! The users' own catalogue: a file of the project with types that kestralint doesn't hold (their own
//! plugins, the Enterprise edition), made from what their Kestra server says.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::convert::{Converter, Description, kind_of_group, sorted};
use super::{Catalogue, Kind, Provenance};
use crate::finding::Target;

/// Where the file lies below the root of a repository.
pub const USER_CATALOGUE: &str = ".kestralint/catalogue.json";
/// The version of the file's format.
const FORMAT: u64 = 1;

/// The content of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserCatalogue {
    definitions: BTreeMap<String, Value>,
    types: BTreeMap<String, Value>,
}

/// A type that a server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedType {
    /// Its class.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether the server calls it deprecated.
    pub deprecated: bool,
}

impl UserCatalogue {
    /// The file at or above a directory, no higher than the root of its repository.
    pub fn find(directory: &Path) -> Option<PathBuf> {
        for directory in directory.ancestors() {
            let file = directory.join(USER_CATALOGUE);
            if file.is_file() {
                return Some(file);
            }
            if directory.join(".git").exists() {
                return None;
            }
        }
        None
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Says which file, and what is wrong with it.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string());
        text.and_then(|text| Self::parse(&text))
            .map_err(|problem| format!("{}: {problem}", file.display()))
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// Says what is not understood. Records are held against the format as well.
    pub fn parse(text: &str) -> Result<Self, String> {
        let content: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match content.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(other) => {
                return Err(format!(
                    "format {other} is not known; this kestralint knows {FORMAT}"
                ));
            }
            None => return Err("`format` is missing: is this a catalogue?".to_owned()),
        }
        let table = |key: &str| -> Result<BTreeMap<String, Value>, String> {
            match content.get(key) {
                None => Ok(BTreeMap::new()),
                Some(Value::Object(entries)) => Ok(entries
                    .iter()
                    .map(|(name, entry)| (name.clone(), entry.clone()))
                    .collect()),
                Some(_) => Err(format!("`{key}` is not an object")),
            }
        };
        let catalogue = Self {
            definitions: table("definitions")?,
            types: table("types")?,
        };
        super::pack::pack_records(&catalogue.records())?;
        Ok(catalogue)
    }

    /// The text of the file: sorted and indented, so that changes can be reviewed and merged.
    pub fn to_text(&self) -> String {
        let content =
            json!({ "format": FORMAT, "definitions": self.definitions, "types": self.types });
        // A `Value` with string keys can always be written.
        let text = serde_json::to_string_pretty(&sorted(&content)).unwrap_or_default();
        text + "\n"
    }

    /// Lays another catalogue over this one.
    pub fn merge(&mut self, newer: Self) {
        self.definitions.extend(newer.definitions);
        self.types.extend(newer.types);
    }

    /// The names of the types.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Records for [`Catalogue::extended`].
    pub fn records(&self) -> Vec<Value> {
        let named = |key: &'static str, entries: &BTreeMap<String, Value>| {
            entries
                .iter()
                .map(|(name, entry)| {
                    let mut record = entry.clone();
                    if let Value::Object(record) = &mut record {
                        record.insert(key.to_owned(), name.as_str().into());
                    }
                    record
                })
                .collect::<Vec<_>>()
        };
        let mut records = named("definition", &self.definitions);
        records.extend(named("type", &self.types));
        records
    }

    /// Makes a catalogue of what a server answered: for each type the answer to
    /// `GET /api/v1/plugins/{type}?all=true`.
    ///
    /// # Errors
    /// Names the type whose answer is not understood.
    pub fn from_answers(
        all: &[ListedType],
        answers: &[(ListedType, Value)],
    ) -> Result<Self, String> {
        let mut converter = Converter {
            kinds: known_kinds(all),
            ..Converter::default()
        };
        let mut types = BTreeMap::new();
        for (listed, answer) in answers {
            let record = type_record(&mut converter, listed, answer)
                .map_err(|error| format!("{}: {error}", listed.name))?;
            types.insert(listed.name.clone(), sorted(&record));
        }
        let definitions = converter
            .definitions
            .into_iter()
            .map(|(name, mut definition)| {
                if let Value::Object(definition) = &mut definition {
                    definition.remove("definition");
                }
                (name, sorted(&definition))
            });
        Ok(Self {
            definitions: definitions.collect(),
            types,
        })
    }
}

/// The types in the answer to `GET /api/v1/plugins`: for each plugin lists of types by group.
pub fn listed_types(plugins: &Value) -> Vec<ListedType> {
    let mut types: BTreeMap<String, ListedType> = BTreeMap::new();
    for plugin in plugins
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        for (group, members) in plugin {
            let kind = Kind::parse(kind_of_group(&kebab(group))).unwrap_or(Kind::Unknown);
            if kind == Kind::Unknown {
                continue;
            }
            for member in members.as_array().into_iter().flatten() {
                // Servers before 1.0 list names, later ones objects.
                let name = member.as_str().or_else(|| member.get("cls")?.as_str());
                let Some(name) = name.filter(|name| is_type_name(name)) else {
                    continue;
                };
                let deprecated = member
                    .get("deprecated")
                    .and_then(Value::as_bool)
                    .unwrap_or(false);
                types.entry(name.to_owned()).or_insert_with(|| ListedType {
                    name: name.to_owned(),
                    kind,
                    deprecated,
                });
            }
        }
    }
    types.into_values().collect()
}

/// Whether a listed type is worth importing: what was taken from a released library isn't.
pub fn is_worth_importing(target: Target, name: &str) -> bool {
    Catalogue::of(target)
        .find(name)
        .is_none_or(|found| found.facts.provenance != Provenance::Library)
}

/// Java's names and nothing that means something in a path or a URL.
fn is_type_name(name: &str) -> bool {
    name.contains('.')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ['.', '_', '$'].contains(&c))
}

fn kebab(group: &str) -> String {
    let mut out = String::new();
    let mut after_small = false;
    for c in group.chars() {
        if c.is_ascii_uppercase() && after_small {
            out.push('-');
        }
        after_small = c.is_ascii_lowercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn known_kinds(listed: &[ListedType]) -> HashMap<String, String> {
    let embedded = Target::ALL
        .into_iter()
        .flat_map(|target| Catalogue::of(target).names());
    let mut kinds: HashMap<String, String> = embedded
        .filter(|(_, kind)| *kind != Kind::Unknown)
        .map(|(name, kind)| (name.to_owned(), kind.as_str().to_owned()))
        .collect();
    kinds.extend(
        listed
            .iter()
            .map(|each| (each.name.clone(), each.kind.as_str().to_owned())),
    );
    kinds
}

fn type_record(
    converter: &mut Converter,
    listed: &ListedType,
    answer: &Value,
) -> Result<Value, String> {
    let schema = answer
        .get("schema")
        .ok_or("there is no `schema` in the answer")?;
    let properties =
        with_definitions(schema, "properties").ok_or("there are no properties in the answer")?;
    let outputs = with_definitions(schema, "outputs");
    let record = converter.convert(&Description {
        name: &listed.name,
        kind: listed.kind.as_str(),
        properties: &properties,
        outputs: outputs.as_ref(),
        constraints: None,
    })?;
    let mut record = Value::Object(record);
    describe(&mut record, &properties);
    if let Value::Object(record) = &mut record {
        record.remove("type");
        record.insert("complete".to_owned(), true.into());
        if listed.deprecated
            || properties
                .get("$deprecated")
                .is_some_and(|mark| mark == true || mark == "true")
        {
            record.insert("deprecated".to_owned(), true.into());
        }
    }
    Ok(record)
}

/// A schema of the answer, with the definitions that stand beside it.
fn with_definitions(schema: &Value, key: &str) -> Option<Value> {
    let mut part = schema.get(key)?.as_object()?.clone();
    let mut all: Map<String, Value> = Map::new();
    for source in [
        schema.get("definitions"),
        schema.get("$defs"),
        part.get("$defs"),
    ] {
        all.extend(
            source
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        );
    }
    part.insert("$defs".to_owned(), Value::Object(all));
    Some(Value::Object(part))
}

/// Keeps what the user's own server says of the type and its properties: shown by hover.
fn describe(record: &mut Value, schema: &Value) {
    if let Some(description) = description(schema) {
        record["description"] = description.into();
    }
    let Some(Value::Object(properties)) = record.get_mut("properties") else {
        return;
    };
    for (name, property) in properties {
        let Some(text) = schema
            .get("properties")
            .and_then(|all| description(all.get(name)?))
        else {
            continue;
        };
        if let Value::String(atom) = property {
            *property = json!({ "is": atom });
        }
        property["description"] = text.into();
    }
}

fn description(schema: &Value) -> Option<String> {
    let texts = ["title", "description"]
        .iter()
        .filter_map(|key| schema.get(*key)?.as_str());
    let texts: Vec<&str> = texts
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}
