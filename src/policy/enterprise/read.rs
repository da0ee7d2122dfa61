//! Reads Enterprise Policies. Every mistake is told with its place.

use serde_json::{Value as Json, json};

use super::super::read::Reader;
use super::Draft;
use crate::governance::{
    Action, Condition, Constraint, Content, Effective, Enforcement, GovernancePolicy,
    GovernanceRule, On, Operator, RuleKind, Scope, pattern,
};
use crate::model::duration::Duration;
use crate::syntax::{Entry, NodeId, Tree};
use crate::text::nearest;

/// The keys of a policy.
const KEYS: [&str; 6] = [
    "id",
    "displayName",
    "description",
    "enforcement",
    "target",
    "rules",
];

/// What only the address knows under which a policy is created.
const FROM_OUTSIDE: [&str; 4] = ["scope", "tenant", "tenantId", "namespace"];

const PACKAGE: &str = "io.kestra.plugin.ee.rules.";

/// The kinds of rule, with their own keys.
const KINDS: [(&str, &[&str]); 5] = [
    ("Add", &["values", "override"]),
    ("Delete", &["properties"]),
    ("Deny", &["action", "errorMessage"]),
    (
        "Restrict",
        &[
            "property",
            "min",
            "max",
            "enum",
            "regex",
            "equals",
            "action",
            "errorMessage",
        ],
    ),
    ("Require", &["properties", "action", "errorMessage"]),
];

/// The keys of every rule.
const COMMON_KEYS: [&str; 3] = ["type", "on", "where"];

/// Whether a document is an Enterprise Policy, or a server's configuration with some.
pub(in super::super) fn is_enterprise(tree: &Tree, root: NodeId) -> bool {
    let has = |key: &str| tree.get(root, key).is_some();
    let is_ours = has("name") || has("select") || has("require") || has("policy");
    has("rules") || (!is_ours && (has("id") || of_server(tree, root).is_some()))
}

/// The policies in a server's configuration.
fn of_server(tree: &Tree, root: NodeId) -> Option<NodeId> {
    tree.get(tree.get(root, "kestra")?, "policies")
}

