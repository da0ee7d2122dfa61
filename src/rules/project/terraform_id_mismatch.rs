//! `terraform-id-mismatch`: a resource whose arguments say another id or namespace than the flow.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::TerraformText;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformIdMismatch;

struct TerraformIdMismatch;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-id-mismatch",
    summary: "The `flow_id` or `namespace` of a Terraform resource differs from what its flow says",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformIdMismatch {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let workspace = checker.workspace;
        let Some(deployed) = checker
            .document
            .terraform
            .and_then(|index| workspace.terraform.flows.get(index))
        else {
            return;
        };
        let flow = checker.flow;
        compare(checker, "flow_id", flow.id, deployed.flow_id.as_ref());
        compare(
            checker,
            "namespace",
            flow.namespace,
            deployed.namespace.as_ref(),
        );
    }
}

fn compare(
    checker: &mut Checker<'_>,
    argument: &str,
    node: Option<NodeId>,
    given: Option<&TerraformText>,
) {
    let (Some(node), Some(given)) = (node, given) else {
        return;
    };
    let Some(text) = checker.tree.scalar_text(node) else {
        return;
    };
    let same = if given.is_known {
        text == given.start
    } else {
        text.starts_with(&given.start) && text.ends_with(&given.end)
    };
    if same {
        return;
    }
    let wanted = if given.is_known {
        format!("`{}`", given.start)
    } else {
        format!("`{}…{}`", given.start, given.end)
    };
    checker
        .finding(
            &METADATA,
            node,
            format!(
                "The flow says `{text}`, but `{argument}` of its Terraform resource is {wanted}"
            ),
        )
        .label("differs from the resource")
        .related(given.place, format!("`{argument}` is set here"))
        .help("Make both the same, or take both from one variable.")
        .emit();
}
