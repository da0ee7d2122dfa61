//! `unguarded-conditional-input`: an input that is only there under a condition, without a value for when it is not.

use crate::analysis::{ExpressionSite, Owner, input_of_path};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnguardedConditionalInput;

struct UnguardedConditionalInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unguarded-conditional-input",
    summary: "An input that is only there under a condition, without a value for when it is not",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnguardedConditionalInput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if !matches!(site.owner, Owner::Task(_) | Owner::Output(_)) {
            return;
        }
        let tree = checker.tree;
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            if template.slice(reference.root) != "inputs" || reference.is_guarded() {
                continue;
            }
            let Some(input) = input_of_path(tree, checker.flow, template, path) else {
                continue;
            };
            let condition = tree
                .get(input.node, "dependsOn")
                .and_then(|depends_on| tree.get(depends_on, "condition"));
            // Defaults hold even where the condition does not.
            let Some(condition) = condition.filter(|_| tree.get(input.node, "defaults").is_none())
            else {
                continue;
            };
            if asks_first(checker, site.owner, condition) {
                continue;
            }
            let written = template.slice(reference.range).to_owned();
            let place = checker.location(condition);
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!(
                        "`{written}` is missing where the condition of the input does not hold"
                    ),
                )
                .related(place, "the condition")
                .help(format!("Give a value for that case: `{written} ?? …`."))
                .emit();
        }
    }
}

/// Whether a task, or one around it, runs only where the same condition holds, written alike.
fn asks_first(checker: &Checker<'_>, owner: Owner, condition: NodeId) -> bool {
    let Owner::Task(task) = owner else {
        return false;
    };
    let tree = checker.tree;
    let Some(asked) = tree.scalar_text(condition).map(str::trim) else {
        return false;
    };
    std::iter::once(task)
        .chain(checker.flow.ancestors(task))
        .flat_map(|task| {
            let node = checker.task(task).node;
            [
                tree.get_text(node, "runIf"),
                tree.get_text(node, "condition"),
            ]
        })
        .flatten()
        .any(|text| text.trim() == asked)
}
