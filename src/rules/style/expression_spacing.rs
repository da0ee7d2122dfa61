//! `expression-spacing`: braces of an expression without a space inside.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::PartKind;
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ExpressionSpacing;

struct ExpressionSpacing;

static METADATA: RuleMetadata = RuleMetadata {
    name: "expression-spacing",
    summary: "Braces of an expression without a space inside",
    group: Group::Style,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ExpressionSpacing {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for part in template.parts() {
            if !matches!(part.kind, PartKind::Print(_)) {
                continue;
            }
            let text = template.slice(part.range);
            let Some(inner) = text
                .strip_prefix("{{")
                .and_then(|text| text.strip_suffix("}}"))
            else {
                continue;
            };
            let brace = TextSize::from(2);
            // A hyphen at a brace trims, or is a sign: neither is touched.
            let mut edits = Vec::new();
            if !inner.starts_with('-') && !inner.starts_with(char::is_whitespace) {
                let at = part.range.start() + brace;
                edits.push((TextRange::empty(at), " ".to_owned()));
            }
            if !inner.ends_with('-') && !inner.ends_with(char::is_whitespace) {
                let at = part.range.end() - brace;
                edits.push((TextRange::empty(at), " ".to_owned()));
            }
            if edits.is_empty() {
                continue;
            }
            let message = format!("No space inside the braces of `{}`", shortened(text));
            checker
                .finding_within(&METADATA, site.node, part.range, message)
                .fix_within("Add spaces", Applicability::Safe, edits)
                .emit();
        }
    }
}

/// The first line of a text, cut where it is long.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut letters = line.chars();
    let shown: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() {
        format!("{shown}…")
    } else {
        shown
    }
}
