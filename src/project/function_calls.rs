//! The flows that the function `subflow()` starts.
//!
//! Kestra runs it where it renders a form, for the values that an input offers; it refuses it where a task run
//! or a trigger is rendered (`SubflowFunction` of 1.3.31 and 2.0.0). So in tasks and triggers it starts nothing.

use super::folding::folded;
use super::summary::{Call, CallKind};
use crate::expression::{
    self, ExpressionId, ExpressionKind, Invocation, InvocationKind, Segment, Template, has_template,
};
use crate::finding::Location;
use crate::model::{Flow, RUNNING_PARTS};
use crate::source::Document;
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

const NAME: &str = "subflow";

/// All calls of the function, in the order of the text.
pub(super) fn function_calls(document: &Document, tree: &Tree, flow: &Flow) -> Vec<Call> {
    // Hardly any flow has one, so a look at the bytes is all that most cost.
    if !mentions_function(tree.source()) {
        return Vec::new();
    }
    let Some(root) = flow.root else {
        return Vec::new();
    };
    let reader = Reader {
        document,
        tree,
        flow,
    };
    let scalars = tree.nodes().filter(|node| tree.is_scalar(*node));
    let texts = scalars.filter_map(|node| Some((node, tree.scalar_text(node)?)));
    texts
        .filter(|(_, text)| has_template(text) && mentions_function(text))
        .filter(|(node, _)| reader.starts_flows(root, *node))
        .flat_map(|(node, text)| reader.calls(node, &expression::parse(text)))
        .collect()
}

/// Whether a text has the name with an opening parenthesis behind it.
fn mentions_function(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), NAME).any(|start| {
        let behind = text[start + NAME.len()..].trim_start();
        behind.starts_with('(')
    })
}

struct Reader<'run> {
    document: &'run Document,
    tree: &'run Tree,
    flow: &'run Flow,
}

impl Reader<'_> {
    /// Whether a text is rendered where the function works.
    fn starts_flows(&self, root: NodeId, node: NodeId) -> bool {
        let tree = self.tree;
        let part = self.above(node).take_while(|above| *above != root).last();
        let key = tree.key_of(part.unwrap_or(node));
        let key = key.and_then(|key| tree.scalar_text(key));
        key.is_some_and(|key| !RUNNING_PARTS.contains(&key))
    }

    fn above(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.tree.parent(node), |node| self.tree.parent(*node))
    }

    fn calls(&self, node: NodeId, template: &Template) -> Vec<Call> {
        if self.document.is_unknown(self.tree.range(node)) {
            return Vec::new();
        }
        let functions = template.invocations().filter(|call| {
            call.kind == InvocationKind::Function && template.slice(call.name) == NAME
        });
        functions
            .map(|function| self.call(node, template, function))
            .collect()
    }

    fn call(&self, node: NodeId, template: &Template, function: Invocation) -> Call {
        let argument = |position, name| template.argument(function.arguments, position, name);
        let text = |id: Option<ExpressionId>| {
            let text = folded(self.tree, self.flow, template, id?)?;
            (!text.is_empty()).then_some(text)
        };
        let (namespace, flow_id) = (argument(0, "namespace"), argument(1, "id"));
        let literal = |id: Option<ExpressionId>| id.is_some_and(|id| is_text(template, id));
        let given = |id: Option<ExpressionId>| {
            id.filter(|id| template.expression(*id).kind != ExpressionKind::Null)
        };
        let named = flow_id.map_or(template.expression(function.expression).range, |id| {
            let whole = template.expression(id).range;
            template.string_content(id).unwrap_or(whole)
        });
        let inputs = match given(argument(2, "inputs")) {
            None => Some(Vec::new()),
            Some(inputs) => self.inputs(node, template, inputs),
        };
        Call {
            kind: CallKind::Function,
            task: self.part_of(node),
            namespace: text(namespace),
            flow_id: text(flow_id),
            place: self.place(node, named),
            inputs,
            wait: true,
            is_pinned: given(argument(3, "revision")).is_some(),
            disabled: false,
            has_run_if: false,
            is_conditional: true,
            is_literal: literal(namespace) && literal(flow_id),
            outputs_read: self.outputs_read(node, template, function.expression),
            node,
        }
    }

    /// The id of the input or whatever else the text belongs to.
    fn part_of(&self, node: NodeId) -> String {
        let tree = self.tree;
        let mut parts = self
            .above(node)
            .filter(|above| Some(*above) != self.flow.root);
        let id = parts.find_map(|part| tree.get_text(part, "id"));
        id.unwrap_or_default().to_owned()
    }

    fn place(&self, node: NodeId, decoded: TextRange) -> Location {
        self.document.locate(self.tree.source_range(node, decoded))
    }

    /// The inputs of a map that is written out; `None` where a key is known only when it is rendered.
    fn inputs(
        &self,
        node: NodeId,
        template: &Template,
        inputs: ExpressionId,
    ) -> Option<Vec<(String, Location)>> {
        let inputs = template.without_parentheses(inputs);
        let ExpressionKind::Map(entries) = template.expression(inputs).kind else {
            return None;
        };
        let keys = template.children(entries).iter().step_by(2);
        keys.map(|key| {
            let name = template.string_value(*key)?;
            let range = template.string_content(*key)?;
            Some((name.into_owned(), self.place(node, range)))
        })
        .collect()
    }

    /// `subflow(…).outputs.name`: the names.
    fn outputs_read(
        &self,
        node: NodeId,
        template: &Template,
        call: ExpressionId,
    ) -> Vec<(String, Location)> {
        let is_base = |id: ExpressionId| template.without_parentheses(id) == call;
        let paths = template.expressions().filter_map(|(id, _)| {
            let (base, steps) = template.path_steps(id);
            let [outputs, output] = steps.as_slice() else {
                return None;
            };
            let reads = is_base(base) && outputs.name(template).as_deref() == Some("outputs");
            reads.then_some(*output)
        });
        paths
            .filter_map(|output: Segment| {
                let name = output.name(template)?.into_owned();
                Some((name, self.place(node, output.name_range(template))))
            })
            .collect()
    }
}

fn is_text(template: &Template, id: ExpressionId) -> bool {
    template.string_value(id).is_some()
}
