//! `undefined-input`: an input that the flow does not declare.

use crate::analysis::{ExpressionSite, UnknownName, declares_input, unknown_names};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::nearest;

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
        let (tree, flow) = (checker.tree, checker.flow);
        let is_known = |name: &str| declares_input(tree, flow, name);
        let references = checker.references();
        for UnknownName { name, range } in
            unknown_names(&site.template, &references, "inputs", is_known)
        {
            let ids = flow.inputs.iter();
            let declared = ids.filter_map(|input| tree.scalar_text(input.id?));
            let help = match nearest(&name, declared) {
                Some(near) => format!("Did you mean `{near}`?"),
                None if flow.inputs.is_empty() => {
                    "The flow declares no inputs: add `inputs` with this id.".to_owned()
                }
                None => format!("Declare an input with the id `{name}`."),
            };
            let message = format!("The flow has no input `{name}`");
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help(help)
                .emit();
        }
    }
}
