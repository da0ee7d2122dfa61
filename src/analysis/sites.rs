//! The texts of a flow that Kestra renders as templates.

use crate::expression::{self, Template, TemplateParser};
use crate::model::{Flow, RUNNING_PARTS, TaskIndex};
use crate::syntax::{NodeId, ScalarStyle, Tree};
use crate::text::TextSize;

/// The part of a flow to which a text belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The flow itself: labels, variables, concurrency, checks, …
    Flow,
    /// A task, without the tasks that it holds.
    Task(TaskIndex),
    /// A trigger, by its index.
    Trigger(u32),
    /// An input, by its index.
    Input(u32),
    /// An output of the flow, by its index.
    Output(u32),
    /// An entry of the plugin defaults, by its index.
    PluginDefault(u32),
}

/// A scalar with a template in it.
#[derive(Debug)]
pub struct ExpressionSite {
    /// The scalar.
    pub node: NodeId,
    /// Whose it is.
    pub owner: Owner,
    /// Its template, parsed once for all targets.
    pub template: Template,
}

/// Top-level keys beside [`RUNNING_PARTS`] whose texts are rendered. What stands under others is not, or is no part
/// of Kestra's model (blueprints carry prose with braces under `extend`).
const RENDERED_KEYS: [&str; 12] = [
    "inputs",
    "outputs",
    "variables",
    "labels",
    "concurrency",
    "retry",
    "sla",
    "checks",
    "pluginDefaults",
    "taskDefaults",
    "workerGroup",
    "workerSelector",
];

/// Finds and parses every template of a flow.
pub fn expression_sites(tree: &Tree, flow: &Flow) -> Vec<ExpressionSite> {
    let Some(root) = flow.root else {
        return Vec::new();
    };
    let candidates = scalars_with_openings(tree);
    if candidates.is_empty() {
        return Vec::new();
    }
    let owners = owners_by_node(tree, flow);
    let mut parser = TemplateParser::default();
    let mut sites = Vec::with_capacity(candidates.len());
    for node in candidates {
        let text = tree.scalar_text(node);
        let Some(text) = text.filter(|text| expression::has_template(text)) else {
            continue;
        };
        if let Some(owner) = owner_of(tree, root, &owners, node) {
            let template = parser.parse(text);
            sites.push(ExpressionSite {
                node,
                owner,
                template,
            });
        }
    }
    sites
}

/// The scalars that may hold a template, in the order of the text. Nearly all of them hold none, so they are looked
/// for from the openings; only double quotes can hide one, behind an escape.
fn scalars_with_openings(tree: &Tree) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = Vec::new();
    let mut end = 0;
    for opening in expression::openings(tree.source()).filter_map(|at| TextSize::try_from(at).ok())
    {
        if usize::from(opening) < end {
            continue;
        }
        if let Some(node) = tree.scalar_at(opening) {
            end = tree.range(node).end().into();
            found.push(node);
        }
    }
    if memchr::memchr(b'\\', tree.source().as_bytes()).is_some() {
        let style = |node: &NodeId| tree.scalar_style(*node);
        let quoted = tree
            .nodes()
            .filter(|node| style(node) == Some(ScalarStyle::DoubleQuoted));
        found.extend(quoted);
        found.sort_unstable();
        found.dedup();
    }
    found
}

/// For each node whose it is, where it is a part of its own.
fn owners_by_node(tree: &Tree, flow: &Flow) -> Vec<Option<Owner>> {
    let mut owners = vec![None; tree.len()];
    let tasks = flow.indexed_tasks();
    let tasks = tasks.map(|(index, task)| (task.node, Owner::Task(index)));
    let triggers = (0..).zip(&flow.triggers);
    let triggers = triggers.map(|(index, trigger)| (trigger.node, Owner::Trigger(index)));
    let inputs = (0..).zip(&flow.inputs);
    let inputs = inputs.map(|(index, input)| (input.node, Owner::Input(index)));
    let outputs = (0..).zip(&flow.outputs);
    let outputs = outputs.map(|(index, output)| (output.node, Owner::Output(index)));
    let defaults = (0..).zip(&flow.plugin_defaults);
    let defaults = defaults.map(|(index, default)| (default.node, Owner::PluginDefault(index)));
    let parts = tasks.chain(triggers).chain(inputs).chain(outputs);
    for (node, owner) in parts.chain(defaults) {
        owners[node.index()] = Some(owner);
    }
    owners
}

/// Climbs from a scalar to the part that holds it; `None` where Kestra does not render.
fn owner_of(tree: &Tree, root: NodeId, owners: &[Option<Owner>], node: NodeId) -> Option<Owner> {
    let mut child = node;
    let mut owner = None;
    while let Some(parent) = tree.parent(child) {
        // Keys are not rendered, save those of free maps, which have no owner of their own.
        if owner.is_none()
            && let Some(found) = owners[parent.index()]
        {
            if is_prose(tree, parent, child) {
                return None;
            }
            owner = Some(found);
        }
        if parent == root {
            let entry = tree
                .entries(root)
                .iter()
                .find(|entry| entry.value == child)?;
            let key = tree.scalar_text(entry.key)?;
            let is_rendered = RUNNING_PARTS.contains(&key) || RENDERED_KEYS.contains(&key);
            return is_rendered.then_some(owner.unwrap_or(Owner::Flow));
        }
        child = parent;
    }
    None
}

/// The property of a holder (a task, a trigger, an input…) under which a node stands, however deep.
pub fn property_of(tree: &Tree, holder: NodeId, node: NodeId) -> Option<&str> {
    let mut child = node;
    loop {
        let parent = tree.parent(child)?;
        if parent == holder {
            return tree.scalar_text(tree.key_of(child)?);
        }
        child = parent;
    }
}

/// Texts of a task, trigger or input that are for people only.
fn is_prose(tree: &Tree, owner: NodeId, child: NodeId) -> bool {
    let entry = tree
        .entries(owner)
        .iter()
        .find(|entry| entry.value == child || entry.key == child);
    entry.is_none_or(|entry| {
        entry.key == child
            || matches!(
                tree.scalar_text(entry.key),
                Some("description" | "id" | "type" | "displayName")
            )
    })
}
