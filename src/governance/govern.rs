//! A flow as it would run: what policies give it and take from it.

use std::collections::{HashMap, HashSet};

use super::content::{Content, Effective, Origin};
use super::declared::{Enforcement, GovernancePolicy, GovernanceRule, On, RuleKind};
use crate::model::Flow;
use crate::syntax::{NodeId, Tree};

/// Properties of a flow in which there are no plugins, whatever their values look like.
const WITHOUT_PLUGINS: [&str; 6] = [
    "inputs",
    "outputs",
    "variables",
    "labels",
    "pluginDefaults",
    "taskDefaults",
];

/// A flow as it would run.
#[derive(Debug)]
pub struct Governed<'policy> {
    /// Its content.
    pub root: Effective,
    /// Rules that want the same property there and gone: Kestra refuses to save the flow.
    pub conflicts: Vec<Conflict<'policy>>,
    changes: HashMap<NodeId, Change>,
    taken: HashSet<NodeId>,
    /// The rules that changed, or would have changed, something; as (id, number).
    matched: HashSet<(&'policy str, usize)>,
}

/// What policies change in a mapping of the flow's text.
#[derive(Debug, Default)]
pub struct Change {
    /// The properties that they give it.
    pub given: Vec<(String, Effective)>,
    /// The properties that they take from it.
    pub taken: Vec<String>,
}

/// Two rules that want the same property there and gone.
#[derive(Debug)]
pub struct Conflict<'policy> {
    /// The mapping.
    pub place: NodeId,
    /// The property.
    pub property: String,
    /// Who adds it.
    pub adding: (&'policy GovernancePolicy, &'policy GovernanceRule),
    /// Who deletes it.
    pub deleting: (&'policy GovernancePolicy, &'policy GovernanceRule),
}

/// An instance of a plugin in a flow.
#[derive(Debug, Clone, Copy)]
pub struct Plugin<'flow> {
    /// Its mapping.
    pub value: &'flow Effective,
    /// The nearest node of the flow's text.
    pub place: NodeId,
    /// The id of the task or trigger that it is or belongs to.
    pub owner: &'flow str,
}

/// Makes a flow as it would run under some policies; its own plugin defaults count where the version of
/// Kestra has them.
pub fn govern<'policy>(
    tree: &Tree,
    flow: &Flow,
    has_defaults: bool,
    policies: &[&'policy GovernancePolicy],
) -> Option<Governed<'policy>> {
    let root = flow.root?;
    let namespace = flow.namespace_text(tree).unwrap_or_default();
    let mut content = Effective::of(tree, root);
    let mut policies: Vec<&GovernancePolicy> = policies
        .iter()
        .copied()
        .filter(|policy| policy.changes_flows() && policy.governs(namespace))
        .collect();
    // The outermost comes first; of namespaces the one with the shortest name.
    policies.sort_by_key(|policy| {
        let depth = policy.namespaces.iter().map(String::len).max();
        (policy.scope, depth, policy.id.as_str())
    });
    let mut changing = Changing {
        tree,
        policies,
        governed: Governed {
            root: Effective {
                content: Content::Null,
                origin: Origin::Written(root),
            },
            conflicts: Vec::new(),
            changes: HashMap::new(),
            taken: HashSet::new(),
            matched: HashSet::new(),
        },
        references: Vec::new(),
        defaults: if has_defaults {
            defaults(tree, flow)
        } else {
            Vec::new()
        },
    };
    if !changing.policies.is_empty() || !changing.defaults.is_empty() {
        changing.flow(&mut content, root);
    }
    Some(Governed {
        root: content,
        ..changing.governed
    })
}

/// The plugin defaults of a flow: types, or how they begin, with the values that they give.
fn defaults(tree: &Tree, flow: &Flow) -> Vec<(String, Effective)> {
    let defaults = flow.plugin_defaults.iter();
    let defaults = defaults.filter_map(|default| {
        let name = tree.scalar_text(default.type_node?)?;
        Some((name.to_owned(), Effective::given(tree, default.values?)))
    });
    defaults.collect()
}

