//! `dag-dependency`: a Dag task that depends on a task that is not there, or on itself in a circle.

use std::collections::HashMap;

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{Container, TaskIndex};
use crate::syntax::NodeId;
use crate::text::nearest;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DagDependency;

struct DagDependency;

static METADATA: RuleMetadata = RuleMetadata {
    name: "dag-dependency",
    summary: "A Dag task that depends on a task that is not there, or on itself in a circle",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DagDependency {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let Some(name) = checker.type_text(checker.task(task).type_node) else {
            return;
        };
        if name != "io.kestra.plugin.core.flow.Dag" && name != "io.kestra.core.tasks.flows.Dag" {
            return;
        }
        let graph = Graph::read(checker, task);
        graph.report_unknown(checker);
        graph.report_cycle(checker);
    }
}

/// The tasks of a Dag and what each waits for.
struct Graph<'run> {
    severity: Severity,
    ids: Vec<&'run str>,
    by_id: HashMap<&'run str, usize>,
    waits_for: Vec<Vec<(NodeId, &'run str)>>,
}

impl<'run> Graph<'run> {
    fn read(checker: &Checker<'run>, dag: TaskIndex) -> Self {
        let tree = checker.tree;
        let mut graph = Self {
            severity: checker.severity_of_refusal(dag),
            ids: Vec::new(),
            by_id: HashMap::new(),
            waits_for: Vec::new(),
        };
        for (_, task) in checker
            .flow
            .children(dag)
            .filter(|(_, task)| task.container == Container::Tasks)
        {
            let id = task
                .id
                .and_then(|id| tree.scalar_text(id))
                .unwrap_or_default();
            graph.by_id.entry(id).or_insert(graph.ids.len());
            graph.ids.push(id);
            let list = task
                .depends_on
                .into_iter()
                .flat_map(|list| tree.items(list));
            graph.waits_for.push(
                list.filter_map(|node| Some((node, tree.scalar_text(node)?)))
                    .collect(),
            );
        }
        graph
    }

    fn report_unknown(&self, checker: &mut Checker<'run>) {
        for (node, name) in self.waits_for.iter().flatten() {
            if self.by_id.contains_key(name) {
                continue;
            }
            let near = nearest(name, self.ids.iter().copied());
            checker
                .finding(&METADATA, *node, format!("The Dag has no task `{name}`"))
                .severity(self.severity)
                .maybe_help(near.map(|near| format!("Did you mean `{near}`?")))
                .emit();
        }
    }

    /// Finds one circle, if there is any: tasks that wait for nothing are taken away until none is left.
    fn report_cycle(&self, checker: &mut Checker<'run>) {
        let mut left: Vec<bool> = vec![true; self.ids.len()];
        loop {
            let free = (0..left.len()).find(|index| {
                left[*index]
                    && self.waits_for[*index]
                        .iter()
                        .filter_map(|(_, name)| self.by_id.get(name))
                        .all(|dependency| !left[*dependency])
            });
            match free {
                Some(index) => left[index] = false,
                None => break,
            }
        }
        let Some(start) = left.iter().position(|left| *left) else {
            return;
        };
        let path = self.walk_circle(start, &left);
        let Some((node, _)) = path.first() else {
            return;
        };
        let names: Vec<&str> = path.iter().map(|(_, index)| self.ids[*index]).collect();
        checker
            .finding(
                &METADATA,
                *node,
                format!(
                    "The Dag's tasks wait for each other in a circle: {}",
                    names.join(" → ")
                ),
            )
            .severity(self.severity)
            .help("Remove one of the dependencies.")
            .emit();
    }

    /// Follows dependencies that are left until a task comes again.
    fn walk_circle(&self, start: usize, left: &[bool]) -> Vec<(NodeId, usize)> {
        let mut path: Vec<(NodeId, usize)> = Vec::new();
        let mut current = start;
        for _ in 0..=self.ids.len() {
            let next = self.waits_for[current].iter().find_map(|(node, name)| {
                let index = *self.by_id.get(name)?;
                left[index].then_some((*node, index))
            });
            let Some((node, index)) = next else { break };
            if let Some(again) = path.iter().position(|(_, known)| *known == index) {
                path.drain(..again);
                path.push((node, index));
                return path;
            }
            path.push((node, index));
            current = index;
        }
        path
    }
}
