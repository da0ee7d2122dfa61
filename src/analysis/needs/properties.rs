//! What the properties of tasks and triggers name: types of plugins, images, keys, files.

use std::collections::HashSet;

use super::template::namespace_file;
use super::{Need, NeedKind, NeedName, Source, Usage};
use crate::catalogue::Catalogue;
use crate::expression::{self, PartKind, has_template};
use crate::model::RUNNING_PARTS;
use crate::project::folded;
use crate::source::is_plain_path;
use crate::syntax::{NodeId, NodeKind};
use crate::text::{TextRange, TextSize};

/// Top-level keys beside [`RUNNING_PARTS`] below which properties of tasks and triggers stand.
const DEFAULTS: [&str; 2] = ["pluginDefaults", "taskDefaults"];

/// Keys whose mappings, or lists of mappings, have an `image` that is a container's.
const IMAGE_HOLDERS: [&str; 5] = [
    "taskRunner",
    "docker",
    "dockerOptions",
    "containers",
    "initContainers",
];

const NAMESPACE_FILE: &str = "nsfile://";

/// Types are looked for only where there is a catalogue that knows them.
pub(super) fn add_needs(source: Source<'_>, catalogue: Option<&Catalogue>, found: &mut Vec<Need>) {
    let Some(root) = source.flow.root else {
        return;
    };
    let flow = source.flow;
    let mut walk = Walk {
        source,
        catalogue,
        plugins: flow
            .tasks
            .iter()
            .map(|task| task.node)
            .chain(flow.triggers.iter().map(|trigger| trigger.node))
            .collect(),
        found,
    };
    for entry in source.tree.entries(root) {
        let key = source.tree.scalar_text(entry.key).unwrap_or_default();
        if RUNNING_PARTS.contains(&key) || DEFAULTS.contains(&key) {
            walk.run(entry.value, key);
        }
    }
}

struct Walk<'run, 'found> {
    source: Source<'run>,
    catalogue: Option<&'run Catalogue>,
    /// The mappings that are tasks or triggers.
    plugins: HashSet<NodeId>,
    found: &'found mut Vec<Need>,
}

