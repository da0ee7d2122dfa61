//! `terraform-unknown-template-variable`: a template that uses a variable it is not given.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::TerraformProblemKind;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformUnknownTemplateVariable;

struct TerraformUnknownTemplateVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-unknown-template-variable",
    summary: "A template uses a variable that its `templatefile` call does not pass",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformUnknownTemplateVariable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        for problem in &workspace.terraform.problems {
            let TerraformProblemKind::UnknownTemplateVariable(name) = &problem.kind else {
                continue;
            };
            if !checker.has_terraform_file(problem.location.file) {
                continue;
            }
            checker.emit(
                &METADATA,
                problem.location,
                &[name],
                format!("The template is not given a variable `{name}`"),
                |finding| {
                    finding.help = Some(format!("Pass `{name}` in the call of `templatefile`. If it is meant for a shell, write `$${{{name}}}`."));
                },
            );
        }
    }
}
