//! `recursive-call`: a flow that calls itself.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FOR_EACH_ITEM_TYPES, SUBFLOW_TYPES, TaskIndex};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &RecursiveCall;

struct RecursiveCall;

static METADATA: RuleMetadata = RuleMetadata {
    name: "recursive-call",
    summary: "A flow that calls itself",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for RecursiveCall {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let tree = checker.tree;
        let facts = *checker.task(task);
        let calls = checker
            .type_text(facts.type_node)
            .is_some_and(|name| SUBFLOW_TYPES.contains(&name) || FOR_EACH_ITEM_TYPES.contains(&name));
        if !calls {
            return;
        }
        let (Some(flow_id), Some(namespace)) = (tree.get(facts.node, "flowId"), tree.get_text(facts.node, "namespace")) else {
            return;
        };
        let same_flow = tree.scalar_text(flow_id) == checker.flow.id_text(tree);
        if same_flow && Some(namespace) == checker.flow.namespace_text(tree) {
            checker
                .finding(&METADATA, flow_id, "This task calls the flow that it stands in")
                .help("Kestra refuses it: call another flow, or use a loop.")
                .emit();
        }
    }
}
