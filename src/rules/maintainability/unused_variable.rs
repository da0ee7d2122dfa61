//! `unused-variable`: a variable that nothing in the flow reads.

use crate::analysis::{Mentions, Root, runs_templates, stands_in_other_template};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::path_of;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnusedVariable;

struct UnusedVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unused-variable",
    summary: "A variable that nothing in the flow reads",
    group: Group::Maintainability,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnusedVariable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some(variables) = checker.flow.variables else {
            return;
        };
        let (tree, sites) = (checker.tree, checker.expressions());
        // Parts that are not known may read anything.
        if checker.document.document.is_incomplete || runs_templates(tree, checker.flow) {
            return;
        }
        let mentions = Mentions::of(Root::Variables, sites);
        for entry in tree.entries(variables) {
            let Some(name) = tree.scalar_text(entry.key) else {
                continue;
            };
            if mentions.has(name) || stands_in_other_template(tree, sites, name) {
                continue;
            }
            // A dot in the name of a variable is part of it.
            let way = if name.contains('.') {
                format!("vars['{name}']")
            } else {
                path_of("vars", name)
            };
            checker
                .finding(
                    &METADATA,
                    entry.key,
                    format!("Nothing in the flow reads the variable `{name}`"),
                )
                .help(format!(
                    "Read it as `{{{{ {way} }}}}`, or remove it: subflows do not see it."
                ))
                .emit();
        }
    }
}
