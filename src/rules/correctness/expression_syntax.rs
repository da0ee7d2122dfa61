//! `expression-syntax`: a template that the engine cannot parse.

use crate::analysis::{ExpressionSite, foreign_print};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{NodeId, ScalarStyle, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ExpressionSyntax;

struct ExpressionSyntax;

static METADATA: RuleMetadata = RuleMetadata {
    name: "expression-syntax",
    summary: "A template that the engine cannot parse",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ExpressionSyntax {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        for error in site.template.errors() {
            // The rule about other tools' templates says why.
            if foreign_print(&site.template, error.range).is_some() {
                continue;
            }
            let is_open = matches!(site.template.slice(error.range), "{{" | "{%" | "{#");
            let help = if is_open && ends_at_comment(checker.tree, site.node) {
                Some(
                    "To YAML ` #` begins a comment, which cuts the value off: quote the value."
                        .to_owned(),
                )
            } else {
                error.help.clone()
            };
            let draft = checker
                .finding_within(&METADATA, site.node, error.range, error.message.clone())
                .maybe_help(help);
            match &error.replacement {
                Some(new) => draft.fix_within(
                    "Write what was probably meant",
                    Applicability::Unsafe,
                    vec![(new.range, new.text.clone())],
                ),
                None => draft,
            }
            .emit();
        }
    }
}

/// Whether a comment stands behind a value without quotes.
fn ends_at_comment(tree: &Tree, node: NodeId) -> bool {
    if tree.scalar_style(node) != Some(ScalarStyle::Plain) {
        return false;
    }
    let rest = &tree.source()[usize::from(tree.range(node).end())..];
    rest.trim_start_matches(' ').starts_with('#')
}
