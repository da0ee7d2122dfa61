//! `undefined-task-output`: the output of a task that the flow does not have.

use crate::analysis::{ExpressionSite, Owner, UnknownName, unknown_names};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FOR_EACH_ITEM_TYPES, SUBFLOW_TYPES};
use crate::syntax::NodeId;
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UndefinedTaskOutput;

struct UndefinedTaskOutput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "undefined-task-output",
    summary: "The output of a task that the flow does not have",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UndefinedTaskOutput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if reads_other_flow(checker, site) {
            return;
        }
        let (tree, flow) = (checker.tree, checker.flow);
        let is_known = |name: &str| has_task(checker, name);
        let references = checker.references();
        for UnknownName { name, range } in
            unknown_names(&site.template, &references, "outputs", is_known)
        {
            let ids = flow.tasks.iter();
            let ids = ids.filter_map(|task| tree.scalar_text(task.id?));
            let help = match nearest(&name, ids) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Outputs are named by the id of a task of this flow.".to_owned(),
            };
            let message = format!("The flow has no task `{name}`");
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help(help)
                .emit();
        }
    }
}

/// The steps into which Kestra splits a ForEachItem task have outputs of their own.
const STEPS: [&str; 3] = ["_split", "_items", "_merge"];

fn has_task(checker: &Checker<'_>, name: &str) -> bool {
    let tree = checker.tree;
    if checker.flow.task_by_id(tree, name).is_some() {
        return true;
    }
    let is_type = |type_node: Option<NodeId>, types: &[&str]| {
        checker
            .type_text(type_node)
            .is_some_and(|name| types.contains(&name))
    };
    checker.flow.tasks.iter().any(|task| {
        // A template brings tasks whose ids are not to be seen here.
        is_type(
            task.type_node,
            &[
                "io.kestra.plugin.core.flow.Template",
                "io.kestra.core.tasks.flows.Template",
            ],
        ) || (is_type(task.type_node, &FOR_EACH_ITEM_TYPES) && {
            let id = task
                .id
                .and_then(|id| tree.scalar_text(id))
                .unwrap_or_default();
            name.strip_prefix(id)
                .is_some_and(|step| STEPS.contains(&step))
        })
    })
}

/// In a trigger, `outputs` are those of the flow that fired it; under `outputs` of a Subflow task
/// (Kestra 1) those of the flow that it called.
fn reads_other_flow(checker: &Checker<'_>, site: &ExpressionSite) -> bool {
    let task = match site.owner {
        Owner::Trigger(_) => return true,
        Owner::Task(task) => *checker.task(task),
        _ => return false,
    };
    let calls = checker
        .type_text(task.type_node)
        .is_some_and(|name| SUBFLOW_TYPES.contains(&name) || FOR_EACH_ITEM_TYPES.contains(&name));
    calls
        && checker
            .tree
            .get(task.node, "outputs")
            .is_some_and(|outputs| {
                checker
                    .tree
                    .range(outputs)
                    .contains_range(checker.tree.range(site.node))
            })
}
