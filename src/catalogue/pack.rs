//! Packs catalogue records (the committed text, `catalogue/README.md`) into an image that opens
//! without parsing. `build.rs` includes this file as well, so it uses nothing of the crate.
//!
//! An image is one text (every string once) and bytes: a header, a hash table of names, the table
//! of names, the offsets of types, definitions and sections, then their encodings. Numbers are
//! LEB128 unless they stand in a table, strings are an offset into the text and a length.

use std::collections::HashMap;

use serde_json::Value;

/// Deeper nesting of schemas is refused: the decoder recurses.
pub const MAXIMUM_DEPTH: usize = 48;
/// How many `u32` words the header has.
pub const HEADER_WORDS: usize = 8;

/// The tags of schema nodes.
pub mod tag {
    pub const ANY: u8 = 0;
    pub const BOOLEAN: u8 = 1;
    pub const INTEGER: u8 = 2;
    pub const NUMBER: u8 = 3;
    pub const TEXT: u8 = 4;
    pub const LIST: u8 = 5;
    pub const MAP: u8 = 6;
    pub const OBJECT: u8 = 7;
    pub const PLUGIN: u8 = 8;
    pub const TAGGED: u8 = 9;
    pub const ONE_OF: u8 = 10;
}

/// The bits of a property's flags.
pub mod flag {
    pub const REQUIRED: u64 = 1;
    pub const NOT_NULL: u64 = 1 << 1;
    pub const DEPRECATED: u64 = 1 << 2;
    pub const SECRET: u64 = 1 << 3;
    pub const VALID: u64 = 1 << 4;
    pub const HIDDEN: u64 = 1 << 5;
    /// Two bits: 0 unmarked, 1 static, 2 rendered, 3 typed.
    pub const RENDERING_SHIFT: u64 = 6;
}

/// The kinds of plugins, in the order of their codes: the word in records.
pub const KINDS: [&str; 17] = [
    "unknown",
    "task",
    "trigger",
    "condition",
    "task-runner",
    "log-exporter",
    "storage",
    "secret",
    "chart",
    "data-filter",
    "data-filter-kpi",
    "asset",
    "asset-exporter",
    "additional",
    "file-renderer",
    "log-data-store",
    "app",
];

/// What a type can do, as bits in this order.
pub const TRAITS: [&str; 10] = [
    "flowable",
    "runnable",
    "executable",
    "polling",
    "realtime",
    "schedule-condition",
    "input-files",
    "output-files",
    "namespace-files",
    "worker-job",
];

/// Hash of a name; the table in the image is made with it.
pub fn hash(name: &str) -> u32 {
    const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;
    let mut state: u64 = name.len() as u64;
    for chunk in name.as_bytes().chunks(8) {
        let word = chunk.try_into().unwrap_or_else(|_| {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            word
        });
        state = (state.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIER);
    }
    (state >> 32) as u32
}

/// A packed catalogue.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Image {
    /// Every string.
    pub text: String,
    /// Tables and encodings.
    pub bytes: Vec<u8>,
}

/// Packs records: one JSON object a line, empty lines ignored.
///
/// # Errors
/// Says which record is not understood, and why.
pub fn pack<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Image, String> {
    let mut records = Vec::new();
    for line in lines {
        if line.trim().is_empty() {
            continue;
        }
        let record: Value =
            serde_json::from_str(line).map_err(|error| format!("{error} in: {}", excerpt(line)))?;
        records.push(record);
    }
    pack_records(&records)
}

/// Packs records that were read already.
///
/// # Errors
/// Says which record is not understood, and why.
pub fn pack_records(records: &[Value]) -> Result<Image, String> {
    let mut packer = Packer::default();
    packer.collect(records)?;
    for index in 0..packer.definitions.len() {
        let record = packer.definitions[index];
        let blob = packer
            .object(record, None)
            .map_err(|error| format!("definition {}: {error}", packer.definition_names[index]))?;
        packer.definition_blobs.push(blob);
    }
    for index in 0..packer.types.len() {
        let record = packer.types[index];
        let blob = packer.type_blob(record).map_err(|error| {
            format!("type {}: {error}", text(record, "type").unwrap_or_default())
        })?;
        packer.type_blobs.push(blob);
    }
    Ok(packer.finish())
}

fn excerpt(line: &str) -> String {
    line.chars().take(80).collect()
}

fn text<'a>(record: &'a Value, key: &str) -> Option<&'a str> {
    record.get(key).and_then(Value::as_str)
}

