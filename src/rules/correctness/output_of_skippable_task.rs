//! `output-of-skippable-task`: the output of a task that may have been skipped, without a value for that case.

use crate::analysis::{Availability, ExpressionSite, Owner, availability};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &OutputOfSkippableTask;

struct OutputOfSkippableTask;

static METADATA: RuleMetadata = RuleMetadata {
    name: "output-of-skippable-task",
    summary: "The output of a task that may have been skipped, without a value for that case",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for OutputOfSkippableTask {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Owner::Task(reader) = site.owner else {
            return;
        };
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let Some(step) = path.first() else { continue };
            if template.slice(reference.root) != "outputs" || reference.is_guarded() {
                continue;
            }
            let Some(name) = step.name(template) else {
                continue;
            };
            let Some(producer) = only_task(checker, &name) else {
                continue;
            };
            let fate = availability(checker.tree, checker.flow, checker.target, reader, producer);
            if fate != Availability::Skippable {
                continue;
            }
            let message = format!("`{name}` may have been skipped, and then has no output");
            let help = "Give a value for that case: `outputs.… ?? 'value'`.";
            let place = checker.task(producer).id.map(|id| checker.location(id));
            let draft = checker
                .finding_within(&METADATA, site.node, step.name_range(template), message)
                .help(help);
            match place {
                Some(place) => draft.related(place, "this task"),
                None => draft,
            }
            .emit();
        }
    }
}

/// The task of an id, if there is only one.
fn only_task(checker: &Checker<'_>, id: &str) -> Option<TaskIndex> {
    let tree = checker.tree;
    let mut tasks = checker
        .flow
        .indexed_tasks()
        .filter(|(_, task)| task.id.and_then(|node| tree.scalar_text(node)) == Some(id));
    let (only, _) = tasks.next()?;
    tasks.next().is_none().then_some(only)
}
