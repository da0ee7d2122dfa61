//! `terraform-provider-version`: a provider that cannot talk to the target version.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{
    FixKind, Group, RelatedLocation, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::source::TerraformProvider;

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
        let providers = workspace.terraform.providers.iter();
        let providers: Vec<&TerraformProvider> = providers
            .filter(|provider| checker.has_terraform_file(provider.place.file))
            .collect();
        for (index, provider) in providers.iter().enumerate() {
            let file = provider.place.file;
            let (before, after) = (&providers[..index], &providers[index + 1..]);
            let is_same = |other: &&&TerraformProvider| other.constraint == provider.constraint;
            let fits = majors.clone().any(|major| provider.allows_major(major));
            // What every module repeats is one mistake.
            if fits || before.iter().any(|other| is_same(&other)) {
                continue;
            }
            let repeated = after.iter().filter(is_same).map(|other| RelatedLocation {
                location: other.place,
                message: "the same here".to_owned(),
            });
            let constraint = &provider.constraint;
            let message = format!("The provider `{constraint}` is not made for Kestra {target}");
            let path = workspace.files.get(file).path.to_string_lossy();
            let identity = [path.as_ref(), constraint.as_str()];
            checker.emit(&METADATA, provider.place, &identity, message, |finding| {
                finding.related = repeated.collect();
                finding.label = format!("allows no version {major}.x");
                finding.help = Some(format!(
                    "Ask for `~> {major}.0`, or set the `target` that the server has."
                ));
            });
        }
    }
}
