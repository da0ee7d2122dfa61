//! `duplicated-block`: the same block of a task stands several times in a flow or in several flows.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::analysis::clones::{self, Source, lines_with_key, may_have_lines};
use crate::catalogue::Catalogue;
use crate::engine::{
    Hashed, HashedMember, Interest, LoadedDocument, OptionValue, ProjectChecker, Rule,
};
use crate::finding::{
    FixKind, Group, Location, OptionDescription, RelatedLocation, RuleMetadata, Severity, Target,
    TargetSet, Tier,
};
use crate::model::TaskIndex;
use crate::syntax::{NodeId, Tree};
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
            option.unwrap_or(default)
        };
        let minimum_lines = limit("minimum-lines", 8);
        let minimum_occurrences = limit("minimum-occurrences", 2) as usize;
        let hashed = checker.hashed();
        let workspace = checker.workspace;
        let members = &hashed.members;
        let mut blocks: Vec<Block> = members
            .par_iter()
            .flat_map_iter(|member| {
                let document = &workspace.documents[member.document];
                blocks_of(member, document, minimum_lines)
            })
            .collect();
        link_parents(&mut blocks);
        for group in groups(&blocks, minimum_occurrences) {
            if is_news(&mut blocks, &group, minimum_lines, minimum_occurrences) {
                report(checker, &hashed, &blocks, &group, minimum_occurrences);
            }
        }
    }
}

/// A node that is large enough to be worth naming once.
struct Block {
    /// Index of the document in the workspace.
    document: usize,
    /// What is one flow in several files has one name.
    name: usize,
    node: NodeId,
    range: TextRange,
    /// Of its contents, without ids.
    hash: u64,
    lines: u32,
    /// The nearest block around it, as an index into all blocks.
    parent: Option<usize>,
    is_reported: bool,
    /// Lines inside it that belong to reported groups.
    covered: u32,
}

/// The large nodes under the flow's tasks, in the order of the text, outer ones first. What they are inside of is
/// told by their place in their own list.
fn blocks_of(member: &HashedMember, document: &LoadedDocument, minimum_lines: u32) -> Vec<Block> {
    let (tree, digests) = (&document.tree, &member.digests);
    let mut pending: Vec<NodeId> = Vec::new();
    for task in document
        .flow
        .tasks
        .iter()
        .filter(|task| task.parent.is_none())
    {
        if pending.last() != Some(&task.list) {
            pending.push(task.list);
        }
    }
    let mut blocks = Vec::new();
    while let Some(node) = pending.pop() {
        if !may_have_lines(tree, node, minimum_lines.saturating_sub(1)) {
            continue;
        }
        let lines = lines_with_key(tree, node);
        // What is inside has fewer lines.
        if lines < minimum_lines {
            continue;
        }
        let values = tree.entries(node).iter().map(|entry| entry.value);
        pending.extend(values.chain(tree.items(node)));
        blocks.push(Block {
            document: member.document,
            name: member.name,
            node,
            range: tree.range(node),
            hash: digests.contents(node),
            lines,
            parent: None,
            is_reported: false,
            covered: 0,
        });
    }
    blocks.sort_by_key(|block| (block.range.start(), std::cmp::Reverse(block.range.end())));
    blocks
}

/// Finds for each block the nearest one around it: of those before it in its text the last that ends behind it.
fn link_parents(blocks: &mut [Block]) {
    let mut around: Vec<usize> = Vec::new();
    for index in 0..blocks.len() {
        let (document, range) = (blocks[index].document, blocks[index].range);
        while around.last().is_some_and(|outer| {
            let outer = &blocks[*outer];
            outer.document != document || !outer.range.contains_range(range)
        }) {
            around.pop();
        }
        blocks[index].parent = around.last().copied();
        around.push(index);
    }
}

/// Equal blocks, those first that would save most.
fn groups(blocks: &[Block], minimum_occurrences: usize) -> Vec<Vec<usize>> {
    let mut by_hash: Vec<(u64, usize)> = blocks.iter().map(|block| block.hash).zip(0..).collect();
    by_hash.par_sort_unstable();
    let mut groups: Vec<Vec<usize>> = by_hash
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|group| group.len() >= minimum_occurrences.max(2))
        .map(|group| group.iter().map(|(_, index)| *index).collect())
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

