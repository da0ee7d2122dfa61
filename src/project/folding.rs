//! Texts of expressions that are the same at every execution.

use crate::expression::{BinaryOperator, ExpressionId, ExpressionKind, Template, has_template};
use crate::model::Flow;
use crate::syntax::Tree;

/// The text of an expression that is the same at every execution: a literal, the flow's id or namespace, a
/// variable that is a fixed text, or these joined by `~`.
pub fn folded(tree: &Tree, flow: &Flow, template: &Template, id: ExpressionId) -> Option<String> {
    let id = template.without_parentheses(id);
    match template.expression(id).kind {
        ExpressionKind::Sequence { first, operations } => {
            let mut text = known_value(tree, flow, template, first)?;
            for (_, operation) in template.operations(operations) {
                if operation.operator != BinaryOperator::Concatenate {
                    return None;
                }
                text.push_str(&known_value(tree, flow, template, operation.right)?);
            }
            Some(text)
        }
        _ => known_value(tree, flow, template, id),
    }
}

fn known_value(tree: &Tree, flow: &Flow, template: &Template, id: ExpressionId) -> Option<String> {
    if let Some(text) = template.string_value(id) {
        return Some(text.into_owned());
    }
    let (base, steps) = template.path_steps(id);
    let root = template.expression(base);
    let [step] = steps.as_slice() else {
        return None;
    };
    if !matches!(root.kind, ExpressionKind::Variable) {
        return None;
    }
    let name = step.name(template)?;
    let known = variable(tree, flow, template.slice(root.range), &name)?;
    (!known.is_empty() && !has_template(known)).then(|| known.to_owned())
}

fn variable<'run>(tree: &'run Tree, flow: &Flow, root: &str, name: &str) -> Option<&'run str> {
    match (root, name) {
        ("flow", "namespace") => flow.namespace_text(tree),
        ("flow", "id") => flow.id_text(tree),
        ("vars", _) => tree.string(tree.get(flow.variables?, name)?),
        _ => None,
    }
}