impl<'run> Walk<'run, '_> {
    /// Looks at all below a value; the nesting is the text's to choose.
    fn run(&mut self, value: NodeId, key: &'run str) {
        let tree = self.source.tree;
        // A value with its key, and the key of the mapping in which that stands.
        let mut waiting = vec![(value, key, "")];
        while let Some((node, key, above)) = waiting.pop() {
            match tree.kind(node) {
                NodeKind::Sequence(_) => {
                    waiting.extend(tree.items(node).map(|item| (item, key, above)));
                }
                NodeKind::Mapping(_) => {
                    self.mapping(node);
                    waiting.extend(tree.entries(node).iter().map(|entry| {
                        let own = tree.scalar_text(entry.key).unwrap_or_default();
                        (entry.value, own, key)
                    }));
                }
                NodeKind::Scalar(_) => self.scalar(node, key, above),
                NodeKind::Alias => {}
            }
        }
    }

    fn mapping(&mut self, node: NodeId) {
        let tree = self.source.tree;
        if let Some(kind) = tree.get_text(node, "type")
            && let Some(task) = kind.strip_prefix("io.kestra.plugin.core.kv.")
        {
            self.key_value(node, task);
        }
    }

    fn key_value(&mut self, task: NodeId, kind: &str) {
        let tree = self.source.tree;
        let fails = tree.get_text(task, "errorOnMissing") == Some("true");
        let usage = match kind {
            "Set" | "Put" => Usage::Makes,
            "Get" if fails => Usage::Needs,
            "Get" => Usage::Tries,
            _ => return,
        };
        let Some(key) = tree.get(task, "key").filter(|key| tree.is_scalar(*key)) else {
            return;
        };
        let mut need = self.whole(NeedKind::KeyValue, usage, key);
        let namespace = tree.get(task, "namespace");
        need.namespace = namespace
            .filter(|node| tree.is_scalar(*node) && !tree.is_absent(*node))
            .map(|node| self.name(node));
        self.found.push(need);
    }

    fn scalar(&mut self, node: NodeId, key: &str, above: &str) {
        let tree = self.source.tree;
        let text = tree.scalar_text(node).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        match (key, above) {
            ("type", _) => self.plugin(node, text),
            ("containerImage", _) => self.image(node),
            ("image", holder) if IMAGE_HOLDERS.contains(&holder) => self.image(node),
            ("include", "namespaceFiles") => self.pattern(node, Usage::Needs),
            ("exclude", "namespaceFiles") => self.pattern(node, Usage::LeavesOut),
            _ if text.starts_with(NAMESPACE_FILE) => self.file(node, text),
            _ => {}
        }
    }

    fn plugin(&mut self, node: NodeId, name: &str) {
        let Some(catalogue) = self.catalogue else {
            return;
        };
        let holder = self.source.tree.parent(node);
        let is_plugin = holder.is_some_and(|holder| self.plugins.contains(&holder));
        let is_known = || name.contains('.') && catalogue.knows(name);
        if is_plugin || is_known() {
            let need = self.whole(NeedKind::Plugin, Usage::Needs, node);
            self.found.push(need);
        }
    }

    fn image(&mut self, node: NodeId) {
        let need = self.whole(NeedKind::Image, Usage::Needs, node);
        self.found.push(need);
    }

    /// What `namespaceFiles` takes or leaves out.
    fn pattern(&mut self, node: NodeId, usage: Usage) {
        let tree = self.source.tree;
        let list = tree.parent(node).filter(|list| tree.is_sequence(*list));
        let holder = tree.parent(list.unwrap_or(node));
        // Files may then come from several namespaces.
        let has_namespaces = holder.is_some_and(|holder| tree.get(holder, "namespaces").is_some());
        if has_namespaces {
            return;
        }
        let mut need = self.whole(NeedKind::File, usage, node);
        if let NeedName::Known(pattern) = &need.name {
            let pattern = pattern.clone();
            if is_plain_path(&pattern) {
                need.name = NeedName::Known(pattern.trim_start_matches('/').to_owned());
            }
            need.pattern = Some(pattern);
        }
        self.found.push(need);
    }

    fn file(&mut self, node: NodeId, text: &str) {
        let mut need = self.whole(NeedKind::File, Usage::Needs, node);
        if let NeedName::Known(_) = need.name
            && let Some((namespace, path)) = namespace_file(text)
        {
            need.namespace = namespace.map(|namespace| NeedName::Known(namespace.to_owned()));
            need.name = NeedName::Known(path.to_owned());
        }
        self.found.push(need);
    }

    /// A need that a whole scalar names.
    fn whole(&self, kind: NeedKind, usage: Usage, node: NodeId) -> Need {
        let text = self.source.tree.scalar_text(node).unwrap_or_default();
        let range = TextRange::up_to(TextSize::of(text));
        self.source.need(kind, self.name(node), usage, node, range)
    }

    /// The text of a scalar, its expressions put in where they are known.
    fn name(&self, node: NodeId) -> NeedName {
        let text = self.source.tree.scalar_text(node).unwrap_or_default();
        if !has_template(text) {
            return NeedName::Known(text.trim().to_owned());
        }
        let rendered = || {
            let template = expression::parse(text);
            let mut rendered = String::new();
            for part in template.parts() {
                match part.kind {
                    PartKind::Text => rendered.push_str(template.slice(part.range)),
                    PartKind::Print(id) => {
                        rendered.push_str(&folded(
                            self.source.tree,
                            self.source.flow,
                            &template,
                            id,
                        )?);
                    }
                    _ => return None,
                }
            }
            Some(rendered)
        };
        rendered().map_or_else(
            || NeedName::Dynamic(text.trim().to_owned()),
            NeedName::Known,
        )
    }
}
