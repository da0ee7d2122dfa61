//! `constant-condition`: a condition that always has the same result.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryOperator, ExpressionId, ExpressionKind, Operand, PartKind, Template, has_template,
};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ConstantCondition;

struct ConstantCondition;

static METADATA: RuleMetadata = RuleMetadata {
    name: "constant-condition",
    summary: "A condition that always has the same result",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ConstantCondition {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression, Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        for node in conditions(checker, task) {
            let Some(text) = checker.tree.scalar_text(node) else {
                continue;
            };
            if has_template(text) || !has_comparison(text) {
                continue;
            }
            checker
                .finding(
                    &METADATA,
                    node,
                    "A text without braces is not evaluated: the condition is always true",
                )
                .help("Put the condition in braces: `{{ … }}`.")
                .emit();
        }
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if let Owner::Task(task) = site.owner
            && conditions(checker, task).any(|node| node == site.node)
        {
            outside_braces(checker, site);
        }
        exclusive_tests(checker, site);
    }
}

const OPERATORS: [&str; 10] = [
    "==",
    "!=",
    ">=",
    "<=",
    " > ",
    " < ",
    " and ",
    " or ",
    " contains ",
    " is ",
];

/// The conditions of a task: `runIf`, and `condition` of an If.
fn conditions<'run>(
    checker: &Checker<'run>,
    task: TaskIndex,
) -> impl Iterator<Item = NodeId> + use<'run> {
    let tree = checker.tree;
    let task = checker.task(task);
    let is_if = checker.type_text(task.type_node) == Some("io.kestra.plugin.core.flow.If");
    let condition = is_if.then(|| tree.get(task.node, "condition")).flatten();
    tree.get(task.node, "runIf").into_iter().chain(condition)
}

fn has_comparison(text: &str) -> bool {
    OPERATORS.iter().any(|operator| text.contains(operator))
}

/// `{{ x }} != 0`: the text is never empty, whatever the braces give.
fn outside_braces(checker: &mut Checker<'_>, site: &ExpressionSite) {
    let template = &site.template;
    let parts = template.parts();
    let is_plain = parts
        .iter()
        .all(|part| matches!(part.kind, PartKind::Text | PartKind::Print(_)));
    let outside = parts
        .iter()
        .filter(|part| part.kind == PartKind::Text)
        .find(|part| has_comparison(&format!(" {} ", template.slice(part.range).trim())));
    let (true, Some(outside)) = (is_plain, outside) else {
        return;
    };
    checker
        .finding_within(
            &METADATA,
            site.node,
            outside.range,
            "This stands outside of the braces: the text is never empty, so the condition is always true",
        )
        .help("Compare inside the braces: `{{ … != 0 }}`.")
        .emit();
}

/// Tests joined by `and` that ask one thing for two values.
fn exclusive_tests(checker: &mut Checker<'_>, site: &ExpressionSite) {
    let template = &site.template;
    for (id, expression) in template.expressions() {
        let ExpressionKind::Sequence { operations, .. } = expression.kind else {
            continue;
        };
        let is_joined = template
            .operations(operations)
            .any(|(_, operation)| operation.operator == BinaryOperator::And);
        if !is_joined {
            continue;
        }
        let mut tests: Vec<(&str, &str)> = Vec::new();
        let mut contradiction: Option<(TextRange, String)> = None;
        for (subject, value, range) in joined_tests(checker, template, id) {
            let known = tests.iter().find(|(other, _)| *other == subject);
            match known {
                Some((_, other)) if *other != value => {
                    contradiction = Some((
                        range,
                        format!(
                            "`{subject}` cannot be `{other}` and `{value}` at once: this is never true"
                        ),
                    ));
                }
                Some(_) => {}
                None => tests.push((subject, value)),
            }
        }
        if let Some((range, message)) = contradiction {
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help("Use `or` where one of them is enough.")
                .emit();
            // An enclosing expression would say it again.
            return;
        }
    }
}

/// The comparisons with a literal that must all hold for a sequence to be true: what is asked, the
/// literal's value, the place.
fn joined_tests<'t>(
    checker: &Checker<'_>,
    template: &'t Template,
    sequence: ExpressionId,
) -> Vec<(&'t str, &'t str, TextRange)> {
    let mut tests = Vec::new();
    let mut waiting = vec![sequence];
    while let Some(id) = waiting.pop() {
        let tree = template.resolve(template.without_parentheses(id), checker.target);
        let Some(last) = tree.nodes.len().checked_sub(1) else {
            continue;
        };
        let mut operands = vec![Operand::Node(u32::try_from(last).unwrap_or(u32::MAX))];
        while let Some(operand) = operands.pop() {
            let node = match operand {
                Operand::Expression(inner) => {
                    waiting.push(inner);
                    continue;
                }
                Operand::Node(node) => match tree.nodes.get(node as usize) {
                    Some(node) => node,
                    None => continue,
                },
            };
            match (node.operator, node.left, node.right) {
                (BinaryOperator::And, left, right) => operands.extend([right, left]),
                (BinaryOperator::Equal, Operand::Expression(left), Operand::Expression(right)) => {
                    tests.extend(test(template, left, right));
                }
                _ => {}
            }
        }
    }
    tests
}

fn test(
    template: &Template,
    left: ExpressionId,
    right: ExpressionId,
) -> Option<(&str, &str, TextRange)> {
    let value = match template.expression(right).kind {
        ExpressionKind::String(_) => template.slice(template.string_content(right)?),
        ExpressionKind::Integer(_) => template.slice(template.expression(right).range),
        _ => return None,
    };
    let subject = template.slice(template.expression(left).range);
    // What gives another value each time may well be both.
    let is_steady = ["random", "uuid", "now(", "id("]
        .iter()
        .all(|call| !subject.contains(call));
    let place = template
        .expression(left)
        .range
        .cover(template.expression(right).range);
    is_steady.then_some((subject, value, place))
}
