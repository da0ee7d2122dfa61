//! `similar-tasks`: tasks of a flow differ in a few words only.

use crate::engine::{Checker, Interest, OptionValue, Rule};
use crate::finding::{
    FixKind, Group, OptionDescription, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use crate::model::TaskIndex;
use crate::syntax::{NodeId, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SimilarTasks;

struct SimilarTasks;

static METADATA: RuleMetadata = RuleMetadata {
    name: "similar-tasks",
    summary: "Tasks of a flow differ in a few words only",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[
        OptionDescription {
            name: "minimum-lines",
            summary: "Tasks with fewer lines are not looked at",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "8",
        },
        OptionDescription {
            name: "minimum-occurrences",
            summary: "How many tasks must be alike",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "3",
        },
        OptionDescription {
            name: "maximum-parameters",
            summary: "In how many words they may differ",
            schema: r#"{"type": "integer", "minimum": 1}"#,
            default: "2",
        },
    ],
    since: "0.1.0",
};

impl Rule for SimilarTasks {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let limits = Limits::of(checker);
        if checker.flow.tasks.len() < limits.occurrences {
            return;
        }
        let mut covered: BTreeSet<TaskIndex> = BTreeSet::new();
        // Outer tasks come first, and their groups are reported instead of those inside.
        for group in groups(checker, &limits) {
            let is_inside = |task: &TaskIndex| {
                checker
                    .flow
                    .ancestors(*task)
                    .any(|outer| covered.contains(&outer))
            };
            if group.iter().any(is_inside) {
                continue;
            }
            if let Some(parameters) = parameters(checker, &group)
                .filter(|found| (1..=limits.parameters).contains(&found.len()))
            {
                covered.extend(&group);
                report(checker, &group, &parameters);
            }
        }
    }
}

struct Limits {
    lines: usize,
    occurrences: usize,
    parameters: usize,
}

impl Limits {
    fn of(checker: &Checker<'_>) -> Self {
        let limit = |name, default| {
            let option = checker.option(name).and_then(OptionValue::as_integer);
            option
                .and_then(|value| usize::try_from(value).ok())
                .unwrap_or(default)
        };
        Self {
            lines: limit("minimum-lines", 8),
            occurrences: limit("minimum-occurrences", 3).max(2),
            parameters: limit("maximum-parameters", 2),
        }
    }
}

/// Tasks of one list with the same keys and types, in the order of the text.
fn groups(checker: &Checker<'_>, limits: &Limits) -> Vec<Vec<TaskIndex>> {
    let tree = checker.tree;
    // By type first: that is cheap, and leaves little to compare.
    let mut by_type: BTreeMap<(NodeId, &str), Vec<TaskIndex>> = BTreeMap::new();
    for (index, task) in checker.flow.indexed_tasks() {
        if let Some(kind) = checker.type_text(task.type_node) {
            by_type.entry((task.list, kind)).or_default().push(index);
        }
    }
    let mut by_shape: BTreeMap<(NodeId, u64), Vec<TaskIndex>> = BTreeMap::new();
    for ((list, _), tasks) in by_type {
        if tasks.len() < limits.occurrences {
            continue;
        }
        for index in tasks {
            let node = checker.task(index).node;
            if lines(tree, node) >= limits.lines {
                let shape = shape(tree, node);
                by_shape.entry((list, shape)).or_default().push(index);
            }
        }
    }
    let mut groups: Vec<Vec<TaskIndex>> = by_shape
        .into_values()
        .filter(|group| group.len() >= limits.occurrences)
        .collect();
    groups.sort();
    groups
}

fn lines(tree: &Tree, node: NodeId) -> usize {
    let range = std::ops::Range::<usize>::from(tree.range(node));
    let text = tree.source().get(range).unwrap_or_default().trim_end();
    memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1
}

/// The scalars below a node in order, each with the keys that lead to it.
fn scalars(tree: &Tree, root: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        if tree.is_scalar(node) {
            found.push(node);
            continue;
        }
        let from = pending.len();
        pending.extend(tree.items(node));
        let mut entries: Vec<_> = tree
            .entries(node)
            .iter()
            .map(|entry| (tree.scalar_text(entry.key), entry.value))
            .collect();
        entries.sort_by_key(|(key, _)| *key);
        pending.extend(entries.into_iter().map(|(_, value)| value));
        pending[from..].reverse();
    }
    found
}