#[derive(Default)]
struct Packer<'a> {
    strings: HashMap<String, u32>,
    text: String,
    bases: HashMap<&'a str, &'a Value>,
    types: Vec<&'a Value>,
    definitions: Vec<&'a Value>,
    definition_names: Vec<&'a str>,
    definition_index: HashMap<&'a str, u32>,
    type_blobs: Vec<Vec<u8>>,
    definition_blobs: Vec<Vec<u8>>,
    packages: Vec<&'a Value>,
}

impl<'a> Packer<'a> {
    fn collect(&mut self, records: &'a [Value]) -> Result<(), String> {
        let mut seen = std::collections::HashSet::new();
        for record in records {
            if let Some(name) = text(record, "type") {
                // The first record of a type wins: files are given most trustworthy first.
                if seen.insert(name) {
                    self.types.push(record);
                }
            } else if let Some(name) = text(record, "definition") {
                if !self.definition_index.contains_key(name) {
                    let index = u32::try_from(self.definitions.len()).map_err(|e| e.to_string())?;
                    self.definition_index.insert(name, index);
                    self.definition_names.push(name);
                    self.definitions.push(record);
                }
            } else if let Some(name) = text(record, "base") {
                self.bases.entry(name).or_insert(record);
            } else if record.get("package").is_some() {
                self.packages.push(record);
            } else {
                return Err(format!("not a record: {}", excerpt(&record.to_string())));
            }
        }
        self.types.sort_by_key(|record| text(record, "type"));
        Ok(())
    }

    fn string(&mut self, out: &mut Vec<u8>, value: &str) {
        let offset = self.intern(value);
        varint(out, u64::from(offset));
        varint(out, value.len() as u64);
    }

    fn intern(&mut self, value: &str) -> u32 {
        if let Some(offset) = self.strings.get(value) {
            return *offset;
        }
        let offset = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(value);
        self.strings.insert(value.to_owned(), offset);
        offset
    }

    fn optional_string(&mut self, out: &mut Vec<u8>, value: Option<&str>) {
        self.string(out, value.unwrap_or_default());
    }

    fn strings(&mut self, out: &mut Vec<u8>, values: Option<&Value>) -> Result<(), String> {
        let empty = Vec::new();
        let values = match values {
            None => &empty,
            Some(Value::Array(values)) => values,
            Some(other) => return Err(format!("a list of strings, not {other}")),
        };
        varint(out, values.len() as u64);
        for value in values {
            match value {
                Value::String(value) => self.string(out, value),
                Value::Number(_) | Value::Bool(_) => self.string(out, &value.to_string()),
                other => return Err(format!("a string, not {other}")),
            }
        }
        Ok(())
    }

