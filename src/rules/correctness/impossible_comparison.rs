//! `impossible-comparison`: a comparison that can never be true, or fails.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryOperator, ExpressionId, ExpressionKind, Operand, Problem, ProblemKind,
};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{DAYS_OF_THE_WEEK, STATES};
use crate::syntax::Value;
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ImpossibleComparison;

struct ImpossibleComparison;

static METADATA: RuleMetadata = RuleMetadata {
    name: "impossible-comparison",
    summary: "A comparison that can never be true, or fails",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ImpossibleComparison {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing, Interest::Expression]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(
            problem.kind,
            ProblemKind::NeverEqual { .. } | ProblemKind::NotComparable { .. }
        ) {
            return;
        }
        checker.problem(&METADATA, site, problem).emit();
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for (id, expression) in template.expressions() {
            let ExpressionKind::Sequence { operations, .. } = expression.kind else {
                continue;
            };
            if !template
                .operations(operations)
                .any(|(_, operation)| is_equality(operation.operator))
            {
                continue;
            }
            for node in template.resolve(id, checker.target).nodes {
                let (Operand::Expression(left), Operand::Expression(right)) =
                    (node.left, node.right)
                else {
                    continue;
                };
                if is_equality(node.operator) {
                    compare(checker, site, left, right);
                    compare(checker, site, right, left);
                }
            }
        }
    }
}

fn is_equality(operator: BinaryOperator) -> bool {
    matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual)
}

/// Holds a text against what it is compared with, where all values of that are known.
fn compare(
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    subject: ExpressionId,
    literal: ExpressionId,
) {
    let template = &site.template;
    let Some(text) = template.string_value(literal) else {
        return;
    };
    let Some(values) = known_values(checker, site, template.without_parentheses(subject)) else {
        return;
    };
    if values.iter().any(|value| *value == text) {
        return;
    }
    let Some(place) = template.string_content(literal) else {
        return;
    };
    let subject = template.slice(template.expression(subject).range);
    let near = values
        .iter()
        .find(|value| value.eq_ignore_ascii_case(&text))
        .copied()
        .or_else(|| nearest(&text, values.iter().copied()));
    let draft = checker.finding_within(
        &METADATA,
        site.node,
        place,
        format!("`{subject}` is never `{text}`"),
    );
    match near {
        Some(near) => draft.help(format!("Did you mean `{near}`?")).fix_within(
            format!("Write `{near}`"),
            Applicability::Unsafe,
            vec![(place, near.to_owned())],
        ),
        None => draft.help(format!("It is one of {}.", values.join(", "))),
    }
    .emit();
}

/// All values that an expression can have, where they are known: a state, a day of the week, an input that is
/// chosen from a list.
fn known_values<'run>(
    checker: &Checker<'run>,
    site: &ExpressionSite,
    subject: ExpressionId,
) -> Option<Vec<&'run str>> {
    let template = &site.template;
    if let ExpressionKind::Call { name, .. } = template.expression(subject).kind {
        return (template.slice(name) == "dayOfWeek").then(|| DAYS_OF_THE_WEEK.to_vec());
    }
    let references = checker.references();
    let (reference, path) = references
        .iter()
        .find(|(reference, _)| reference.expression == subject)?;
    let name = |index: usize| path.get(index).and_then(|step| step.name(template));
    match (template.slice(reference.root), path.len()) {
        ("execution", 1) if name(0)? == "state" => Some(STATES.to_vec()),
        ("tasks", 2) if name(1)? == "state" => Some(STATES.to_vec()),
        ("inputs", 1) => choices(checker, &name(0)?),
        _ => None,
    }
}

/// The values of a SELECT input that takes no others.
fn choices<'run>(checker: &Checker<'run>, id: &str) -> Option<Vec<&'run str>> {
    let tree = checker.tree;
    let input = checker
        .flow
        .inputs
        .iter()
        .find(|input| input.form.is_none() && checker.type_text(input.id) == Some(id))?;
    let is_select = matches!(checker.type_text(input.type_node)?, "SELECT" | "ENUM");
    let takes_others = tree
        .get(input.node, "allowCustomValue")
        .is_some_and(|value| tree.value(value) != Some(Value::Boolean(false)));
    if !is_select || takes_others || tree.get(input.node, "expression").is_some() {
        return None;
    }
    let values = tree.get(input.node, "values")?;
    tree.items(values)
        .map(|item| match tree.value(item) {
            Some(Value::String(_)) => tree.scalar_text(item),
            // What Kestra makes a text of in its own way.
            _ => None,
        })
        .collect()
}