fn report(
    checker: &mut ProjectChecker<'_>,
    hashed: &Hashed,
    blocks: &[Block],
    group: &[usize],
    minimum_occurrences: usize,
) {
    let workspace = checker.workspace;
    let document = |index: usize| &workspace.documents[blocks[index].document];
    let place = |index: usize| -> Location {
        let document = document(index);
        let shown = shown(&document.tree, blocks[index].node);
        document.document.locate(shown)
    };
    // What Terraform makes of one text several times is written once.
    let mut known: BTreeSet<Location> = BTreeSet::new();
    let mut written: Vec<(Location, usize)> = Vec::new();
    for index in group {
        let location = place(*index);
        if known.insert(location) {
            written.push((location, *index));
        }
    }
    let shown = written
        .iter()
        .position(|(_, index)| document(*index).is_reported);
    let Some(shown) = shown.filter(|_| written.len() >= minimum_occurrences.max(2)) else {
        return;
    };
    let (location, first) = written.remove(shown);
    let loaded = document(first);
    let lines = blocks[first].lines;
    let times = u32::try_from(written.len() + 1).unwrap_or(u32::MAX);
    let saved = lines.saturating_mul(times - 1);
    let kind = BlockKind::of(loaded, blocks[first].node);
    let message = format!(
        "{} is the same in {times} places: {saved} lines could go",
        kind.describe(&loaded.tree)
    );
    let flow = |key: Option<&str>| key.unwrap_or_default().to_owned();
    let namespace = flow(loaded.flow.namespace_text(&loaded.tree));
    let id = flow(loaded.flow.id_text(&loaded.tree));
    let own: Vec<NodeId> = std::iter::once(first)
        .chain(written.iter().map(|(_, index)| *index))
        .filter(|index| blocks[*index].document == blocks[first].document)
        .map(|index| blocks[index].node)
        .collect();
    let is_spread = own.len() <= written.len();
    let mut help = kind.suggestion(checker.target, is_spread);
    let member = hashed
        .members
        .iter()
        .position(|member| member.document == blocks[first].document);
    let sketch = member.and_then(|member| {
        let source = hashed.source(workspace, member);
        kind.sketch(source, Catalogue::of(checker.target), &own, is_spread)
    });
    if let Some(sketch) = sketch {
        help = format!("{help} It could look like this:\n\n{sketch}");
    }
    let related: Vec<RelatedLocation> = written
        .into_iter()
        .map(|(location, _)| RelatedLocation {
            location,
            message: "the same again".to_owned(),
        })
        .collect();
    // Not the hash, which may change with the library that makes it.
    let range = std::ops::Range::<usize>::from(blocks[first].range);
    let text = loaded.tree.source().get(range).unwrap_or_default();
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

    /// What it would look like written once, where that is certain. `own` are the blocks of the flow itself.
    fn sketch(
        &self,
        source: Source<'_>,
        catalogue: &Catalogue,
        own: &[NodeId],
        is_spread: bool,
    ) -> Option<String> {
        let Source { tree, flow, .. } = source;
        let task_of = |node: NodeId| {
            let tasks = flow.indexed_tasks();
            tasks
                .into_iter()
                .find(|(_, task)| task.node == node)
                .map(|(index, _)| index)
        };
        match self {
            Self::Task(node) => clones::subflow_of_task(source, task_of(*node)?, catalogue),
            Self::Tasks(_) => None,
            Self::Text(node) => clones::namespace_file(source, *node),
            Self::Property(node) => {
                let key = tree.key_of(*node).and_then(|key| tree.scalar_text(key))?;
                // Deeper ones cannot be told apart by the type of their task.
                let tasks: Vec<TaskIndex> = own
                    .iter()
                    .map(|node| task_of(tree.parent(*node)?))
                    .collect::<Option<_>>()?;
                if catalogue.target() != Target::V1_3 {
                    return clones::subflow_around(source, &tasks, key, catalogue);
                }
                let types = (!is_spread).then(|| defaults_for(source, &tasks, key))??;
                clones::plugin_default(tree, &types, *node)
            }
        }
    }
}

/// The types to which a default can be given: none where it would reach a task that lacks the property.
fn defaults_for<'run>(
    source: Source<'run>,
    tasks: &[TaskIndex],
    key: &str,
) -> Option<Vec<&'run str>> {
    let Source { tree, flow, .. } = source;
    let kind = |index: TaskIndex| {
        let node = flow.task(index).type_node;
        node.and_then(|node| tree.scalar_text(node))
    };
    let mut types: Vec<&str> = tasks
        .iter()
        .map(|task| kind(*task))
        .collect::<Option<_>>()?;
    types.sort_unstable();
    types.dedup();
    let is_free = flow.plugin_defaults.is_empty()
        && flow.indexed_tasks().all(|(index, task)| {
            let is_reached =
                kind(index).is_some_and(|kind| types.iter().any(|known| kind.starts_with(known)));
            !is_reached || tree.get(task.node, key).is_some()
        });
    is_free.then_some(types)
}
