//! The JSON Schema of policy files, for editors.

use serde_json::{Value as Json, json};

use super::declared::Select;
use super::enterprise::schema_of_policy;
use super::expression::{FUNCTIONS, VARIABLES};
use crate::finding::{Group, Target};

/// The schema.
pub fn schema() -> Json {
    let kinds: Vec<&str> = Select::ALL.iter().map(|(name, _)| *name).collect();
    let groups: Vec<&str> = Group::ALL
        .into_iter()
        .filter(|group| !matches!(group, Group::Syntax | Group::Schema))
        .map(Group::as_str)
        .collect();
    let targets: Vec<&str> = Target::ALL.into_iter().map(Target::as_str).collect();
    let variables: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    let functions: Vec<&str> = FUNCTIONS.iter().map(|function| function.usage).collect();
    let expression = format!(
        "A CEL expression. Variables: {}. Functions: {}.",
        variables.join(", "),
        functions.join(", ")
    );
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let values = json!({"type": "object", "minProperties": 1});
    let allow = json!({
        "description": "Where it need not hold",
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["reason"],
            "anyOf": [{"required": ["flow"]}, {"required": ["node"]}, {"required": ["path"]}],
            "properties": {
                "flow": {"description": "namespace.id; * stands for anything", "type": "string"},
                "node": {"description": "The id of what is selected; * stands for anything", "type": "string"},
                "path": {"description": "The path of the file; * stands for anything", "type": "string"},
                "reason": {"type": "string"},
                "until": {"description": "The last day on which it holds", "type": "string", "format": "date"},
            },
        },
    });
    let examples = json!({
        "description": "Flows, as texts; `kestralint policy test` runs them",
        "type": "object",
        "additionalProperties": false,
        "properties": {"valid": texts, "invalid": texts},
    });
    let name = json!({"description": "The name: small letters, digits, single hyphens", "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"});
    let own = json!({
        "description": "A rule of a team for its Kestra flows; docs/policies.md tells more",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "summary", "select", "require"],
        "properties": {
            "name": name,
            "summary": {"description": "What the policy asks for, in one line", "type": "string"},
            "description": {"description": "Why", "type": "string"},
            "severity": {"enum": ["error", "warning", "info"], "default": "warning"},
            "group": {"enum": groups, "default": "policy"},
            "targets": {"description": "The Kestra versions that it is about", "type": "array", "items": {"enum": targets}},
            "select": {
                "description": "What is looked at, one by one; several in a list",
                "oneOf": [{"enum": kinds}, {"type": "array", "minItems": 1, "items": {"enum": kinds}}],
            },
            "where": {"description": format!("Which of those. {expression}"), "type": ["string", "boolean"]},
            "require": {"description": format!("What holds for each of them. {expression}"), "type": ["string", "boolean"]},
            "message": {"description": "What is said where it does not hold; {expression} is replaced by its value", "type": "string"},
            "help": {"description": "How to mend it", "type": "string"},
            "at": {"description": "The property to point at, as a path", "type": "string"},
            "fix": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "set": values, "add": values,
                    "rename": {"type": "object", "additionalProperties": {"type": "string"}},
                    "remove": texts,
                    "safe": {"description": "Whether --fix applies it without --unsafe-fixes", "type": "boolean"},
                },
            },
            "allow": allow,
            "examples": examples,
        },
    });
    let beside = json!({
        "description": "What a team says about an Enterprise Policy for kestralint alone; docs/enterprise-policies.md tells more",
        "type": "object",
        "additionalProperties": false,
        "required": ["policy"],
        "properties": {
            "policy": {"description": "The id of the Enterprise Policy", "type": "string"},
            "name": name,
            "scope": {"enum": ["STATIC", "INSTANCE", "TENANT", "NAMESPACE"]},
            "namespace": {"description": "The namespace in which it is created", "type": "string"},
            "allow": allow,
            "examples": examples,
        },
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kestralint policy",
        "type": "object",
        "if": {"required": ["rules"]},
        "then": {"$ref": "#/definitions/enterprise"},
        "else": {
            "if": {"required": ["policy"]},
            "then": {"$ref": "#/definitions/beside"},
            "else": {"$ref": "#/definitions/policy"},
        },
        "definitions": {"policy": own, "enterprise": schema_of_policy(), "beside": beside},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::enterprise::BESIDE_KEYS;
    use crate::policy::read::{ALLOW_KEYS, FIX_KEYS, KEYS};

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let whole = schema();
        let schema = &whole["definitions"]["policy"];
        let beside = &whole["definitions"]["beside"];
        for (place, known) in [
            (&schema["properties"], KEYS.as_slice()),
            (&beside["properties"], &BESIDE_KEYS),
            (&schema["properties"]["fix"]["properties"], &FIX_KEYS),
            (
                &schema["properties"]["allow"]["items"]["properties"],
                &ALLOW_KEYS,
            ),
        ] {
            let mut keys: Vec<&str> = place
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut known = known.to_vec();
            keys.sort_unstable();
            known.sort_unstable();
            assert_eq!(keys, known);
        }
    }
}
