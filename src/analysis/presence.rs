//! What always has a value, so that a default for it is never used.

use super::{ExpressionSite, Owner, input_of_path, property_of};
use crate::expression::{
    BinaryNode, BinaryOperator, BinaryTree, ExpressionId, ExpressionKind, Operand, References,
    Template, has_template,
};
use crate::finding::Target;
use crate::model::{FOR_EACH_ITEM_TYPES, Flow, SUBFLOW_TYPES};
use crate::syntax::{NodeId, Tree, Value};

/// What is certain of a value; the later has what the earlier have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It is defined, perhaps null.
    Defined,
    /// It is neither undefined nor null, perhaps an empty text or list.
    NotNull,
    /// It is not empty either.
    NotEmpty,
}

/// Why it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceReason {
    /// The result of an operator whose failure nothing catches.
    Operator,
    /// A literal, a test, or what Kestra always sets.
    Always,
    /// An input with `defaults` (this value).
    Defaults(NodeId),
}

/// What is certain of the values of a template, as one version reads it.
#[derive(Clone, Copy)]
pub struct Presences<'run> {
    /// The tree of the flow.
    pub tree: &'run Tree,
    /// The flow.
    pub flow: &'run Flow,
    /// The version.
    pub target: Target,
    /// The template.
    pub site: &'run ExpressionSite,
    /// What the template reads.
    pub references: &'run References,
}

type Present = (Presence, PresenceReason);

