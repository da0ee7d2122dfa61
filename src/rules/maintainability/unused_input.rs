//! `unused-input`: an input that nothing in the flow reads.

use crate::analysis::{Mentions, Root, runs_templates, stands_in_other_template};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::path_of;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{NodeId, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnusedInput;

struct UnusedInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unused-input",
    summary: "An input that nothing in the flow reads",
    group: Group::Maintainability,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnusedInput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let flow = checker.flow;
        let (tree, sites) = (checker.tree, checker.expressions());
        // Parts that are not known may read anything.
        if flow.inputs.is_empty()
            || checker.document.document.is_incomplete
            || runs_templates(tree, flow)
        {
            return;
        }
        let mentions = Mentions::of(Root::Inputs, sites);
        for (position, input) in flow.inputs.iter().enumerate() {
            let Some((node, id)) = input
                .id
                .and_then(|node| Some((node, tree.scalar_text(node)?)))
            else {
                continue;
            };
            // A FORM is read by its inputs, and they by the FORM's id before theirs.
            let is_form = tree.get_text(input.node, "type") == Some("FORM");
            if is_form
                || input.form.is_some()
                || mentions.has(id)
                || is_asked_for(tree, flow.inputs.iter().map(|other| other.node), id)
                || stands_in_other_template(tree, sites, id)
            {
                continue;
            }
            let is_again = flow.inputs[..position]
                .iter()
                .any(|other| other.id.and_then(|other| tree.scalar_text(other)) == Some(id));
            if !is_again {
                checker
                    .finding(
                        &METADATA,
                        node,
                        format!("Nothing in the flow reads the input `{id}`"),
                    )
                    .help(format!(
                        "Read it as `{{{{ {} }}}}`, or remove it; callers that pass it must change, too.",
                        path_of("inputs", id)
                    ))
                    .emit();
            }
        }
    }
}

/// Whether an input is shown only where this one has a value.
fn is_asked_for(tree: &Tree, mut inputs: impl Iterator<Item = NodeId>, id: &str) -> bool {
    inputs.any(|input| {
        let depends = tree.get(input, "dependsOn");
        let names = depends.and_then(|depends| tree.get(depends, "inputs"));
        names.is_some_and(|names| {
            tree.items(names)
                .any(|name| tree.scalar_text(name) == Some(id))
        })
    })
}
