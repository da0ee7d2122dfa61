//! `item-outside-loop`: `item` outside of a Loop.

use crate::analysis::{ExpressionSite, Owner, is_loop, is_outside_loops};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ItemOutsideLoop;

struct ItemOutsideLoop;

static METADATA: RuleMetadata = RuleMetadata {
    name: "item-outside-loop",
    summary: "`item` outside of a Loop",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for ItemOutsideLoop {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let is_outside = match site.owner {
            Owner::Task(task) => {
                // The Loop itself renders some of its properties for each item.
                !is_loop(checker.tree, checker.task(task))
                    && is_outside_loops(checker.tree, checker.flow, task)
            }
            Owner::Output(_) => true,
            _ => false,
        };
        if !is_outside {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let name = path.first().and_then(|step| step.name(template));
            let is_item = template.slice(reference.root) == "item"
                && name.is_some_and(|name| {
                    matches!(&*name, "value" | "index" | "key" | "parent" | "parents")
                });
            if !is_item || reference.is_guarded() || reference.in_macro {
                continue;
            }
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    "There is no `item` here: it exists inside a Loop only",
                )
                .help("Move the task into the Loop, or declare `outputs` on the Loop and read them behind it with `loopOutputs(…)`.")
                .emit();
        }
    }
}
