//! `expression-not-rendered`: an expression in a property that Kestra does not render.

use crate::analysis::{SchemaProblem, SchemaProblemKind, is_of_library};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ExpressionNotRendered;

struct ExpressionNotRendered;

static METADATA: RuleMetadata = RuleMetadata {
    name: "expression-not-rendered",
    summary: "An expression in a property that Kestra does not render",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ExpressionNotRendered {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let key = checker
            .tree
            .key_of(problem.node)
            .and_then(|key| checker.tree.scalar_text(key));
        // Descriptions are for people; conditions and expressions are rendered by the task itself.
        let is_elsewhere = matches!(
            key,
            None | Some(
                "description"
                    | "displayName"
                    | "runIf"
                    | "expr"
                    | "filterCondition"
                    | "condition"
                    | "value"
            )
        );
        if problem.kind != SchemaProblemKind::NotRendered
            || is_elsewhere
            || !problem.is_certain
            // Classes of plugins render by themselves what their declarations don't mark.
            || !is_of_library(checker.tree, checker.catalogue, problem.within.node)
        {
            return;
        }
        checker
            .finding(
                &METADATA,
                problem.node,
                format!(
                    "`{}` is not rendered: the braces reach the plugin as they are",
                    key.unwrap_or_default()
                ),
            )
            .help("Write a fixed value here.")
            .emit();
    }
}
