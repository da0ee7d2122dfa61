//! Turns what Kestra says of a plugin (JSON Schema from its own generator, with `$dynamic`,
//! `$required`, `$deprecated`, and bean-validation constraints where they are at hand) into
//! catalogue records. Used for the users' own catalogue and by maintainers for the official plugins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::pack::{KINDS, MAXIMUM_DEPTH, TRAITS};

/// A type as Kestra describes it.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    /// Its class: the canonical name.
    pub name: &'a str,
    /// The kind, one of the words of [`super::Kind`].
    pub kind: &'a str,
    /// The schema of its properties.
    pub properties: &'a Value,
    /// The schema of its outputs.
    pub outputs: Option<&'a Value>,
    /// Bean-validation annotations by Java field, as text.
    pub constraints: Option<&'a Value>,
}

/// What is known of all types while one of them is converted.
#[derive(Debug, Default)]
pub struct Converter {
    /// Kinds by type name: a reference to one of these is a plugin chosen by `type`.
    pub kinds: HashMap<String, String>,
    /// The properties that every type of a kind has: they are not repeated.
    pub bases: HashMap<String, BTreeSet<String>>,
    /// The definitions met so far: records by name.
    pub definitions: BTreeMap<String, Value>,
}

impl Converter {
    /// The record of a type: `properties`, `outputs` and what they entail. The caller adds the rest.
    ///
    /// # Errors
    /// Where the schema nests too deeply.
    pub fn convert(&mut self, description: &Description<'_>) -> Result<Map<String, Value>, String> {
        let mut record = Map::new();
        record.insert("type".into(), description.name.into());
        record.insert("kind".into(), description.kind.into());
        let definitions = definitions(description.properties);
        let mut properties = self.object(
            description.properties,
            description.constraints,
            &definitions,
            0,
        )?;
        // The value of `type` is the name of the record.
        if let Some(Value::Object(own)) = properties.get_mut("type") {
            own.remove("enum");
            own.insert("is".into(), "string".into());
        }
        if let Some(base) = self.bases.get(description.kind) {
            record.insert("base_properties".into(), description.kind.into());
            let without: Vec<&String> = base
                .iter()
                .filter(|name| !properties.contains_key(*name))
                .collect();
            if !without.is_empty() {
                record.insert("without".into(), json!(without));
            }
            properties.retain(|name, _| !base.contains(name));
        }
        record.insert("properties".into(), Value::Object(properties));
        if let Some(outputs) = description.outputs {
            let definitions = self::definitions(outputs);
            let outputs = self.object(outputs, None, &definitions, 0)?;
            record.insert("outputs".into(), json!({ "properties": outputs }));
        }
        Ok(record)
    }

