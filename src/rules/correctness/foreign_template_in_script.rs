//! `foreign-template-in-script`: a template of another tool, which Kestra renders.

use crate::analysis::{ExpressionSite, ForeignTemplate, foreign_call, foreign_print, foreign_root};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ForeignTemplateInScript;

struct ForeignTemplateInScript;

static METADATA: RuleMetadata = RuleMetadata {
    name: "foreign-template-in-script",
    summary: "A template of another tool, which Kestra renders",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ForeignTemplateInScript {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression, Interest::Typing]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for error in template.errors() {
            if let Some((tool, range)) = foreign_print(template, error.range) {
                report(checker, site, tool, range);
            }
        }
        let references = checker.references();
        for (reference, _) in references.iter() {
            if let Some(tool) = foreign_root(template, reference.root)
                && !reference.is_guarded()
            {
                report(checker, site, tool, reference.range);
            }
        }
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        let is_unknown = matches!(
            problem.kind,
            ProblemKind::UnknownName {
                kind: InvocationKind::Function
            }
        );
        if let Some(tool) = foreign_call(site.template.slice(problem.range)).filter(|_| is_unknown)
        {
            report(checker, site, tool, problem.range);
        }
    }
}

fn report(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    tool: ForeignTemplate,
    range: TextRange,
) {
    checker
        .finding_within(
            &METADATA,
            site.node,
            range,
            format!(
                "This is a template of {}, but Kestra renders it first and fails",
                tool.as_str()
            ),
        )
        .help(
            "Wrap it in `{% verbatim %}…{% endverbatim %}`, or keep the text in a namespace file.",
        )
        .emit();
}
