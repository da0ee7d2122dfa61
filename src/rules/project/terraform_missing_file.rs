//! `terraform-missing-file`: a file that Terraform reads and that does not exist.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::TerraformProblemKind;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformMissingFile;

struct TerraformMissingFile;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-missing-file",
    summary: "Terraform reads a file that does not exist",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformMissingFile {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        for problem in &workspace.terraform.problems {
            let TerraformProblemKind::MissingFile { path, suggestion } = &problem.kind else {
                continue;
            };
            if !checker.has_terraform_file(problem.location.file) {
                continue;
            }
            checker.emit(
                &METADATA,
                problem.location,
                &[path],
                format!("Terraform reads `{path}`, which does not exist"),
                |finding| {
                    finding.help = Some(match suggestion {
                        Some(meant) => format!("Did you mean `{meant}`?"),
                        None => "Add the file or correct the path. It is relative to the directory in which Terraform is run.".to_owned(),
                    });
                },
            );
        }
    }
}
