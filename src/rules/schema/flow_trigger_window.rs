//! `flow-trigger-window`: a Flow trigger whose mode or window does not hold together.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::FLOW_TRIGGER_TYPES;
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &FlowTriggerWindow;

struct FlowTriggerWindow;

static METADATA: RuleMetadata = RuleMetadata {
    name: "flow-trigger-window",
    summary: "A Flow trigger whose mode or window does not hold together",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::of(Target::V2_0),
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
    // What is null counts as absent.
    let entry = |key: &str| {
        tree.entry(window, key)
            .filter(|entry| tree.value(entry.value) != Some(Value::Null))
    };
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
