//! `input-dependency`: an input that depends on one that is not there, or on itself in a circle.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{NodeId, Tree};
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InputDependency;

struct InputDependency;

static METADATA: RuleMetadata = RuleMetadata {
    name: "input-dependency",
    summary: "An input that depends on one that is not there, or on itself in a circle",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InputDependency {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        let ids: Vec<&str> = checker
            .flow
            .inputs
            .iter()
            .map(|input| text(tree, input.id))
            .collect();
        let waits_for: Vec<Vec<NodeId>> = checker
            .flow
            .inputs
            .iter()
            .map(|input| dependencies(tree, input.node))
            .collect();
        let inputs = checker.flow.inputs.iter().zip(&waits_for);
        for (input, node) in
            inputs.flat_map(|(input, nodes)| nodes.iter().map(move |node| (input, node)))
        {
            let name = tree.scalar_text(*node).unwrap_or_default();
            // Inputs of a FORM are named by their dotted path.
            if ids.contains(&name) || name.contains('.') {
                continue;
            }
            let near = nearest(name, ids.iter().copied());
            let kind = checker.type_text(input.type_node);
            checker
                .finding(&METADATA, *node, format!("The flow has no input `{name}`"))
                // Kestra does not look at what a FORM as a whole waits for.
                .severity(match kind {
                    Some("FORM") => Severity::Warning,
                    _ => Severity::Error,
                })
                .maybe_help(near.map(|near| format!("Did you mean `{near}`?")))
                .emit();
        }
        for (index, input) in checker.flow.inputs.iter().enumerate() {
            if let (Some(id), true) = (input.id, reaches_itself(tree, &ids, &waits_for, index)) {
                let message = format!("The input `{}` depends on itself", ids[index]);
                checker
                    .finding(&METADATA, id, message)
                    .help("Remove one of the dependencies of the circle.")
                    .emit();
            }
        }
    }
}

fn text(tree: &Tree, node: Option<NodeId>) -> &str {
    node.and_then(|node| tree.scalar_text(node))
        .unwrap_or_default()
}

fn dependencies(tree: &Tree, input: NodeId) -> Vec<NodeId> {
    let list = tree
        .get(input, "dependsOn")
        .and_then(|depends_on| tree.get(depends_on, "inputs"));
    list.map_or_else(Vec::new, |list| tree.items(list).collect())
}

fn reaches_itself(tree: &Tree, ids: &[&str], waits_for: &[Vec<NodeId>], start: usize) -> bool {
    let mut seen = vec![false; ids.len()];
    let mut pending = vec![start];
    while let Some(current) = pending.pop() {
        for node in &waits_for[current] {
            let name = tree.scalar_text(*node).unwrap_or_default();
            match ids.iter().position(|id| *id == name) {
                Some(next) if next == start => return true,
                Some(next) if !seen[next] => {
                    seen[next] = true;
                    pending.push(next);
                }
                _ => {}
            }
        }
    }
    false
}
