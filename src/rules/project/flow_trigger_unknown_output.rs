//! `flow-trigger-unknown-output`: `trigger.outputs` is asked for what no flow gives that the trigger waits for.

use crate::analysis::{ExpressionSite, Owner, is_part_of_hyphenated_name};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::Segment;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::SCHEDULE_TYPES;
use crate::project::{FlowTrigger, Summary};
use crate::syntax::NodeId;
use crate::text::closest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerUnknownOutput;

struct FlowTriggerUnknownOutput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-unknown-output",
    summary: "An expression reads an output that no flow declares that the Flow trigger waits for",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerUnknownOutput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let has_triggers =
            |summary: &&Summary| !summary.flow_triggers.is_empty() && !summary.is_incomplete;
        let Some(summary) = checker.document.summary.as_deref().filter(has_triggers) else {
            return;
        };
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let [outputs, name, ..] = path else { continue };
            let is_output = template.slice(reference.root) == "trigger"
                && outputs.name(template).as_deref() == Some("outputs");
            if !is_output
                || reference.is_guarded_at(1)
                || is_part_of_hyphenated_name(template, reference.range)
            {
                continue;
            }
            let Some(upstream) = upstream_of(checker, summary, site.owner) else {
                return;
            };
            let sure = (1..path.len()).take_while(|step| !reference.is_guarded_at(*step));
            check(
                checker,
                site,
                &upstream,
                name,
                &path[2..=sure.count().max(1)],
            );
        }
    }
}

/// The flows whose outputs an owner can see; none where one of them is not known.
fn upstream_of<'run>(
    checker: &Checker<'run>,
    summary: &'run Summary,
    owner: Owner,
) -> Option<Vec<&'run Summary>> {
    let triggers = &checker.flow.triggers;
    let of_owner: Vec<NodeId> = match owner {
        Owner::Trigger(index) => vec![triggers.get(index as usize)?.node],
        Owner::Task(_) | Owner::Output(_) => {
            let mut nodes = Vec::new();
            for trigger in triggers {
                let kind = checker.type_text(trigger.type_node)?;
                if !has_no_outputs(kind) {
                    nodes.push(trigger.node);
                }
            }
            nodes
        }
        _ => return None,
    };
    let mut upstream = Vec::new();
    for node in of_owner {
        let mut flow_triggers = summary.flow_triggers.iter();
        let trigger = flow_triggers.find(|trigger| trigger.node == node)?;
        upstream.extend(flows_of(checker, trigger)?);
    }
    Some(upstream)
}

/// Triggers that never set `trigger.outputs`.
fn has_no_outputs(kind: &str) -> bool {
    SCHEDULE_TYPES.contains(&kind) || kind == "io.kestra.plugin.core.trigger.Webhook"
}

fn flows_of<'run>(checker: &Checker<'run>, trigger: &FlowTrigger) -> Option<Vec<&'run Summary>> {
    let tree = checker.tree;
    let preconditions = tree.get(trigger.node, "preconditions");
    // `where` names flows by what they are like.
    let has_patterns = preconditions.is_some_and(|node| tree.get(node, "where").is_some());
    if has_patterns || trigger.upstream.is_empty() {
        return None;
    }
    let (member, project) = (checker.member()?, checker.project);
    let mut flows = Vec::new();
    for upstream in &trigger.upstream {
        let found = project.upstream_flows(member, upstream);
        if found.is_empty() {
            return None;
        }
        for member in found.iter() {
            let summary = project.summary(*member);
            if summary.is_incomplete {
                return None;
            }
            flows.push(summary);
        }
    }
    Some(flows)
}

/// Kestra 2.0.0 keeps the outputs by namespace and flow id, and lays those of the flow that ends last over them; its
/// documentation has also had them by flow id alone. What fits one of these forms is left to it.
fn check(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    upstream: &[&Summary],
    step: &Segment,
    below: &[Segment],
) {
    let template = &site.template;
    let Some(name) = step.name(template) else {
        return;
    };
    if upstream.iter().any(|flow| declares(flow, &name)) {
        return;
    }
    let is_of = |flow: &Summary, given: &str| flow.namespace.as_deref() == Some(given);
    let (named, next) = if upstream.iter().any(|flow| is_of(flow, &name)) {
        let id = below.first().and_then(|id| id.name(template));
        let Some(id) = id else { return };
        let of_namespace = upstream.iter().copied().filter(|flow| is_of(flow, &name));
        let named: Vec<&Summary> = of_namespace
            .filter(|flow| flow.id.as_deref() == Some(&*id))
            .collect();
        (named, below.get(1))
    } else {
        let begins = |flow: &&Summary| {
            let namespace = flow.namespace.as_deref().unwrap_or_default();
            namespace.split('.').next() == Some(&*name)
        };
        if upstream.iter().any(begins) {
            return;
        }
        let named = upstream.iter().copied();
        let named: Vec<&Summary> = named
            .filter(|flow| flow.id.as_deref() == Some(&*name))
            .collect();
        if named.is_empty() {
            report(checker, site, upstream, step, &name);
            return;
        }
        (named, below.first())
    };
    let below = next.and_then(|next| Some((next, next.name(template)?)));
    if let Some((next, key)) = below
        && !named.iter().any(|flow| declares(flow, &key))
    {
        report(checker, site, &named, next, &key);
    }
}

fn declares(flow: &Summary, name: &str) -> bool {
    flow.outputs.iter().any(|output| {
        let below = output.id.strip_prefix(name);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn report(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    upstream: &[&Summary],
    step: &Segment,
    name: &str,
) {
    let Some(first) = upstream.first() else {
        return;
    };
    let outputs = || upstream.iter().flat_map(|flow| &flow.outputs);
    let id = first.id.as_deref().unwrap_or_default();
    let is_one = upstream.iter().all(|flow| flow.id == first.id);
    let message = if is_one {
        format!("`{id}` has no output `{name}`")
    } else {
        format!("None of the flows that the trigger waits for has an output `{name}`")
    };
    let meant = closest(name, outputs(), |output| &output.id);
    let (help, place) = match meant {
        Some(meant) => (format!("Did you mean `{}`?", meant.id), meant.place),
        None if outputs().next().is_none() => {
            let whose = if is_one {
                format!("`{id}` declares")
            } else {
                "They declare".to_owned()
            };
            let help = format!("{whose} no `outputs`. Declare there what other flows may read.");
            (help, first.place)
        }
        None => {
            let mut names: Vec<String> =
                outputs().map(|output| format!("`{}`", output.id)).collect();
            names.dedup();
            (format!("There is {}.", names.join(", ")), first.place)
        }
    };
    checker
        .finding_within(
            &METADATA,
            site.node,
            step.name_range(&site.template),
            message,
        )
        .label("not declared by the flow waited for")
        .related(place, "declared here")
        .help(help)
        .emit();
}
