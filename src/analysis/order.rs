//! Whether a task has run when another one reads its outputs.

use super::{ExpressionSite, Owner, property_of};
use crate::expression::References;
use crate::finding::Target;
use crate::model::{Container, Flow, Task, TaskIndex};
use crate::syntax::{Tree, Value};
use crate::text::TextRange;

/// What is certain about a task's outputs at the place of another task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It has run, or nothing speaks against it.
    Available,
    /// A task cannot read its own outputs.
    Own,
    /// It runs later.
    Later,
    /// It runs at the same time, beside the reader.
    AtTheSameTime,
    /// It runs in another branch, so never together with the reader.
    OtherBranch,
    /// It runs in a Loop, whose tasks are seen inside only (Kestra 2).
    InsideLoop,
    /// It is disabled and never runs.
    Disabled,
    /// It may have been skipped.
    Skippable,
}

/// An expression that reads the output of a task of the flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputRead {
    /// The id that is read.
    pub name: String,
    /// Where it stands in the decoded text.
    pub range: TextRange,
    /// The task of that id.
    pub producer: TaskIndex,
    /// Whether it has run.
    pub availability: Availability,
}

/// The outputs that a task's template reads without a value for the case that there are none. Ids that
/// several tasks have are left out.
pub fn output_reads(
    tree: &Tree,
    flow: &Flow,
    target: Target,
    site: &ExpressionSite,
    references: &References,
) -> Vec<OutputRead> {
    let Owner::Task(reader) = site.owner else {
        return Vec::new();
    };
    let template = &site.template;
    let unguarded = references.iter().filter(|(reference, _)| {
        template.slice(reference.root) == "outputs" && !reference.is_guarded()
    });
    unguarded
        .filter_map(|(_, path)| {
            let step = path.first()?;
            let name = step.name(template)?;
            let producer = only_task(tree, flow, &name)?;
            Some(OutputRead {
                range: step.name_range(template),
                producer,
                availability: if producer == reader
                    && is_asked_after_rounds(tree, flow, site, reader)
                {
                    Availability::Available
                } else {
                    availability(tree, flow, target, reader, producer)
                },
                name: name.into_owned(),
            })
        })
        .collect()
}

/// Whether a property is read while the task has an output already: a LoopUntil counts its rounds there.
fn is_asked_after_rounds(tree: &Tree, flow: &Flow, site: &ExpressionSite, task: TaskIndex) -> bool {
    let task = flow.task(task);
    let name = task.type_node.and_then(|node| tree.scalar_text(node));
    name.is_some_and(|name| name.ends_with(".LoopUntil") || name.ends_with(".WaitFor"))
        && matches!(
            property_of(tree, task.node, site.node),
            Some("condition" | "checkFrequency" | "failOnMaxReached")
        )
}

/// The task of an id, if there is only one.
fn only_task(tree: &Tree, flow: &Flow, id: &str) -> Option<TaskIndex> {
    let mut tasks = flow
        .indexed_tasks()
        .filter(|(_, task)| task.id.and_then(|node| tree.scalar_text(node)) == Some(id));
    let (only, _) = tasks.next()?;
    tasks.next().is_none().then_some(only)
}

/// Judges whether `producer` has run when `reader` does.
fn availability(
    tree: &Tree,
    flow: &Flow,
    target: Target,
    reader: TaskIndex,
    producer: TaskIndex,
) -> Availability {
    if reader == producer {
        return Availability::Own;
    }
    let judge = Judge { tree, flow, target };
    let reader_chain = judge.chain(reader);
    let producer_chain = judge.chain(producer);
    // What holds the other, in whichever direction, is running while it is read.
    if reader_chain.contains(&producer) || producer_chain.contains(&reader) {
        return Availability::Available;
    }
    let shared = reader_chain
        .iter()
        .zip(&producer_chain)
        .take_while(|(one, other)| one == other)
        .count();
    let (before, after) = (reader_chain[shared], producer_chain[shared]);
    let parent = shared.checked_sub(1).map(|index| reader_chain[index]);
    match judge.siblings(parent, before, after) {
        Availability::Available => judge.inside(producer, &producer_chain[shared..]),
        other => other,
    }
}

struct Judge<'run> {
    tree: &'run Tree,
    flow: &'run Flow,
    target: Target,
}

