//! `coalesce-precedence-changed`: an expression that Kestra 2.0 reads otherwise than 1.3.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::ExpressionKind;
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::syntax::OffsetMap;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &CoalescePrecedenceChanged;

struct CoalescePrecedenceChanged;

static METADATA: RuleMetadata = RuleMetadata {
    name: "coalesce-precedence-changed",
    summary: "An expression with `??`, `???` or `isIn` that Kestra 2.0 reads otherwise than 1.3",
    group: Group::Migration,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::Safe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for CoalescePrecedenceChanged {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for (id, expression) in template.expressions() {
            if !matches!(expression.kind, ExpressionKind::Sequence { .. }) {
                continue;
            }
            let wrapped = template.parentheses_to_keep(id, Target::V1_3, Target::V2_0);
            if wrapped.is_empty() {
                continue;
            }
            let map = checker.tree.offset_map(site.node);
            let edits = parentheses(&map, &wrapped);
            let draft = checker
                .finding_within(
                    &METADATA,
                    site.node,
                    expression.range,
                    "Kestra 2.0 groups this expression otherwise than 1.3, and so may give another value",
                )
                .help("Parentheses say what is meant, for both versions.");
            match edits {
                Some(edits) => draft.fix_all(
                    "Add the parentheses that keep the meaning of Kestra 1.3",
                    Applicability::Safe,
                    edits,
                ),
                None => draft,
            }
            .emit();
        }
    }
}

/// The insertions, where the text stands in the file as it is.
fn parentheses(map: &OffsetMap, wrapped: &[TextRange]) -> Option<Vec<(TextRange, String)>> {
    let mut places: Vec<(TextRange, &str)> = Vec::new();
    for range in wrapped {
        if !map.is_verbatim(*range) {
            return None;
        }
        let source = map.source_range(*range);
        places.push((TextRange::empty(source.start()), "("));
        places.push((TextRange::empty(source.end()), ")"));
    }
    // Insertions at one place become one edit, so that their order is certain.
    places.sort_by_key(|(place, text)| (place.start(), *text == "("));
    let mut edits: Vec<(TextRange, String)> = Vec::new();
    for (place, text) in places {
        match edits.last_mut() {
            Some((last, content)) if *last == place => content.push_str(text),
            _ => edits.push((place, text.to_owned())),
        }
    }
    Some(edits)
}
