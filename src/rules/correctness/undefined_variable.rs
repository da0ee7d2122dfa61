//! `undefined-variable`: a variable that the flow does not declare.

use crate::analysis::{ExpressionSite, declares_variable, is_part_of_hyphenated_name};
use crate::catalogue;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UndefinedVariable;

struct UndefinedVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "undefined-variable",
    summary: "A variable that the flow does not declare",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UndefinedVariable {
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
            if template.slice(reference.root) != "vars" || reference.is_guarded_at(0) {
                continue;
            }
            let Some(name) = step.name(template) else {
                continue;
            };
            if declares_variable(checker.tree, checker.flow, &name)
                || is_part_of_hyphenated_name(template, reference.range)
            {
                continue;
            }
            let variables = checker.flow.variables;
            let keys = variables
                .into_iter()
                .flat_map(|variables| checker.tree.entries(variables));
            let near = catalogue::nearest(
                &name,
                keys.filter_map(|entry| checker.tree.scalar_text(entry.key)),
            )
            .into_iter()
            .next();
            let help = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!(
                    "Declare `{name}` under `variables`; variables of a namespace are `namespace.{name}`."
                ),
            };
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    step.name_range(template),
                    format!("The flow has no variable `{name}`"),
                )
                .help(help)
                .emit();
        }
    }
}
