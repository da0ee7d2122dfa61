//! `key-order`: what names a thing does not stand first.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::{Entry, NodeId, Tree};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &KeyOrder;

struct KeyOrder;

static METADATA: RuleMetadata = RuleMetadata {
    name: "key-order",
    summary: "What names a flow, task, trigger, input or output does not stand first",
    group: Group::Style,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for KeyOrder {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow, Interest::Task]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let flow = checker.flow;
        if let Some(root) = flow.root {
            look(checker, root, ["id", "namespace"]);
        }
        for trigger in &flow.triggers {
            look(checker, trigger.node, ["id", "type"]);
        }
        for input in &flow.inputs {
            look(checker, input.node, ["id", "type"]);
        }
        for output in &flow.outputs {
            look(checker, output.node, ["id", "type"]);
        }
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let node = checker.task(task).node;
        look(checker, node, ["id", "type"]);
    }
}

fn look(checker: &mut Checker<'_>, node: NodeId, first: [&str; 2]) {
    let tree = checker.tree;
    let entries = tree.entries(node);
    let place = |key: &str| {
        entries
            .iter()
            .position(|entry| tree.scalar_text(entry.key) == Some(key))
    };
    let wanted: Vec<usize> = first.iter().filter_map(|key| place(key)).collect();
    // What has no name has another problem.
    if place(first[0]).is_none() {
        return;
    }
    let Some(late) = (0..wanted.len()).find(|position| wanted[*position] != *position) else {
        return;
    };
    let entry = entries[wanted[late]];
    let key = tree.scalar_text(entry.key).unwrap_or_default();
    let before = match late {
        0 => "first".to_owned(),
        _ => format!("behind `{}`", first[0]),
    };
    let others = (0..entries.len()).filter(|position| !wanted.contains(position));
    let order: Vec<usize> = wanted.iter().copied().chain(others).collect();
    let edits = reordered(tree, node, entries, &order);
    checker
        .finding(
            &METADATA,
            entry.key,
            format!("`{key}` should stand {before}"),
        )
        .fix_all(
            format!(
                "Write {} first",
                first.map(|key| format!("`{key}`")).join(" and ")
            ),
            Applicability::Safe,
            edits,
        )
        .emit();
}

/// Edits that put other entries into the places of these; none where something between them belongs to one of
/// them, or would mean something else in another place.
fn reordered(
    tree: &Tree,
    node: NodeId,
    entries: &[Entry],
    order: &[usize],
) -> Vec<(TextRange, String)> {
    let own = |entry: &Entry| {
        TextRange::new(tree.range(entry.key).start(), tree.range(entry.value).end())
    };
    let text = |range: TextRange| {
        tree.source()
            .get(std::ops::Range::<usize>::from(range))
            .unwrap_or_default()
    };
    let whole = tree.range(node);
    let is_touched = |range: TextRange| whole.contains_range(range);
    let has_comment = tree.comments().iter().any(|comment| {
        // One that stands inside an entry moves with it.
        is_touched(*comment)
            && !entries
                .iter()
                .any(|entry| own(entry).contains_range(*comment))
    });
    let has_name = tree.anchors().iter().any(|anchor| is_touched(anchor.range))
        || tree.tags().iter().any(|(_, tag)| is_touched(*tag));
    let has_twice = tree
        .duplicate_keys()
        .iter()
        .any(|twice| entries.iter().any(|entry| entry.key == twice.second));
    let is_trailed = entries
        .iter()
        .any(|entry| is_followed_by_text(tree, own(entry)));
    // A value that is not there, and a block that keeps its empty lines, end where their neighbours begin.
    let is_open = entries.iter().any(|entry| {
        tree.is_absent(entry.value)
            || text(tree.range(entry.value))
                .lines()
                .next()
                .is_some_and(|line| line.starts_with(['|', '>']) && line.contains('+'))
    });
    if has_comment || has_name || has_twice || is_trailed || is_open {
        return Vec::new();
    }
    (0..entries.len())
        .filter(|place| order[*place] != *place)
        .map(|place| {
            (
                own(&entries[place]),
                text(own(&entries[order[place]])).to_owned(),
            )
        })
        .collect()
}

/// Whether anything but the end of the line, or what ends an entry in brackets, stands behind it.
fn is_followed_by_text(tree: &Tree, own: TextRange) -> bool {
    let rest = &tree.source()[usize::from(own.end())..];
    let line = rest.lines().next().unwrap_or_default().trim_start();
    !(line.is_empty() || line.starts_with([',', '}']))
}
