//! `duplicated-block`: the same block of a task stands several times in a flow or in several flows.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;
use rayon::prelude::*;

use crate::engine::{Interest, LoadedDocument, OptionValue, ProjectChecker, Rule};
use crate::finding::{
    FixKind, Group, Location, OptionDescription, RelatedLocation, RuleMetadata, Severity, Target,
    TargetSet, Tier,
};
use crate::syntax::{NodeId, NodeKind, ScalarStyle, Tree};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicatedBlock;

struct DuplicatedBlock;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicated-block",
    summary: "The same block of a task stands several times",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[
        OptionDescription {
            name: "minimum-lines",
            summary: "Blocks with fewer lines are not looked at",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "8",
        },
        OptionDescription {
            name: "minimum-occurrences",
            summary: "How often a block must stand",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "2",
        },
    ],
    since: "0.1.0",
};

/// Lines that must be saved for a finding to be a warning.
const WORTH_A_WARNING: u32 = 24;

impl Rule for DuplicatedBlock {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let limit = |name, default| {
            let option = checker.option(name).and_then(OptionValue::as_integer);
            option
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(default)
        };
        let minimum_lines = limit("minimum-lines", 8);
        let minimum_occurrences = limit("minimum-occurrences", 2) as usize;
        let members = members(checker);
        let mut blocks: Vec<Block> = members
            .par_iter()
            .flat_map_iter(|member| blocks_of(member, minimum_lines))
            .collect();
        link_parents(&mut blocks, &members);
        for group in groups(&blocks, minimum_occurrences) {
            if is_news(&mut blocks, &group, minimum_lines, minimum_occurrences) {
                report(checker, &blocks, &group);
            }
        }
    }
}

/// A node that is large enough to be worth naming once.
struct Block {
    /// Index of the document in the workspace.
    document: usize,
    /// The first document of the flow's name.
    name: usize,
    node: NodeId,
    /// Of its contents, without ids. Two different blocks with one hash are less likely than a broken disk.
    hash: u64,
    lines: u32,
    /// The nearest block around it, as an index into all blocks.
    parent: Option<usize>,
    is_reported: bool,
    /// Lines inside it that belong to reported groups.
    covered: u32,
}

/// A flow of the project.
struct Member<'run> {
    /// Index of its document in the workspace.
    index: usize,
    document: &'run LoadedDocument,
    /// The first document of its name: copies of a flow, one for each environment, are one flow.
    name: usize,
}

fn members<'run>(checker: &ProjectChecker<'run>) -> Vec<Member<'run>> {
    let workspace = checker.workspace;
    let project = checker.project;
    project
        .members()
        .filter_map(|(_, document, summary)| {
            let index = document as usize;
            let name = summary.namespace.as_deref().zip(summary.id.as_deref());
            let first = name.and_then(|(namespace, id)| project.flows(namespace, id).first());
            Some(Member {
                index,
                document: workspace.documents.get(index)?,
                name: first.map_or(index, |member| project.document(*member) as usize),
            })
        })
        .collect()
}

/// Hashes all nodes under the flow's tasks, children before parents, and keeps the large ones.
fn blocks_of(member: &Member<'_>, minimum_lines: u32) -> Vec<Block> {
    let document = member.document;
    let tree = &document.tree;
    let line_ends: Vec<usize> = memchr::memchr_iter(b'\n', tree.source().as_bytes()).collect();
    let mut blocks = Vec::new();
    let mut hashes: Vec<u64> = vec![0; tree.len()];
    let mut roots: Vec<NodeId> = Vec::new();
    for task in document
        .flow
        .tasks
        .iter()
        .filter(|task| task.parent.is_none())
    {
        if roots.last() != Some(&task.list) {
            roots.push(task.list);
        }
    }
    let mut pending: Vec<(NodeId, bool)> =
        roots.into_iter().rev().map(|root| (root, false)).collect();
    while let Some((node, is_ready)) = pending.pop() {
        if !is_ready && !tree.is_scalar(node) {
            pending.push((node, true));
            pending.extend(
                children(tree, node)
                    .filter(|child| may_be_block(tree, *child))
                    .map(|child| (child, false)),
            );
            continue;
        }
        let hash = contents(tree, node, &hashes);
        hashes[node.index()] = hash;
        let mut lines = lines(tree, &line_ends, node);
        if lines + 1 >= minimum_lines {
            lines += u32::from(stands_below_its_key(tree, node));
        }
        if lines >= minimum_lines {
            blocks.push(Block {
                document: member.index,
                name: member.name,
                node,
                hash,
                lines,
                parent: None,
                is_reported: false,
                covered: 0,
            });
        }
    }
    let start = |block: &Block| tree.range(block.node).start();
    // In the order of the text, outer ones first.
    blocks.reverse();
    blocks.sort_by_key(start);
    blocks
}

