//! `flow-starts-itself`: a flow that calls itself, or waits for its own end.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::Target;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{CallKind, FlowTrigger, TriggerSource};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowStartsItself;

struct FlowStartsItself;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-starts-itself",
    summary: "A flow calls itself or depends on its own executions; Kestra refuses to save it",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowStartsItself {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some(summary) = checker.document.summary.as_deref() else {
            return;
        };
        let (Some(namespace), Some(id)) = (&summary.namespace, &summary.id) else {
            return;
        };
        for call in &summary.calls {
            let itself = call.is_literal
                && call.kind != CallKind::AgentTool
                && call.namespace.as_ref() == Some(namespace)
                && call.flow_id.as_ref() == Some(id);
            if itself {
                let node = checker.tree.get(call.node, "flowId").unwrap_or(call.node);
                checker
                    .finding(&METADATA, node, format!("`{id}` calls itself"))
                    .label("this is the flow it stands in")
                    .help("Kestra refuses a flow that calls itself, even in a branch or a disabled task. Use a loop task, or put what repeats into a flow of its own.")
                    .emit();
            }
        }
        if checker.target == Target::V2_0 {
            for trigger in &summary.flow_triggers {
                own_end(checker, trigger, namespace, id);
            }
        }
    }
}

/// Kestra 2.0 refuses a `dependsOn` entry that names its own flow, unless a `when` decides.
fn own_end(checker: &mut Checker<'_>, trigger: &FlowTrigger, namespace: &str, id: &str) {
    if trigger.disabled || trigger.has_when || trigger.source != TriggerSource::DependsOn {
        return;
    }
    let own = trigger.upstream.iter().filter(|upstream| {
        !upstream.has_when
            && upstream.namespace.as_deref() == Some(namespace)
            && upstream.flow_id.as_deref() == Some(id)
    });
    for entry in own.filter_map(|upstream| upstream.node) {
        let node = checker.tree.get(entry, "flowId").unwrap_or(entry);
        checker
            .finding(&METADATA, node, format!("`{id}` depends on its own executions"))
            .label("this is the flow it stands in")
            .help("Kestra refuses to save such a flow. Name the flow whose end should start this one.")
            .emit();
    }
}
