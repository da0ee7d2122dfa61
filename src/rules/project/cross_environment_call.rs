//! `cross-environment-call`: a flow of one environment that starts one of another.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::Environments;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &CrossEnvironmentCall;

struct CrossEnvironmentCall;

static METADATA: RuleMetadata = RuleMetadata {
    name: "cross-environment-call",
    summary: "A flow calls or waits for a flow of another environment",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for CrossEnvironmentCall {
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
        let environments = Environments::new(&checker.settings().environments);
        let path = checker.deployment_path(checker.document);
        let Some(own) = environments.named(Some(path), summary.namespace.as_deref()) else {
            return;
        };
        for call in summary.enabled_calls() {
            let node = checker
                .tree
                .get(call.node, "namespace")
                .unwrap_or(call.node);
            let other = other_environment(
                checker,
                environments,
                call.namespace.as_deref(),
                call.flow_id.as_deref(),
            );
            if let Some(other) = other.filter(|other| *other != own) {
                report(
                    checker,
                    node,
                    (own, other),
                    call.flow_id.as_deref(),
                    "calls",
                );
            }
        }
        for trigger in summary.enabled_flow_triggers() {
            for upstream in &trigger.upstream {
                let entry = upstream.node.unwrap_or(trigger.node);
                let node = checker.tree.get(entry, "namespace").unwrap_or(entry);
                let other = other_environment(
                    checker,
                    environments,
                    upstream.namespace.as_deref(),
                    upstream.flow_id.as_deref(),
                );
                if let Some(other) = other.filter(|other| *other != own) {
                    report(
                        checker,
                        node,
                        (own, other),
                        upstream.flow_id.as_deref(),
                        "waits for",
                    );
                }
            }
        }
    }
}

/// The environment of a flow by its name: that of its file, where it has only one, or of its namespace.
fn other_environment<'run>(
    checker: &Checker<'run>,
    environments: Environments<'run>,
    namespace: Option<&str>,
    id: Option<&str>,
) -> Option<&'run str> {
    let namespace = namespace?;
    let members = id.map_or(&[][..], |id| checker.project.flows(namespace, id));
    let path = match members {
        [only] => {
            let document = checker.project.document(*only) as usize;
            let document = checker.workspace.documents.get(document)?;
            Some(checker.deployment_path(document))
        }
        _ => None,
    };
    environments.named(path, Some(namespace))
}

fn report(
    checker: &mut Checker<'_>,
    node: NodeId,
    (own, other): (&str, &str),
    id: Option<&str>,
    verb: &str,
) {
    let what = id.map_or_else(|| "a flow".to_owned(), |id| format!("`{id}`"));
    checker
        .finding(
            &METADATA,
            node,
            format!("This flow of `{own}` {verb} {what} of `{other}`"),
        )
        .label(format!("belongs to `{other}`"))
        .help(format!(
            "Name the flow of `{own}`, or correct the environments in the configuration."
        ))
        .emit();
}
