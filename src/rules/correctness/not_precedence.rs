//! `not-precedence`: `not` in front of a comparison, of which it negates only the left side.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryOperator, ExpressionId, ExpressionKind, Operation, Template, UnaryOperator,
};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &NotPrecedence;

struct NotPrecedence;

static METADATA: RuleMetadata = RuleMetadata {
    name: "not-precedence",
    summary: "`not` in front of a comparison, of which it negates only the left side",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for NotPrecedence {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for (_, expression) in template.expressions() {
            let ExpressionKind::Sequence { first, operations } = expression.kind else {
                continue;
            };
            let mut left = first;
            for (_, operation) in template.operations(operations) {
                let negated = std::mem::replace(&mut left, operation.right);
                let operand = template
                    .negated_left_side(negated, operation.operator)
                    .or_else(|| negated_before_a_default(template, negated, operation));
                if let Some(operand) = operand {
                    report(checker, site, negated, operand, operation);
                }
            }
        }
    }
}

/// What `not` stands before at the left of `??`, or of a filter that gives a value for a missing one or asks about the value.
fn negated_before_a_default(
    template: &Template,
    left: ExpressionId,
    operation: &Operation,
) -> Option<ExpressionId> {
    let is_surprising = match operation.operator {
        BinaryOperator::Coalesce | BinaryOperator::CoalesceUndefined => true,
        BinaryOperator::Filter => match template.expression(operation.right).kind {
            ExpressionKind::Filter { name, .. } => matches!(
                template.slice(name),
                "default" | "startsWith" | "endsWith" | "regexMatch"
            ),
            _ => false,
        },
        _ => false,
    };
    match template.expression(left).kind {
        ExpressionKind::Unary {
            operator: UnaryOperator::Not,
            operand,
        } if is_surprising => Some(operand),
        _ => None,
    }
}

fn report(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    negated: ExpressionId,
    operand: ExpressionId,
    operation: &Operation,
) {
    let template = &site.template;
    let inner = template.expression(operand).range;
    let right = template.expression(operation.right).range;
    let written = operation.operator.as_str();
    let whole = template.expression(negated).range.cover(right);
    checker
        .finding_within(
            &METADATA,
            site.node,
            whole,
            format!(
                "`not` negates `{}` alone, before `{written}`",
                template.slice(inner)
            ),
        )
        .help(format!(
            "Write `not ({})` to negate the whole.",
            template.slice(inner.cover(right))
        ))
        .fix_within(
            "Put the comparison in parentheses",
            Applicability::Unsafe,
            vec![
                (TextRange::empty(inner.start()), "(".to_owned()),
                (TextRange::empty(right.end()), ")".to_owned()),
            ],
        )
        .emit();
}
