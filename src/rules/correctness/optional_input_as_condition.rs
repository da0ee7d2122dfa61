//! `optional-input-as-condition`: an input that may be left out decides a condition, which then fails.

use crate::analysis::{ExpressionSite, Owner, input_of_path};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryNode, BinaryOperator, ExpressionId, ExpressionKind, Operand, PartKind, Template,
    UnaryOperator,
};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::model::{Input, TaskIndex};
use crate::syntax::{NodeId, Value};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &OptionalInputAsCondition;

struct OptionalInputAsCondition;

static METADATA: RuleMetadata = RuleMetadata {
    name: "optional-input-as-condition",
    summary: "An input that may be left out decides a condition, which then fails",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for OptionalInputAsCondition {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        let inputs = &checker.flow.inputs;
        if !matches!(site.owner, Owner::Task(_) | Owner::Output(_))
            || inputs.is_empty()
            || !template.text().contains("inputs")
            || inputs
                .iter()
                .all(|input| not_required(checker, input).is_none())
        {
            return;
        }
        let Conditions { deciding, asked } = Conditions::of(template, checker.target);
        for condition in deciding {
            let range = template.expression(condition).range;
            let is_asked = |other: &TextRange| {
                other.start() < range.start() && template.slice(*other) == template.slice(range)
            };
            if asked.iter().any(is_asked) {
                continue;
            }
            if let Some(required) = optional_input(checker, site, condition) {
                report(checker, site, range, required);
            }
        }
    }
}

/// The places of a template that fail for null (asked of 1.3.31 and 2.0.0; a ternary takes null as false).
#[derive(Default)]
struct Conditions {
    /// What stands behind `if`, `elseif` and `not`, and at the sides of `and` and `or`.
    deciding: Vec<ExpressionId>,
    /// What is compared or tested, which may say that it is there.
    asked: Vec<TextRange>,
}

impl Conditions {
    fn of(template: &Template, target: Target) -> Self {
        let mut found = Self::default();
        for part in template.parts() {
            if let PartKind::If { condition, .. } | PartKind::ElseIf { condition, .. } = part.kind {
                found.add(template, condition);
            }
        }
        for (id, expression) in template.expressions() {
            match expression.kind {
                ExpressionKind::Unary {
                    operator: UnaryOperator::Not,
                    operand,
                } => found.add(template, operand),
                ExpressionKind::Sequence { operations, .. } => {
                    let mut operations = template.operations(operations);
                    if operations.any(|(_, operation)| is_of_conditions(operation.operator)) {
                        for node in template.resolve(id, target).nodes {
                            found.add_sides(template, &node);
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn add_sides(&mut self, template: &Template, node: &BinaryNode) {
        use BinaryOperator as B;
        for side in [node.left, node.right] {
            let Operand::Expression(side) = side else {
                continue;
            };
            match node.operator {
                B::And | B::Or => self.add(template, side),
                operator if is_of_conditions(operator) => {
                    let side = template.without_parentheses(side);
                    self.asked.push(template.expression(side).range);
                }
                _ => {}
            }
            // `not a == b` has one cause, which the form of the expression shows.
            if let Some(negated) = template.negated_left_side(side, node.operator) {
                let negated = template.without_parentheses(negated);
                self.deciding.retain(|known| *known != negated);
            }
        }
    }

    fn add(&mut self, template: &Template, condition: ExpressionId) {
        let condition = template.without_parentheses(condition);
        let is_path = matches!(
            template.expression(condition).kind,
            ExpressionKind::Attribute { .. } | ExpressionKind::Subscript { .. }
        );
        if is_path {
            self.deciding.push(condition);
        }
    }
}

fn is_of_conditions(operator: BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(
        operator,
        B::And | B::Or | B::Is | B::IsNot | B::Equal | B::NotEqual
    )
}

/// Where an input says that it may be left out, if that is all that the expression reads.
fn optional_input(
    checker: &Checker<'_>,
    site: &ExpressionSite,
    expression: ExpressionId,
) -> Option<NodeId> {
    let template = &site.template;
    let references = checker.references();
    let mut references = references.iter();
    let (reference, path) = references.find(|(found, _)| found.expression == expression)?;
    if template.slice(reference.root) != "inputs" || reference.is_guarded() || reference.in_macro {
        return None;
    }
    let input = input_of_path(checker.tree, checker.flow, template, path)?;
    let id = checker.type_text(input.id)?;
    let is_all = id.split('.').count() == path.len();
    let required = not_required(checker, input).filter(|_| is_all)?;
    (!is_asked_by_task(checker, site, id)).then_some(required)
}

/// `required: false` of an input that has no value of its own and could be a condition.
fn not_required(checker: &Checker<'_>, input: &Input) -> Option<NodeId> {
    let tree = checker.tree;
    let required = tree.get(input.node, "required")?;
    let is_optional = tree.value(required) == Some(Value::Boolean(false))
        && tree.get(input.node, "defaults").is_none();
    // Lists fail always, which another rule tells.
    let is_list = matches!(
        checker.type_text(input.type_node),
        Some("ARRAY" | "MULTISELECT")
    );
    (is_optional && !is_list).then_some(required)
}

/// Whether a task, or one around it, runs only under another condition on the input: that may ask whether it is
/// there.
fn is_asked_by_task(checker: &Checker<'_>, site: &ExpressionSite, input: &str) -> bool {
    let Owner::Task(task) = site.owner else {
        return false;
    };
    let tree = checker.tree;
    let asks = |task: TaskIndex, key: &str| {
        let node = tree.get(checker.task(task).node, key);
        let other = node.filter(|node| *node != site.node);
        let text = other.and_then(|node| tree.scalar_text(node));
        text.is_some_and(|text| text.contains(input))
    };
    let mut ancestors = checker.flow.ancestors(task);
    asks(task, "runIf")
        || ancestors.any(|task| {
            let keys = ["runIf", "condition", "value"];
            keys.iter().any(|key| asks(task, key))
        })
}

fn report(checker: &mut Checker<'_>, site: &ExpressionSite, range: TextRange, required: NodeId) {
    let written = site.template.slice(range).to_owned();
    let place = checker.location(required);
    checker
        .finding_within(
            &METADATA,
            site.node,
            range,
            format!("`{written}` is null where it was left out, and then this fails"),
        )
        .related(place, "it may be left out")
        .help(format!("Say what holds then: `({written} ?? false)`."))
        .fix_within(
            "Take it as false where it was left out",
            Applicability::Unsafe,
            vec![
                (TextRange::empty(range.start()), "(".to_owned()),
                (TextRange::empty(range.end()), " ?? false)".to_owned()),
            ],
        )
        .emit();
}