    fn type_blob(&mut self, record: &'a Value) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let kind = text(record, "kind").unwrap_or("unknown");
        out.push(code(&KINDS, kind)?);
        let mut traits = 0u64;
        for name in record
            .get("traits")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            traits |= 1 << code(&TRAITS, name.as_str().unwrap_or_default())?;
        }
        varint(&mut out, traits);
        let named_only = record.get("properties").is_none();
        let flags = u64::from(truth(record, "deprecated"))
            | u64::from(truth(record, "internal")) << 1
            | u64::from(named_only) << 2
            | u64::from(truth(record, "enterprise")) << 3
            | u64::from(truth(record, "complete")) << 4;
        varint(&mut out, flags);
        for key in ["class", "replacement", "since", "source", "description"] {
            self.optional_string(&mut out, text(record, key));
        }
        self.strings(&mut out, record.get("aliases"))?;
        if !named_only {
            let base = match text(record, "base_properties") {
                None => None,
                Some(name) => Some(*self.bases.get(name).ok_or(format!("no base {name}"))?),
            };
            let properties = self.object(record, base)?;
            out.extend(properties);
            match record.get("outputs") {
                None => out.push(0),
                Some(outputs) => {
                    out.push(1);
                    let outputs = self.object(outputs, None)?;
                    out.extend(outputs);
                }
            }
        }
        Ok(out)
    }

    /// The properties of an object, those of `base` included unless it says `without`.
    fn object(&mut self, record: &'a Value, base: Option<&'a Value>) -> Result<Vec<u8>, String> {
        let empty = serde_json::Map::new();
        let own = match record.get("properties") {
            None => &empty,
            Some(Value::Object(own)) => own,
            Some(other) => return Err(format!("properties are an object, not {other}")),
        };
        let mut all: Vec<(&str, &Value)> = own.iter().map(|(k, v)| (k.as_str(), v)).collect();
        if let Some(Value::Object(base)) = base.and_then(|base| base.get("properties")) {
            let without: Vec<&str> = record
                .get("without")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            all.extend(
                base.iter()
                    .map(|(k, v)| (k.as_str(), v))
                    .filter(|(k, _)| !own.contains_key(*k) && !without.contains(k)),
            );
        }
        all.sort_by_key(|(name, _)| *name);
        let mut out = Vec::new();
        out.push(u8::from(truth(record, "open")));
        varint(&mut out, all.len() as u64);
        for (name, value) in all {
            self.property(&mut out, name, value)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(out)
    }

    fn property(&mut self, out: &mut Vec<u8>, name: &str, value: &Value) -> Result<(), String> {
        self.string(out, name);
        let rendering = match text(value, "render") {
            None => 0,
            Some("no") => 1,
            Some("yes") => 2,
            Some("typed") => 3,
            Some(other) => return Err(format!("render is no, yes or typed, not {other}")),
        };
        let flags = [
            ("required", flag::REQUIRED),
            ("notNull", flag::NOT_NULL),
            ("deprecated", flag::DEPRECATED),
            ("secret", flag::SECRET),
            ("valid", flag::VALID),
            ("hidden", flag::HIDDEN),
        ]
        .into_iter()
        .filter(|(key, _)| truth(value, key))
        .fold(rendering << flag::RENDERING_SHIFT, |flags, (_, bit)| {
            flags | bit
        });
        varint(out, flags);
        let default = value.get("default").map(Value::to_string);
        self.optional_string(out, default.as_deref());
        self.optional_string(out, text(value, "description"));
        self.strings(out, value.get("aliases"))?;
        self.strings(out, value.get("checks"))?;
        self.node(out, value, 0)?;
        match value.get("meant") {
            None => out.push(0),
            Some(meant) => {
                out.push(1);
                self.node(out, meant, 0)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, out: &mut Vec<u8>, node: &Value, depth: usize) -> Result<(), String> {
        if depth > MAXIMUM_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        match node {
            Value::String(atom) => return self.atom(out, atom, node),
            Value::Object(_) => {}
            other => return Err(format!("a schema is a string or an object, not {other}")),
        }
        if let Some(items) = node.get("list") {
            out.push(tag::LIST);
            size(out, node, "min", 0);
            size(out, node, "max", u64::MAX);
            self.node(out, items, depth + 1)
        } else if let Some(values) = node.get("map") {
            out.push(tag::MAP);
            size(out, node, "min", 0);
            size(out, node, "max", u64::MAX);
            self.node(out, values, depth + 1)
        } else if let Some(Value::Array(alternatives)) = node.get("one") {
            out.push(tag::ONE_OF);
            varint(out, alternatives.len() as u64);
            for alternative in alternatives {
                self.node(out, alternative, depth + 1)?;
            }
            Ok(())
        } else if let Some(Value::Object(variants)) = node.get("tagged") {
            out.push(tag::TAGGED);
            self.string(out, text(node, "by").unwrap_or("type"));
            varint(out, variants.len() as u64);
            for (name, definition) in variants {
                self.string(out, name);
                let definition = definition.as_str().unwrap_or_default();
                self.reference(out, definition)?;
            }
            Ok(())
        } else if let Some(kind) = text(node, "plugin") {
            out.push(tag::PLUGIN);
            out.push(code(&KINDS, kind)?);
            self.strings(out, node.get("types"))
        } else if node.get("enum").is_some() {
            self.text_node(out, "", node)
        } else if let Some(atom) = text(node, "is") {
            self.atom(out, atom, node)
        } else {
            Err(format!("no schema in {node}"))
        }
    }

    fn atom(&mut self, out: &mut Vec<u8>, atom: &str, node: &Value) -> Result<(), String> {
        if let Some(definition) = atom.strip_prefix('#') {
            out.push(tag::OBJECT);
            return self.reference(out, definition);
        }
        if let Some(kind) = atom.strip_prefix("plugin:") {
            out.push(tag::PLUGIN);
            out.push(code(&KINDS, kind)?);
            return self.strings(out, None);
        }
        match atom {
            "any" => out.push(tag::ANY),
            "boolean" => out.push(tag::BOOLEAN),
            "integer" | "long" | "number" => {
                out.push(if atom == "number" {
                    tag::NUMBER
                } else {
                    tag::INTEGER
                });
                out.push(u8::from(atom == "long"));
                for key in ["min", "max", "above", "below"] {
                    match node.get(key).and_then(Value::as_f64) {
                        None => out.push(0),
                        Some(bound) => {
                            out.push(1);
                            out.extend(bound.to_le_bytes());
                        }
                    }
                }
            }
            "string" => return self.text_node(out, "", node),
            format => {
                let known = ["duration", "uri", "date", "date-time", "time"];
                if !known.contains(&format) && !format.starts_with("string:") {
                    return Err(format!("no schema is called {format}"));
                }
                let format = format.strip_prefix("string:").unwrap_or(format);
                return self.text_node(out, format, node);
            }
        }
        Ok(())
    }

    fn text_node(&mut self, out: &mut Vec<u8>, format: &str, node: &Value) -> Result<(), String> {
        out.push(tag::TEXT);
        self.string(out, format);
        self.optional_string(out, text(node, "pattern"));
        out.push(u8::from(truth(node, "notBlank")));
        size(out, node, "minLength", 0);
        size(out, node, "maxLength", u64::MAX);
        self.strings(out, node.get("enum"))
    }

    fn reference(&mut self, out: &mut Vec<u8>, definition: &str) -> Result<(), String> {
        let name = definition.trim_start_matches('#');
        let index = self
            .definition_index
            .get(name)
            .ok_or(format!("no definition is called {name}"))?;
        varint(out, u64::from(*index));
        Ok(())
    }

    fn finish(mut self) -> Image {
        let mut names: Vec<(String, u32)> = Vec::new();
        for (index, record) in self.types.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            names.push((
                text(record, "type").unwrap_or_default().to_owned(),
                index << 1,
            ));
        }
        let types: std::collections::HashSet<String> =
            names.iter().map(|(name, _)| name.clone()).collect();
        for (index, record) in self.types.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            for alias in record
                .get("aliases")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let alias = alias.as_str().unwrap_or_default();
                if !types.contains(alias) {
                    names.push((alias.to_owned(), index << 1 | 1));
                }
            }
        }
        names.dedup_by(|a, b| a.0 == b.0);
        let slots = (names.len() * 2).next_power_of_two().max(8);
        let mut table = vec![0u32; slots];
        for (position, (name, _)) in names.iter().enumerate() {
            let mut slot = hash(name) as usize & (slots - 1);
            while table[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            table[slot] = u32::try_from(position + 1).unwrap_or(u32::MAX);
        }
        let mut words: Vec<u32> = table;
        for (name, target) in &names {
            words.push(self.intern(name));
            words.push(u32::try_from(name.len()).unwrap_or(u32::MAX));
            words.push(*target);
        }
        let mut blobs: Vec<u8> = Vec::new();
        for index in 0..self.definitions.len() {
            let name = self.definition_names[index];
            words.push(self.intern(name));
            words.push(u32::try_from(name.len()).unwrap_or(u32::MAX));
            words.push(u32::try_from(blobs.len()).unwrap_or(u32::MAX));
            blobs.extend(&self.definition_blobs[index]);
        }
        for blob in &self.type_blobs {
            words.push(u32::try_from(blobs.len()).unwrap_or(u32::MAX));
            blobs.extend(blob);
        }
        let packages_at = u32::try_from(blobs.len()).unwrap_or(u32::MAX);
        let packages = std::mem::take(&mut self.packages);
        varint(&mut blobs, packages.len() as u64);
        for package in packages {
            self.optional_string(&mut blobs, text(package, "package"));
            self.optional_string(&mut blobs, text(package, "source"));
            blobs.push(
                u8::from(truth(package, "closed")) | u8::from(truth(package, "enterprise")) << 1,
            );
        }
        let header = [
            slots,
            names.len(),
            self.definitions.len(),
            self.types.len(),
            (HEADER_WORDS + words.len()) * 4,
            packages_at as usize,
            0,
            0,
        ];
        let mut bytes = Vec::new();
        for word in header {
            bytes.extend(u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
        }
        for word in words {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(blobs);
        Image {
            text: self.text,
            bytes,
        }
    }
}

fn truth(record: &Value, key: &str) -> bool {
    record.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn code(words: &[&str], word: &str) -> Result<u8, String> {
    words
        .iter()
        .position(|known| *known == word)
        .and_then(|position| u8::try_from(position).ok())
        .ok_or_else(|| format!("{word} is none of {words:?}"))
}

/// A size as a number that is one more than it, 0 for `absent`.
fn size(out: &mut Vec<u8>, node: &Value, key: &str, absent: u64) {
    let size = node
        .get(key)
        .and_then(Value::as_u64)
        .filter(|size| *size != absent);
    varint(out, size.map_or(0, |size| size.saturating_add(1)));
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        // Seven bits always fit.
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}
