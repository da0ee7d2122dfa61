//! `flow-trigger-implicit-states`: a Flow trigger does not say how the flow must have ended.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{FlowTrigger, TriggerSource};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerImplicitStates;

struct FlowTriggerImplicitStates;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-implicit-states",
    summary: "A Flow trigger does not say how the flow that it waits for must have ended",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerImplicitStates {
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
        for trigger in summary.enabled_flow_triggers() {
            check(checker, trigger);
        }
    }
}

fn check(checker: &mut Checker<'_>, trigger: &FlowTrigger) {
    let tree = checker.tree;
    if trigger.has_when || tree.get(trigger.node, "states").is_some() {
        return;
    }
    for upstream in &trigger.upstream {
        // A `when` may look at the state; so may conditions that are not understood.
        let may_decide = upstream.has_when
            || (trigger.source == TriggerSource::Conditions && !upstream.is_complete);
        let Some(id) = upstream.flow_id.as_deref().filter(|_| !may_decide) else {
            continue;
        };
        if !upstream.states.is_empty() {
            continue;
        }
        let entry = upstream.node.unwrap_or(trigger.node);
        let node = tree.get(entry, "flowId").unwrap_or(entry);
        checker
            .finding(
                &METADATA,
                node,
                format!(
                    "The trigger fires however `{id}` ends: also when it fails, is killed or pauses"
                ),
            )
            .help("Name the states: `states: [SUCCESS, WARNING]`.")
            .emit();
    }
}
