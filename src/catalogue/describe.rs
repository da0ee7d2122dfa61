//! Schemas in words, for people: `catalogue show` and hover.

use super::{Catalogue, Format, NumberSchema, Schema, TextSchema};

/// Deeper schemas are cut short: nobody reads them.
const DEPTH: usize = 4;

impl Catalogue {
    /// What a value may look like, in a few words.
    pub fn describe(&self, schema: &Schema) -> String {
        self.describe_at(schema, 0)
    }

    fn describe_at(&self, schema: &Schema, depth: usize) -> String {
        if depth > DEPTH {
            return "…".to_owned();
        }
        match schema {
            Schema::Any => "anything".to_owned(),
            Schema::Boolean => "boolean".to_owned(),
            Schema::Integer(bounds) => format!("integer{}", describe_bounds(bounds)),
            Schema::Number(bounds) => format!("number{}", describe_bounds(bounds)),
            Schema::Text(text) => describe_text(text),
            Schema::List { items, .. } => format!("list of {}", self.describe_at(items, depth + 1)),
            Schema::Map { values, .. } => format!("map of {}", self.describe_at(values, depth + 1)),
            Schema::Object(reference) => {
                let properties = &self.definition(*reference).properties;
                let names: Vec<&str> = properties
                    .iter()
                    .filter(|p| !p.hidden)
                    .map(|p| p.name)
                    .collect();
                format!("object ({})", shortened(&names))
            }
            Schema::Plugin(slot) => {
                let types: Vec<&str> = slot
                    .types
                    .iter()
                    .map(|name| super::class_name(name))
                    .collect();
                if types.is_empty() {
                    slot.kind.to_string()
                } else {
                    format!("{} ({})", slot.kind, shortened(&types))
                }
            }
            Schema::Tagged { property, variants } => {
                let values: Vec<&str> = variants.iter().map(|(value, _)| *value).collect();
                format!("object with `{property}` {}", shortened(&values))
            }
            Schema::OneOf(alternatives) => {
                let texts: Vec<String> = alternatives
                    .iter()
                    .map(|each| self.describe_at(each, depth + 1))
                    .collect();
                texts.join(" or ")
            }
        }
    }
}

fn describe_text(text: &TextSchema) -> String {
    if !text.enumeration.is_empty() {
        return shortened(&text.enumeration);
    }
    match text.format {
        Format::Plain => "string",
        Format::Duration => "duration (ISO 8601)",
        Format::Uri => "URI",
        Format::Date => "date",
        Format::DateTime => "date and time",
        Format::Time => "time",
        Format::Other(name) => name,
    }
    .to_owned()
}

fn describe_bounds(bounds: &NumberSchema) -> String {
    let parts = [
        ("≥", bounds.minimum),
        (">", bounds.above),
        ("≤", bounds.maximum),
        ("<", bounds.below),
    ];
    parts
        .into_iter()
        .filter_map(|(sign, bound)| Some(format!(" {sign} {}", bound?)))
        .collect()
}

/// The first few of many words.
fn shortened(words: &[&str]) -> String {
    const FEW: usize = 12;
    let mut text = words
        .iter()
        .take(FEW)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if words.len() > FEW {
        text.push_str(", …");
    }
    text
}