impl Judge<'_> {
    /// A task with all that hold it, outermost first.
    fn chain(&self, task: TaskIndex) -> Vec<TaskIndex> {
        let mut chain: Vec<TaskIndex> = self.flow.ancestors(task).collect();
        chain.reverse();
        chain.push(task);
        chain
    }

    fn class_name(&self, task: TaskIndex) -> &str {
        let node = self.flow.task(task).type_node;
        let name = node
            .and_then(|node| self.tree.scalar_text(node))
            .unwrap_or_default();
        name.rsplit('.').next().unwrap_or_default()
    }

    /// Two tasks that the same task (or the flow) holds.
    fn siblings(
        &self,
        parent: Option<TaskIndex>,
        reader: TaskIndex,
        producer: TaskIndex,
    ) -> Availability {
        let (reading, producing) = (self.flow.task(reader), self.flow.task(producer));
        if reading.list != producing.list {
            return self.other_list(parent, reading, producing);
        }
        match parent.map(|parent| self.class_name(parent)) {
            Some("Parallel" | "EachParallel") if reading.container == Container::Tasks => {
                Availability::AtTheSameTime
            }
            Some("Dag") if reading.container == Container::Tasks => self.dag(reader, producer),
            // A task of an earlier round may be read.
            Some("LoopUntil" | "WaitFor") => Availability::Available,
            _ if producing.position > reading.position => Availability::Later,
            _ => Availability::Available,
        }
    }

    fn other_list(
        &self,
        parent: Option<TaskIndex>,
        reading: &Task,
        producing: &Task,
    ) -> Availability {
        let rank = |container: Container| match container {
            Container::Tasks
            | Container::Then
            | Container::Else
            | Container::Case
            | Container::Defaults => 0,
            Container::Errors => 1,
            Container::Finally => 2,
            Container::AfterExecution => 3,
            Container::Event | Container::Listeners => 9,
        };
        let (read, produced) = (rank(reading.container), rank(producing.container));
        match parent.map(|parent| self.class_name(parent)) {
            _ if read == 9 || produced == 9 => Availability::Available,
            Some("If" | "Switch") if read == 0 && produced == 0 => Availability::OtherBranch,
            _ if produced > read => Availability::Later,
            // Error handlers cannot know what ran before them; that is their trade.
            _ => Availability::Available,
        }
    }

    /// In a Dag a task has run if the reader waits for it, directly or through others.
    fn dag(&self, reader: TaskIndex, producer: TaskIndex) -> Availability {
        let dag = self.flow.task(reader).parent;
        let by_id = |id: &str| {
            self.flow
                .indexed_tasks()
                .find(|(_, task)| {
                    task.parent == dag
                        && task.id.and_then(|node| self.tree.scalar_text(node)) == Some(id)
                })
                .map(|(index, _)| index)
        };
        let mut pending = vec![reader];
        let mut seen = vec![reader];
        while let Some(current) = pending.pop() {
            if current == producer {
                return Availability::Available;
            }
            let waits_for = self
                .flow
                .task(current)
                .depends_on
                .into_iter()
                .flat_map(|list| self.tree.items(list));
            for id in waits_for.filter_map(|node| self.tree.scalar_text(node)) {
                if let Some(next) = by_id(id).filter(|next| !seen.contains(next)) {
                    seen.push(next);
                    pending.push(next);
                }
            }
        }
        Availability::AtTheSameTime
    }

    /// The producer's branch has been passed: did the producer itself run, and is it seen?
    fn inside(&self, producer: TaskIndex, chain: &[TaskIndex]) -> Availability {
        let enclosing = &chain[..chain.len().saturating_sub(1)];
        if self.target == Target::V2_0
            && enclosing
                .iter()
                .any(|task| self.class_name(*task) == "Loop")
        {
            return Availability::InsideLoop;
        }
        if chain.iter().any(|task| self.is_disabled(*task)) {
            return Availability::Disabled;
        }
        let branches = enclosing
            .iter()
            .any(|task| matches!(self.class_name(*task), "If" | "Switch"));
        let is_conditional =
            |task: &TaskIndex| self.tree.get(self.flow.task(*task).node, "runIf").is_some();
        if branches || is_conditional(&producer) || enclosing.iter().any(is_conditional) {
            return Availability::Skippable;
        }
        Availability::Available
    }

    fn is_disabled(&self, task: TaskIndex) -> bool {
        self.tree
            .get(self.flow.task(task).node, "disabled")
            .is_some_and(|value| self.tree.value(value) == Some(Value::Boolean(true)))
    }
}
