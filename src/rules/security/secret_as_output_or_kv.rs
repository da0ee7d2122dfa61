//! `secret-as-output-or-kv`: a secret is kept in clear: as an output, a variable, a key-value pair, a file.

use crate::analysis::ExpressionSite;
use crate::analysis::taint::{Readable, Wanted, readable_sink};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretAsOutputOrKv;

struct SecretAsOutputOrKv;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-as-output-or-kv",
    summary: "A secret is kept in clear: as an output, a variable, a key-value pair or a file",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretAsOutputOrKv {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let sink = readable_sink(checker.tree, checker.flow, site);
        let Some(kind) = sink.filter(|kind| kind.is_kept()) else {
            return;
        };
        let prints = checker.tracer(Wanted::Secret).prints(checker.view(), site);
        for origin in prints.iter().flat_map(|print| &print.origins) {
            let what = site.template.slice(origin.range);
            let help = match kind {
                Readable::KeyValue => {
                    "Keep it as a secret: the key-value store shows its values to all who may see the namespace."
                }
                _ => {
                    "Write `secret(…)` where it is used: outputs, variables and files are kept as they are, for as long as executions are."
                }
            };
            // What is read from an output was told of where it was put there.
            if origin
                .way
                .iter()
                .any(|place| is_kept_at(checker, place.document, place.node))
            {
                continue;
            }
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    origin.range,
                    format!("`{what}` is kept in clear in {}", kind.words()),
                )
                .help(help)
                .emit();
        }
    }
}

/// Whether a text through which a secret came is such a place itself.
fn is_kept_at(checker: &Checker<'_>, document: u32, node: crate::syntax::NodeId) -> bool {
    let Some(loaded) = checker.workspace.documents.get(document as usize) else {
        return false;
    };
    let mut sites = loaded.expressions.iter();
    let site = sites.find(|site| site.node == node);
    site.and_then(|site| readable_sink(&loaded.tree, &loaded.flow, site))
        .is_some_and(Readable::is_kept)
}