impl Governed<'_> {
    /// What policies change in a mapping of the flow's text.
    pub fn change(&self, mapping: NodeId) -> Option<&Change> {
        self.changes.get(&mapping)
    }

    /// Whether a policy gives a property to a mapping of the flow's text.
    pub fn gives(&self, mapping: NodeId, property: &str) -> bool {
        self.change(mapping)
            .is_some_and(|change| change.given.iter().any(|(key, _)| key == property))
    }

    /// Whether a node of the flow's text, or what it is a part of, is gone when the flow runs.
    pub fn takes(&self, tree: &Tree, node: NodeId) -> bool {
        if self.taken.is_empty() {
            return false;
        }
        let mut around = Some(node);
        while let Some(node) = around {
            if self.taken.contains(&node) {
                return true;
            }
            around = tree.parent(node);
        }
        false
    }

    /// Whether a rule changed anything, or would have, had there been something to change.
    pub fn has_matched(&self, policy: &GovernancePolicy, rule: &GovernanceRule) -> bool {
        self.matched.contains(&(policy.id.as_str(), rule.number))
    }

    /// All instances of plugins.
    pub fn plugins(&self) -> Vec<Plugin<'_>> {
        let mut found = Vec::new();
        let place = match self.root.origin {
            Origin::Written(node) => node,
            Origin::Given => return found,
        };
        for (key, value) in self.root.entries() {
            if !WITHOUT_PLUGINS.contains(&key.as_str()) {
                collect(value, place, "", &mut found);
            }
        }
        found
    }
}

/// The depth is bounded where the content is read.
fn collect<'flow>(
    value: &'flow Effective,
    place: NodeId,
    owner: &'flow str,
    found: &mut Vec<Plugin<'flow>>,
) {
    let place = match value.origin {
        Origin::Written(node) => node,
        Origin::Given => place,
    };
    match &value.content {
        Content::Map(entries) => {
            let mut owner = owner;
            if value.plugin_type().is_some() {
                owner = value.get("id").and_then(Effective::text).unwrap_or(owner);
                found.push(Plugin {
                    value,
                    place,
                    owner,
                });
            }
            for (_, value) in entries {
                collect(value, place, owner, found);
            }
        }
        Content::List(items) => {
            for item in items {
                collect(item, place, owner, found);
            }
        }
        _ => {}
    }
}

struct Changing<'run, 'policy> {
    tree: &'run Tree,
    /// The outermost first.
    policies: Vec<&'policy GovernancePolicy>,
    governed: Governed<'policy>,
    /// The `policyRefs` of the flow and of the plugins around.
    references: Vec<String>,
    /// The flow's own plugin defaults.
    defaults: Vec<(String, Effective)>,
}

