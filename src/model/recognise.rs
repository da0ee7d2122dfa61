//! Is this YAML a flow? Decided by content, never by name.

use crate::syntax::{NodeId, Tree};

/// What a document looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A flow, or a broken one.
    Flow,
    /// Some other YAML.
    Other,
}

/// Keys that other files of the Kestra world have and flows have not: dashboards, unit tests, apps,
/// Kubernetes manifests.
const FOREIGN_KEYS: [&str; 7] = [
    "testCases",
    "charts",
    "layout",
    "apiVersion",
    "kind",
    "jobs",
    "flowId",
];

/// Keys that only flows have, beside `id` and `namespace`.
const FLOW_KEYS: [&str; 13] = [
    "tasks",
    "triggers",
    "inputs",
    "outputs",
    "variables",
    "errors",
    "finally",
    "afterExecution",
    "pluginDefaults",
    "taskDefaults",
    "concurrency",
    "checks",
    "sla",
];

/// Recognises a parsed document: all of `id`, `namespace` and `tasks`, or enough of them that somebody
/// must have meant a flow.
pub fn shape_of(tree: &Tree, root: NodeId) -> Shape {
    let has = |key: &str| tree.get(root, key).is_some();
    if !tree.is_mapping(root) {
        return Shape::Other;
    }
    let named = has("id") && has("namespace");
    let tasks = tree
        .get(root, "tasks")
        .is_some_and(|tasks| has_plugin_types(tree, tasks));
    let only_named = || {
        tree.entries(root).iter().all(|entry| {
            matches!(
                tree.scalar_text(entry.key),
                Some("id" | "namespace" | "description" | "labels" | "disabled" | "revision")
            )
        })
    };
    let foreign = FOREIGN_KEYS.iter().any(|key| has(key));
    let flow =
        tasks || (named && !foreign && (FLOW_KEYS.iter().any(|key| has(key)) || only_named()));
    if flow { Shape::Flow } else { Shape::Other }
}

fn has_plugin_types(tree: &Tree, tasks: NodeId) -> bool {
    tree.items(tasks).any(|task| {
        tree.get_text(task, "type")
            .is_some_and(|name| name.matches('.').count() >= 2)
    })
}

/// Recognises a text that cannot be parsed: lines that begin like a flow's.
pub fn looks_like_a_flow(text: &str) -> bool {
    let (mut id, mut namespace, mut tasks) = (false, false, false);
    for line in text.lines() {
        id |= line.starts_with("id:");
        namespace |= line.starts_with("namespace:");
        tasks |= line.starts_with("tasks:");
    }
    let types = text.contains("type: io.kestra.") || text.contains("type: \"io.kestra.");
    (id && namespace) || (tasks && (types || id || namespace)) || (types && (id || namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        let tree = crate::syntax::parse(text.into());
        shape_of(&tree, tree.documents()[0].root.unwrap())
    }

    #[test]
    fn flows_and_broken_flows_are_recognised() {
        assert_eq!(shape("id: a\nnamespace: b\ntasks: []\n"), Shape::Flow);
        assert_eq!(shape("id: a\nnamespace: b\n"), Shape::Flow);
        assert_eq!(
            shape("id: a\ntasks:\n  - type: io.kestra.plugin.core.log.Log\n"),
            Shape::Flow
        );
        assert!(looks_like_a_flow("id: a\nnamespace: b\ntasks:\n  - {\n"));
    }

    #[test]
    fn other_yaml_is_left_alone() {
        assert_eq!(
            shape("services:\n  db:\n    image: postgres\n"),
            Shape::Other
        );
        assert_eq!(
            shape("version: '3'\ntasks:\n  build:\n    cmds: [make]\n"),
            Shape::Other
        );
        assert_eq!(
            shape("id: a\nnamespace: b\nflowId: c\ntestCases: []\n"),
            Shape::Other
        );
        assert_eq!(shape("- hosts: all\n  tasks: []\n"), Shape::Other);
        assert!(!looks_like_a_flow("on: push\njobs:\n  a: {\n"));
    }
}