/// Scalars of one line are hashed where they are needed.
fn may_be_block(tree: &Tree, node: NodeId) -> bool {
    match tree.kind(node) {
        NodeKind::Mapping(_) | NodeKind::Sequence(_) => true,
        NodeKind::Scalar(style) => matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
        NodeKind::Alias => false,
    }
}

fn children<'tree>(tree: &'tree Tree, node: NodeId) -> impl Iterator<Item = NodeId> + 'tree {
    let values = tree.entries(node).iter().map(|entry| entry.value);
    values.chain(tree.items(node))
}

/// Lines from the first to the last byte of a node that is not blank.
fn lines(tree: &Tree, line_ends: &[usize], node: NodeId) -> u32 {
    let range = std::ops::Range::<usize>::from(tree.range(node));
    let text = tree.source().get(range.clone()).unwrap_or_default();
    let end = range.start + text.trim_end().len();
    let line = |offset: usize| line_ends.partition_point(|line_end| *line_end < offset);
    u32::try_from(line(end.max(range.start)) - line(range.start) + 1).unwrap_or(u32::MAX)
}

/// `taskRunner:` on a line of its own belongs to the block.
fn stands_below_its_key(tree: &Tree, node: NodeId) -> bool {
    tree.key_of(node).is_some_and(|key| {
        let between = TextRange::new(
            tree.range(key).end(),
            tree.range(node).start().max(tree.range(key).end()),
        );
        let between = tree.source().get(std::ops::Range::<usize>::from(between));
        between.is_some_and(|text| text.contains('\n'))
    })
}

