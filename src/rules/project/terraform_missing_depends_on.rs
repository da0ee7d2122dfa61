//! `terraform-missing-depends-on`: a subflow call between two resources that Terraform may deploy in any order.

use crate::engine::Workspace;
use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{Applicability, Edit, Fix, RelatedLocation};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{Call, Cause, MemberIndex, ProjectIndex};
use crate::source::{DependsOn, TerraformFlow};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformMissingDependsOn;

struct TerraformMissingDependsOn;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-missing-depends-on",
    summary: "A flow calls a flow of another Terraform resource without `depends_on`",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformMissingDependsOn {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let (project, workspace) = (checker.project, checker.workspace);
        for start in project.starts() {
            let Cause::Call(call) = start.cause else {
                continue;
            };
            let (Some(from), Some(to)) = (
                deployed(workspace, project, start.from),
                deployed(workspace, project, start.to),
            ) else {
                continue;
            };
            let is_same_root = from.path.first().map(|step| &step.directory)
                == to.path.first().map(|step| &step.directory);
            let call = &project.summary(start.from).calls[call];
            if is_same_root && !call.disabled && !workspace.terraform.waits_for(from, to) {
                report(checker, from, to, call);
            }
        }
    }
}

fn deployed<'run>(
    workspace: &'run Workspace,
    project: &ProjectIndex,
    member: MemberIndex,
) -> Option<&'run TerraformFlow> {
    let document = workspace.documents.get(project.document(member) as usize)?;
    workspace.terraform.flows.get(document.terraform?)
}

fn report(checker: &mut ProjectChecker<'_>, from: &TerraformFlow, to: &TerraformFlow, call: &Call) {
    // Where the two part is where one has to wait for the other.
    let mut steps = from.path.iter().zip(&to.path);
    let Some((here, there)) = steps.find(|(from, to)| from != to) else {
        return;
    };
    let (needed, waiting) = (there.address.clone(), here.address.clone());
    let callee = call.flow_id.clone().unwrap_or_default();
    let message =
        format!("`{waiting}` calls the flow `{callee}` of `{needed}`, but does not depend on it");
    checker.emit(
        &METADATA,
        here.place,
        &[&waiting, &needed],
        message,
        |finding| {
            "Terraform may deploy it before the flow that it calls".clone_into(&mut finding.label);
            finding.help = Some(format!("Add `{needed}` to `depends_on` of `{waiting}`."));
            finding.related = vec![
                RelatedLocation {
                    location: call.place,
                    message: "the call".to_owned(),
                },
                RelatedLocation {
                    location: there.place,
                    message: "what holds the called flow".to_owned(),
                },
            ];
            finding.fix = edit(here.depends_on, &needed).map(|edit| Fix {
                title: format!("Add `{needed}` to `depends_on`"),
                applicability: Applicability::Safe,
                edits: vec![edit],
            });
        },
    );
}

fn edit(depends_on: DependsOn, needed: &str) -> Option<Edit> {
    let (location, content) = match depends_on {
        DependsOn::List {
            at,
            has_entries: true,
        } => (at, format!(", {needed}")),
        DependsOn::List {
            at,
            has_entries: false,
        } => (at, needed.to_owned()),
        DependsOn::Absent { at } => (at, format!("\n  depends_on = [{needed}]")),
        DependsOn::Unclear => return None,
    };
    Some(Edit { location, content })
}
