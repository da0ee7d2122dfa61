//! `terraform-syntax-error`: a Terraform file or template that cannot be parsed.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::TerraformProblemKind;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformSyntaxError;

struct TerraformSyntaxError;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-syntax-error",
    summary: "A Terraform file or a template that it reads cannot be parsed, so its flows were not checked",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformSyntaxError {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        for problem in &workspace.terraform.problems {
            let TerraformProblemKind::Syntax(message) = &problem.kind else {
                continue;
            };
            if !checker.has_terraform_file(problem.location.file) {
                continue;
            }
            checker.emit(
                &METADATA,
                problem.location,
                &[message],
                format!("Terraform cannot parse this: {message}"),
                |finding| {
                    finding.help = Some(
                        "The flows of this file were not checked. `terraform validate` says more."
                            .to_owned(),
                    );
                },
            );
        }
    }
}
