//! `duplicate-input-id`: two inputs of a flow have the same id.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{Flow, Input, identifier};
use crate::syntax::{NodeId, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateInputId;

struct DuplicateInputId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-input-id",
    summary: "Two inputs of a flow have the same id",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateInputId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let flow = checker.flow;
        if flow.inputs.len() < 2 {
            return;
        }
        let tree = checker.tree;
        let mut paths: Vec<(String, NodeId)> = flow
            .inputs
            .iter()
            .filter_map(|input| Some((path_of(flow, tree, input)?, input.id?)))
            .collect();
        // Equal paths come together, in the order of the text.
        paths.sort();
        let mut first = 0;
        for index in 1..paths.len() {
            if paths[index].0 == paths[first].0 {
                report_again(checker, paths[first].1, paths[index].1, &paths[index].0);
            } else {
                first = index;
            }
        }
        for (path, id) in &paths {
            let above = path
                .match_indices('.')
                .find_map(|(end, _)| paths.iter().find(|(other, _)| *other == path[..end]));
            // A FORM is a parent by nature.
            if let Some((parent, place)) = above.filter(|(_, place)| !is_form(flow, tree, *place)) {
                let place = checker.location(*place);
                checker
                    .finding(&METADATA, *id, format!("The input `{path}` can't be nested under the input `{parent}`"))
                    .related(place, "holds a value of its own")
                    .help("A dot in an id makes a nested object, so one id can't be the beginning of another.")
                    .emit();
            }
        }
    }
}

/// The dotted path under which an input is known; none for a FORM on its own.
fn path_of(flow: &Flow, tree: &Tree, input: &Input) -> Option<String> {
    let own = identifier::text_of(tree, input.id?)?;
    let form = input.form.and_then(|form| flow.inputs.get(form as usize));
    match form.and_then(|form| identifier::text_of(tree, form.id?)) {
        Some(form) => Some(format!("{form}.{own}")),
        None => Some(own.into_owned()),
    }
}

fn is_form(flow: &Flow, tree: &Tree, id: NodeId) -> bool {
    let input = flow.inputs.iter().find(|input| input.id == Some(id));
    input
        .and_then(|input| input.type_node)
        .is_some_and(|kind| tree.scalar_text(kind) == Some("FORM"))
}

fn report_again(checker: &mut Checker<'_>, first: NodeId, again: NodeId, path: &str) {
    let place = checker.location(first);
    checker
        .finding(
            &METADATA,
            again,
            format!("The input id `{path}` is already taken in this flow"),
        )
        .label("the same id again")
        .related(place, "first used here")
        .emit();
}
