//! The walk over documents: each rule is called for what it declared.

use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::checker::Memory;
use super::order::{by_place, merge};
use super::rule::{Interest, Rule};
use super::settings::{Registry, Settings};
use super::{Checker, LoadedDocument, Progress, Workspace};
use crate::analysis::{FlowScope, OutputTypes, SchemaProblem, schema_problems};
use crate::catalogue::Catalogue;
use crate::expression::{Problem, References};
use crate::finding::{Finding, Target};
use crate::governance::Governed;
use crate::model::TaskIndex;

/// Documents that one rule sees after each other before it is the next rule's turn. The code of one rule and
/// the trees of a few flows fit into a processor's nearest memory; the code of all rules does not.
const BATCH: usize = 16;

/// Checks every reported document with the rules that its settings enable.
pub(super) fn check_documents(
    workspace: &Workspace,
    registry: Registry,
    progress: &Progress,
) -> Vec<Finding> {
    let reported: Vec<(u32, &LoadedDocument)> = (0_u32..)
        .zip(&workspace.documents)
        .filter(|(_, document)| document.is_reported)
        .collect();
    progress.expect(reported.len());
    let batches: Vec<&[(u32, &LoadedDocument)]> = reported
        .chunk_by(|(_, one), (_, other)| Arc::ptr_eq(&one.settings, &other.settings))
        .flat_map(|alike| alike.chunks(BATCH))
        .collect();
    batches
        .into_par_iter()
        .map_init(OutputTypes::default, |output_types, batch| {
            let found = check_batch(workspace, registry, batch, output_types);
            for _ in batch {
                progress.step();
            }
            found
        })
        .flatten_iter()
        .collect()
}

/// Checks documents of the same settings.
fn check_batch(
    workspace: &Workspace,
    registry: Registry,
    batch: &[(u32, &LoadedDocument)],
    output_types: &OutputTypes,
) -> Vec<Finding> {
    let Some((_, first)) = batch.first() else {
        return Vec::new();
    };
    let mut all: Vec<Vec<Finding>> = Vec::new();
    for target in &first.settings.targets {
        let mut walk = Walk::new(workspace, registry, *target, batch);
        walk.run(output_types);
        let found = walk.checkers.into_iter().map(|checker| checker.findings);
        all.resize_with(batch.len(), Vec::new);
        for (all, found) in all.iter_mut().zip(found) {
            merge(all, found);
        }
    }
    for found in &mut all {
        // What is sorted file by file is soon sorted as a whole.
        found.sort_by(by_place);
    }
    all.into_iter().flatten().collect()
}

/// The one walk over some documents of the same settings, for one target.
struct Walk<'run> {
    registry: Registry,
    settings: &'run Settings,
    target: Target,
    /// One a document.
    checkers: Vec<Checker<'run>>,
}

