//! `subflow-cycle`: flows that call each other in a circle.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::finding::{Location, RelatedLocation, Target};
use crate::project::{Call, CallKind, Cause, ProjectIndex, Start, cycles};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowCycle;

struct SubflowCycle;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-cycle",
    summary: "Flows call each other in a circle",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowCycle {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let project = checker.project;
        let calls = |start: &Start| {
            call_of(project, start).is_some_and(|call| is_run(project, start, call))
        };
        for cycle in cycles(project, calls) {
            // A flow that plainly names itself is refused: `flow-starts-itself` says so.
            let itself = cycle.len() == 1;
            if itself
                && cycle
                    .iter()
                    .all(|start| call_of(project, start).is_some_and(|call| call.is_literal))
            {
                continue;
            }
            report(checker, &cycle);
        }
    }
}

fn call_of<'run>(project: &'run ProjectIndex, start: &Start) -> Option<&'run Call> {
    match start.cause {
        Cause::Call(call) => project.summary(start.from).calls.get(call),
        Cause::Trigger(..) => None,
    }
}

fn is_run(project: &ProjectIndex, start: &Start, call: &Call) -> bool {
    !call.disabled && call.kind != CallKind::AgentTool && !project.summary(start.from).disabled
}

fn report(checker: &mut ProjectChecker<'_>, cycle: &[Start]) {
    let project = checker.project;
    let way = checker.way(cycle);
    let calls: Vec<&Call> = cycle
        .iter()
        .filter_map(|start| call_of(project, start))
        .collect();
    let Some(first) =
        checker.first_reported(cycle.iter().map(|start| project.document(start.from)))
    else {
        return;
    };
    let endless = calls.iter().all(|call| !call.is_conditional);
    // Kestra 2.0 looks at the calls themselves only, not at the branches in which they stand.
    let refused = checker.target == Target::V2_0
        && cycle.len() > 1
        && calls.iter().all(|call| call.is_literal && !call.has_run_if);
    let places: Vec<(Location, String)> = cycle
        .iter()
        .zip(&calls)
        .map(|(start, call)| {
            (
                call.place,
                format!(
                    "{} calls {}",
                    checker.name(start.from, cycle),
                    checker.name(start.to, cycle)
                ),
            )
        })
        .collect();
    let names: Vec<String> = cycle
        .iter()
        .map(|start| project.summary(start.from).full_name())
        .collect();
    let identity: Vec<&str> = names.iter().map(String::as_str).collect();
    checker.emit(
        &METADATA,
        places[first].0,
        &identity,
        format!("These flows call each other in a circle: {way}"),
        |finding| {
            if !endless && !refused {
                finding.severity = Severity::Warning;
            }
            finding.label = if endless { "it never ends".to_owned() } else { places[first].1.clone() };
            finding.help = Some(if refused {
                "Kestra 2.0 refuses to save the flow that closes the circle. Take one of these calls out.".to_owned()
            } else {
                "Take one of these calls out, or make sure that a condition ends the recursion.".to_owned()
            });
            let others = places.into_iter().enumerate().filter(|(index, _)| *index != first);
            finding.related = others
                .map(|(_, (location, message))| RelatedLocation { location, message })
                .collect();
        },
    );
}
