//! `terraform-unused-template-variable`: a variable that is passed to a template which does not use it.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::finding::{Location, RelatedLocation};
use crate::source::TerraformProblemKind;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformUnusedTemplateVariable;

struct TerraformUnusedTemplateVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-unused-template-variable",
    summary: "A `templatefile` call passes a variable that the template does not use",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformUnusedTemplateVariable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let workspace = checker.workspace;
        for problem in &workspace.terraform.problems {
            let TerraformProblemKind::UnusedTemplateVariable { name, template } = &problem.kind
            else {
                continue;
            };
            if !checker.has_terraform_file(problem.location.file) {
                continue;
            }
            let template = Location {
                file: *template,
                range: TextRange::default(),
            };
            checker.emit(
                &METADATA,
                problem.location,
                &[name],
                format!("The template does not use the variable `{name}`"),
                |finding| {
                    "passed, but nowhere in the template".clone_into(&mut finding.label);
                    finding.related.push(RelatedLocation {
                        location: template,
                        message: "the template".to_owned(),
                    });
                    finding.help = Some(format!(
                        "Use `${{{name}}}` in the template, or stop passing it."
                    ));
                },
            );
        }
    }
}
