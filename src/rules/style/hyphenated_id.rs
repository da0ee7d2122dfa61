//! `hyphenated-id`: an id with a hyphen, which every expression must put into brackets.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &HyphenatedId;

struct HyphenatedId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "hyphenated-id",
    summary: "An id with a hyphen, which every expression must put into brackets",
    group: Group::Style,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for HyphenatedId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let (tree, flow) = (checker.tree, checker.flow);
        let tasks = flow.tasks.iter().filter_map(|task| task.id);
        let inputs = flow.inputs.iter().filter_map(|input| input.id);
        let outputs = flow.outputs.iter().filter_map(|output| output.id);
        let variables = flow.variables.into_iter();
        let variables = variables.flat_map(|node| tree.entries(node).iter().map(|entry| entry.key));
        let all = tasks
            .map(|node| ("task", "outputs", node))
            .chain(inputs.map(|node| ("input", "inputs", node)))
            .chain(outputs.map(|node| ("output", "outputs", node)))
            .chain(variables.map(|node| ("variable", "vars", node)));
        for (what, root, node) in all {
            report(checker, what, root, node);
        }
    }
}

fn report(checker: &mut Checker<'_>, what: &str, root: &str, node: NodeId) {
    let Some(id) = checker.tree.scalar_text(node).filter(|id| id.contains('-')) else {
        return;
    };
    checker
        .finding(
            &METADATA,
            node,
            format!("The id `{id}` of the {what} has a hyphen"),
        )
        .help(format!(
            "Expressions must write `{root}['{id}']`; `{}` needs no brackets.",
            id.replace('-', "_")
        ))
        .emit();
}
