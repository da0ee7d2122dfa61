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
        let template = &site.template;
        let task = match site.owner {
            Owner::Task(task) => Some(checker.task(task)),
            _ => None,
        };
        for name in template.hyphenated_names() {
            let fate = hyphen_fate(checker.tree, checker.flow, task, site.node, template, &name);
            if fate != HyphenFate::FailsAtRunTime {
                continue;
            }
            let replacement = name.replacement(template);
            let place = checker.tree.source_range(site.node, name.place);
            let is_verbatim = checker.tree.offset_map(site.node).is_verbatim(name.place);
            let quote = checker.tree.scalar_style(site.node) == Some(ScalarStyle::SingleQuoted);
            let draft = checker
                .finding_within(
                    &METADATA,
                    site.node,
                    name.whole,
                    format!(
                        "`{}` has a hyphen and needs brackets",
                        template.slice(name.name)
                    ),
                )
                .label("read as a subtraction")
                .help(format!(
                    "Write `{}{replacement}`.",
                    template.slice(template.expression(name.object).range)
                ));
            if is_verbatim && !quote {
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
}
