//! `template-task`: a Template task, which no server takes unless its operator switched templates on.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TemplateTask;

struct TemplateTask;

static METADATA: RuleMetadata = RuleMetadata {
    name: "template-task",
    summary: "A Template task, which no server takes unless its operator switched templates on",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V1_3),
    options: &[],
    since: "0.1.0",
};

impl Rule for TemplateTask {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let facts = *checker.task(task);
        let (Some(node), Some(name)) = (facts.type_node, checker.type_text(facts.type_node)) else {
            return;
        };
        if matches!(
            name,
            "io.kestra.plugin.core.flow.Template" | "io.kestra.core.tasks.flows.Template"
        ) {
            checker
                .finding(&METADATA, node, "Templates are switched off in Kestra 1.3 and gone from 2.0")
                .help("Make the template a flow and call it with `io.kestra.plugin.core.flow.Subflow`.")
                .emit();
        }
    }
}