impl Reader<'_> {
    /// Reads the policies of a document.
    pub(in super::super) fn enterprise(&mut self, root: NodeId) -> Vec<Draft> {
        let Some(policies) = of_server(self.tree, root) else {
            return self.governance(root, None).into_iter().collect();
        };
        let policies: Vec<NodeId> = self.tree.items(policies).collect();
        let policies = policies.into_iter();
        policies
            .filter_map(|policy| self.governance(policy, Some(Scope::Static)))
            .collect()
    }

    fn governance(&mut self, root: NodeId, scope: Option<Scope>) -> Option<Draft> {
        if !self.tree.is_mapping(root) {
            let message = "an Enterprise policy is a mapping with `id` and `rules`";
            self.wrong_node(root, message.to_owned(), None);
            return None;
        }
        self.keys_of_policy(root);
        let id = self.must(root, "id", "the policy");
        let id = id.and_then(|node| Some((node, self.id(node)?)));
        let title = self.optional_text(root, "displayName");
        let description = self.optional_text(root, "description");
        let enforcement = self.get(root, "enforcement");
        let enforcement = enforcement
            .and_then(|node| self.word_in_any_case("enforcement", node, &Enforcement::ALL));
        let (namespaces, tenants) = self.target(root);
        let rules = self.must(root, "rules", "the policy");
        let rules = rules.map(|node| self.rules(node)).unwrap_or_default();
        let (id_node, id) = id?;
        let inferred = if tenants {
            Scope::Instance
        } else {
            Scope::Tenant
        };
        Some(Draft {
            policy: GovernancePolicy {
                id,
                enforcement: enforcement.unwrap_or(Enforcement::Active),
                scope: scope.unwrap_or(inferred),
                namespaces,
                rules,
            },
            title,
            description,
            declaration: Draft::declaration(self.source),
            place: self.tree.range(id_node),
        })
    }

    fn keys_of_policy(&mut self, root: NodeId) {
        let outside = self.tree.entries(root).to_vec().into_iter().find(|entry| {
            let key = self.tree.scalar_text(entry.key);
            key.is_some_and(|key| FROM_OUTSIDE.contains(&key))
        });
        match outside {
            None => self.known_keys(root, &KEYS, "an Enterprise policy"),
            Some(entry) => {
                let key = self.tree.scalar_text(entry.key).unwrap_or_default();
                let message = format!("an Enterprise policy does not say its own `{key}`");
                let help = "it comes from where the policy is created: say it in a file beside, with \
                            `policy: <its id>`";
                self.wrong_node(entry.key, message, Some(help.to_owned()));
            }
        }
    }

    fn must(&mut self, mapping: NodeId, key: &str, what: &str) -> Option<NodeId> {
        let found = self.get(mapping, key);
        if found.is_none() {
            self.wrong_node(mapping, format!("{what} has no `{key}`"), None);
        }
        found
    }

    /// A label as RFC 1123 has it.
    fn id(&mut self, node: NodeId) -> Option<String> {
        let id = self.text("id", node)?;
        let is_label = id.len() <= 63
            && !id.starts_with('-')
            && !id.ends_with('-')
            && id.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            });
        if is_label {
            return Some(id);
        }
        let help = "small letters, digits and hyphens, at most 63";
        let message = format!("`{id}` is no id of a policy");
        self.wrong_node(node, message, Some(help.to_owned()));
        None
    }

    /// The namespaces of the target, and whether it names tenants.
    fn target(&mut self, root: NodeId) -> (Vec<String>, bool) {
        let Some(target) = self.get(root, "target") else {
            return (Vec::new(), false);
        };
        if !self.tree.is_mapping(target) {
            let message = "`target` has the lists `namespaces` or `tenants`".to_owned();
            self.wrong_node(target, message, None);
            return (Vec::new(), false);
        }
        self.known_keys(target, &["namespaces", "tenants"], "`target`");
        let namespaces = self.get(target, "namespaces");
        let namespaces = namespaces.map(|node| self.texts("namespaces", node));
        let tenants = self.get(target, "tenants");
        let tenants = tenants.map(|node| self.texts("tenants", node));
        (namespaces.unwrap_or_default(), tenants.is_some())
    }

    /// A list of texts that is not empty.
    fn texts(&mut self, key: &str, node: NodeId) -> Vec<String> {
        let items: Vec<NodeId> = self.tree.items(node).collect();
        if items.is_empty() {
            let help = Some(format!("{key}:\n  - …"));
            self.wrong_node(
                node,
                format!("`{key}` is a list with something in it"),
                help,
            );
        }
        let items = items.into_iter();
        items.filter_map(|item| self.text(key, item)).collect()
    }

    fn rules(&mut self, node: NodeId) -> Vec<GovernanceRule> {
        let items: Vec<NodeId> = self.tree.items(node).collect();
        if items.is_empty() {
            let message = "`rules` is a list with at least one rule".to_owned();
            self.wrong_node(node, message, None);
        }
        let items = (1..).zip(items);
        items
            .filter_map(|(number, item)| self.rule(number, item))
            .collect()
    }

    fn rule(&mut self, number: usize, node: NodeId) -> Option<GovernanceRule> {
        if !self.tree.is_mapping(node) {
            let message = "a rule is a mapping with `type` and `on`".to_owned();
            self.wrong_node(node, message, None);
            return None;
        }
        let type_node = self.must(node, "type", "the rule")?;
        let name = self.text("type", type_node)?;
        let Some(kind) = name.strip_prefix(PACKAGE) else {
            return self.foreign(number, type_node, &name);
        };
        let Some((kind, own)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            self.no_kind(type_node, kind);
            return None;
        };
        let keys: Vec<&str> = COMMON_KEYS.iter().chain(own.iter()).copied().collect();
        self.known_keys(node, &keys, &format!("`{kind}`"));
        let on_node = self.must(node, "on", "the rule");
        let on = on_node.and_then(|node| self.word_in_any_case("on", node, &On::ALL));
        if *kind == "Deny" && on == Some(On::Flow) {
            let help = Some("write `on: PLUGIN`".to_owned());
            self.wrong_node(on_node?, "`Deny` is about plugins".to_owned(), help);
        }
        let conditions = self.conditions(node, on);
        let action = self.get(node, "action");
        let action = action.and_then(|node| self.word_in_any_case("action", node, &Action::ALL));
        let message = self.optional_text(node, "errorMessage");
        let kind = match *kind {
            "Add" => self.add(node),
            "Delete" => self
                .properties(node)
                .map(|properties| RuleKind::Delete { properties }),
            "Require" => self
                .properties(node)
                .map(|properties| RuleKind::Require { properties }),
            "Restrict" => self.restrict(node),
            _ => Some(RuleKind::Deny),
        };
        Some(GovernanceRule {
            number,
            on: on?,
            conditions,
            kind: kind?,
            action: action.unwrap_or(Action::Block),
            message,
        })
    }

    /// Plugins may bring kinds of rules of their own; what they do is their secret.
    fn foreign(&mut self, number: usize, node: NodeId, name: &str) -> Option<GovernanceRule> {
        let is_class = name.matches('.').count() >= 2 && !name.starts_with("io.kestra.");
        if !is_class {
            let last = name.rsplit('.').next().unwrap_or(name).to_owned();
            self.no_kind(node, &last);
            return None;
        }
        Some(GovernanceRule {
            number,
            on: On::Plugin,
            conditions: Vec::new(),
            kind: RuleKind::Foreign,
            action: Action::Block,
            message: None,
        })
    }

    fn no_kind(&mut self, node: NodeId, written: &str) {
        let names = KINDS.iter().map(|(name, _)| *name);
        let near = nearest(written, names.clone());
        let help = if let Some(near) = near {
            format!("did you mean `{PACKAGE}{near}`?")
        } else {
            let names: Vec<String> = names.map(|name| format!("{PACKAGE}{name}")).collect();
            format!("there are {}", names.join(", "))
        };
        let text = self.tree.scalar_text(node).unwrap_or_default();
        let message = format!("`{text}` is no kind of rule");
        self.wrong_node(node, message, Some(help));
    }

    fn conditions(&mut self, rule: NodeId, on: Option<On>) -> Vec<Condition> {
        let Some(entry) = self.tree.entry(rule, "where") else {
            return Vec::new();
        };
        if on == Some(On::Flow) {
            let help =
                "a policy is narrowed to flows by where it is created, or by `target.namespaces`";
            let message = "`where` is for rules `on: PLUGIN`".to_owned();
            self.wrong_node(entry.key, message, Some(help.to_owned()));
        }
        let items: Vec<NodeId> = self.tree.items(entry.value).collect();
        if items.is_empty() {
            let message = "`where` is a list of conditions".to_owned();
            let help = "where:\n  - field: type\n    operator: STARTS_WITH\n    value: io.kestra.plugin.scripts";
            self.wrong_node(entry.value, message, Some(help.to_owned()));
        }
        let items = items.into_iter();
        items
            .filter_map(|item| self.governance_condition(item))
            .collect()
    }

    fn governance_condition(&mut self, node: NodeId) -> Option<Condition> {
        if !self.tree.is_mapping(node) {
            let message = "a condition has `field`, `operator` and `value`".to_owned();
            self.wrong_node(node, message, None);
            return None;
        }
        self.known_keys(node, &["field", "operator", "value"], "a condition");
        let field = self.must(node, "field", "the condition");
        let field = field.and_then(|node| self.text("field", node));
        let words = Operator::WORDS.map(|word| (word, word));
        let operator = self.must(node, "operator", "the condition");
        let operator = operator.and_then(|node| self.word_in_any_case("operator", node, &words))?;
        let value = self.get(node, "value");
        let operator = match operator {
            "IS_NULL" => Operator::IsNull,
            "IS_NOT_NULL" => Operator::IsNotNull,
            _ => {
                let value = match value {
                    Some(value) => value,
                    None => self.must(node, "value", "the condition")?,
                };
                self.operator(operator, value)?
            }
        };
        Some(Condition {
            field: field?,
            operator,
        })
    }

    fn operator(&mut self, word: &str, node: NodeId) -> Option<Operator> {
        let value = || Effective::given(self.tree, node);
        Some(match word {
            "EQUAL_TO" => Operator::EqualTo(value()),
            "NOT_EQUAL_TO" => Operator::NotEqualTo(value()),
            "IN" => Operator::In(self.values(node)?),
            "NOT_IN" => Operator::NotIn(self.values(node)?),
            "GREATER_THAN" => Operator::GreaterThan(self.number(node)?),
            "LESS_THAN" => Operator::LessThan(self.number(node)?),
            "STARTS_WITH" => Operator::StartsWith(self.text("value", node)?),
            "ENDS_WITH" => Operator::EndsWith(self.text("value", node)?),
            "CONTAINS" => Operator::Contains(self.text("value", node)?),
            _ => Operator::Regex(self.pattern_of("value", node, true)?),
        })
    }

    fn values(&mut self, node: NodeId) -> Option<Vec<Effective>> {
        let items: Vec<NodeId> = self.tree.items(node).collect();
        if items.is_empty() {
            let message = "this is a list with something in it".to_owned();
            self.wrong_node(node, message, None);
            return None;
        }
        let items = items.into_iter();
        Some(
            items
                .map(|item| Effective::given(self.tree, item))
                .collect(),
        )
    }

    fn number(&mut self, node: NodeId) -> Option<f64> {
        if let Content::Number(number, _) = Effective::given(self.tree, node).content {
            return Some(number);
        }
        self.wrong_node(node, "this is a number".to_owned(), None);
        None
    }

    fn pattern_of(
        &mut self,
        key: &str,
        node: NodeId,
        whole: bool,
    ) -> Option<Box<fancy_regex::Regex>> {
        let text = self.text(key, node)?;
        match pattern(&text, whole) {
            Ok(regex) => Some(regex),
            Err(reason) => {
                self.wrong_node(node, format!("the pattern is wrong: {reason}"), None);
                None
            }
        }
    }

    fn add(&mut self, rule: NodeId) -> Option<RuleKind> {
        let overrides = self.switch(rule, "override");
        let values = self.must(rule, "values", "the rule")?;
        if self.tree.entries(values).is_empty() {
            let message = "`values` is a mapping of properties".to_owned();
            self.wrong_node(values, message, None);
            return None;
        }
        Some(RuleKind::Add {
            values: Effective::given(self.tree, values),
            overrides,
        })
    }

    fn properties(&mut self, rule: NodeId) -> Option<Vec<String>> {
        let node = self.must(rule, "properties", "the rule")?;
        let properties = self.texts("properties", node);
        (!properties.is_empty()).then_some(properties)
    }

    fn restrict(&mut self, rule: NodeId) -> Option<RuleKind> {
        let property = self.must(rule, "property", "the rule");
        let property = property.and_then(|node| self.text("property", node));
        let mut constraints = Vec::new();
        let mut is_bound = false;
        let entries: Vec<Entry> = self.tree.entries(rule).to_vec();
        for entry in entries {
            let key = self
                .tree
                .scalar_text(entry.key)
                .unwrap_or_default()
                .to_owned();
            let node = entry.value;
            let constraint = match key.as_str() {
                "min" => self.limit(&key, node).map(Constraint::Minimum),
                "max" => self.limit(&key, node).map(Constraint::Maximum),
                "enum" => self.values(node).map(Constraint::OneOf),
                "regex" => self.pattern_of(&key, node, false).map(Constraint::Pattern),
                "equals" => Some(Constraint::Equal(Effective::given(self.tree, node))),
                _ => continue,
            };
            is_bound = true;
            constraints.extend(constraint);
        }
        if !is_bound {
            let help = "at least one of `min`, `max`, `enum`, `regex`, `equals`".to_owned();
            self.wrong_node(rule, "the rule restricts nothing".to_owned(), Some(help));
        }
        Some(RuleKind::Restrict {
            property: property?,
            constraints,
        })
    }

    fn limit(&mut self, key: &str, node: NodeId) -> Option<Effective> {
        let value = Effective::given(self.tree, node);
        let is_limit = match &value.content {
            Content::Number(..) => true,
            Content::Text(text) => {
                text.parse::<f64>().is_ok() || Duration::parse_iso(text).is_some()
            }
            _ => false,
        };
        if is_limit {
            return Some(value);
        }
        self.wrong_node(node, format!("`{key}` is a number"), None);
        None
    }
}

