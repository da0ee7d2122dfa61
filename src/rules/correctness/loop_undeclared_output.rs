//! `loop-undeclared-output`: an output that a Loop does not declare.

use crate::analysis::{ExpressionSite, is_loop};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::InvocationKind;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &LoopUndeclaredOutput;

struct LoopUndeclaredOutput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "loop-undeclared-output",
    summary: "An output that a Loop does not declare",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for LoopUndeclaredOutput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        let references = checker.references();
        for invocation in template.invocations() {
            if invocation.kind != InvocationKind::Function
                || template.slice(invocation.name) != "loopOutputs"
            {
                continue;
            }
            let [outputs, name] = template.arguments(invocation.arguments) else {
                continue;
            };
            let Some(wanted) = template.string_value(name.value) else {
                continue;
            };
            let path = references
                .iter()
                .find(|(reference, _)| reference.expression == outputs.value)
                .map(|(reference, path)| (template.slice(reference.root), path));
            let Some(("outputs", [task, _])) = path else {
                continue;
            };
            let Some(declared) = task
                .name(template)
                .and_then(|id| declared_outputs(checker, &id))
            else {
                continue;
            };
            if declared.contains(&&*wanted) {
                continue;
            }
            let help = match nearest(&wanted, declared.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => {
                    format!("Add an entry with `id: {wanted}` to the `outputs` of the Loop itself.")
                }
            };
            let place = template.string_content(name.value);
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    place.unwrap_or(invocation.name),
                    format!("The Loop declares no output `{wanted}`"),
                )
                .help(help)
                .emit();
        }
    }
}

/// The ids of the outputs that a Loop declares; none where it is no Loop, or where they are not known.
fn declared_outputs<'run>(checker: &Checker<'run>, id: &str) -> Option<Vec<&'run str>> {
    let tree = checker.tree;
    let task = checker.task(checker.flow.task_by_id(tree, id)?);
    if !is_loop(tree, task) {
        return None;
    }
    let Some(outputs) = tree.get(task.node, "outputs") else {
        return Some(Vec::new());
    };
    tree.items(outputs)
        .map(|output| tree.get_text(output, "id"))
        .collect()
}
