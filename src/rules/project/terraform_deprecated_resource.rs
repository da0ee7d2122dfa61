//! `terraform-deprecated-resource`: resources and arguments that the provider for the target has no more.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::finding::{Location, Target};
use crate::source::TerraformResource;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformDeprecatedResource;

struct TerraformDeprecatedResource;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-deprecated-resource",
    summary: "A resource or argument that Kestra's Terraform provider for the target version no longer has",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformDeprecatedResource {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        for resource in &workspace.terraform.resources {
            if !checker.has_terraform_file(resource.place.file) {
                continue;
            }
            if let Some(reason) = RESOURCES
                .iter()
                .find(|(kind, _)| *kind == resource.kind)
                .map(|(_, reason)| *reason)
            {
                let message = format!("`{}` is deprecated", resource.kind);
                report(checker, resource, resource.place, &message, reason);
            }
            for (name, place) in &resource.arguments {
                let gone = ARGUMENTS.iter().find(|(kind, argument, since, _)| {
                    *kind == resource.kind && argument == name && *since <= checker.target
                });
                if let Some((kind, _, since, help)) = gone {
                    let message =
                        format!("The provider for Kestra {since} has no `{name}` in `{kind}`");
                    report(checker, resource, *place, &message, help);
                }
            }
        }
    }
}

/// Whole resources and data sources.
const RESOURCES: [(&str, &str); 1] = [(
    "kestra_template",
    "Templates are deprecated since Kestra 0.11 and gone from 2.0: make it a flow, and call that as a subflow.",
)];

/// Arguments and blocks, the version line without them, and what to do. From the provider's migration guides.
const ARGUMENTS: [(&str, &str, Target, &str); 5] = [
    (
        "kestra_namespace",
        "task_defaults",
        Target::V1_3,
        "It is called `plugin_defaults` since 0.18, and 2.0 has policies instead.",
    ),
    (
        "kestra_namespace",
        "plugin_defaults",
        Target::V2_0,
        "A 2.0 server drops it without a word: use a `kestra_policy` with rules that add the defaults.",
    ),
    (
        "kestra_namespace",
        "worker_group",
        Target::V2_0,
        "Use `default_worker_selector`.",
    ),
    (
        "kestra_tenant",
        "worker_group",
        Target::V2_0,
        "Use `default_worker_selector`.",
    ),
    (
        "kestra_role",
        "permissions",
        Target::V2_0,
        "The block is called `resources`, and its list `actions`.",
    ),
];

fn report(
    checker: &mut ProjectChecker<'_>,
    resource: &TerraformResource,
    place: Location,
    message: &str,
    help: &str,
) {
    let identity = [resource.kind.as_str(), resource.name.as_str(), message];
    checker.emit(&METADATA, place, &identity, message, |finding| {
        finding.help = Some(help.to_owned());
    });
}
