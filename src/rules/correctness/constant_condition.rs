//! `constant-condition`: a condition that always has the same result.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{ConstantReason, PartKind, has_template};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{DAYS_OF_THE_WEEK, TaskIndex};
use crate::syntax::NodeId;

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
        &[Interest::Expression, Interest::Task, Interest::Trigger]
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

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let Some(trigger) = checker.flow.triggers.get(trigger) else {
            return;
        };
        if let Some(conditions) = checker.tree.get(trigger.node, "conditions") {
            days_of_the_week(checker, conditions);
        }
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if let Owner::Task(task) = site.owner
            && conditions(checker, task).any(|node| node == site.node)
        {
            outside_braces(checker, site);
        }
        in_expressions(checker, site);
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

/// The conditions of a task: `runIf`, and `condition` of an If or a LoopUntil.
fn conditions<'run>(
    checker: &Checker<'run>,
    task: TaskIndex,
) -> impl Iterator<Item = NodeId> + use<'run> {
    let tree = checker.tree;
    let task = checker.task(task);
    let has_condition = matches!(
        checker.type_text(task.type_node),
        Some("io.kestra.plugin.core.flow.If" | "io.kestra.plugin.core.flow.LoopUntil")
    );
    let condition = has_condition
        .then(|| tree.get(task.node, "condition"))
        .flatten();
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

/// What the expression itself proves: literals, tests that exclude each other, branches that ask again.
fn in_expressions(checker: &mut Checker<'_>, site: &ExpressionSite) {
    let template = &site.template;
    for condition in template.constant_conditions(checker.target) {
        let written = template.slice(condition.range);
        let value = condition.value;
        let (message, help) = match condition.reason {
            ConstantReason::Literals => (format!("`{written}` is always {value}"), None),
            ConstantReason::LoneLiteral => (
                format!("`{written}` alone is always {value}: it is compared with nothing"),
                Some("Compare each value: `x == 'a' or x == 'b'`."),
            ),
            ConstantReason::Pair { first } => {
                let first = template.slice(first);
                if value {
                    (
                        format!(
                            "`{first}` or `{written}` holds for every value: this is always true"
                        ),
                        Some("Use `and` to exclude both."),
                    )
                } else {
                    (
                        format!("`{first}` and `{written}` exclude each other: this is never true"),
                        Some("Use `or` where one of them is enough."),
                    )
                }
            }
            ConstantReason::Repeated { .. } => (
                format!("This branch is never reached: a branch before it asks `{written}`, too"),
                None,
            ),
        };
        checker
            .finding_within(&METADATA, site.node, condition.range, message)
            .maybe_help(help.map(str::to_owned))
            .emit();
    }
}

/// Conditions of a trigger (Kestra 1) that no day of the week fulfils: all of them must hold.
fn days_of_the_week(checker: &mut Checker<'_>, conditions: NodeId) {
    let tree = checker.tree;
    let mut left = [true; 7];
    for condition in tree.items(conditions) {
        let facts = tree
            .get_text(condition, "type")
            .and_then(|name| checker.catalogue.find(name));
        // A date of its own is another date.
        if tree
            .get_text(condition, "date")
            .is_some_and(|date| date.trim() != "{{ trigger.date }}")
        {
            continue;
        }
        let day = tree.get_text(condition, "dayOfWeek");
        let is_allowed = |name: &str| match facts.map(|found| found.facts.class_name()) {
            Some("DayWeek" | "DayWeekInMonth") => {
                day.is_none_or(|day| day == name || !DAYS_OF_THE_WEEK.contains(&day))
            }
            Some("Weekend") => matches!(name, "SATURDAY" | "SUNDAY"),
            _ => true,
        };
        for (left, name) in left.iter_mut().zip(DAYS_OF_THE_WEEK) {
            *left &= is_allowed(name);
        }
        if left.iter().all(|left| !left) {
            checker
                .finding(
                    &METADATA,
                    condition,
                    "All conditions must hold, and no day fulfils this one and those before it: the trigger never fires",
                )
                .help("Put alternatives under one condition of the type `io.kestra.plugin.core.condition.Or`.")
                .emit();
            return;
        }
    }
}
