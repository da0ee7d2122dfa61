//! `reserved-flow-id`: a flow id is a word that Kestra 1.3 keeps for its own addresses.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ReservedFlowId;

struct ReservedFlowId;

static METADATA: RuleMetadata = RuleMetadata {
    name: "reserved-flow-id",
    summary: "A flow id is a word that Kestra 1.3 keeps for its own addresses",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V1_3),
    options: &[],
    since: "0.1.0",
};

impl Rule for ReservedFlowId {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let flow = checker.flow;
        let Some(id) = flow
            .id_text(checker.tree)
            .filter(|id| RESERVED.contains(id))
        else {
            return;
        };
        if let Some(node) = flow.id {
            checker
                .finding(&METADATA, node, format!("Kestra 1.3 reserves the flow id `{id}`"))
                .help(format!("Call it for example `{id}-flow`, also in the flows that start it. Kestra 2.0 takes it as it is."))
                .emit();
        }
    }
}

/// The words, as Kestra 1.3.31 names them when it refuses one.
const RESERVED: [&str; 10] = [
    "pause",
    "resume",
    "force-run",
    "change-status",
    "kill",
    "executions",
    "search",
    "source",
    "disable",
    "enable",
];
