//! The Flow triggers of a flow: which flows' ends start it.

use super::summary::{FlowTrigger, TriggerSource, UpstreamFlow, fixed, is_true, place};
use crate::finding::Location;
use crate::model::{FLOW_TRIGGER_TYPES, Flow};
use crate::source::Document;
use crate::syntax::{NodeId, Tree};

/// All Flow triggers, in the order of the text.
pub(super) fn flow_triggers(document: &Document, tree: &Tree, flow: &Flow) -> Vec<FlowTrigger> {
    let reader = Reader { document, tree };
    flow.triggers
        .iter()
        .filter(|trigger| {
            trigger
                .type_node
                .and_then(|node| tree.scalar_text(node))
                .is_some_and(|name| FLOW_TRIGGER_TYPES.contains(&name))
        })
        .map(|trigger| reader.flow_trigger(trigger.node))
        .collect()
}

struct Reader<'run> {
    document: &'run Document,
    tree: &'run Tree,
}

impl Reader<'_> {
    fn place(&self, node: NodeId) -> Location {
        place(self.document, self.tree, node)
    }

    fn fixed(&self, mapping: NodeId, key: &str) -> Option<String> {
        let node = self.tree.get(mapping, key)?;
        fixed(self.document, self.tree, node)
    }

    /// A list or mapping that has something in it.
    fn filled(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        let value = self.tree.get(mapping, key)?;
        let filled = self.tree.items(value).len() > 0 || !self.tree.entries(value).is_empty();
        filled.then_some(value)
    }

    fn is_when(&self, mapping: NodeId) -> bool {
        self.tree.get(mapping, "when").is_some() && !is_true(self.tree, mapping, "when")
    }

    fn flow_trigger(&self, node: NodeId) -> FlowTrigger {
        let tree = self.tree;
        let (source, upstream) = if let Some(entries) = self.filled(node, "dependsOn") {
            let upstream = tree.items(entries).map(|entry| self.upstream(entry));
            (TriggerSource::DependsOn, upstream.collect())
        } else if let Some(preconditions) = self.filled(node, "preconditions") {
            let flows = tree.get(preconditions, "flows").into_iter();
            let upstream = flows.flat_map(|flows| tree.items(flows));
            let upstream = upstream.map(|entry| self.upstream(entry)).collect();
            (TriggerSource::Preconditions, upstream)
        } else if let Some(conditions) = self.filled(node, "conditions") {
            (
                TriggerSource::Conditions,
                self.upstream_of_conditions(conditions),
            )
        } else if self.is_when(node) {
            (TriggerSource::DependsOn, Vec::new())
        } else {
            (TriggerSource::Unfiltered, Vec::new())
        };
        FlowTrigger {
            id: tree.get_text(node, "id").unwrap_or_default().to_owned(),
            place: self.place(node),
            source,
            upstream,
            disabled: is_true(tree, node, "disabled"),
            has_when: self.is_when(node),
            node,
        }
    }

    fn upstream(&self, entry: NodeId) -> UpstreamFlow {
        UpstreamFlow {
            namespace: self.fixed(entry, "namespace"),
            namespace_prefix: None,
            flow_id: self.fixed(entry, "flowId"),
            states: self.states(entry, "states"),
            is_complete: !self.is_when(entry) && self.filled(entry, "labels").is_none(),
            has_when: self.is_when(entry),
            node: Some(entry),
            place: Some(self.place(self.tree.get(entry, "flowId").unwrap_or(entry))),
        }
    }

    fn states(&self, mapping: NodeId, key: &str) -> Vec<String> {
        let list = self.tree.get(mapping, key);
        list.map_or_else(Vec::new, |list| {
            self.tree
                .items(list)
                .filter_map(|state| self.tree.scalar_text(state).map(str::to_owned))
                .collect()
        })
    }

    /// The conditions of one trigger all hold together, so they describe one upstream flow; a
    /// `MultipleCondition` names several.
    fn upstream_of_conditions(&self, conditions: NodeId) -> Vec<UpstreamFlow> {
        let mut several = Vec::new();
        let mut upstream = UpstreamFlow {
            is_complete: true,
            ..UpstreamFlow::default()
        };
        for condition in self.tree.items(conditions) {
            match self.kind(condition) {
                "ExecutionFlow" => {
                    upstream.namespace = self.fixed(condition, "namespace");
                    upstream.flow_id = self.fixed(condition, "flowId");
                    upstream.place = Some(self.place_of_flow(condition));
                    upstream.node = Some(condition);
                }
                "ExecutionNamespace" => self.namespace_condition(condition, &mut upstream),
                "ExecutionStatus" => upstream.states = self.states(condition, "in"),
                "MultipleCondition" | "Multiple" => {
                    upstream.is_complete = false;
                    several.extend(self.upstream_of_multiple(condition));
                }
                _ => upstream.is_complete = false,
            }
        }
        if several.is_empty() {
            several.push(upstream);
        }
        several
    }

    fn upstream_of_multiple(&self, condition: NodeId) -> Vec<UpstreamFlow> {
        let tree = self.tree;
        let named = tree.get(condition, "conditions");
        let named = named.map_or(&[][..], |named| tree.entries(named));
        let flows = named
            .iter()
            .map(|entry| entry.value)
            .filter(|inner| self.kind(*inner) == "ExecutionFlow");
        flows
            .map(|inner| UpstreamFlow {
                namespace: self.fixed(inner, "namespace"),
                flow_id: self.fixed(inner, "flowId"),
                place: Some(self.place_of_flow(inner)),
                node: Some(inner),
                ..UpstreamFlow::default()
            })
            .collect()
    }

    /// The last part of a condition's type, without the ending that it had before Kestra 0.20.
    fn kind(&self, condition: NodeId) -> &str {
        let name = self.tree.get_text(condition, "type").unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        match last {
            "MultipleCondition" => last,
            _ => last.trim_end_matches("Condition"),
        }
    }

    fn place_of_flow(&self, condition: NodeId) -> Location {
        self.place(self.tree.get(condition, "flowId").unwrap_or(condition))
    }

    fn namespace_condition(&self, condition: NodeId, upstream: &mut UpstreamFlow) {
        let namespace = self.fixed(condition, "namespace");
        let comparison = self.tree.get_text(condition, "comparison");
        if is_true(self.tree, condition, "prefix") || comparison == Some("PREFIX") {
            upstream.namespace_prefix = namespace;
        } else if matches!(comparison, None | Some("EQUALS")) {
            upstream.namespace = namespace;
        } else {
            upstream.is_complete = false;
        }
        upstream.place.get_or_insert(self.place(condition));
    }
}
