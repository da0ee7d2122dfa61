//! `subflow-unknown-output`: an output of a subflow that the called flow does not have.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{Call, CallKind, Summary};
use crate::text::closest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowUnknownOutput;

struct SubflowUnknownOutput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-unknown-output",
    summary: "An expression reads an output of a subflow that the called flow does not declare",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowUnknownOutput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Some(summary) = checker.document.summary.as_deref() else {
            return;
        };
        if summary.calls.is_empty() {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let [task, outputs, ..] = path else { continue };
            let is_output = template.slice(reference.root) == "outputs"
                && outputs.name(template).as_deref() == Some("outputs");
            if !is_output || reference.is_guarded_at(1) {
                continue;
            }
            let Some(task) = task.name(template) else {
                continue;
            };
            let Some(call) = only_call(summary, &task) else {
                continue;
            };
            if !call.wait {
                let message = format!(
                    "`{task}` does not wait for the flow that it calls: it has no `outputs`"
                );
                checker
                    .finding_within(&METADATA, site.node, outputs.name_range(template), message)
                    .label("nothing is here yet")
                    .help("Remove `wait: false` from the task, or do without the outputs.")
                    .emit();
                continue;
            }
            let Some(key) = path.get(2).filter(|_| !reference.is_guarded_at(2)) else {
                continue;
            };
            if let Some(name) = key.name(template) {
                check_name(checker, site, call, &name, key.name_range(template));
            }
        }
    }
}

/// The call that a task id names, if there is one of it that says where its outputs come from.
fn only_call<'run>(summary: &'run Summary, task: &str) -> Option<&'run Call> {
    let mut calls = summary.calls.iter().filter(|call| call.task == task);
    let call = calls.next().filter(|call| call.kind == CallKind::Subflow)?;
    calls.next().is_none().then_some(call)
}

fn check_name(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    call: &Call,
    name: &str,
    range: crate::text::TextRange,
) {
    // Kestra 1 lets the calling task name the outputs.
    let names_them = checker.tree.get(call.node, "outputs").is_some();
    let Some(member) = checker.member().filter(|_| !names_them && !call.is_pinned) else {
        return;
    };
    let project = checker.project;
    let callees = project.callees(member, call);
    let lacks = |callee: &Summary| {
        !callee.is_incomplete
            && !callee.outputs.iter().any(|output| {
                let below = output.id.strip_prefix(name);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    };
    let all_lack_it = callees.iter().all(|callee| lacks(project.summary(*callee)));
    let Some(callee) = callees.first().filter(|_| all_lack_it) else {
        return;
    };
    let callee = project.summary(*callee);
    let id = call.flow_id.as_deref().unwrap_or_default();
    let meant = closest(name, callee.outputs.iter(), |output| &output.id);
    let (help, place) = match meant {
        Some(meant) => (format!("Did you mean `{}`?", meant.id), meant.place),
        None if callee.outputs.is_empty() => (
            format!("`{id}` declares no `outputs`. Declare there what its callers may read."),
            callee.place,
        ),
        None => {
            let names: Vec<String> = callee
                .outputs
                .iter()
                .map(|output| format!("`{}`", output.id))
                .collect();
            (format!("`{id}` has {}.", names.join(", ")), callee.place)
        }
    };
    checker
        .finding_within(
            &METADATA,
            site.node,
            range,
            format!("`{id}` has no output `{name}`"),
        )
        .label("not declared by the called flow")
        .related(place, "declared here")
        .help(help)
        .emit();
}
