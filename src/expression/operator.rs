//! Operators, their precedence in each version, and the tree that follows from it.

use super::tree::{Expression, ExpressionKind, OperationId, Template};
use super::{ExpressionId, Operation};
use crate::finding::Target;
use crate::text::TextRange;

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `is` with a test at its right.
    Is,
    /// `is not` with a test at its right.
    IsNot,
    /// `contains`
    Contains,
    /// `==` or `equals`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `|` with a filter at its right.
    Filter,
    /// `~`
    Concatenate,
    /// `..`
    Range,
    /// `??`: the right side where the left is null or undefined.
    Coalesce,
    /// `???`: the right side where the left is undefined.
    CoalesceUndefined,
    /// `isIn`
    IsIn,
}

impl BinaryOperator {
    /// All binary operators.
    pub const ALL: [Self; 22] = [
        Self::Or,
        Self::And,
        Self::Is,
        Self::IsNot,
        Self::Contains,
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Modulo,
        Self::Filter,
        Self::Concatenate,
        Self::Range,
        Self::Coalesce,
        Self::CoalesceUndefined,
        Self::IsIn,
    ];

    /// How people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Contains => "contains",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Filter => "|",
            Self::Concatenate => "~",
            Self::Range => "..",
            Self::Coalesce => "??",
            Self::CoalesceUndefined => "???",
            Self::IsIn => "isIn",
        }
    }

    /// Whether its right side is the name of a filter or test.
    pub fn takes_name(self) -> bool {
        matches!(self, Self::Filter | Self::Is | Self::IsNot)
    }

    /// How tightly it binds in a version (higher binds tighter). All of them associate to the
    /// left. The figures are those that the engine of each version reports; `??`, `???` and
    /// `isIn` fell from 120 to 30 with Kestra 2.0.
    pub fn precedence(self, target: Target) -> u8 {
        match self {
            Self::Or => 10,
            Self::And => 15,
            Self::Is | Self::IsNot | Self::Contains => 20,
            Self::Equal
            | Self::NotEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Less
            | Self::LessOrEqual => 30,
            Self::Add | Self::Subtract => 40,
            Self::Multiply | Self::Divide | Self::Modulo => 60,
            Self::Filter => 100,
            Self::Concatenate => 110,
            Self::Range => 120,
            Self::Coalesce | Self::CoalesceUndefined | Self::IsIn => match target {
                Target::V1_3 => 120,
                Target::V2_0 => 30,
            },
        }
    }
}

/// An operator before its operand; all of them bind tighter than any binary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `not`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// One side of a binary operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// An operand of the sequence.
    Expression(ExpressionId),
    /// The result of another operation: its index in [`BinaryTree::nodes`].
    Node(u32),
}

/// A binary operation of a resolved sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryNode {
    /// The operator.
    pub operator: BinaryOperator,
    /// The operation in the sequence that it came from (its operator's range is there).
    pub operation: OperationId,
    /// The left side.
    pub left: Operand,
    /// The right side; for [`BinaryOperator::Filter`], [`BinaryOperator::Is`] and
    /// [`BinaryOperator::IsNot`] always a filter or test expression.
    pub right: Operand,
}

/// What a flat sequence of operators means in one version.
///
/// Children come before their parents, so a loop over the nodes in order evaluates the whole
/// without recursion, however long the sequence is. The last node is the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BinaryTree {
    /// The operations, children first.
    pub nodes: Vec<BinaryNode>,
}

impl BinaryTree {
    /// The whole: the last operation (a sequence has at least one).
    pub fn root(&self) -> Option<&BinaryNode> {
        self.nodes.last()
    }

    /// The operation that an operand is, if it is one.
    pub fn node(&self, operand: Operand) -> Option<&BinaryNode> {
        match operand {
            Operand::Expression(_) => None,
            Operand::Node(index) => self.nodes.get(index as usize),
        }
    }

    /// From the first to the last byte of an operand.
    pub fn range(&self, template: &Template, operand: Operand) -> TextRange {
        let end = |side: fn(&BinaryNode) -> Operand| {
            let mut at = operand;
            while let Some(node) = self.node(at) {
                at = side(node);
            }
            match at {
                Operand::Expression(id) => template.expression(id).range,
                Operand::Node(_) => TextRange::default(),
            }
        };
        end(|node| node.left).cover(end(|node| node.right))
    }
}

impl Template {
    /// The tree of a flat sequence in a version; empty for any other expression.
    pub fn resolve(&self, sequence: ExpressionId, target: Target) -> BinaryTree {
        let ExpressionKind::Sequence { first, operations } = self.expression(sequence).kind else {
            return BinaryTree::default();
        };
        let mut builder = Builder::new(operations.len());
        builder.operands.push(Operand::Expression(first));
        for (id, operation) in self.operations(operations) {
            builder.push(id, operation, target);
        }
        builder.finish()
    }