impl Presences<'_> {
    /// What is certain of an operand; none where it may be missing. Where a default is
    /// never used, nothing is said of the whole: one finding for `a ?? b ?? c`.
    pub fn of(&self, tree: &BinaryTree, operand: Operand) -> Option<Present> {
        match operand {
            Operand::Node(_) => self.operation(tree, tree.node(operand)?),
            Operand::Expression(id) => self.expression(id),
        }
    }

    fn expression(&self, id: ExpressionId) -> Option<Present> {
        let template = &self.site.template;
        let id = template.without_parentheses(id);
        let presence = match template.expression(id).kind {
            ExpressionKind::Sequence { .. } => {
                let tree = template.resolve(id, self.target);
                return self.operation(&tree, tree.root()?);
            }
            ExpressionKind::Attribute { .. } | ExpressionKind::Subscript { .. } => {
                return self.path(id);
            }
            ExpressionKind::Null => Presence::Defined,
            ExpressionKind::String(_) if is_blank(template, id) => Presence::NotNull,
            ExpressionKind::List(items) | ExpressionKind::Map(items) if items.is_empty() => {
                Presence::NotNull
            }
            ExpressionKind::String(_)
            | ExpressionKind::Boolean(_)
            | ExpressionKind::Integer(_)
            | ExpressionKind::Decimal(_) => Presence::NotEmpty,
            _ => return None,
        };
        Some((presence, PresenceReason::Always))
    }

    /// All of it asked of 1.3.31 and 2.0.0.
    fn operation(&self, tree: &BinaryTree, node: &BinaryNode) -> Option<Present> {
        use BinaryOperator as B;
        let presence = match node.operator {
            B::Equal | B::NotEqual | B::Multiply | B::Divide | B::Modulo => Presence::NotEmpty,
            B::Greater | B::GreaterOrEqual | B::Less | B::LessOrEqual
                if self.target == Target::V1_3 =>
            {
                Presence::NotEmpty
            }
            // An empty text or list may come out of these.
            B::Add | B::Subtract => Presence::NotNull,
            B::Is | B::IsNot => return self.is_defined(node),
            _ => return self.default(tree, node),
        };
        Some((presence, PresenceReason::Operator))
    }

    fn is_defined(&self, node: &BinaryNode) -> Option<Present> {
        let template = &self.site.template;
        let Operand::Expression(test) = node.right else {
            return None;
        };
        let ExpressionKind::Test { name, .. } = template.expression(test).kind else {
            return None;
        };
        (template.slice(name) == "defined").then_some((Presence::NotEmpty, PresenceReason::Always))
    }

    /// A default that is certain makes the whole certain, unless it is never used itself.
    fn default(&self, tree: &BinaryTree, node: &BinaryNode) -> Option<Present> {
        let (needed, default) = given_default(&self.site.template, node)?;
        if self
            .of(tree, node.left)
            .is_some_and(|(left, _)| left >= needed)
        {
            return None;
        }
        let (presence, _) = self.of(tree, default)?;
        let presence = match needed {
            Presence::NotEmpty => presence,
            needed => presence.min(needed),
        };
        Some((presence, PresenceReason::Always))
    }

    fn path(&self, id: ExpressionId) -> Option<Present> {
        if !self.is_of_this_execution() {
            return None;
        }
        let template = &self.site.template;
        let mut references = self.references.iter();
        let (reference, path) = references.find(|(reference, _)| reference.expression == id)?;
        if reference.in_macro {
            return None;
        }
        let name = || path.first()?.name(template);
        match template.slice(reference.root) {
            "flow" if path.len() == 1 => {
                matches!(&*name()?, "id" | "namespace").then_some(ALWAYS_SET)
            }
            "execution" if path.len() == 1 => {
                matches!(&*name()?, "id" | "startDate").then_some(ALWAYS_SET)
            }
            "inputs" => {
                let input = input_of_path(self.tree, self.flow, template, path)?;
                let id = self.tree.scalar_text(input.id?)?;
                let is_all = id.split('.').count() == path.len();
                is_all.then(|| self.input(input.node))?
            }
            _ => None,
        }
    }

    /// Whether the template is rendered for a task run or at the end of the execution. Under `outputs` of a
    /// Subflow task (Kestra 1) it is that of another flow.
    fn is_of_this_execution(&self) -> bool {
        match self.site.owner {
            Owner::Output(_) => true,
            Owner::Task(task) => {
                let task = self.flow.task(task);
                let name = task
                    .type_node
                    .and_then(|node| self.tree.scalar_text(node))
                    .unwrap_or_default();
                let calls = SUBFLOW_TYPES.contains(&name) || FOR_EACH_ITEM_TYPES.contains(&name);
                !calls || property_of(self.tree, task.node, self.site.node) != Some("outputs")
            }
            _ => false,
        }
    }

    /// `defaults` hold wherever no value is given: by a trigger, as null, under a condition that does not hold.
    /// Only JSON and YAML can be null (asked of 1.3.31 and 2.0.0, type by type).
    fn input(&self, input: NodeId) -> Option<Present> {
        let tree = self.tree;
        let defaults = tree.get(input, "defaults")?;
        // A template may give an empty text, which is no number.
        let is_template = tree.scalar_text(defaults).is_some_and(has_template);
        let required = tree.get(input, "required");
        let may_be_left_out =
            required.is_some_and(|required| tree.value(required) != Some(Value::Boolean(true)));
        if tree.is_null(defaults) || is_template || may_be_left_out {
            return None;
        }
        let presence = match tree.get_text(input, "type")? {
            "INT" | "FLOAT" | "BOOL" | "BOOLEAN" | "DATE" | "DATETIME" | "TIME" | "DURATION" => {
                Presence::NotEmpty
            }
            "STRING" | "SELECT" | "URI" | "EMAIL" | "ARRAY" | "MULTISELECT" | "FILE" => {
                Presence::NotNull
            }
            _ => return None,
        };
        Some((presence, PresenceReason::Defaults(defaults)))
    }
}

const ALWAYS_SET: Present = (Presence::NotEmpty, PresenceReason::Always);

fn is_blank(template: &Template, text: ExpressionId) -> bool {
    template
        .string_value(text)
        .is_none_or(|text| text.trim().is_empty())
}

/// Of `??`, `???` and `| default(…)`: what must be certain of the left side for the default never to be used, and
/// the default.
pub fn given_default(template: &Template, node: &BinaryNode) -> Option<(Presence, Operand)> {
    match (node.operator, node.right) {
        (BinaryOperator::Coalesce, default) => Some((Presence::NotNull, default)),
        (BinaryOperator::CoalesceUndefined, default) => Some((Presence::Defined, default)),
        (BinaryOperator::Filter, Operand::Expression(filter)) => {
            let ExpressionKind::Filter { name, arguments } = template.expression(filter).kind
            else {
                return None;
            };
            let argument = template.arguments(arguments).first()?;
            (template.slice(name) == "default")
                .then_some((Presence::NotEmpty, Operand::Expression(argument.value)))
        }
        _ => None,
    }
}
