//! `unguarded-trigger-variable`: a variable of a trigger without a value for executions started otherwise.

use crate::analysis::{ExpressionSite, Owner, may_be_set_by_trigger};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnguardedTriggerVariable;

struct UnguardedTriggerVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unguarded-trigger-variable",
    summary: "A variable of a trigger without a value for executions started otherwise",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnguardedTriggerVariable {
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
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            if template.slice(reference.root) != "trigger" || reference.is_guarded() {
                continue;
            }
            let name = path.first().and_then(|step| step.name(template));
            // What nothing sets is another rule's.
            let is_never_set = name.is_some_and(|name| {
                may_be_set_by_trigger(checker.tree, checker.flow, checker.catalogue, &name)
                    == Some(false)
            });
            if is_never_set {
                continue;
            }
            let written = template.slice(reference.range).to_owned();
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!("`{written}` is missing where the execution is started by hand"),
                )
                .help(format!("Give a value for that case: `{written} ?? …`."))
                .emit();
        }
    }
}
