//! `working-directory-child`: a task that a WorkingDirectory cannot hold.

use crate::catalogue::Kind;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{Container, TaskIndex};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &WorkingDirectoryChild;

struct WorkingDirectoryChild;

static METADATA: RuleMetadata = RuleMetadata {
    name: "working-directory-child",
    summary: "A task that a WorkingDirectory cannot hold",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for WorkingDirectoryChild {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let facts = *checker.task(task);
        let Some(parent) = facts.parent.filter(|_| facts.container == Container::Tasks) else {
            return;
        };
        let is_working_directory = checker
            .type_text(checker.task(parent).type_node)
            .and_then(|name| checker.catalogue.find(name))
            .is_some_and(|found| found.facts.name == "io.kestra.plugin.core.flow.WorkingDirectory");
        if !is_working_directory {
            return;
        }
        let severity = checker.severity_of_refusal(parent);
        for key in ["workerGroup", "workerSelector"] {
            if let Some(entry) = checker.tree.entry(facts.node, key) {
                let message = format!("`{key}` belongs on the WorkingDirectory, not on its tasks");
                checker
                    .finding(&METADATA, entry.key, message)
                    .severity(severity)
                    .emit();
            }
        }
        let (Some(type_node), Some(name)) = (facts.type_node, checker.type_text(facts.type_node))
        else {
            return;
        };
        let Some(found) = checker.catalogue.find(name) else {
            return;
        };
        let runs_on_a_worker = found.facts.traits.runnable();
        if found.facts.kind == Kind::Task && !runs_on_a_worker && found.facts.properties.is_some() {
            let message = format!(
                "A WorkingDirectory holds only tasks that run on a worker, and `{}` does not",
                found.facts.class_name()
            );
            checker
                .finding(&METADATA, type_node, message)
                .severity(severity)
                .help("Move it out, or put the WorkingDirectory inside it.")
                .emit();
        }
    }
}
