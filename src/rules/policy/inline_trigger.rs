//! `inline-trigger`: a flow with tasks of its own carries its trigger inline.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, OptionDescription, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{FLOW_TRIGGER_TYPES, SUBFLOW_TYPES};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InlineTrigger;

struct InlineTrigger;

static METADATA: RuleMetadata = RuleMetadata {
    name: "inline-trigger",
    summary: "A flow with tasks of its own carries its trigger inline",
    group: Group::Policy,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "allow",
        summary: "Trigger types that may stand inline; a `*` at the end stands for the rest",
        schema: r#"{"type": "array", "items": {"type": "string"}}"#,
        default: "[]",
    }],
    since: "0.1.0",
};

impl Rule for InlineTrigger {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let trigger = checker.flow.triggers[trigger];
        let kind = checker.type_text(trigger.type_node).unwrap_or_default();
        if FLOW_TRIGGER_TYPES.contains(&kind)
            || is_allowed(checker, kind)
            || is_trigger_flow(checker)
        {
            return;
        }
        if comes_from_another_file(checker, trigger.node) {
            return;
        }
        let name = checker.type_text(trigger.id).unwrap_or("without id");
        let class = kind.rsplit('.').next().unwrap_or(kind);
        checker
            .finding(&METADATA, trigger.node, format!("The {class} trigger `{name}` stands in the flow whose tasks it starts"))
            .help("Move it to a flow of its own whose only task calls this flow as a subflow, or join it in from the module of the environment.")
            .emit();
    }
}

fn is_allowed(checker: &Checker<'_>, kind: &str) -> bool {
    let allowed = checker.option("allow");
    allowed.is_some_and(|list| {
        list.as_list()
            .iter()
            .any(|allowed| match allowed.strip_suffix('*') {
                Some(beginning) => kind.starts_with(beginning),
                None => kind == allowed,
            })
    })
}

/// A flow that does nothing but start others is where triggers belong.
fn is_trigger_flow(checker: &Checker<'_>) -> bool {
    let tasks = &checker.flow.tasks;
    !tasks.is_empty()
        && tasks.iter().all(|task| {
            let kind = checker.type_text(task.type_node).unwrap_or_default();
            SUBFLOW_TYPES.contains(&kind)
        })
}

/// A text may be joined from several files, as Terraform does: tasks here, triggers there.
fn comes_from_another_file(checker: &Checker<'_>, trigger: NodeId) -> bool {
    let place = checker.location(trigger).file;
    let tasks = &checker.flow.tasks;
    !tasks.is_empty()
        && tasks
            .iter()
            .all(|task| checker.location(task.node).file != place)
}
