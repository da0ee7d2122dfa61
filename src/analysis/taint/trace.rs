//! Follows the expressions of a template to where their values come from.

use std::cell::Cell;

use super::filter::Form;
use super::input::{InputText, input_text};
use super::reader;
use super::sink::{Readable, readable_sink, sites_below};
use super::source::{Source, Wanted};
use crate::analysis::{ExpressionSite, Owner, property_of};
use crate::expression::ExpressionId;
use crate::finding::Target;
use crate::model::{Flow, SUBFLOW_TYPES};
use crate::project::ProjectIndex;
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

/// Values are followed through so many other texts.
const LONGEST_WAY: u8 = 6;
/// For one template so many other texts are looked at.
const MOST_TEXTS: u32 = 300;

/// A flow with all that is needed to follow its values.
#[derive(Debug, Clone, Copy)]
pub struct FlowView<'run> {
    /// The number of its document in the run.
    pub document: u32,
    /// Its tree.
    pub tree: &'run Tree,
    /// The flow.
    pub flow: &'run Flow,
    /// Its templates.
    pub expressions: &'run [ExpressionSite],
}

/// All flows of a run, by the numbers of their documents.
pub trait Flows {
    /// The flow of a document.
    fn view(&self, document: u32) -> Option<FlowView<'_>>;
}

/// A part of a template through which a value came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number of the document.
    pub document: u32,
    /// The scalar.
    pub node: NodeId,
    /// The part of its decoded text.
    pub range: TextRange,
}

/// One thing that is part of a printed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What it is.
    pub source: Source,
    /// What names it in the template, in the decoded text.
    pub range: TextRange,
    /// How it is written out.
    pub form: Form,
    /// The other texts through which it came, the nearest first.
    pub way: Vec<Place>,
}

/// A `{{ … }}` of a template with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// The place of the `{{ … }}` in the decoded text.
    pub range: TextRange,
    /// Its expression.
    pub expression: ExpressionId,
    /// What was looked for and is part of it.
    pub origins: Vec<Origin>,
}

/// Follows values backwards.
pub struct Tracer<'run> {
    pub(super) flows: &'run dyn Flows,
    pub(super) project: &'run ProjectIndex,
    pub(super) target: Target,
    pub(super) wanted: Wanted<'run>,
    /// The texts that may still be looked at.
    budget: Cell<u32>,
}

/// A flow as one execution of it: its inputs are what a caller passes, where that is known.
pub(super) struct Frame<'run> {
    pub(super) view: FlowView<'run>,
    /// How many texts lie between this one and the first.
    pub(super) depth: u8,
    /// The caller, with the inputs that it passes.
    pub(super) caller: Option<(&'run Frame<'run>, Option<NodeId>)>,
}

impl<'run> Tracer<'run> {
    /// A tracer for one question.
    pub fn new(
        flows: &'run dyn Flows,
        project: &'run ProjectIndex,
        target: Target,
        wanted: Wanted<'run>,
    ) -> Self {
        Self {
            flows,
            project,
            target,
            wanted,
            budget: Cell::new(MOST_TEXTS),
        }
    }

    /// The prints of a template in which there is something of what is wanted.
    pub fn prints(&self, view: FlowView<'_>, site: &ExpressionSite) -> Vec<Print> {
        let frame = Frame {
            view,
            depth: 0,
            caller: None,
        };
        reader::prints(self, &frame, site)
    }

    /// Where the flow that a task calls lets people read the input that it is passed, at a place that
    /// `counts`; the calls of that flow are followed in turn.
    pub fn read_by_callee(
        &self,
        view: FlowView<'_>,
        site: &ExpressionSite,
        counts: &dyn Fn(Readable) -> bool,
    ) -> Option<(Readable, Place)> {
        self.read_below(view, site, counts, 0)
    }

    fn read_below(
        &self,
        view: FlowView<'_>,
        site: &ExpressionSite,
        counts: &dyn Fn(Readable) -> bool,
        depth: u8,
    ) -> Option<(Readable, Place)> {
        let Owner::Task(index) = site.owner else {
            return None;
        };
        // Flows that call each other in circles must not be followed for ever.
        self.budget.set(self.budget.get().checked_sub(1)?);
        let task = view.flow.task(index).node;
        let passed = view.tree.get(task, "inputs")?;
        let name = property_of(view.tree, passed, site.node)?;
        let callee = self.callee(view, task)?;
        let mut inputs = callee.flow.inputs.iter();
        let input = inputs.find(|input| callee.tree.get_text(input.node, "id") == Some(name))?;
        // Of a SECRET input the flow itself is told.
        if input_text(callee.tree, input) == InputText::Secret || depth >= LONGEST_WAY {
            return None;
        }
        let inner = Tracer::new(self.flows, self.project, self.target, Wanted::Input(name));
        callee.expressions.iter().find_map(|site| {
            let readable =
                readable_sink(callee.tree, callee.flow, site).filter(|kind| counts(*kind));
            let calls = || calls_flow(callee, site);
            if readable.is_none() && !calls() {
                return None;
            }
            let prints = inner.prints(callee, site);
            let origin = prints.first()?.origins.first()?;
            let place = Place {
                document: callee.document,
                node: site.node,
                range: origin.range,
            };
            readable
                .map(|kind| (kind, place))
                .or_else(|| self.read_below(callee, site, counts, depth + 1))
        })
    }

    /// The flow that a task calls, if there is only one of that name.
    pub(super) fn callee(&self, view: FlowView<'_>, task: NodeId) -> Option<FlowView<'run>> {
        let member = self.project.member_of(view.document)?;
        let calls = &self.project.summary(member).calls;
        let call = calls.iter().find(|call| call.node == task)?;
        match *self.project.callees(member, call) {
            [callee] => self.flows.view(self.project.document(callee)),
            _ => None,
        }
    }

    /// All that is part of the texts at or below a node, seen from a place that reads them.
    pub(super) fn below(&self, frame: &Frame<'_>, node: NodeId, range: TextRange) -> Vec<Origin> {
        let mut origins = Vec::new();
        if frame.depth >= LONGEST_WAY {
            return origins;
        }
        let next = Frame {
            view: frame.view,
            depth: frame.depth + 1,
            caller: frame.caller,
        };
        let view = frame.view;
        for site in sites_below(view.tree, view.expressions, node) {
            let Some(left) = self.budget.get().checked_sub(1) else {
                break;
            };
            self.budget.set(left);
            let is_whole = site.template.single_expression().is_some();
            for print in reader::prints(self, &next, site) {
                origins.extend(print.origins.into_iter().map(|mut origin| {
                    let place = Place {
                        document: view.document,
                        node: site.node,
                        range: origin.range,
                    };
                    origin.way.insert(0, place);
                    origin.range = range;
                    if !is_whole {
                        origin.form = origin.form.joined();
                    }
                    origin
                }));
            }
        }
        origins
    }
}

/// Whether a template is passed to another flow as an input.
pub fn calls_flow(view: FlowView<'_>, site: &ExpressionSite) -> bool {
    let Owner::Task(index) = site.owner else {
        return false;
    };
    let task = view.flow.task(index).node;
    let type_name = view.tree.get_text(task, "type");
    type_name.is_some_and(|name| SUBFLOW_TYPES.contains(&name))
        && property_of(view.tree, task, site.node) == Some("inputs")
}
