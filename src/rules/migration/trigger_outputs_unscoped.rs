//! `trigger-outputs-unscoped`: an output of the flows that a trigger waits for, without saying of which.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TriggerOutputsUnscoped;

struct TriggerOutputsUnscoped;

static METADATA: RuleMetadata = RuleMetadata {
    name: "trigger-outputs-unscoped",
    summary: "An output of the flows that a trigger waits for, without saying of which",
    group: Group::Migration,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for TriggerOutputsUnscoped {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        // With several triggers it is not known which one started the execution.
        let [trigger] = checker.flow.triggers.as_slice() else {
            return;
        };
        if checker.type_text(trigger.type_node) != Some("io.kestra.plugin.core.trigger.Flow")
            || !matches!(site.owner, Owner::Task(_) | Owner::Output(_))
        {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let [outputs, name, ..] = path else { continue };
            let is_output = template.slice(reference.root) == "trigger"
                && outputs.name(template).as_deref() == Some("outputs");
            let Some(name) = name.name(template).filter(|_| is_output) else {
                continue;
            };
            let Some(flows) = waits_for(checker, trigger.node) else {
                return;
            };
            if reference.is_guarded_at(1)
                || flows.iter().any(|flow| flow.is_named(&name))
                || is_declared_by_none(checker, &flows, &name)
            {
                continue;
            }
            let first = &flows[0];
            let help = format!(
                "Say of which flow: `trigger.outputs['{}']['{}'].{name}`.",
                first.namespace, first.id
            );
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!(
                        "The trigger waits for {} flows: `trigger.outputs.{name}` is there only if the flow that ends last has it",
                        flows.len()
                    ),
                )
                .help(help)
                .emit();
        }
    }
}

/// A flow that a trigger waits for.
struct Upstream<'run> {
    namespace: &'run str,
    id: &'run str,
}

impl Upstream<'_> {
    /// Whether a name under `trigger.outputs` says which flow is meant.
    fn is_named(&self, name: &str) -> bool {
        self.namespace == name || self.id == name || self.namespace.split('.').next() == Some(name)
    }
}

/// Whether all flows are of the project and none has the output, of which another rule tells.
fn is_declared_by_none(checker: &Checker<'_>, flows: &[Upstream<'_>], name: &str) -> bool {
    flows.iter().all(|flow| {
        let members = checker.project.flows(flow.namespace, flow.id);
        !members.is_empty()
            && members.iter().all(|member| {
                let outputs = &checker.project.summary(*member).outputs;
                outputs.iter().all(|output| output.id != name)
            })
    })
}

/// The flows of `dependsOn`, where all of several must end (`FlowTriggerService` of 2.0.0 keeps their outputs by
/// namespace and id, and lays those of the last one over them).
fn waits_for<'run>(checker: &Checker<'run>, trigger: NodeId) -> Option<Vec<Upstream<'run>>> {
    let tree = checker.tree;
    let mode = tree.get_text(trigger, "mode");
    let entries = tree.get(trigger, "dependsOn")?;
    let mut flows: Vec<Upstream<'run>> = Vec::new();
    for entry in tree.items(entries) {
        let flow = Upstream {
            namespace: tree.get_text(entry, "namespace")?,
            id: tree.get_text(entry, "flowId")?,
        };
        let is_known =
            |known: &Upstream<'_>| known.id == flow.id && known.namespace == flow.namespace;
        if !flows.iter().any(is_known) {
            flows.push(flow);
        }
    }
    (flows.len() > 1 && matches!(mode, None | Some("ALL"))).then_some(flows)
}
