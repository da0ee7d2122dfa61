//! `output-used-too-early`: the output of a task that cannot have run yet.

use crate::analysis::{Availability, ExpressionSite, Owner, availability};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &OutputUsedTooEarly;

struct OutputUsedTooEarly;

static METADATA: RuleMetadata = RuleMetadata {
    name: "output-used-too-early",
    summary: "The output of a task that cannot have run yet",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for OutputUsedTooEarly {
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
            let (message, help) = match fate {
                Availability::Own => (
                    format!("`{name}` reads its own output, which is not there while it runs"),
                    "Read the output of a task that runs before it.",
                ),
                Availability::Later => (
                    format!("`{name}` runs after this task"),
                    "Move the task that reads behind the one that is read.",
                ),
                Availability::AtTheSameTime => (
                    format!(
                        "`{name}` runs at the same time as this task, without a dependency between them"
                    ),
                    "Run them one after the other: in a Sequential, or with `dependsOn` in a Dag.",
                ),
                Availability::OtherBranch => (
                    format!(
                        "`{name}` stands in another branch and never runs together with this task"
                    ),
                    "Read a task that runs before the branches part.",
                ),
                Availability::InsideLoop => (
                    format!("`{name}` runs inside a Loop, and its output is seen only there"),
                    "Declare `outputs` on the Loop and read them with `loopOutputs(…)`.",
                ),
                Availability::Disabled => (
                    format!("`{name}` is disabled and never has an output"),
                    "Enable the task, or give a value with `??`.",
                ),
                Availability::Available | Availability::Skippable => continue,
            };
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
