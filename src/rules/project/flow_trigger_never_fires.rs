//! `flow-trigger-never-fires`: a Flow trigger waits for states of which it never hears.

use crate::engine::{Checker, Interest, Rule};
use crate::expression::{BinaryOperator, ExpressionId, ExpressionKind, Operand, Template};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::STATES;
use crate::project::{FlowTrigger, UpstreamFlow};
use crate::syntax::NodeId;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerNeverFires;

struct FlowTriggerNeverFires;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-never-fires",
    summary: "A Flow trigger waits for states of which it never hears",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

/// The states that a Flow trigger hears of where its own `states` names none: those in which an execution has
/// ended, and `PAUSED` (`Flow.states` of 1.3.31 and 2.0.0).
const HEARD: [&str; 9] = [
    "SUCCESS",
    "WARNING",
    "FAILED",
    "KILLED",
    "CANCELLED",
    "RETRIED",
    "SKIPPED",
    "RESUBMITTED",
    "PAUSED",
];

/// Triggers hear of changes, and no change leads to this state.
const FIRST: &str = "CREATED";

impl Rule for FlowTriggerNeverFires {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some(summary) = checker.document.summary.as_deref() else {
            return;
        };
        for trigger in summary.enabled_flow_triggers() {
            check(checker, trigger);
        }
    }
}

fn check(checker: &mut Checker<'_>, trigger: &FlowTrigger) {
    let tree = checker.tree;
    let list = tree.get(trigger.node, "states");
    let own: Vec<&str> = list.map_or_else(Vec::new, |list| {
        let states = tree.items(list);
        states.filter_map(|state| tree.scalar_text(state)).collect()
    });
    if list.is_some() && (own.is_empty() || !own.iter().all(|state| is_known(state))) {
        return;
    }
    if let Some(list) = list
        && own.iter().all(|state| *state == FIRST)
    {
        checker
            .finding(&METADATA, list, "The trigger never fires: an execution begins as `CREATED`, and triggers hear only of changes")
            .help("Wait for `RUNNING`, or for a state in which an execution ends.")
            .emit();
        return;
    }
    for upstream in &trigger.upstream {
        if upstream.has_when {
            check_when(checker, upstream);
        }
        let wanted = &upstream.states;
        if wanted.is_empty() || !wanted.iter().all(|state| is_known(state)) {
            continue;
        }
        let heard = |state: &str| match list {
            Some(_) => own.contains(&state),
            None => HEARD.contains(&state),
        };
        if wanted.iter().any(|state| state != FIRST && heard(state)) {
            continue;
        }
        let node = upstream.node.unwrap_or(trigger.node);
        report(checker, states_node(checker, trigger, node), wanted, &own);
    }
}

fn is_known(state: &str) -> bool {
    STATES.contains(&state)
}

/// Where the states are named: in the entry, or in the condition beside it.
fn states_node(checker: &Checker<'_>, trigger: &FlowTrigger, entry: NodeId) -> NodeId {
    let tree = checker.tree;
    let conditions = tree.get(trigger.node, "conditions").into_iter();
    let of_conditions = || {
        conditions
            .flat_map(|list| tree.items(list))
            .find_map(|condition| tree.get(condition, "in"))
    };
    tree.get(entry, "states")
        .or_else(of_conditions)
        .unwrap_or(entry)
}

fn report(checker: &mut Checker<'_>, node: NodeId, wanted: &[String], own: &[&str]) {
    let listed = |states: &mut dyn Iterator<Item = &str>| {
        let quoted: Vec<String> = states.map(|state| format!("`{state}`")).collect();
        quoted.join(", ")
    };
    let waited_for = listed(&mut wanted.iter().map(String::as_str));
    let heard = if own.is_empty() {
        "of executions that have ended or are paused".to_owned()
    } else {
        format!("of {}", listed(&mut own.iter().copied()))
    };
    checker
        .finding(
            &METADATA,
            node,
            format!("This is never fulfilled: it waits for {waited_for}, and the trigger hears only {heard}"),
        )
        .help("The `states` of the trigger itself decide first. Name there every state that is waited for.")
        .emit();
}

/// A `when` that asks for something else than its entry names.
fn check_when(checker: &mut Checker<'_>, upstream: &UpstreamFlow) {
    let document = checker.document;
    let when = upstream
        .node
        .and_then(|entry| checker.tree.get(entry, "when"));
    let sites = &document.expressions;
    let Some(site) = sites.iter().find(|site| Some(site.node) == when) else {
        return;
    };
    let template = &site.template;
    let Some(expression) = template.single_expression() else {
        return;
    };
    for (subject, value, range) in demands(checker, template, expression) {
        let other = match subject {
            "flowId" => upstream.flow_id.iter().find(|id| **id != value),
            "namespace" => upstream.namespace.iter().find(|name| **name != value),
            "state" if is_known(&value) && !upstream.states.contains(&value) => {
                upstream.states.first()
            }
            _ => None,
        };
        let Some(other) = other else { continue };
        checker
            .finding_within(
                &METADATA,
                site.node,
                range,
                format!(
                    "This is never fulfilled: the entry waits for `{other}`, not for `{value}`"
                ),
            )
            .help(
                "An entry is fulfilled only where all that it says holds. Correct one of the two.",
            )
            .emit();
        return;
    }
}

/// What must be equal to which text for an expression to be true, with its place.
fn demands<'run>(
    checker: &Checker<'_>,
    template: &'run Template,
    expression: ExpressionId,
) -> Vec<(&'run str, String, TextRange)> {
    let tree = template.resolve(template.without_parentheses(expression), checker.target);
    let Some(last) = tree.nodes.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut operands = vec![Operand::Node(u32::try_from(last).unwrap_or(u32::MAX))];
    while let Some(operand) = operands.pop() {
        let Operand::Node(node) = operand else {
            continue;
        };
        let Some(node) = tree.nodes.get(node as usize) else {
            continue;
        };
        match (node.operator, node.left, node.right) {
            (BinaryOperator::And, left, right) => operands.extend([right, left]),
            (BinaryOperator::Equal, Operand::Expression(left), Operand::Expression(right)) => {
                let subject = template.expression(left);
                let value = template.string_value(right);
                if let (ExpressionKind::Variable, Some(value)) = (subject.kind, value) {
                    let range = subject.range.cover(template.expression(right).range);
                    found.push((template.slice(subject.range), value.into_owned(), range));
                }
            }
            _ => {}
        }
    }
    found
}