/// A hash of keys, lists and types, without the values.
fn shape(tree: &Tree, root: NodeId) -> u64 {
    let mut hasher = DefaultHasher::new();
    for node in scalars(tree, root) {
        let key = tree.key_of(node).and_then(|key| tree.scalar_text(key));
        key.hash(&mut hasher);
        if key == Some("type") {
            tree.scalar_text(node).hash(&mut hasher);
        }
        let mut above = tree.parent(node);
        while let Some(holder) = above.filter(|holder| *holder != root) {
            tree.key_of(holder)
                .and_then(|key| tree.scalar_text(key))
                .hash(&mut hasher);
            above = tree.parent(holder);
        }
    }
    hasher.finish()
}

/// The words in which the tasks differ: for each of them the word of every task. None where they differ in
/// more than words.
fn parameters(checker: &Checker<'_>, group: &[TaskIndex]) -> Option<Vec<Vec<String>>> {
    let tree = checker.tree;
    let all: Vec<Vec<NodeId>> = group
        .iter()
        .map(|task| scalars(tree, checker.task(*task).node))
        .collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    for position in 0..all.first()?.len() {
        let texts: Option<Vec<&str>> = all
            .iter()
            .map(|scalars| tree.scalar_text(*scalars.get(position)?))
            .collect();
        let texts = texts?;
        let words: Vec<Vec<&str>> = texts.iter().map(|text| words(text)).collect();
        if words.iter().any(|row| row.len() != words[0].len()) {
            add(&mut found, &texts);
            continue;
        }
        for column in 0..words[0].len() {
            let values: Vec<&str> = words.iter().map(|row| row[column]).collect();
            add(&mut found, &values);
        }
        if found.len() > 8 {
            return None;
        }
    }
    Some(found)
}

fn add(found: &mut Vec<Vec<String>>, values: &[&str]) {
    let differ = values.iter().any(|value| *value != values[0]);
    if differ
        && !found
            .iter()
            .any(|known| known.iter().map(String::as_str).eq(values.iter().copied()))
    {
        found.push(values.iter().map(|value| (*value).to_owned()).collect());
    }
}

/// Runs of letters and digits, and what stands between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut previous = None;
    for (at, letter) in text.char_indices() {
        let is_word = letter.is_alphanumeric();
        if previous.is_some_and(|before| before != is_word) {
            words.push(&text[start..at]);
            start = at;
        }
        previous = Some(is_word);
    }
    words.push(&text[start..]);
    words
}

fn report(checker: &mut Checker<'_>, group: &[TaskIndex], parameters: &[Vec<String>]) {
    let Some((first, others)) = group.split_first() else {
        return;
    };
    let tree = checker.tree;
    let node = checker.task(*first).node;
    let lines = lines(tree, node);
    let named: Vec<String> = parameters.iter().map(|values| shorten(values)).collect();
    let loop_task = if checker.target == Target::V1_3 {
        "ForEach"
    } else {
        "Loop"
    };
    let places: Vec<_> = others
        .iter()
        .map(|task| checker.location(checker.task(*task).node))
        .collect();
    let message = format!(
        "{} tasks differ only in {}",
        group.len(),
        named.join(" and in ")
    );
    let mut draft = checker
        .finding(&METADATA, node, message)
        .label(format!("{lines} lines each; written once, {} would go", lines * others.len()))
        .help(format!("Write the task once inside a {loop_task} over these values, or as a subflow with them for inputs."));
    for place in places {
        draft = draft.related(place, "like the first");
    }
    draft.emit();
}

fn shorten(values: &[String]) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(4)
        .map(|value| {
            format!(
                "`{}`",
                value.chars().take(24).collect::<String>().escape_debug()
            )
        })
        .collect();
    let rest = if values.len() > 4 { ", …" } else { "" };
    format!("{}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_cut_where_letters_end() {
        assert_eq!(
            words("landing.episode_table"),
            ["landing", ".", "episode", "_", "table"]
        );
        assert_eq!(words(""), [""]);
        assert_eq!(words("é1 ✓"), ["é1", " ✓"]);
    }
}
