//! `flow-trigger-unfiltered`: a Flow trigger that fires for everything.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::Target;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::TriggerSource;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerUnfiltered;

struct FlowTriggerUnfiltered;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-unfiltered",
    summary: "A Flow trigger without any condition fires for every execution of every flow",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerUnfiltered {
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
            if trigger.source != TriggerSource::Unfiltered {
                continue;
            }
            let key = if checker.target == Target::V2_0 {
                "dependsOn"
            } else {
                "preconditions"
            };
            checker
                .finding(
                    &METADATA,
                    trigger.node,
                    format!("The trigger `{}` fires for every execution of every flow", trigger.id),
                )
                .label("nothing says which flows it waits for")
                .help(format!("Name the flows or the namespace under `{key}`. `states` alone does not narrow it to any flow."))
                .emit();
        }
    }
}
