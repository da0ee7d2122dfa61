//! `undefined-variable`: a variable that the flow does not declare.

use crate::analysis::{ExpressionSite, UnknownName, declares_variable, unknown_names};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::nearest;

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
        let (tree, flow) = (checker.tree, checker.flow);
        let is_known = |name: &str| declares_variable(tree, flow, name);
        let references = checker.references();
        for UnknownName { name, range } in
            unknown_names(&site.template, &references, "vars", is_known)
        {
            let entries = flow.variables.into_iter();
            let entries = entries.flat_map(|variables| tree.entries(variables));
            let declared = entries.filter_map(|entry| tree.scalar_text(entry.key));
            let help = match nearest(&name, declared) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!(
                    "Declare `{name}` under `variables`; variables of a namespace are `namespace.{name}`."
                ),
            };
            let message = format!("The flow has no variable `{name}`");
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help(help)
                .emit();
        }
    }
}