fn hash_of(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// The hash of a node from those of its children. The order of keys means nothing, and ids of tasks are
/// left out.
fn contents(tree: &Tree, node: NodeId, hashes: &[u64]) -> u64 {
    let text = |node: NodeId| hash_of(&tree.scalar_text(node).map(str::trim_end));
    let of = |child: NodeId| {
        if tree.is_scalar(child) {
            text(child)
        } else {
            hashes[child.index()]
        }
    };
    match tree.kind(node) {
        NodeKind::Mapping(_) => {
            let is_plugin = tree.get(node, "type").is_some();
            let entries = tree.entries(node).iter().filter_map(|entry| {
                let key = tree.scalar_text(entry.key).unwrap_or_default();
                (key != "id" || !is_plugin).then(|| hash_of(&(key, of(entry.value))))
            });
            hash_of(&("mapping", entries.fold(0_u64, u64::wrapping_add)))
        }
        NodeKind::Sequence(_) => {
            let items = tree.items(node).map(of);
            hash_of(&(
                "sequence",
                items.fold(0_u64, |hash, item| hash_of(&(hash, item))),
            ))
        }
        NodeKind::Scalar(_) | NodeKind::Alias => text(node),
    }
}

/// Finds for each block the nearest one around it.
fn link_parents(blocks: &mut [Block], members: &[Member<'_>]) {
    let trees: HashMap<usize, &Tree> = members
        .iter()
        .map(|member| (member.index, &member.document.tree))
        .collect();
    let known: HashMap<(usize, NodeId), usize> = (0..)
        .zip(blocks.iter())
        .map(|(index, block)| ((block.document, block.node), index))
        .collect();
    for block in blocks {
        let Some(tree) = trees.get(&block.document) else {
            continue;
        };
        let mut above = tree.parent(block.node);
        while let Some(node) = above {
            block.parent = known.get(&(block.document, node)).copied();
            if block.parent.is_some() {
                break;
            }
            above = tree.parent(node);
        }
    }
}

/// Equal blocks, those first that would save most.
fn groups(blocks: &[Block], minimum_occurrences: usize) -> Vec<Vec<usize>> {
    let mut by_hash: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, block) in blocks.iter().enumerate() {
        by_hash.entry(block.hash).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = by_hash
        .into_values()
        .map(|group| without_copies(blocks, group))
        .filter(|group| group.len() >= minimum_occurrences.max(2))
        .collect();
    let saved = |group: &Vec<usize>| {
        let lines = group
            .first()
            .map_or(0, |first| blocks[*first].lines as usize);
        lines * (group.len() - 1)
    };
    groups.sort_by_key(|group| (std::cmp::Reverse(saved(group)), group.first().copied()));
    groups
}

/// Of several documents of one name only the one with the most blocks counts.
fn without_copies(blocks: &[Block], group: Vec<usize>) -> Vec<usize> {
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for index in &group {
        let block = &blocks[*index];
        *counts.entry((block.name, block.document)).or_default() += 1;
    }
    if counts.len() < 2 {
        return group;
    }
    let mut chosen: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for ((name, document), count) in counts {
        let best = chosen.entry(name).or_insert((document, count));
        if count > best.1 {
            *best = (document, count);
        }
    }
    let is_chosen = |index: &usize| {
        let block = &blocks[*index];
        chosen
            .get(&block.name)
            .is_some_and(|(document, _)| *document == block.document)
    };
    group.into_iter().filter(is_chosen).collect()
}

/// Whether a group says something that no larger group has said; marks its blocks as reported then.
fn is_news(
    blocks: &mut [Block],
    group: &[usize],
    minimum_lines: u32,
    minimum_occurrences: usize,
) -> bool {
    let around = |index: usize, blocks: &[Block]| -> Vec<usize> {
        std::iter::successors(blocks[index].parent, |parent| blocks[*parent].parent).collect()
    };
    let is_inside = |index: &&usize| {
        around(**index, blocks)
            .iter()
            .any(|parent| blocks[*parent].is_reported)
    };
    let inside = group.iter().filter(is_inside).count();
    let outside = group.len() - inside;
    // What stands inside a larger group goes down to one with it.
    let is_left = outside > 0 && outside + usize::from(inside > 0) >= minimum_occurrences;
    let first = group.first().map(|first| &blocks[*first]);
    let is_large =
        first.is_some_and(|first| first.lines.saturating_sub(first.covered) >= minimum_lines);
    if !is_left || !is_large {
        return false;
    }
    for index in group {
        blocks[*index].is_reported = true;
        for parent in around(*index, blocks) {
            blocks[parent].covered += blocks[*index].lines;
        }
    }
    true
}

fn report(checker: &mut ProjectChecker<'_>, blocks: &[Block], group: &[usize]) {
    let workspace = checker.workspace;
    let place = |index: usize| -> Option<Location> {
        let block = &blocks[index];
        let document = workspace.documents.get(block.document)?;
        Some(document.document.locate(shown(&document.tree, block.node)))
    };
    let is_shown = |index: &&usize| {
        workspace
            .documents
            .get(blocks[**index].document)
            .is_some_and(|document| document.is_reported)
    };
    let Some(first) = group.iter().find(is_shown).copied() else {
        return;
    };
    let (Some(location), Some(document)) = (
        place(first),
        workspace.documents.get(blocks[first].document),
    ) else {
        return;
    };
    let lines = blocks[first].lines;
    let times = u32::try_from(group.len()).unwrap_or(u32::MAX);
    let saved = lines.saturating_mul(times - 1);
    let kind = BlockKind::of(document, blocks[first].node);
    let message = format!(
        "{} is the same in {times} places: {saved} lines could go",
        kind.describe(&document.tree)
    );
    let flow = |key: Option<&str>| key.unwrap_or_default().to_owned();
    let namespace = flow(document.flow.namespace_text(&document.tree));
    let id = flow(document.flow.id_text(&document.tree));
    let is_spread = group
        .iter()
        .any(|index| blocks[*index].document != blocks[first].document);
    let help = kind.suggestion(checker.target, is_spread);
    let related: Vec<RelatedLocation> = group
        .iter()
        .filter(|index| **index != first)
        .filter_map(|index| {
            Some(RelatedLocation {
                location: place(*index)?,
                message: "the same again".to_owned(),
            })
        })
        .collect();
    // Not the hash, which may change with the library that makes it.
    let range = std::ops::Range::<usize>::from(document.tree.range(blocks[first].node));
    let text = document.tree.source().get(range).unwrap_or_default();
    let contents = text.split_whitespace().collect::<Vec<_>>().join(" ");
    checker.emit(
        &METADATA,
        location,
        &[&namespace, &id, &contents],
        message,
        |finding| {
            if saved >= WORTH_A_WARNING && times > 2 {
                finding.severity = Severity::Warning;
            }
            finding.label = format!("{lines} lines each time");
            finding.help = Some(help);
            finding.related = related;
        },
    );
}

/// The key of a block, or the line that names a task.
fn shown(tree: &Tree, node: NodeId) -> TextRange {
    match tree.key_of(node) {
        Some(key) => tree.range(key),
        None => tree.headline(node),
    }
}

/// What the block is to Kestra; it decides what can be done about it.
enum BlockKind {
    /// A whole task.
    Task(NodeId),
    /// A list of tasks.
    Tasks(NodeId),
    /// A text, such as a script.
    Text(NodeId),
    /// Some property of a task.
    Property(NodeId),
}

impl BlockKind {
    fn of(document: &LoadedDocument, node: NodeId) -> Self {
        let flow = &document.flow;
        if flow.tasks.iter().any(|task| task.node == node) {
            return Self::Task(node);
        }
        if flow.tasks.iter().any(|task| task.list == node) {
            return Self::Tasks(node);
        }
        if document.tree.is_scalar(node) {
            Self::Text(node)
        } else {
            Self::Property(node)
        }
    }

    fn describe(&self, tree: &Tree) -> String {
        let key = |node: NodeId| {
            let key = tree
                .key_of(node)
                .or_else(|| tree.key_of(tree.parent(node)?));
            key.and_then(|key| tree.scalar_text(key)).unwrap_or("block")
        };
        match self {
            Self::Task(node) => format!(
                "The task `{}`",
                tree.get_text(*node, "id").unwrap_or_default()
            ),
            Self::Tasks(node) => format!("The list of tasks `{}`", key(*node)),
            Self::Text(node) => format!("The text of `{}`", key(*node)),
            Self::Property(node) => format!("`{}`", key(*node)),
        }
    }

    /// What Kestra of the target version can do about it. It expands no YAML anchors.
    fn suggestion(&self, target: Target, is_spread: bool) -> String {
        let what = match (self, target) {
            (Self::Task(_) | Self::Tasks(_), _) if is_spread => {
                "Put it into a flow of its own and call that as a subflow; what differs becomes an input."
            }
            (Self::Task(_) | Self::Tasks(_), Target::V1_3) => {
                "Run it once over a list with ForEach, or put it into a flow of its own and call that as a subflow."
            }
            (Self::Task(_) | Self::Tasks(_), _) => {
                "Run it once over a list with Loop, or put it into a flow of its own and call that as a subflow."
            }
            (Self::Text(_), _) => {
                "Keep it as a namespace file (`namespaceFiles: {enabled: true}`) that the tasks read, or put the task into a subflow."
            }
            (Self::Property(_), Target::V1_3) => {
                "Write it once under `pluginDefaults` of the flow for the type of these tasks, or put the task that needs it into a subflow with inputs."
            }
            (Self::Property(_), _) => {
                "Put the task that needs it into a flow of its own, with inputs for what differs, and call that as a subflow; the Enterprise edition can add it by a policy."
            }
        };
        format!("{what} A YAML anchor doesn't help: Kestra expands none.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_lines(text: &str, minimum: u32) -> Vec<(u32, u64)> {
        let tree = crate::syntax::parse(text.into());
        let root = tree.documents()[0].root.unwrap();
        let line_ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        tree.items(root)
            .map(|item| (lines(&tree, &line_ends, item), contents_of(&tree, item)))
            .filter(|(lines, _)| *lines >= minimum)
            .collect()
    }

    fn contents_of(tree: &Tree, root: NodeId) -> u64 {
        let mut hashes = vec![0; tree.len()];
        for node in children(tree, root) {
            let hash = contents(tree, node, &hashes);
            hashes[node.index()] = hash;
        }
        contents(tree, root, &hashes)
    }

    #[test]
    fn ids_and_the_order_of_keys_do_not_count() {
        let found = block_lines(
            "- id: a\n  type: x\n  message: m\n- message: m\n  type: x\n  id: b\n- id: a\n  type: x\n  message: n\n",
            3,
        );
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0].1, found[2].1);
    }

    #[test]
    fn lines_do_not_count_blank_ones_at_the_end() {
        assert_eq!(
            block_lines("- a: 1\n  b: 2\n\n\n- c: 3\n", 1)
                .iter()
                .map(|(lines, _)| *lines)
                .collect::<Vec<_>>(),
            [2, 1]
        );
    }
}
