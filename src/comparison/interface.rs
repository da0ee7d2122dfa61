//! What of a flow others may rely on, beyond its summary.

use crate::catalogue::Catalogue;
use crate::engine::LoadedDocument;
use crate::finding::{Location, Target};
use crate::model::{WEBHOOK_TYPES, listed_values};
use crate::project::InputSummary;
use crate::syntax::{NodeId, Tree, Value};

/// The variables of a Webhook's execution, which its class builds at run time.
const OF_WEBHOOK: [&str; 3] = ["body", "headers", "parameters"];

/// Whether a caller has to pass an input.
pub(super) fn is_needed(input: &InputSummary) -> bool {
    input.required && !input.has_default && !input.is_dependent && !input.selects_first
}

/// The type of an input or output under its newest name.
pub(super) fn kind(written: &str) -> &str {
    match written {
        "BOOLEAN" => "BOOL",
        "ENUM" => "SELECT",
        other => other,
    }
}

/// Whether whatever was passed for the one type may be passed for the other.
pub(super) fn takes_all_of(new: &str, old: &str) -> bool {
    let is_text = |kind: &str| {
        matches!(
            kind,
            "STRING"
                | "SECRET"
                | "SELECT"
                | "EMAIL"
                | "URI"
                | "DATE"
                | "DATETIME"
                | "TIME"
                | "DURATION"
                | "INT"
                | "FLOAT"
                | "BOOL"
        )
    };
    match new {
        "STRING" | "SECRET" => is_text(old),
        "FLOAT" => old == "INT",
        _ => new == old,
    }
}

/// What an input takes, as far as it can become less.
pub(super) struct Accepted<'run> {
    tree: &'run Tree,
    node: NodeId,
}

impl<'run> Accepted<'run> {
    pub(super) fn of(document: &'run LoadedDocument, input: &InputSummary) -> Self {
        Self {
            tree: &document.tree,
            node: input.node,
        }
    }

    /// The only values that it takes.
    pub(super) fn values(&self) -> Option<Vec<&'run str>> {
        listed_values(self.tree, self.node)
    }

    /// A limit: a number, or the text of a date or pattern.
    pub(super) fn limit(&self, key: &str) -> Option<&'run str> {
        let node = self.tree.get(self.node, key)?;
        let is_set = self.tree.value(node) != Some(Value::Null);
        self.tree.scalar_text(node).filter(|_| is_set)
    }
}

/// A Webhook trigger.
pub(super) struct Webhook<'run> {
    pub(super) id: &'run str,
    /// The text of its key, which no report may show.
    pub(super) key: &'run str,
    pub(super) place: Location,
}

/// The Webhook triggers of a flow that are not disabled.
pub(super) fn webhooks(document: &LoadedDocument) -> Vec<Webhook<'_>> {
    let tree = &document.tree;
    let triggers = document.flow.triggers.iter();
    triggers
        .filter(|trigger| {
            let name = trigger.type_node.and_then(|node| tree.scalar_text(node));
            name.is_some_and(|name| WEBHOOK_TYPES.contains(&name))
                && tree.get_text(trigger.node, "disabled") != Some("true")
        })
        .map(|trigger| Webhook {
            id: trigger
                .id
                .and_then(|id| tree.scalar_text(id))
                .unwrap_or_default(),
            key: tree.get_text(trigger.node, "key").unwrap_or_default(),
            place: document.document.locate(tree.headline(trigger.node)),
        })
        .collect()
}

/// The names under `trigger.` that the triggers of a flow bring; none where one of them is not known well
/// enough.
pub(super) fn trigger_variables(document: &LoadedDocument) -> Option<Vec<&'static str>> {
    let tree = &document.tree;
    let catalogue = Catalogue::of(target_of(document));
    let mut names = Vec::new();
    for trigger in &document.flow.triggers {
        let name = trigger.type_node.and_then(|node| tree.scalar_text(node))?;
        if WEBHOOK_TYPES.contains(&name) {
            names.extend(OF_WEBHOOK);
            continue;
        }
        let outputs = catalogue.find(name)?.facts.outputs.as_ref()?;
        if outputs.open || outputs.properties.is_empty() {
            return None;
        }
        names.extend(outputs.properties.iter().map(|property| property.name));
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// The first Kestra version that a document is checked against.
pub(super) fn target_of(document: &LoadedDocument) -> Target {
    let targets = document.settings.targets.first();
    targets.copied().unwrap_or(Target::NEWEST)
}