impl<'run> Walk<'run> {
    fn new(
        workspace: &'run Workspace,
        registry: Registry,
        target: Target,
        batch: &[(u32, &'run LoadedDocument)],
    ) -> Self {
        let checkers = batch.iter().map(|(index, document)| Checker {
            workspace,
            document,
            index: *index,
            tree: &document.tree,
            flow: &document.flow,
            project: &workspace.projects[document.project],
            target,
            catalogue: Catalogue::of(target),
            settings: &document.settings,
            rule: 0,
            references: Rc::default(),
            memory: Memory::default(),
            findings: Vec::new(),
        });
        Self {
            registry,
            settings: &batch[0].1.settings,
            target,
            checkers: checkers.collect(),
        }
    }

    fn run(&mut self, output_types: &OutputTypes) {
        self.each(Interest::Document, |rule, checker, _| {
            rule.document(checker);
        });
        self.each(Interest::Flow, |rule, checker, _| rule.flow(checker));
        self.each(Interest::Task, |rule, checker, _| {
            for task in (0_u32..).map(TaskIndex).take(checker.flow.tasks.len()) {
                rule.task(checker, task);
            }
        });
        self.each(Interest::Trigger, |rule, checker, _| {
            for trigger in 0..checker.flow.triggers.len() {
                rule.trigger(checker, trigger);
            }
        });
        self.expressions();
        self.types(output_types);
        self.schema();
        self.each(Interest::Scalar, |rule, checker, _| {
            let tree = checker.tree;
            for node in tree.nodes().filter(|node| tree.is_scalar(*node)) {
                rule.scalar(checker, node);
            }
        });
    }

    /// Lets each rule of an interest see each document, with the document's place in the batch. What is no flow
    /// is seen as a document only.
    fn each(
        &mut self,
        interest: Interest,
        mut call: impl FnMut(&dyn Rule, &mut Checker<'run>, usize),
    ) {
        for index in self.settings.interested(self.target, interest) {
            let index = usize::from(*index);
            let rule = self.registry.rules[index];
            for (place, checker) in self.checkers.iter_mut().enumerate() {
                if interest == Interest::Document || checker.document.is_flow() {
                    checker.rule = index;
                    call(rule, checker, place);
                }
            }
        }
    }

    fn is_wanted(&self, interest: Interest) -> bool {
        !self.settings.interested(self.target, interest).is_empty()
    }

    fn expressions(&mut self) {
        if !self.is_wanted(Interest::Expression) {
            return;
        }
        let target = self.target;
        let references: Vec<Vec<Rc<References>>> = self
            .checkers
            .iter()
            .map(|checker| {
                let sites = checker.expressions().iter();
                let read = sites.map(|site| site.template.references(target));
                read.map(Rc::new).collect()
            })
            .collect();
        self.each(Interest::Expression, |rule, checker, place| {
            for (site, references) in checker.expressions().iter().zip(&references[place]) {
                checker.references = Rc::clone(references);
                rule.expression(checker, site);
            }
        });
    }

    fn types(&mut self, output_types: &OutputTypes) {
        if !self.is_wanted(Interest::Typing) {
            return;
        }
        let target = self.target;
        let problems: Vec<Vec<(usize, Problem)>> = self
            .checkers
            .iter()
            .map(|checker| {
                let scope = FlowScope::new(
                    checker.tree,
                    checker.flow,
                    checker.catalogue,
                    checker.project,
                    output_types,
                );
                let sites = checker.expressions().iter().enumerate();
                let found = sites.flat_map(|(index, site)| {
                    let checked = site.template.check(target, &scope.at(site));
                    checked
                        .problems
                        .into_iter()
                        .map(move |problem| (index, problem))
                });
                found.collect()
            })
            .collect();
        self.each(Interest::Typing, |rule, checker, place| {
            for (site, problem) in &problems[place] {
                let site = &checker.expressions()[*site];
                rule.typing(checker, site, problem);
            }
        });
    }

    fn schema(&mut self) {
        if !self.is_wanted(Interest::Schema) {
            return;
        }
        let problems: Vec<Vec<SchemaProblem<'run>>> = self
            .checkers
            .iter()
            .map(|checker| schema_problems_of(checker))
            .collect();
        self.each(Interest::Schema, |rule, checker, place| {
            for problem in &problems[place] {
                rule.schema(checker, problem);
            }
        });
    }
}

fn schema_problems_of<'run>(checker: &Checker<'run>) -> Vec<SchemaProblem<'run>> {
    let tree = checker.tree;
    // What Kestra cannot even parse has one cause, which has been said.
    if !tree.refusals().is_empty() {
        return Vec::new();
    }
    let mut problems = schema_problems(tree, checker.flow, checker.catalogue);
    if let Some(governed) = governed(checker) {
        problems.retain(|problem| !problem.is_settled_by(tree, &governed));
    }
    problems
}

/// The flow as it would run, where policies change flows: Kestra 2.0 validates that.
fn governed(checker: &Checker<'_>) -> Option<Governed<'static>> {
    let mut policies = checker.settings.governance.iter();
    let is_changed =
        checker.target == Target::V2_0 && policies.any(|policy| policy.changes_flows());
    is_changed
        .then(|| checker.document.governed(checker.target))
        .flatten()
}