/// The JSON Schema of an Enterprise Policy.
pub(in super::super) fn schema_of_policy() -> Json {
    fn words<T: Copy>(known: &[(&'static str, T)]) -> Json {
        let upper = known.iter().map(|(word, _)| (*word).to_owned());
        let lower = known.iter().map(|(word, _)| word.to_lowercase());
        json!({"enum": upper.chain(lower).collect::<Vec<String>>()})
    }
    let texts = json!({"type": "array", "minItems": 1, "items": {"type": "string"}});
    let kinds = KINDS.iter().map(|(name, own)| {
        let own: serde_json::Map<String, Json> =
            own.iter().map(|key| ((*key).to_owned(), json!({}))).collect();
        let mut properties = json!({
            "type": {"const": format!("{PACKAGE}{name}")},
            "on": words(&On::ALL),
            "where": {
                "description": "Which plugins; all must hold",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["field", "operator"],
                    "properties": {
                        "field": {"description": "A property's path, such as type", "type": "string"},
                        "operator": {"enum": Operator::WORDS},
                        "value": {},
                    },
                },
            },
        });
        let known = json!({
            "values": {"description": "The properties that it gives", "type": "object", "minProperties": 1},
            "override": {"description": "Whether they replace the author's", "type": "boolean", "default": false},
            "properties": texts,
            "property": {"description": "A property's path, such as concurrency.limit", "type": "string"},
            "min": {"type": ["number", "string"]},
            "max": {"type": ["number", "string"]},
            "enum": {"type": "array", "minItems": 1},
            "regex": {"type": "string"},
            "equals": {},
            "action": words(&Action::ALL),
            "errorMessage": {"type": "string"},
        });
        if let Some(properties) = properties.as_object_mut() {
            properties.extend(own.keys().map(|key| (key.clone(), known[key].clone())));
        }
        let needed = match *name {
            "Add" => vec!["values"],
            "Restrict" => vec!["property"],
            "Deny" => vec![],
            _ => vec!["properties"],
        };
        let needed: Vec<&str> = ["type", "on"].into_iter().chain(needed).collect();
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": needed,
            "properties": properties,
        })
    });
    json!({
        "description": "A Kestra Enterprise Policy; docs/enterprise-policies.md tells more",
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "rules"],
        "properties": {
            "id": {"description": "Small letters, digits and hyphens", "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
            "displayName": {"type": "string"},
            "description": {"type": "string"},
            "enforcement": words(&Enforcement::ALL),
            "target": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"namespaces": texts, "tenants": texts},
            },
            "rules": {"type": "array", "minItems": 1, "items": {"oneOf": kinds.collect::<Vec<Json>>()}},
        },
    })
}
