//! `useless-default`: a default for what always has a value or fails all the same.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryNode, BinaryOperator, BinaryTree, ExpressionId, ExpressionKind, Operand, Template,
};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UselessDefault;

struct UselessDefault;

static METADATA: RuleMetadata = RuleMetadata {
    name: "useless-default",
    summary: "A default for what always has a value or fails all the same",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UselessDefault {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for (id, expression) in template.expressions() {
            let ExpressionKind::Sequence { operations, .. } = expression.kind else {
                continue;
            };
            let may_default = template.operations(operations).any(|(_, operation)| {
                matches!(
                    operation.operator,
                    BinaryOperator::Coalesce
                        | BinaryOperator::CoalesceUndefined
                        | BinaryOperator::Filter
                )
            });
            if !may_default || is_of_the_migration(checker, template, id) {
                continue;
            }
            let tree = template.resolve(id, checker.target);
            for node in &tree.nodes {
                if gives_default(template, node) {
                    check(checker, site, &tree, node);
                }
            }
        }
    }
}

/// Where both versions are checked and read the expression differently, the migration says so.
fn is_of_the_migration(checker: &Checker<'_>, template: &Template, sequence: ExpressionId) -> bool {
    let targets = &checker.settings().targets;
    Target::ALL.iter().all(|target| targets.contains(target))
        && template.precedence_differs(sequence, Target::V1_3, Target::V2_0)
}

fn gives_default(template: &Template, node: &BinaryNode) -> bool {
    match (node.operator, node.right) {
        (BinaryOperator::Coalesce | BinaryOperator::CoalesceUndefined, _) => true,
        (BinaryOperator::Filter, Operand::Expression(filter)) => {
            match template.expression(filter).kind {
                ExpressionKind::Filter { name, .. } => template.slice(name) == "default",
                _ => false,
            }
        }
        _ => false,
    }
}

fn check(checker: &mut Checker<'_>, site: &ExpressionSite, tree: &BinaryTree, node: &BinaryNode) {
    let template = &site.template;
    // The comparison that the default is for, with its place; of one without parentheses its right side.
    let (range, right) = match node.left {
        Operand::Node(index) => {
            let Some(inner) = tree.nodes.get(index as usize) else {
                return;
            };
            let (Operand::Expression(left), Operand::Expression(right)) = (inner.left, inner.right)
            else {
                return;
            };
            if !always_has_a_value(inner.operator) {
                return;
            }
            let right = template.expression(right).range;
            (template.expression(left).range.cover(right), Some(right))
        }
        Operand::Expression(id) => {
            let inner = template.without_parentheses(id);
            let resolved = template.resolve(inner, checker.target);
            if !resolved
                .root()
                .is_some_and(|root| always_has_a_value(root.operator))
            {
                return;
            }
            (template.expression(inner).range, None)
        }
    };
    let Operand::Expression(default) = node.right else {
        return;
    };
    let Some(operator) = template.operation(node.operation) else {
        return;
    };
    let default = template.expression(default).range;
    let draft = checker
        .finding_within(
            &METADATA,
            site.node,
            operator.range.cover(default),
            format!(
                "This default is never used: `{}` is never null, and fails where something in it is missing",
                template.slice(range)
            ),
        );
    match right.filter(|_| node.operator != BinaryOperator::Filter) {
        Some(right) => draft
            .help(format!(
                "Give the default to what may be missing: `({})`.",
                template.slice(right.cover(default))
            ))
            .fix_within(
                "Put the value and its default in parentheses",
                Applicability::Unsafe,
                vec![
                    (TextRange::empty(right.start()), "(".to_owned()),
                    (TextRange::empty(default.end()), ")".to_owned()),
                ],
            ),
        None => draft.help("Give the default to what may be missing, inside of the parentheses."),
    }
    .emit();
}

/// Operators whose result is never null and whose failure nothing catches (asked of 1.3.31 and 2.0.0).
fn always_has_a_value(operator: BinaryOperator) -> bool {
    matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual)
}
