//! `is-null-on-maybe-undefined`: a test for null of what is never null, but may be undefined.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{
    BinaryNode, BinaryOperator, ExpressionId, ExpressionKind, Operand, Reference, Segment, Template,
};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &IsNullOnMaybeUndefined;

struct IsNullOnMaybeUndefined;

static METADATA: RuleMetadata = RuleMetadata {
    name: "is-null-on-maybe-undefined",
    summary: "A test for null of what is never null, but may be undefined",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for IsNullOnMaybeUndefined {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if !matches!(site.owner, Owner::Task(_) | Owner::Output(_)) {
            return;
        }
        let template = &site.template;
        for (id, expression) in template.expressions() {
            let ExpressionKind::Sequence { operations, .. } = expression.kind else {
                continue;
            };
            let may_ask = |operator| {
                use BinaryOperator as B;
                matches!(operator, B::Is | B::IsNot | B::Equal | B::NotEqual)
            };
            if !template
                .operations(operations)
                .any(|(_, operation)| may_ask(operation.operator))
            {
                continue;
            }
            for node in &template.resolve(id, checker.target).nodes {
                if let Some(test) = null_test(template, node) {
                    report(checker, site, &test);
                }
            }
        }
    }
}

/// `subject is null` and its like.
struct NullTest {
    subject: ExpressionId,
    /// From the operator to the end.
    rest: TextRange,
    /// Whether it asks for null (not for anything else).
    positive: bool,
}

fn null_test(template: &Template, node: &BinaryNode) -> Option<NullTest> {
    use BinaryOperator as B;
    let (Operand::Expression(subject), Operand::Expression(right)) = (node.left, node.right) else {
        return None;
    };
    let is_null = match template.expression(right).kind {
        ExpressionKind::Test { name, .. } => template.slice(name) == "null",
        ExpressionKind::Null => true,
        _ => false,
    };
    let positive = match node.operator {
        B::Is | B::Equal => true,
        B::IsNot | B::NotEqual => false,
        _ => return None,
    };
    let operator = template.operation(node.operation)?.range;
    is_null.then(|| NullTest {
        subject: template.without_parentheses(subject),
        rest: operator.cover(template.expression(right).range),
        positive,
    })
}

fn report(checker: &mut Checker<'_>, site: &ExpressionSite, test: &NullTest) {
    let template = &site.template;
    let references = checker.references();
    let asked = references
        .iter()
        .find(|(reference, _)| reference.expression == test.subject);
    let Some((reference, path)) = asked else {
        return;
    };
    if reference.is_guarded()
        || reference.in_macro
        || !is_never_null(checker, site, reference, path)
    {
        return;
    }
    let written = template.slice(reference.range);
    let new = if test.positive {
        "is not defined"
    } else {
        "is defined"
    };
    checker
        .finding_within(
            &METADATA,
            site.node,
            template.expression(test.subject).range.cover(test.rest),
            format!(
                "`{written}` is never null: where it is missing it is undefined, and this fails"
            ),
        )
        .help(format!("Write `{written} {new}`."))
        .fix_within(
            format!("Write `{new}`"),
            Applicability::Unsafe,
            vec![(test.rest, new.to_owned())],
        )
        .emit();
}

/// Whether Kestra leaves it out instead of setting it to null (asked of 1.3.31 and 2.0.0): variables of a task
/// run, labels, the environment, a task's outputs and their properties, files that a script did not write.
fn is_never_null(
    checker: &Checker<'_>,
    site: &ExpressionSite,
    reference: &Reference,
    path: &[Segment],
) -> bool {
    let template = &site.template;
    match (template.slice(reference.root), path) {
        ("trigger" | "labels" | "envs" | "taskrun", [] | [_]) | ("outputs", [_]) => true,
        ("outputs", [task, property]) => {
            is_declared_output(checker, template, task, property).is_some()
        }
        // The outputs of a loop's tasks are keyed by the value of the iteration.
        ("outputs", [task, key, property]) if key.name(template).is_none() => {
            is_declared_output(checker, template, task, property).is_some()
        }
        ("outputs", [task, files, _]) => {
            is_declared_output(checker, template, task, files).as_deref() == Some("outputFiles")
        }
        _ => false,
    }
}

/// The name of a property of a task's outputs, if the class of the task declares it.
fn is_declared_output(
    checker: &Checker<'_>,
    template: &Template,
    task: &Segment,
    property: &Segment,
) -> Option<String> {
    let name = property.name(template)?;
    let index = checker
        .flow
        .task_by_id(checker.tree, &task.name(template)?)?;
    let type_name = checker.type_text(checker.task(index).type_node)?;
    let facts = checker.catalogue.find(type_name)?.facts;
    facts.outputs.as_ref()?.property(&name)?;
    Some(name.into_owned())
}
