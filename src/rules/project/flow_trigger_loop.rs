//! `flow-trigger-loop`: Flow triggers that start each other for ever.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::finding::{Location, RelatedLocation, Target};
use crate::project::{
    CallKind, Cause, FlowTrigger, MemberIndex, ProjectIndex, Start, TriggerSource, UpstreamFlow,
    cycles,
};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerLoop;

struct FlowTriggerLoop;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-loop",
    summary: "Flow triggers start flows in a circle",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerLoop {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let project = checker.project;
        let runs = |start: &Start| can_happen(project, start);
        for cycle in cycles(project, runs) {
            let has_trigger = cycle
                .iter()
                .any(|start| matches!(start.cause, Cause::Trigger(..)));
            if has_trigger && !is_refused_alone(checker.target, project, &cycle) {
                report(checker, &cycle);
            }
        }
    }
}

/// Whether the step is taken at all: nothing on it is disabled.
fn can_happen(project: &ProjectIndex, start: &Start) -> bool {
    let (from, to) = (project.summary(start.from), project.summary(start.to));
    if from.disabled || to.disabled {
        return false;
    }
    match start.cause {
        Cause::Call(call) => from
            .calls
            .get(call)
            .is_some_and(|call| !call.disabled && call.kind != CallKind::AgentTool),
        Cause::Trigger(trigger, entry) => {
            upstream(project, start.to, trigger, entry).is_some_and(|(_, upstream)| {
                upstream.states.is_empty() || upstream.states.iter().any(|state| state != "RUNNING")
            })
        }
    }
}

fn upstream(
    project: &ProjectIndex,
    of: MemberIndex,
    trigger: usize,
    entry: usize,
) -> Option<(&FlowTrigger, &UpstreamFlow)> {
    let trigger = project.summary(of).flow_triggers.get(trigger)?;
    Some((trigger, trigger.upstream.get(entry)?))
}

/// Kestra 2.0 refuses a flow that depends on itself without a condition: `flow-starts-itself` says so.
fn is_refused_alone(target: Target, project: &ProjectIndex, cycle: &[Start]) -> bool {
    match cycle {
        [start] => is_checked_by_kestra(project, start) && target == Target::V2_0,
        _ => false,
    }
}

/// Whether the step is one that Kestra 2.0 counts when it looks for circles.
fn is_checked_by_kestra(project: &ProjectIndex, start: &Start) -> bool {
    match start.cause {
        Cause::Call(call) => project
            .summary(start.from)
            .calls
            .get(call)
            .is_some_and(|call| call.is_literal && !call.has_run_if),
        Cause::Trigger(trigger, entry) => {
            upstream(project, start.to, trigger, entry).is_some_and(|(trigger, upstream)| {
                trigger.source == TriggerSource::DependsOn
                    && !trigger.has_when
                    && !upstream.has_when
            })
        }
    }
}

fn report(checker: &mut ProjectChecker<'_>, cycle: &[Start]) {
    let project = checker.project;
    let Some(first) = checker.first_reported(cycle.iter().map(|start| match start.cause {
        Cause::Call(_) => project.document(start.from),
        Cause::Trigger(..) => project.document(start.to),
    })) else {
        return;
    };
    let places: Vec<(Location, String)> = cycle
        .iter()
        .map(|start| {
            let (from, to) = (
                checker.name(start.from, cycle),
                checker.name(start.to, cycle),
            );
            match start.cause {
                Cause::Call(call) => (
                    project.summary(start.from).calls[call].place,
                    format!("{from} calls {to}"),
                ),
                Cause::Trigger(trigger, entry) => {
                    let trigger = &project.summary(start.to).flow_triggers[trigger];
                    let place = trigger.upstream[entry].place.unwrap_or(trigger.place);
                    (place, format!("the end of {from} starts {to}"))
                }
            }
        })
        .collect();
    let refused = checker.target == Target::V2_0
        && cycle
            .iter()
            .all(|start| is_checked_by_kestra(project, start));
    let way = checker.way(cycle);
    let (message, label, help) = if cycle.len() == 1 {
        (
            format!(
                "{} waits for its own end",
                checker.name(cycle[0].from, cycle)
            ),
            "this trigger never fires".to_owned(),
            "Kestra never starts a flow by an execution of its own. Name another flow, or remove the trigger.",
        )
    } else {
        (
            format!("These flows start each other in a circle: {way}"),
            places[first].1.clone(),
            if refused {
                "Kestra 2.0 refuses to save the flow that closes the circle. Take one of these steps out."
            } else {
                "One execution would start the next for ever. Take one of these steps out, or narrow a trigger."
            },
        )
    };
    let names: Vec<String> = cycle
        .iter()
        .map(|start| project.summary(start.from).full_name())
        .collect();
    let identity: Vec<&str> = names.iter().map(String::as_str).collect();
    checker.emit(&METADATA, places[first].0, &identity, message, |finding| {
        if refused {
            finding.severity = Severity::Error;
        }
        finding.label = label;
        finding.help = Some(help.to_owned());
        let others = places
            .into_iter()
            .enumerate()
            .filter(|(index, _)| *index != first);
        finding.related = others
            .map(|(_, (location, message))| RelatedLocation { location, message })
            .collect();
    });
}
