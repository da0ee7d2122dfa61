//! `runnable-only-property`: a property on a task that only holds others, where it does nothing.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &RunnableOnlyProperty;

struct RunnableOnlyProperty;

static METADATA: RuleMetadata = RuleMetadata {
    name: "runnable-only-property",
    summary: "A property on a task that only holds others, where it does nothing",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

/// The properties about which Kestra itself warns (asked of 1.3.31 and 2.0.0).
const PROPERTIES: [&str; 4] = ["timeout", "taskCache", "workerGroup", "workerSelector"];

/// Its `timeout` is its own: how long it pauses at most.
const PAUSE: &str = "io.kestra.plugin.core.flow.Pause";

impl Rule for RunnableOnlyProperty {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let (tree, task) = (checker.tree, *checker.task(task));
        for (position, entry) in tree.entries(task.node).iter().enumerate() {
            let Some(key) = tree
                .scalar_text(entry.key)
                .filter(|key| PROPERTIES.contains(key))
            else {
                continue;
            };
            let kind = checker.type_text(task.type_node);
            let Some(found) = kind.and_then(|kind| checker.catalogue.find(kind)) else {
                return;
            };
            let (name, traits) = (found.facts.name, found.facts.traits);
            let runs_others = traits.flowable() || traits.executable();
            let is_known = found.facts.property(key).is_some();
            if !runs_others || traits.runnable() || !is_known || (name, key) == (PAUSE, "timeout") {
                continue;
            }
            let class = found.facts.class_name();
            let edit = tree.remove_entry(task.node, position);
            let draft = checker
                .finding(
                    &METADATA,
                    entry.key,
                    format!("`{key}` does nothing on `{class}`: no worker runs it"),
                )
                .help(format!("Write `{key}` on the tasks that do the work."));
            match edit {
                Some(edit) => draft.fix(
                    format!("Remove `{key}`"),
                    Applicability::Unsafe,
                    edit.range,
                    edit.content,
                ),
                None => draft,
            }
            .emit();
        }
    }
}
