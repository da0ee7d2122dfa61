//! `misspelt-root-variable`: a variable whose name is nearly one of those that Kestra gives.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &MisspeltRootVariable;

struct MisspeltRootVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "misspelt-root-variable",
    summary: "A variable whose name is nearly one of those that Kestra gives",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for MisspeltRootVariable {
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
            let name = template.slice(reference.root);
            // A name alone may be a variable of the plugin; with a path behind it is meant for one of ours.
            if path.is_empty() || reference.is_root_guarded() || reference.in_macro {
                continue;
            }
            let Some(meant) = meant(name) else { continue };
            let map = checker.tree.offset_map(site.node);
            let draft = checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.root,
                    format!("There is no variable `{name}`"),
                )
                .help(format!("Did you mean `{meant}`?"));
            if map.is_verbatim(reference.root) {
                let place = map.source_range(reference.root);
                draft.fix(
                    format!("Write `{meant}`"),
                    Applicability::Unsafe,
                    place,
                    meant,
                )
            } else {
                draft
            }
            .emit();
        }
    }
}

/// The variables that Kestra gives to every task, each with the names by which people miss it.
const ROOTS: [(&str, &[&str]); 9] = [
    ("inputs", &["input"]),
    ("outputs", &["output"]),
    ("vars", &["var", "variables", "variable"]),
    ("taskrun", &["taskruns", "task_run"]),
    ("execution", &["executions"]),
    ("flow", &["flows"]),
    ("trigger", &["triggers"]),
    ("labels", &["label"]),
    ("envs", &["environment"]),
];

/// The variable that was meant by a name that is none.
fn meant(name: &str) -> Option<&'static str> {
    ROOTS
        .iter()
        .find(|(root, slips)| {
            *root != name
                && (root.eq_ignore_ascii_case(name)
                    || slips.iter().any(|slip| slip.eq_ignore_ascii_case(name)))
        })
        .map(|(root, _)| *root)
}
