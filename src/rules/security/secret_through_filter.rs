//! `secret-through-filter`: a filter makes another text of a secret, which Kestra does not hide.

use crate::analysis::taint::{Form, Source, Wanted, code_sink, readable_sink};
use crate::analysis::{ExpressionSite, credentials};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretThroughFilter;

struct SecretThroughFilter;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-through-filter",
    summary: "A filter makes another text of a secret, which Kestra does not hide in logs",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretThroughFilter {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let text = site.template.text();
        if !["secret", "credential", "inputs"]
            .iter()
            .any(|word| text.contains(word))
            || is_told_of(checker, site)
        {
            return;
        }
        let prints = checker.tracer(Wanted::Secret).prints(checker.view(), site);
        let changed = prints
            .iter()
            .flat_map(|print| &print.origins)
            .filter(|origin| origin.form == Form::Changed && origin.source != Source::Credential);
        for origin in changed {
            let what = site.template.slice(origin.range);
            checker
                .finding_within(&METADATA, site.node, origin.range, format!("What is made of `{what}` here is not hidden in logs"))
                .help("Keep the secret in the form in which it is used. Kestra hides only the very text of a secret.")
                .emit();
        }
    }
}

/// Whether other rules speak of secrets at this place, or it is one that is never logged.
fn is_told_of(checker: &Checker<'_>, site: &ExpressionSite) -> bool {
    let (tree, flow) = (checker.tree, checker.flow);
    let key = tree.key_of(site.node).and_then(|key| tree.scalar_text(key));
    readable_sink(tree, flow, site).is_some()
        || code_sink(tree, flow, checker.catalogue, site).is_some()
        || key.is_some_and(|key| credentials::kind_of_property(key).is_some())
}
