//! `input-reads-undeclared-dependency`: an input reads another one that it does not depend on.

use crate::analysis::{ExpressionSite, Owner, declares_input, input_of_path, property_of};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::Input;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InputReadsUndeclaredDependency;

struct InputReadsUndeclaredDependency;

static METADATA: RuleMetadata = RuleMetadata {
    name: "input-reads-undeclared-dependency",
    summary: "An input reads another one that it does not depend on",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InputReadsUndeclaredDependency {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Owner::Input(index) = site.owner else {
            return;
        };
        let tree = checker.tree;
        let Some(input) = checker.flow.inputs.get(index as usize) else {
            return;
        };
        // Measured on these alone; the inputs of a FORM have names of their own.
        let is_measured = matches!(
            property_of(tree, input.node, site.node),
            Some("defaults" | "dependsOn" | "expression")
        );
        if !is_measured || input.form.is_some() {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            if template.slice(reference.root) != "inputs" || reference.is_guarded() {
                continue;
            }
            let Some(other) = input_of_path(tree, checker.flow, template, path) else {
                continue;
            };
            let name = checker.type_text(other.id).unwrap_or_default();
            if other.node == input.node || depends_on(checker, input, name) {
                continue;
            }
            let consequence = if tree.get(other.node, "defaults").is_some() {
                format!("`{name}` is empty here, whatever its value")
            } else {
                format!("`{name}` is missing here, and this fails")
            };
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!("The input does not depend on `{name}`: {consequence}"),
                )
                .help(format!("Add `dependsOn` with `inputs: [{name}]`."))
                .emit();
        }
    }
}

fn depends_on(checker: &Checker<'_>, input: &Input, name: &str) -> bool {
    let tree = checker.tree;
    let list = tree
        .get(input.node, "dependsOn")
        .and_then(|depends_on| tree.get(depends_on, "inputs"));
    list.is_some_and(|list| {
        tree.items(list)
            .filter_map(|item| tree.scalar_text(item))
            // A dependency that doesn't exist is meant for one that does, and has its own rule.
            .any(|item| item == name || !declares_input(tree, checker.flow, item))
    })
}