impl<'policy> Changing<'_, 'policy> {
    fn flow(&mut self, flow: &mut Effective, place: NodeId) {
        self.refer(flow);
        self.apply(On::Flow, flow, place);
        if let Content::Map(entries) = &mut flow.content {
            for (key, value) in entries {
                if !WITHOUT_PLUGINS.contains(&key.as_str()) {
                    self.visit(value, place);
                }
            }
        }
    }

    fn visit(&mut self, value: &mut Effective, place: NodeId) {
        let place = match value.origin {
            Origin::Written(node) => node,
            Origin::Given => place,
        };
        let known = self.references.len();
        if value.plugin_type().is_some() {
            self.refer(value);
            self.default(value);
            self.apply(On::Plugin, value, place);
        }
        match &mut value.content {
            Content::Map(entries) => {
                for (_, value) in entries {
                    self.visit(value, place);
                }
            }
            Content::List(items) => {
                for item in items {
                    self.visit(item, place);
                }
            }
            _ => {}
        }
        self.references.truncate(known);
    }

    /// The author's own defaults come before any policy.
    fn default(&mut self, plugin: &mut Effective) {
        if self.defaults.is_empty() {
            return;
        }
        let name = plugin.plugin_type().unwrap_or_default().to_owned();
        let defaults = std::mem::take(&mut self.defaults);
        for (start, values) in &defaults {
            if name.starts_with(start.as_str()) {
                self.give(plugin, values, false);
            }
        }
        self.defaults = defaults;
    }

    fn refer(&mut self, value: &Effective) {
        if let Some(Content::List(items)) = value.get("policyRefs").map(|value| &value.content) {
            let ids = items.iter().filter_map(Effective::text);
            self.references.extend(ids.map(str::to_owned));
        }
    }

    fn apply(&mut self, on: On, value: &mut Effective, place: NodeId) {
        let matching = self.matching(on, value);
        for round in [false, true] {
            for (_, rule) in &matching {
                match &rule.kind {
                    RuleKind::Add { values, overrides } if *overrides == round => {
                        self.give(value, values, round);
                    }
                    _ => {}
                }
            }
        }
        for (policy, rule) in &matching {
            let RuleKind::Delete { properties } = &rule.kind else {
                continue;
            };
            for property in properties {
                self.take(value, property);
                let adding = matching.iter().find(|(_, other)| adds(other, property));
                if let Some(adding) = adding {
                    self.governed.conflicts.push(Conflict {
                        place,
                        property: property.clone(),
                        adding: *adding,
                        deleting: (policy, rule),
                    });
                }
            }
        }
    }

    /// The rules that change a value, those of the innermost policy first: among values that do not
    /// override the first wins, among those that do the last.
    fn matching(
        &mut self,
        on: On,
        value: &Effective,
    ) -> Vec<(&'policy GovernancePolicy, &'policy GovernanceRule)> {
        let mut matching = Vec::new();
        for policy in self.policies.iter().rev() {
            let is_referred_to = || self.references.contains(&policy.id);
            if policy.enforcement == Enforcement::Reference && !is_referred_to() {
                continue;
            }
            let rules = policy.rules.iter().filter(|rule| {
                rule.kind.is_change()
                    && rule.on == on
                    && rule
                        .conditions
                        .iter()
                        .all(|condition| condition.holds(value))
            });
            matching.extend(rules.map(|rule| (*policy, rule)));
        }
        for (policy, rule) in &matching {
            self.governed
                .matched
                .insert((policy.id.as_str(), rule.number));
        }
        matching
    }

    fn give(&mut self, target: &mut Effective, values: &Effective, overrides: bool) {
        let origin = target.origin;
        let Content::Map(entries) = &mut target.content else {
            return;
        };
        for (key, value) in values.entries() {
            let Some((_, existing)) = entries.iter_mut().find(|(known, _)| known == key) else {
                self.note_given(origin, key, value);
                entries.push((key.clone(), value.clone()));
                continue;
            };
            match (&mut existing.content, &value.content) {
                (Content::Null, _) => {
                    self.note_given(origin, key, value);
                    *existing = value.clone();
                }
                (Content::Map(_), Content::Map(_)) => self.give(existing, value, overrides),
                (Content::List(items), Content::Map(labels)) if is_list_of_labels(items) => {
                    give_labels(items, labels, overrides);
                    let labels = as_mapping(items);
                    self.note_given(origin, key, &labels);
                }
                _ if overrides => {
                    self.note_taken(existing);
                    self.note_given(origin, key, value);
                    *existing = value.clone();
                }
                _ => {}
            }
        }
    }

    /// The depth is that of the path, which is bounded by the content's.
    fn take(&mut self, target: &mut Effective, path: &str) {
        let origin = target.origin;
        match &mut target.content {
            Content::Map(entries) => {
                if let Some(position) = entries.iter().position(|(key, _)| key == path) {
                    let (key, value) = entries.remove(position);
                    self.note_taken(&value);
                    if let Origin::Written(mapping) = origin {
                        let change = self.governed.changes.entry(mapping).or_default();
                        change.given.retain(|(known, _)| *known != key);
                        change.taken.push(key);
                    }
                } else if let Some((step, rest)) = path.split_once('.')
                    && let Some((_, inner)) = entries.iter_mut().find(|(key, _)| key == step)
                {
                    self.take(inner, rest);
                }
            }
            Content::List(items) if is_list_of_labels(items) => {
                items.retain(|item| item.get("key").and_then(Effective::text) != Some(path));
            }
            _ => {}
        }
    }

    fn note_given(&mut self, origin: Origin, key: &str, value: &Effective) {
        if let Origin::Written(mapping) = origin {
            let change = self.governed.changes.entry(mapping).or_default();
            change.given.retain(|(known, _)| known != key);
            change.given.push((key.to_owned(), value.clone()));
        }
    }

    fn note_taken(&mut self, value: &Effective) {
        if let Origin::Written(node) = value.origin {
            self.governed.taken.insert(node);
            self.governed.taken.extend(self.tree.key_of(node));
        }
    }
}

/// Whether a rule adds a property, or something inside it.
fn adds(rule: &GovernanceRule, property: &str) -> bool {
    match &rule.kind {
        RuleKind::Add { values, .. } => values.at(property).0.is_some(),
        _ => false,
    }
}

/// Labels may be written as a list of keys and values.
fn is_list_of_labels(items: &[Effective]) -> bool {
    let is_label = |item: &Effective| item.get("key").is_some() && item.get("value").is_some();
    !items.is_empty() && items.iter().all(is_label)
}

/// Labels as a mapping.
fn as_mapping(items: &[Effective]) -> Effective {
    let labels = items.iter().filter_map(|item| {
        let key = item.get("key").and_then(Effective::text)?;
        Some((key.to_owned(), item.get("value")?.clone()))
    });
    Effective {
        content: Content::Map(labels.collect()),
        origin: Origin::Given,
    }
}

fn give_labels(items: &mut Vec<Effective>, labels: &[(String, Effective)], overrides: bool) {
    for (name, value) in labels {
        let is_there =
            |item: &Effective| item.get("key").and_then(Effective::text) == Some(name.as_str());
        if items.iter().any(is_there) {
            if !overrides {
                continue;
            }
            items.retain(|item| !is_there(item));
        }
        let key = Effective {
            content: Content::Text(name.clone()),
            origin: Origin::Given,
        };
        items.push(Effective {
            content: Content::Map(vec![
                ("key".to_owned(), key),
                ("value".to_owned(), value.clone()),
            ]),
            origin: Origin::Given,
        });
    }
}
