//! `hyphen-needs-brackets`: a name with a hyphen behind a dot, which the engine takes for a subtraction.

use crate::analysis::{ExpressionSite, HyphenFate, Owner, hyphen_fate};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::ScalarStyle;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &HyphenNeedsBrackets;

struct HyphenNeedsBrackets;

static METADATA: RuleMetadata = RuleMetadata {
    name: "hyphen-needs-brackets",
    summary: "A name with a hyphen behind a dot, which the engine takes for a subtraction",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for HyphenNeedsBrackets {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        report(
            &METADATA,
            checker,
            site,
            HyphenFate::FailsAtRunTime,
            |name| format!("`{name}` has a hyphen and needs brackets"),
        );
    }
}

/// Reports the hyphenated names of one fate, with the fix that both rules on hyphens offer.
pub(in crate::rules) fn report(
    rule: &'static RuleMetadata,
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    fate: HyphenFate,
    message: impl Fn(&str) -> String,
) {
    let template = &site.template;
    let task = match site.owner {
        Owner::Task(task) => Some(checker.task(task)),
        _ => None,
    };
    for name in template.hyphenated_names() {
        if hyphen_fate(checker.tree, checker.flow, task, site.node, template, &name) != fate {
            continue;
        }
        let replacement = name.replacement(template);
        let place = checker.tree.source_range(site.node, name.place);
        let is_verbatim = checker.tree.offset_map(site.node).is_verbatim(name.place);
        // The quotes of the fix would end a single-quoted text.
        let is_quoted = checker.tree.scalar_style(site.node) == Some(ScalarStyle::SingleQuoted);
        let object = template.slice(template.expression(name.object).range);
        let draft = checker
            .finding_within(
                rule,
                site.node,
                name.whole,
                message(template.slice(name.name)),
            )
            .label("read as a subtraction")
            .help(format!("Write `{object}{replacement}`."));
        if is_verbatim && !is_quoted {
            draft.fix(
                "Put the name into brackets",
                Applicability::Safe,
                place,
                replacement,
            )
        } else {
            draft
        }
        .emit();
    }
}
