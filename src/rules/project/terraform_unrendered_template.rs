//! `terraform-unrendered-template`: template syntax in a file that is read as it is.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TerraformUnrenderedTemplate;

struct TerraformUnrenderedTemplate;

static METADATA: RuleMetadata = RuleMetadata {
    name: "terraform-unrendered-template",
    summary: "A flow that Terraform reads with `file` has a `${…}` that nothing replaces",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TerraformUnrenderedTemplate {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        if checker.document.terraform.is_none() {
            return;
        }
        let tree = checker.tree;
        for node in tree.nodes() {
            if let Some(name) = tree.scalar_text(node).and_then(whole_interpolation) {
                check(checker, node, name);
            }
        }
    }
}

fn check(checker: &mut Checker<'_>, node: NodeId, name: &str) {
    if !stands_in_a_file(checker, checker.tree.range(node)) {
        return;
    }
    checker
        .finding(
            &METADATA,
            node,
            format!("Nothing replaces `${{{name}}}` here"),
        )
        .label("Kestra gets this text as it is")
        .help(format!(
            "Read the file with `templatefile` and pass `{name}`, or write the value."
        ))
        .emit();
}

/// The name in a text that is `${name}` and nothing else. In longer texts it may be a shell's.
fn whole_interpolation(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    // Names in capitals are a shell's.
    let is_name = name.chars().all(is_word) && name.chars().any(char::is_lowercase);
    is_name.then_some(name)
}

/// Whether the bytes stand like this in a file of flows, not in a `.tf` file where `$${` was meant.
fn stands_in_a_file(checker: &Checker<'_>, range: TextRange) -> bool {
    let document = &checker.document.document;
    let files = &checker.workspace.files;
    document.locate_exactly(range).is_some_and(|location| {
        let path = &files.get(location.file).path;
        path.extension().is_none_or(|extension| extension != "tf")
    })
}