    fn object(
        &mut self,
        schema: &Value,
        constraints: Option<&Value>,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Map<String, Value>, String> {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut names: Vec<(&String, &Value)> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .collect();
        names.sort_by_key(|(name, _)| *name);
        let mut properties = Map::new();
        for (name, node) in names {
            let constraints =
                constraints.and_then(|all| all.get(name).or_else(|| all.get(format!("_{name}"))));
            let property = self.property(
                node,
                required.contains(name.as_str()),
                constraints,
                definitions,
                depth,
            )?;
            properties.insert(name.clone(), property);
        }
        Ok(properties)
    }

    fn property(
        &mut self,
        node: &Value,
        required: bool,
        constraints: Option<&Value>,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, String> {
        let merged = merge_all_of(node);
        let (shape, typed) = typed_property(&merged);
        let mut property = match self.node(&shape, definitions, depth + 1)? {
            Value::Object(property) => property,
            atom => Map::from_iter([("is".to_owned(), atom)]),
        };
        // Kestra documents a Java `Object` as a choice; it saves anything there.
        if property.contains_key("one") && !typed {
            property = Map::from_iter([
                ("is".to_owned(), "any".into()),
                ("meant".to_owned(), Value::Object(property)),
            ]);
        }
        let has = |annotation: &str| {
            constraints
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .any(|constraint| {
                    constraint
                        .as_str()
                        .is_some_and(|text| text.starts_with('@') && text.contains(annotation))
                })
        };
        let marked = |key: &str| flagged(&merged, key) || flagged(&shape, key);
        let rendering = match dynamic(&merged).or_else(|| dynamic(&shape)) {
            _ if typed => Some("typed"),
            Some(true) => Some("yes"),
            Some(false) => Some("no"),
            None => None,
        };
        let default = merged.get("default").or_else(|| shape.get("default"));
        // A task runner that must not be null has a default, which schemas of 2.0 don't show; others
        // have a default in one part of an `allOf`, which Kestra's generator overlooks.
        let runner = property.get("plugin").and_then(Value::as_str) == Some("task-runner")
            || property.get("is").and_then(Value::as_str) == Some("plugin:task-runner");
        if required && default.is_none() && !runner {
            property.insert("required".into(), true.into());
        } else if required || has(".NotNull") || has(".NotBlank") || has(".NotEmpty") {
            property.insert("notNull".into(), true.into());
        }
        if has(".NotBlank") {
            property.remove("minLength");
            property.insert("notBlank".into(), true.into());
        }
        if let Some(rendering) = rendering {
            property.insert("render".into(), rendering.into());
        }
        if marked("$deprecated") || has("@Deprecated") {
            property.insert("deprecated".into(), true.into());
        }
        if marked("$secret") {
            property.insert("secret".into(), true.into());
        }
        if has(".Valid") {
            property.insert("valid".into(), true.into());
        }
        if let Some(default) =
            default.filter(|default| !default.is_null() && default.to_string().len() <= 200)
        {
            property.insert("default".into(), sorted(default));
        }
        let checks = own_checks(constraints);
        if !checks.is_empty() {
            property.insert("checks".into(), json!(checks));
        }
        Ok(simplest(property))
    }

    fn node(
        &mut self,
        node: &Value,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, String> {
        if depth > MAXIMUM_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        let node = &merge_all_of(node);
        if let Some(name) = reference(node) {
            return self.reference(name, definitions, depth);
        }
        let alternatives = ["anyOf", "oneOf"]
            .iter()
            .find_map(|key| node.get(*key)?.as_array());
        if let Some(alternatives) = alternatives {
            return self.alternatives(alternatives, definitions, depth);
        }
        if let Some(value) = node.get("const") {
            return Ok(json!({ "enum": [value] }));
        }
        if let Some(Value::Array(values)) = node.get("enum") {
            let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
            return Ok(json!({ "enum": values }));
        }
        let nested = node
            .get("properties")
            .is_some_and(|nested| !is_empty(nested));
        let name = match node.get("type") {
            Some(Value::String(name)) => name.as_str(),
            Some(Value::Array(names)) => {
                let mut names = names
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|name| *name != "null");
                match (names.next(), names.next()) {
                    (Some(name), None) => name,
                    _ => "any",
                }
            }
            _ if nested => "object",
            _ => "any",
        };
        Ok(match name {
            "boolean" => "boolean".into(),
            "integer" | "number" => with_bounds(name, node),
            "string" => text(node),
            "array" => {
                let items = match node.get("items") {
                    None => "any".into(),
                    Some(items) => self.node(items, definitions, depth + 1)?,
                };
                sized("list", items, node, "minItems", "maxItems")
            }
            "object" if nested => {
                // An object without a name: it gets one from what is in it.
                let properties = self.object(node, None, definitions, depth + 1)?;
                let content = Value::Object(properties);
                let name = format!("inline-{:08x}", super::pack::hash(&content.to_string()));
                self.definitions
                    .entry(name.clone())
                    .or_insert_with(|| json!({ "definition": name, "properties": content }));
                format!("#{name}").into()
            }
            "object" => {
                let values = match node.get("additionalProperties") {
                    Some(values @ Value::Object(_)) => self.node(values, definitions, depth + 1)?,
                    _ => "any".into(),
                };
                sized("map", values, node, "minProperties", "maxProperties")
            }
            _ => "any".into(),
        })
    }

    fn alternatives(
        &mut self,
        alternatives: &[Value],
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, String> {
        let references: Option<Vec<&str>> =
            alternatives.iter().map(|node| reference(node)).collect();
        if let Some(references) = references.filter(|references| !references.is_empty()) {
            if let Some(slot) = self.plugin_slot(&references) {
                return Ok(slot);
            }
            if let Some(tagged) = self.tagged(&references, definitions, depth)? {
                return Ok(tagged);
            }
        }
        let mut converted = Vec::new();
        for alternative in alternatives {
            let alternative = self.node(alternative, definitions, depth + 1)?;
            if !converted.contains(&alternative) {
                converted.push(alternative);
            }
        }
        Ok(match converted.len() {
            0 => "any".into(),
            1 => converted.remove(0),
            _ => json!({ "one": converted }),
        })
    }

    /// The slot of plugins that these references make, if all are plugins of one kind.
    fn plugin_slot(&self, references: &[&str]) -> Option<Value> {
        let kind = self.kinds.get(plain(references.first()?))?;
        let mut types: Vec<&str> = references.iter().map(|name| plain(name)).collect();
        if !types.iter().all(|name| self.kinds.get(*name) == Some(kind)) {
            return None;
        }
        types.sort_unstable();
        types.dedup();
        // Every plugin of most kinds fits its slot; of these kinds only some do.
        let some = ["additional", "unknown"].contains(&kind.as_str()) || types.len() == 1;
        Some(if some {
            json!({ "plugin": kind, "types": types })
        } else {
            format!("plugin:{kind}").into()
        })
    }

    /// A choice between definitions by a property whose value is fixed in each.
    fn tagged(
        &mut self,
        references: &[&str],
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Option<Value>, String> {
        let mut variants = Map::new();
        for name in references {
            let Some(definition) = definitions.get(*name) else {
                continue;
            };
            let own = definition
                .get("properties")
                .and_then(|properties| properties.get("type"));
            let values = match own {
                Some(own) if own.get("const").is_some() => {
                    vec![own.get("const").cloned().unwrap_or_default()]
                }
                Some(own) => own
                    .get("enum")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default(),
                None => continue,
            };
            let target = self.reference(name, definitions, depth + 1)?;
            for value in values {
                variants.insert(
                    value.as_str().unwrap_or_default().to_owned(),
                    target.clone(),
                );
            }
        }
        if variants.is_empty() {
            return Ok(None);
        }
        variants.sort_keys();
        Ok(Some(json!({ "by": "type", "tagged": variants })))
    }

    fn reference(
        &mut self,
        name: &str,
        definitions: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, String> {
        let plain = plain(name);
        if let Some(slot) = abstract_slot(plain).or_else(|| self.plugin_slot(&[plain])) {
            return Ok(slot);
        }
        match plain {
            "java.nio.charset.Charset" => return Ok("string:charset".into()),
            "java.nio.file.Path" => return Ok("string:path".into()),
            _ => {}
        }
        let target = Value::String(format!("#{plain}"));
        if self.definitions.contains_key(plain) {
            return Ok(target);
        }
        let Some(definition) = definitions.get(name) else {
            return Ok("any".into());
        };
        if definition.get("properties").is_none() {
            let node = definition.clone();
            return self.node(&node, &Map::new(), depth + 1);
        }
        // Entered before it is filled: definitions may refer to themselves.
        self.definitions.insert(plain.to_owned(), Value::Null);
        let mut properties = self.object(definition, None, definitions, depth + 1)?;
        if let Some(Value::Object(own)) = properties.get_mut("type") {
            own.remove("valid");
        }
        let record = json!({ "definition": plain, "properties": properties });
        self.definitions.insert(plain.to_owned(), record);
        Ok(target)
    }
}

/// The word for a group of plugins in Kestra's own registry.
pub fn kind_of_group(group: &str) -> &'static str {
    let word = match group {
        "tasks" => "task",
        "triggers" => "trigger",
        "conditions" => "condition",
        "task-runners" => "task-runner",
        "log-exporters" => "log-exporter",
        "storages" => "storage",
        "secrets" => "secret",
        "charts" => "chart",
        "data-filters" => "data-filter",
        "data-filters-kpi" => "data-filter-kpi",
        "assets" => "asset",
        "assets-exporters" | "asset-exporters" => "asset-exporter",
        "additional-plugins" => "additional",
        "file-renderers" => "file-renderer",
        "log-data-stores" => "log-data-store",
        "apps" | "app-blocks" => "app",
        _ => "unknown",
    };
    KINDS
        .into_iter()
        .find(|kind| *kind == word)
        .unwrap_or("unknown")
}

/// The traits that interfaces (full class names) give.
pub fn traits_of_interfaces<'a>(
    interfaces: impl IntoIterator<Item = &'a str>,
) -> Vec<&'static str> {
    const NAMES: [(&str, &str); 10] = [
        ("FlowableTask", "flowable"),
        ("RunnableTask", "runnable"),
        ("ExecutableTask", "executable"),
        ("PollingTriggerInterface", "polling"),
        ("RealtimeTriggerInterface", "realtime"),
        ("ScheduleCondition", "schedule-condition"),
        ("InputFilesInterface", "input-files"),
        ("OutputFilesInterface", "output-files"),
        ("NamespaceFilesInterface", "namespace-files"),
        ("WorkerJobLifecycle", "worker-job"),
    ];
    let interfaces: BTreeSet<&str> = interfaces.into_iter().map(super::class_name).collect();
    TRAITS
        .into_iter()
        .filter(|word| {
            NAMES
                .iter()
                .any(|(name, trait_word)| trait_word == word && interfaces.contains(name))
        })
        .collect()
}

/// A value with the keys of all objects in it sorted.
pub fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

/// The simple names of validators that are not of the standard.
fn own_checks(constraints: Option<&Value>) -> BTreeSet<String> {
    let texts = constraints
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    texts
        .filter_map(|text| {
            let (prefix, annotation) = match text.strip_prefix("<item>") {
                Some(rest) => ("item:", rest),
                None => ("", text),
            };
            let class = annotation.strip_prefix('@')?.split('(').next()?;
            let own = class.contains('.') && !class.starts_with("jakarta.validation.");
            own.then(|| format!("{prefix}{}", super::class_name(class)))
        })
        .collect()
}

fn definitions(schema: &Value) -> Map<String, Value> {
    let all = schema.get("$defs").or_else(|| schema.get("definitions"));
    all.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// Merges `allOf` into one schema: Kestra uses it to add attributes to a reference.
fn merge_all_of(node: &Value) -> Value {
    let Some(Value::Array(parts)) = node.get("allOf") else {
        return node.clone();
    };
    let mut merged = Map::new();
    for part in parts.iter().rev().filter_map(Value::as_object) {
        merged.extend(part.clone());
    }
    for (key, value) in node.as_object().into_iter().flatten() {
        if key != "allOf" {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

/// Kestra's `Property<T>` is written as a choice between T and a string, both dynamic. For an
/// enumeration, a list, a mapping or an object the schema looks the same as for a plain dynamic
/// property, which few of these are: they are all taken for `Property<T>`.
fn typed_property(node: &Value) -> (Value, bool) {
    if let Some(Value::Array(alternatives)) = node.get("anyOf") {
        let all_dynamic = alternatives.iter().all(|part| dynamic(part) == Some(true));
        if let (true, Some((last, others))) = (all_dynamic, alternatives.split_last()) {
            let plain = last.get("type") == Some(&json!("string")) && last.get("format").is_none();
            match others {
                [only] if plain => return (only.clone(), true),
                [_, ..] if plain => return (json!({ "$dynamic": true, "anyOf": others }), true),
                _ => {}
            }
        }
        return (node.clone(), false);
    }
    let scalar = ["string", "boolean", "integer", "number"]
        .iter()
        .any(|name| node.get("type") == Some(&json!(name)))
        && node.get("enum").is_none();
    (
        node.clone(),
        dynamic(node) == Some(true) && !scalar && node.get("type").or(node.get("$ref")).is_some(),
    )
}

fn dynamic(node: &Value) -> Option<bool> {
    node.get("$dynamic").and_then(Value::as_bool)
}

fn flagged(node: &Value, key: &str) -> bool {
    match node.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(flag)) => flag == "true",
        _ => false,
    }
}

fn reference(node: &Value) -> Option<&str> {
    let target = node.get("$ref").and_then(Value::as_str).or_else(|| {
        let parts = node.get("allOf")?.as_array()?;
        parts.iter().find_map(|part| part.get("$ref")?.as_str())
    })?;
    target.rsplit('/').next()
}

/// A definition's name without the number that the schema generator adds to variants.
fn plain(name: &str) -> &str {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match stem.strip_suffix('-') {
        Some(stem) if stem.len() + 1 < name.len() => stem,
        _ => name,
    }
}

/// The slot that an abstract class of Kestra stands for.
fn abstract_slot(name: &str) -> Option<Value> {
    let kind = match name {
        "io.kestra.core.models.tasks.Task" => "task",
        "io.kestra.core.models.triggers.AbstractTrigger" => "trigger",
        "io.kestra.core.models.conditions.Condition"
        | "io.kestra.core.models.conditions.ScheduleCondition" => "condition",
        "io.kestra.core.models.dashboards.charts.Chart" => "chart",
        _ if name.starts_with("io.kestra.core.models.tasks.runners.TaskRunner")
            && !name.contains("Result") =>
        {
            "task-runner"
        }
        _ if name.starts_with("io.kestra.core.models.dashboards.DataFilterKPI") => {
            "data-filter-kpi"
        }
        _ if name.starts_with("io.kestra.core.models.dashboards.DataFilter") => "data-filter",
        _ => return None,
    };
    Some(format!("plugin:{kind}").into())
}

fn with_bounds(name: &str, node: &Value) -> Value {
    let mut out = Map::from_iter([("is".to_owned(), name.into())]);
    for (key, ours) in [
        ("minimum", "min"),
        ("maximum", "max"),
        ("exclusiveMinimum", "above"),
        ("exclusiveMaximum", "below"),
    ] {
        if let Some(bound) = node.get(key).filter(|bound| bound.is_number()) {
            out.insert(ours.into(), bound.clone());
        }
    }
    simplest(out)
}

fn text(node: &Value) -> Value {
    let atom = match node.get("format").and_then(Value::as_str) {
        None => "string".to_owned(),
        Some(known @ ("duration" | "uri" | "date" | "date-time" | "time")) => known.to_owned(),
        Some(other) => format!("string:{other}"),
    };
    let mut out = Map::from_iter([("is".to_owned(), Value::String(atom))]);
    for key in ["pattern", "minLength", "maxLength"] {
        if let Some(value) = node.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    simplest(out)
}

fn sized(key: &str, inner: Value, node: &Value, minimum: &str, maximum: &str) -> Value {
    let mut out = Map::from_iter([(key.to_owned(), inner)]);
    for (theirs, ours) in [(minimum, "min"), (maximum, "max")] {
        if let Some(bound) = node.get(theirs).filter(|bound| bound.is_u64()) {
            out.insert(ours.into(), bound.clone());
        }
    }
    Value::Object(out)
}

/// A schema that is nothing but an atom is written as the atom.
fn simplest(mut node: Map<String, Value>) -> Value {
    if node.len() == 1
        && let Some(atom) = node.remove("is")
    {
        return atom;
    }
    node.sort_keys();
    Value::Object(node)
}