    /// Whether two versions read a sequence differently. Linear and, where no operator that
    /// changed takes part, without allocation.
    pub fn precedence_differs(&self, sequence: ExpressionId, left: Target, right: Target) -> bool {
        let ExpressionKind::Sequence { operations, .. } = self.expression(sequence).kind else {
            return false;
        };
        let changed = self.operations(operations).any(|(_, operation)| {
            operation.operator.precedence(left) != operation.operator.precedence(right)
        });
        changed
            && operations.len() > 1
            && self.resolve(sequence, left) != self.resolve(sequence, right)
    }
}

impl Template {
    /// A sequence of operators with parentheses around every operation inside another, as a version
    /// reads it. For people; its length may grow with the square of a long chain's.
    pub fn grouped(&self, sequence: ExpressionId, target: Target) -> String {
        let tree = self.resolve(sequence, target);
        let mut written: Vec<String> = Vec::with_capacity(tree.nodes.len());
        for node in &tree.nodes {
            let side = |operand: Operand| match operand {
                Operand::Expression(id) => self.slice(self.expression(id).range).to_owned(),
                Operand::Node(index) => match written.get(index as usize) {
                    Some(inner) => format!("({inner})"),
                    None => String::new(),
                },
            };
            let operator = node.operator.as_str();
            written.push(format!(
                "{} {operator} {}",
                side(node.left),
                side(node.right)
            ));
        }
        written.pop().unwrap_or_default()
    }

    /// The ranges that have to be put in parentheses so that a sequence means for `to` what it
    /// means for `from`; empty where it means the same anyway. Ranges may nest.
    ///
    /// Parentheses are valid for both, so the rewritten text keeps its meaning for `from`.
    pub fn parentheses_to_keep(
        &self,
        sequence: ExpressionId,
        from: Target,
        to: Target,
    ) -> Vec<TextRange> {
        if !self.precedence_differs(sequence, from, to) {
            return Vec::new();
        }
        let tree = self.resolve(sequence, from);
        let mut ranges: Vec<TextRange> = Vec::with_capacity(tree.nodes.len());
        let mut wrapped = Vec::new();
        for node in &tree.nodes {
            let parent = node.operator.precedence(to);
            let sides = [(node.left, parent), (node.right, parent + 1)];
            let mut whole: Option<TextRange> = None;
            for (side, needed) in sides {
                let range = match side {
                    Operand::Expression(id) => self.expression(id).range,
                    Operand::Node(index) => {
                        let range = ranges.get(index as usize).copied().unwrap_or_default();
                        let child = tree.nodes.get(index as usize);
                        if child.is_some_and(|child| child.operator.precedence(to) < needed) {
                            wrapped.push(range);
                        }
                        range
                    }
                };
                whole = Some(whole.map_or(range, |whole| whole.cover(range)));
            }
            ranges.push(whole.unwrap_or_default());
        }
        wrapped
    }
}

impl Template {
    /// What `not` stands before at the left of a comparison or test, of which it negates that side
    /// alone: `a` in `not a == b`.
    pub fn negated_left_side(
        &self,
        left: ExpressionId,
        operator: BinaryOperator,
    ) -> Option<ExpressionId> {
        let compares = matches!(
            operator,
            BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
                | BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Contains
                | BinaryOperator::IsIn
                | BinaryOperator::Is
                | BinaryOperator::IsNot
        );
        match self.expression(left).kind {
            ExpressionKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } if compares => Some(operand),
            _ => None,
        }
    }
}

/// Builds the tree with one stack of operators and one of operands.
struct Builder {
    nodes: Vec<BinaryNode>,
    operands: Vec<Operand>,
    pending: Vec<(OperationId, BinaryOperator)>,
}

impl Builder {
    fn new(length: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(length),
            operands: Vec::with_capacity(4),
            pending: Vec::with_capacity(4),
        }
    }

    fn push(&mut self, id: OperationId, operation: &Operation, target: Target) {
        let precedence = operation.operator.precedence(target);
        self.reduce_while(|waiting| waiting.precedence(target) >= precedence);
        self.pending.push((id, operation.operator));
        self.operands.push(Operand::Expression(operation.right));
        if operation.operator.takes_name() {
            // A filter's or test's name cannot grow: `a is defined == b` is `(a is defined) == b`.
            self.reduce();
        }
    }

    fn finish(mut self) -> BinaryTree {
        self.reduce_while(|_| true);
        BinaryTree { nodes: self.nodes }
    }

    fn reduce_while(&mut self, binds: impl Fn(BinaryOperator) -> bool) {
        while self
            .pending
            .last()
            .is_some_and(|(_, waiting)| binds(*waiting))
        {
            self.reduce();
        }
    }

    /// Makes a node of the last operator and the last two operands (each operator came with one).
    fn reduce(&mut self) {
        let Some((operation, operator)) = self.pending.pop() else {
            return;
        };
        if let (Some(right), Some(left)) = (self.operands.pop(), self.operands.pop()) {
            let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            self.nodes.push(BinaryNode {
                operator,
                operation,
                left,
                right,
            });
            self.operands.push(Operand::Node(index));
        }
    }
}

impl Expression {
    /// Whether this is a flat sequence of operators.
    pub fn is_sequence(&self) -> bool {
        matches!(self.kind, ExpressionKind::Sequence { .. })
    }
}
