//! `terraform-provider-version`: a provider that cannot talk to the target version.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformProviderVersion;

struct TerraformProviderVersion;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-provider-version",
    summary: "Terraform asks for a line of Kestra's provider that is not that of the target version",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformProviderVersion {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        let target = checker.target;
        // Who still runs a 0.x server has no nearer target than 1.3.
        let majors = match target {
            Target::V1_3 => 0..=1,
            Target::V2_0 => 2..=2,
        };
        let major = *majors.end();
        for provider in &workspace.terraform.providers {
            let file = provider.place.file;
            let fits = majors.clone().any(|major| provider.allows_major(major));
            if fits || !checker.has_terraform_file(file) {
                continue;
            }
            let constraint = &provider.constraint;
            let message = format!("The provider `{constraint}` is not made for Kestra {target}");
            let path = workspace.files.get(file).path.to_string_lossy();
            let identity = [path.as_ref(), constraint.as_str()];
            checker.emit(&METADATA, provider.place, &identity, message, |finding| {
                finding.label = format!("allows no version {major}.x");
                finding.help = Some(format!(
                    "Ask for `~> {major}.0`, or set the `target` that the server has."
                ));
            });
        }
    }
}
