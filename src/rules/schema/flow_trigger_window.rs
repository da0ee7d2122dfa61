//! `flow-trigger-window`: a Flow trigger whose mode, window or filters do not hold together.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::FLOW_TRIGGER_TYPES;
use crate::syntax::{Entry, NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerWindow;

struct FlowTriggerWindow;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-window",
    summary: "A Flow trigger whose mode, window or filters do not hold together",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for FlowTriggerWindow {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let Some(trigger) = checker.flow.triggers.get(trigger).copied() else {
            return;
        };
        if !checker
            .type_text(trigger.type_node)
            .is_some_and(|name| FLOW_TRIGGER_TYPES.contains(&name))
        {
            return;
        }
        if checker.target == Target::V1_3 {
            if let Some(preconditions) = checker.tree.get(trigger.node, "preconditions") {
                check_preconditions(checker, preconditions);
            }
            return;
        }
        check_mode(checker, trigger.node);
        if let Some(window) = checker.tree.get(trigger.node, "window") {
            check_window(checker, window);
        }
    }
}

fn check_mode(checker: &mut Checker<'_>, trigger: NodeId) {
    let tree = checker.tree;
    let mode = tree
        .get(trigger, "mode")
        .filter(|mode| tree.scalar_text(*mode) == Some("AT_LEAST"));
    let least = tree
        .get(trigger, "minSatisfied")
        .and_then(|node| Some((node, count(tree.value(node)?)?)));
    let entries = tree
        .get(trigger, "dependsOn")
        .map_or(0, |list| tree.items(list).len());
    match (mode, least) {
        (Some(mode), None) if tree.get(trigger, "minSatisfied").is_none() => checker
            .finding(&METADATA, mode, "The mode `AT_LEAST` needs `minSatisfied`")
            .emit(),
        // Whatever the mode is (measured).
        (_, Some((node, number))) if number > entries => {
            let message = format!("`minSatisfied` is {number}, and `dependsOn` has {entries}");
            checker.finding(&METADATA, node, message).emit();
        }
        _ => {}
    }
}

fn count(value: Value<'_>) -> Option<usize> {
    match value {
        Value::Integer(number) => usize::try_from(number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The four forms of a window, by the properties that belong to each.
const FORMS: [&[&str]; 4] = [
    &["deadline"],
    &["from", "to"],
    &["every", "offset"],
    &["lookback"],
];

fn check_window(checker: &mut Checker<'_>, window: NodeId) {
    let tree = checker.tree;
    let entry = |key: &str| given_time(tree, window, key);
    let present: Vec<&&[&str]> = FORMS
        .iter()
        .filter(|form| form.iter().any(|key| entry(key).is_some()))
        .collect();
    if let [_, second, ..] = present.as_slice() {
        let key = second
            .iter()
            .find_map(|key| entry(key))
            .map(|entry| entry.key);
        checker
            .finding(&METADATA, key.unwrap_or(window), "A window has one form: `deadline`, `from` with `to`, `every` with `offset`, or `lookback`")
            .help("Keep the properties of one form.")
            .emit();
        return;
    }
    for (key, other) in [("from", "to"), ("to", "from")] {
        if let (Some(entry), None) = (entry(key), entry(other)) {
            checker
                .finding(&METADATA, entry.key, format!("`{key}` needs `{other}`"))
                .emit();
        }
    }
}

/// The types of a time window of Kestra 1.3, with what each needs and what else it takes.
const TIME_WINDOWS: [(&str, &[&str], &[&str]); 4] = [
    ("DAILY_TIME_DEADLINE", &["deadline"], &[]),
    ("DAILY_TIME_WINDOW", &["startTime", "endTime"], &[]),
    ("DURATION_WINDOW", &[], &["window", "windowAdvance"]),
    ("SLIDING_WINDOW", &[], &["window"]),
];
const OF_TIME_WINDOWS: [&str; 5] = [
    "window",
    "windowAdvance",
    "startTime",
    "endTime",
    "deadline",
];

/// As the validators of 1.3.25 have it, and 1.3.31 was asked.
fn check_preconditions(checker: &mut Checker<'_>, preconditions: NodeId) {
    let tree = checker.tree;
    if let Some(window) = tree.get(preconditions, "timeWindow") {
        check_time_window(checker, window);
    }
    let groups = tree.get(preconditions, "where").into_iter();
    let groups = groups.flat_map(|groups| tree.items(groups));
    let filters = groups.filter_map(|group| tree.get(group, "filters"));
    for filter in filters.flat_map(|filters| tree.items(filters)) {
        check_filter(checker, filter);
    }
}

fn check_time_window(checker: &mut Checker<'_>, window: NodeId) {
    let tree = checker.tree;
    let type_node = tree.get(window, "type");
    let kind = tree.get_text(window, "type").unwrap_or("DURATION_WINDOW");
    let known = TIME_WINDOWS.iter().find(|(name, ..)| *name == kind);
    let Some((_, needed, taken)) = known else {
        return;
    };
    for key in OF_TIME_WINDOWS {
        match given_time(tree, window, key) {
            Some(entry) if !needed.contains(&key) && !taken.contains(&key) => checker
                .finding(
                    &METADATA,
                    entry.key,
                    format!("A time window of the type `{kind}` takes no `{key}`"),
                )
                .emit(),
            None if needed.contains(&key) => checker
                .finding(
                    &METADATA,
                    type_node.unwrap_or(window),
                    format!("A time window of the type `{kind}` needs `{key}`"),
                )
                .emit(),
            _ => {}
        }
    }
}

fn check_filter(checker: &mut Checker<'_>, filter: NodeId) {
    let tree = checker.tree;
    let Some(type_node) = tree.get(filter, "type") else {
        return;
    };
    let kind = tree.scalar_text(type_node).unwrap_or_default();
    if !FILTERS.contains(&kind) {
        return;
    }
    let (right, wrong) = match kind {
        "IN" | "NOT_IN" => ("values", "value"),
        _ => ("value", "values"),
    };
    if let Some(entry) = given(tree, filter, wrong) {
        let message = format!("A filter of the type `{kind}` takes `{right}`, not `{wrong}`");
        checker.finding(&METADATA, entry.key, message).emit();
    } else if given(tree, filter, right).is_none() {
        let message = format!("A filter of the type `{kind}` needs `{right}`");
        checker.finding(&METADATA, type_node, message).emit();
    }
}

const FILTERS: [&str; 12] = [
    "EQUAL_TO",
    "NOT_EQUAL_TO",
    "IN",
    "NOT_IN",
    "IS_TRUE",
    "IS_FALSE",
    "IS_NULL",
    "IS_NOT_NULL",
    "STARTS_WITH",
    "ENDS_WITH",
    "REGEX",
    "CONTAINS",
];

/// An entry that is there and not null.
fn given(tree: &Tree, mapping: NodeId, key: &str) -> Option<Entry> {
    tree.entry(mapping, key)
        .filter(|entry| tree.value(entry.value) != Some(Value::Null))
}

/// A time or duration that is there; blank texts and empty lists are null to Kestra.
fn given_time(tree: &Tree, mapping: NodeId, key: &str) -> Option<Entry> {
    given(tree, mapping, key).filter(|entry| match tree.scalar_text(entry.value) {
        Some(text) => !text.trim().is_empty(),
        None => tree.items(entry.value).len() > 0,
    })
}
