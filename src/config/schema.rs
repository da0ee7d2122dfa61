//! The JSON Schema of `kestralint.toml`, for editors.

use serde_json::{Map, Value as Json, json};

use super::configuration::FailOn;
use super::pack::pack_names;
use super::selection::selector_names;
use crate::engine::Registry;
use crate::finding::{Severity, Target};

/// The keys of the file.
pub(super) const TOP_LEVEL_KEYS: [&str; 14] = [
    "target",
    "extends",
    "policies",
    "select",
    "extend-select",
    "ignore",
    "severity",
    "rules",
    "overrides",
    "exclude",
    "fail-on",
    "baseline",
    "environments",
    "namespace-files",
];

/// The keys of an override.
pub(super) const OVERRIDE_KEYS: [&str; 5] =
    ["paths", "select", "extend-select", "ignore", "severity"];

/// The schema, with the rules of the registry.
pub fn schema(registry: Registry) -> Json {
    let targets: Vec<&str> = Target::ALL.into_iter().map(Target::as_str).collect();
    let selectors: Vec<&str> = selector_names(registry).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kestralint.toml",
        "description": "Configuration of kestralint, the linter for Kestra flow repositories",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "target": {
                "description": "The Kestra versions to check against; without it the newest",
                "anyOf": [
                    {"type": "string", "pattern": target_pattern()},
                    {"type": "array", "items": {"enum": targets}, "minItems": 1},
                ],
            },
            "extends": {
                "description": "Packs of rules and policies that ship with kestralint",
                "type": "array",
                "items": {"enum": pack_names(registry)},
            },
            "policies": {
                "description": "Files of policies; * stands for anything in a name, ** for directories",
                "type": "array",
                "items": {"type": "string"},
            },
            "select": {
                "description": "Exactly these rules, instead of the default set",
                "$ref": "#/definitions/selectors",
            },
            "extend-select": {
                "description": "These rules too",
                "$ref": "#/definitions/selectors",
            },
            "ignore": {
                "description": "Not these rules",
                "$ref": "#/definitions/selectors",
            },
            "severity": {"$ref": "#/definitions/severities"},
            "rules": rules(registry),
            "overrides": {
                "description": "What is decided otherwise for some paths; later ones win",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["paths"],
                    "properties": {
                        "paths": {"$ref": "#/definitions/patterns"},
                        "select": {"$ref": "#/definitions/selectors"},
                        "extend-select": {"$ref": "#/definitions/selectors"},
                        "ignore": {"$ref": "#/definitions/selectors"},
                        "severity": {"$ref": "#/definitions/severities"},
                    },
                },
            },
            "exclude": {
                "description": "Files that are left alone",
                "$ref": "#/definitions/patterns",
            },
            "fail-on": {
                "description": "From which severity on findings make the exit status 1",
                "enum": FailOn::ALL.map(|(_, word)| word),
                "default": FailOn::default().as_str(),
            },
            "baseline": {
                "description": "The file with accepted findings that `check` does not tell, relative to this file",
                "type": "string",
            },
            "environments": {
                "description": "Environments by name: the paths and namespaces that belong to them",
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "namespace-files": {
                "description": "By namespace the directories whose files are deployed as its namespace files",
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
        },
        "definitions": {
            "selectors": {
                "type": "array",
                "items": {"enum": selectors},
            },
            "patterns": {
                "description": "Patterns as in .gitignore, relative to the directory of this file",
                "type": "array",
                "items": {"type": "string"},
            },
            "severities": {
                "description": "Severities of rules and groups",
                "type": "object",
                "propertyNames": {"enum": selectors},
                "additionalProperties": {
                    "enum": [Severity::Error, Severity::Warning, Severity::Info],
                },
            },
        },
    })
}

/// Versions, separated by commas.
fn target_pattern() -> String {
    let targets: Vec<String> = Target::ALL
        .into_iter()
        .map(|target| target.as_str().replace('.', "\\."))
        .collect();
    let one = targets.join("|");
    format!("^({one})( *, *({one}))*$")
}

fn rules(registry: Registry) -> Json {
    let mut properties = Map::new();
    for rule in registry.rules {
        let metadata = rule.metadata();
        let mut options = Map::new();
        for option in metadata.options {
            // Schemas are ours and tested; one that cannot be read allows anything.
            let mut schema: Json =
                serde_json::from_str(option.schema).unwrap_or_else(|_| json!({}));
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), json!(option.summary));
            }
            options.insert(option.name.to_owned(), schema);
        }
        let schema = json!({
            "description": metadata.summary,
            "type": "object",
            "additionalProperties": false,
            "properties": options,
        });
        properties.insert(metadata.name.to_owned(), schema);
    }
    json!({
        "description": "Options of rules",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema = schema(policy::registry());
        let keys = |json: &Json| -> Vec<String> {
            let mut keys: Vec<String> = json.as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        let sorted = |known: &[&str]| {
            let mut known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
            known.sort();
            known
        };
        assert_eq!(keys(&schema["properties"]), sorted(&TOP_LEVEL_KEYS));
        let special = &schema["properties"]["overrides"]["items"]["properties"];
        assert_eq!(keys(special), sorted(&OVERRIDE_KEYS));
    }

    #[test]
    fn the_schema_accepts_what_the_reader_accepts() {
        let validator = jsonschema::validator_for(&schema(policy::registry())).unwrap();
        assert!(validator.is_valid(&json!({
            "target": "1.3,2.0",
            "extends": ["practice", "production"],
            "policies": ["policies/*.yml"],
            "select": ["ALL"],
            "severity": {"syntax": "info"},
            "overrides": [{"paths": ["a"], "ignore": ["syntax-error"]}],
            "environments": {"production": ["prod.*"]},
            "namespace-files": {"company.team": ["files/team"]},
        })));
        for wrong in [
            json!({"target": "3.0"}),
            json!({"select": ["nothing"]}),
            json!({"extends": ["nothing"]}),
            json!({"selct": []}),
            json!({"severity": {"syntax": "off"}}),
            json!({"overrides": [{}]}),
        ] {
            assert!(!validator.is_valid(&wrong), "{wrong}");
        }
    }
}
