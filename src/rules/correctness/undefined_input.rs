//! `undefined-input`: an input that the flow does not declare.

use crate::analysis::{ExpressionSite, declares_input, is_part_of_hyphenated_name};
use crate::catalogue;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UndefinedInput;

struct UndefinedInput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "undefined-input",
    summary: "An input that the flow does not declare",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UndefinedInput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let Some(step) = path.first() else { continue };
            if template.slice(reference.root) != "inputs" || reference.is_guarded_at(0) {
                continue;
            }
            let Some(name) = step.name(template) else {
                continue;
            };
            if declares_input(checker.tree, checker.flow, &name)
                || is_part_of_hyphenated_name(template, reference.range)
            {
                continue;
            }
            let declared = checker
                .flow
                .inputs
                .iter()
                .filter_map(|input| checker.tree.scalar_text(input.id?));
            let near = catalogue::nearest(&name, declared).into_iter().next();
            let help = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None if checker.flow.inputs.is_empty() => {
                    "The flow declares no inputs: add `inputs` with this id.".to_owned()
                }
                None => format!("Declare an input with the id `{name}`."),
            };
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    step.name_range(template),
                    format!("The flow has no input `{name}`"),
                )
                .help(help)
                .emit();
        }
    }
}
