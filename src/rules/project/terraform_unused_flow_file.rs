//! `terraform-unused-flow-file`: a flow beside a Terraform module that no resource deploys.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformUnusedFlowFile;

struct TerraformUnusedFlowFile;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-unused-flow-file",
    summary: "A flow file stands beside Terraform resources that deploy flows, but none of them reads it",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformUnusedFlowFile {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let (workspace, document) = (checker.workspace, checker.document);
        let terraform = &workspace.terraform;
        if document.terraform.is_some()
            || terraform.flows.is_empty()
            || !document.document.is_whole_file()
        {
            return;
        }
        let path = &workspace.files.get(document.document.file).path;
        let Some(directory) = path.parent().filter(|_| !terraform.read.contains_key(path)) else {
            return;
        };
        if !terraform.deploys_from(directory) {
            return;
        }
        let Some(node) = checker.flow.id.or(checker.flow.root) else {
            return;
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        checker
            .finding(
                &METADATA,
                node,
                format!("No Terraform resource deploys `{name}`"),
            )
            .label("never reaches the server")
            .identity("not deployed")
            .help("Add a `kestra_flow` resource that reads the file, or remove it.")
            .emit();
    }
}
