//! Conditions that have the same result in every run, whatever the variables are.
//!
//! What is said here was rendered by the engines of 1.3.31 and 2.0.0: `null` compares as false by
//! size, numbers compare by value whatever their width, a text is true unless it is empty, and
//! `and` and `or` look at their right side only if the left one does not decide.

use std::borrow::Cow;

use super::operator::{BinaryNode, BinaryOperator, BinaryTree, Operand, UnaryOperator};
use super::tree::{Expression, ExpressionId, ExpressionKind, PartKind, Template};
use crate::finding::Target;
use crate::text::TextRange;

/// A condition that has the same result in every run (unless it fails).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstantCondition {
    /// What the finding is about.
    pub range: TextRange,
    /// Its result.
    pub value: bool,
    /// Why it is known.
    pub reason: ConstantReason,
}

/// Why the result of a condition is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstantReason {
    /// Only values that are written out decide.
    Literals,
    /// A text or number stands alone at a side of `and` or `or`.
    LoneLiteral,
    /// Two tests exclude each other (`and`), or one of them always holds (`or`). The range of the
    /// condition is that of the second.
    Pair {
        /// The first test.
        first: TextRange,
    },
    /// A branch of an `if` asks what a branch before it has asked.
    Repeated {
        /// The condition of the earlier branch.
        first: TextRange,
    },
}

/// More tests than this are not held against each other.
const MOST_TESTS: usize = 32;
/// After this many findings a template is left alone; it bounds the work on hopeless texts.
const MOST_FINDINGS: usize = 16;

/// Functions that give another value each time.
const UNSTEADY: [&str; 9] = [
    "uuid",
    "id",
    "ksuid",
    "nanoId",
    "now",
    "randomInt",
    "randomPort",
    "http",
    "subflow",
];

impl Template {
    /// The conditions that have the same result in every run, in the order of the source. Values that
    /// are written out alone (`true`) are none: who writes them means them.
    pub fn constant_conditions(&self, target: Target) -> Vec<ConstantCondition> {
        let mut found = Vec::new();
        if !self.errors().is_empty() {
            return found;
        }
        if self.operations.iter().any(|entry| decides(entry.operator)) {
            Folding::new(self, target).run(&mut found);
        }
        self.repeated_branches(&mut found);
        found.sort_by_key(|condition| condition.range.start());
        found
    }

    /// Branches of an `if` whose condition an earlier branch has.
    fn repeated_branches(&self, found: &mut Vec<ConstantCondition>) {
        let has_branches = |part: &super::Part| matches!(part.kind, PartKind::ElseIf { .. });
        if !self.parts().iter().any(has_branches) {
            return;
        }
        let mut open: Vec<Vec<ExpressionId>> = Vec::new();
        for part in self.parts() {
            match part.kind {
                PartKind::If { condition, .. } => open.push(vec![condition]),
                PartKind::EndIf => {
                    open.pop();
                }
                PartKind::ElseIf { condition, .. } => {
                    let Some(earlier) = open.last_mut() else {
                        continue;
                    };
                    let range = self.expression(condition).range;
                    let first = earlier
                        .iter()
                        .take(MOST_TESTS)
                        .map(|other| self.expression(*other).range)
                        .find(|other| self.slice(*other) == self.slice(range));
                    if let Some(first) = first.filter(|_| self.is_steady(range)) {
                        found.push(ConstantCondition {
                            range,
                            value: false,
                            reason: ConstantReason::Repeated { first },
                        });
                    }
                    earlier.push(condition);
                }
                _ => {}
            }
        }
    }

    /// Whether what stands in a range gives the same value when it is evaluated again.
    fn is_steady(&self, range: TextRange) -> bool {
        !self
            .expressions()
            .any(|(_, expression)| match expression.kind {
                ExpressionKind::Call { name, .. } => {
                    range.contains_range(expression.range) && UNSTEADY.contains(&self.slice(name))
                }
                _ => false,
            })
    }

    /// Whether two expressions are written alike; of paths, whether they take the same steps.
    fn is_same(&self, mut one: ExpressionId, mut other: ExpressionId) -> bool {
        loop {
            one = self.without_parentheses(one);
            other = self.without_parentheses(other);
            match (
                self.step(self.expression(one)),
                self.step(self.expression(other)),
            ) {
                (Some((left, name)), Some((right, same))) if name == same => {
                    one = left;
                    other = right;
                }
                (None, None) => {
                    let (one, other) = (self.expression(one), self.expression(other));
                    return self.slice(one.range) == self.slice(other.range);
                }
                _ => return false,
            }
        }
    }

    /// The last step of a path, where it is a name.
    fn step(&self, expression: &Expression) -> Option<(ExpressionId, Cow<'_, str>)> {
        match expression.kind {
            ExpressionKind::Attribute {
                object,
                name,
                arguments: None,
            } => Some((object, Cow::Borrowed(self.slice(name)))),
            ExpressionKind::Subscript { object, index } => {
                self.string_value(index).map(|name| (object, name))
            }
            _ => None,
        }
    }
}

/// Operators whose result is a boolean.
fn decides(operator: BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(
        operator,
        B::Or
            | B::And
            | B::Is
            | B::IsNot
            | B::Contains
            | B::Equal
            | B::NotEqual
            | B::Greater
            | B::GreaterOrEqual
            | B::Less
            | B::LessOrEqual
    )
}

/// A value that is written out, or follows from such.
#[derive(Debug, Clone, PartialEq)]
enum Constant<'t> {
    Null,
    Boolean(bool),
    Number(f64),
    Text(Cow<'t, str>),
}

impl Constant<'_> {
    /// What it is as a condition; null fails.
    fn truth(&self) -> Option<bool> {
        match self {
            Self::Null => None,
            Self::Boolean(value) => Some(*value),
            Self::Number(value) => Some(*value != 0.0),
            Self::Text(text) => Some(!text.is_empty()),
        }
    }

    fn is_null(&self) -> bool {
        *self == Self::Null
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Boolean(_) | Self::Number(_) => false,
        }
    }
}

/// A sequence of operators as one version reads it, with the place of each operation.
struct Resolved {
    tree: BinaryTree,
    ranges: Vec<TextRange>,
}

impl Resolved {
    fn new(template: &Template, sequence: ExpressionId, target: Target) -> Self {
        let tree = template.resolve(sequence, target);
        let mut resolved = Self {
            ranges: Vec::with_capacity(tree.nodes.len()),
            tree,
        };
        for index in 0..resolved.tree.nodes.len() {
            let node = resolved.tree.nodes[index];
            let range = resolved
                .range(template, node.left)
                .cover(resolved.range(template, node.right));
            resolved.ranges.push(range);
        }
        resolved
    }

    fn node(&self, operand: Operand) -> Option<&BinaryNode> {
        self.tree.node(operand)
    }

    fn root(&self) -> Option<Operand> {
        let last = self.tree.nodes.len().checked_sub(1)?;
        u32::try_from(last).ok().map(Operand::Node)
    }

    fn range(&self, template: &Template, operand: Operand) -> TextRange {
        match operand {
            Operand::Expression(id) => template.expression(id).range,
            Operand::Node(node) => self.ranges.get(node as usize).copied().unwrap_or_default(),
        }
    }

    /// Whether an operation is a side of another one with the same operator, `and` or `or`.
    fn links(&self) -> Vec<bool> {
        let mut links = vec![false; self.tree.nodes.len()];
        for node in &self.tree.nodes {
            for side in [node.left, node.right] {
                if let (Operand::Node(index), Some(inner)) = (side, self.node(side)) {
                    links[index as usize] = inner.operator == node.operator;
                }
            }
        }
        links
    }
}

/// What is evaluated: the constants, and where it stands.
struct Folding<'t> {
    template: &'t Template,
    target: Target,
    constants: Vec<Option<Constant<'t>>>,
}

impl<'t> Folding<'t> {
    fn new(template: &'t Template, target: Target) -> Self {
        Self {
            template,
            target,
            constants: Vec::with_capacity(template.expression_count()),
        }
    }

    /// Children come before their parents: one pass folds them all, and the innermost constant is
    /// reported, since what is around it follows from it.
    fn run(&mut self, found: &mut Vec<ConstantCondition>) {
        for (id, expression) in self.template.expressions() {
            let constant = self.fold(id, expression, found);
            self.constants.push(constant);
        }
    }

    fn constant(&self, id: ExpressionId) -> Option<&Constant<'t>> {
        self.constants.get(id.index())?.as_ref()
    }

    fn fold(
        &self,
        id: ExpressionId,
        expression: &Expression,
        found: &mut Vec<ConstantCondition>,
    ) -> Option<Constant<'t>> {
        match expression.kind {
            ExpressionKind::Null => Some(Constant::Null),
            ExpressionKind::Boolean(value) => Some(Constant::Boolean(value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the engine compares as doubles, too"
            )]
            ExpressionKind::Integer(value) => Some(Constant::Number(value as f64)),
            ExpressionKind::Decimal(value) => Some(Constant::Number(value)),
            ExpressionKind::String(_) => self.template.string_value(id).map(Constant::Text),
            ExpressionKind::Parentheses(inner) => self.constant(inner).cloned(),
            ExpressionKind::Unary { operator, operand } => {
                match (operator, self.constant(operand)?) {
                    (UnaryOperator::Not, value) => {
                        value.truth().map(|truth| Constant::Boolean(!truth))
                    }
                    (UnaryOperator::Minus, Constant::Number(value)) => {
                        Some(Constant::Number(-value))
                    }
                    (UnaryOperator::Plus, Constant::Number(value)) => {
                        Some(Constant::Number(*value))
                    }
                    _ => None,
                }
            }
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let taken = match self.constant(condition)? {
                    Constant::Null => otherwise,
                    value if value.truth() == Some(true) => then,
                    _ => otherwise,
                };
                self.constant(taken).cloned()
            }
            ExpressionKind::Sequence { .. } => self.sequence(id, found),
            _ => None,
        }
    }

    fn sequence(
        &self,
        id: ExpressionId,
        found: &mut Vec<ConstantCondition>,
    ) -> Option<Constant<'t>> {
        let resolved = Resolved::new(self.template, id, self.target);
        let links = resolved.links();
        let mut values: Vec<Option<Constant<'t>>> = Vec::with_capacity(links.len());
        for (index, node) in resolved.tree.nodes.iter().enumerate() {
            let side = |operand: Operand| match operand {
                Operand::Expression(id) => self.constant(id).cloned(),
                Operand::Node(node) => values.get(node as usize).cloned().flatten(),
            };
            let (left, right) = (side(node.left), side(node.right));
            let value = self.binary(node, left.as_ref(), right.as_ref());
            if decides(node.operator) {
                self.report(&resolved, index, value.as_ref(), found);
            }
            let pair = (value.is_none() && !links[index])
                .then(|| self.pair(&resolved, index, found))
                .flatten();
            values.push(value.or(pair.map(Constant::Boolean)));
        }
        values.pop().flatten()
    }

    /// Reports a node that folds, unless a finding inside it has said so, and a text that stands alone at a
    /// side of `and` or `or`, whether it decides or says nothing.
    fn report(
        &self,
        resolved: &Resolved,
        index: usize,
        value: Option<&Constant<'t>>,
        found: &mut Vec<ConstantCondition>,
    ) {
        let (node, range) = (&resolved.tree.nodes[index], resolved.ranges[index]);
        let condition = match (self.lone_literal(node), value) {
            (Some((range, value)), _) => ConstantCondition {
                range,
                value,
                reason: ConstantReason::LoneLiteral,
            },
            (None, Some(Constant::Boolean(value))) => ConstantCondition {
                range,
                value: *value,
                reason: ConstantReason::Literals,
            },
            _ => return,
        };
        let is_known = |inner: &ConstantCondition| range.contains_range(inner.range);
        if found.len() < MOST_FINDINGS && !found.iter().any(is_known) {
            found.push(condition);
        }
    }

    /// The text or number that stands alone at a side of `and` or `or`, with what it is as a condition.
    fn lone_literal(&self, node: &BinaryNode) -> Option<(TextRange, bool)> {
        if !matches!(node.operator, BinaryOperator::And | BinaryOperator::Or) {
            return None;
        }
        [node.right, node.left].into_iter().find_map(|side| {
            let Operand::Expression(id) = side else {
                return None;
            };
            match self.constant(id) {
                Some(value @ (Constant::Text(_) | Constant::Number(_))) => {
                    let range = self.template.expression(id).range;
                    value.truth().map(|truth| (range, truth))
                }
                _ => None,
            }
        })
    }

    fn binary(
        &self,
        node: &BinaryNode,
        left: Option<&Constant<'t>>,
        right: Option<&Constant<'t>>,
    ) -> Option<Constant<'t>> {
        use BinaryOperator as B;
        let truth = match node.operator {
            B::And | B::Or => {
                // The value at which the operator stops looking, at whichever side it stands.
                let decisive = node.operator == B::Or;
                let (left, right) = (
                    left.and_then(Constant::truth),
                    right.and_then(Constant::truth),
                );
                if left == Some(decisive) || right == Some(decisive) {
                    decisive
                } else {
                    left?;
                    right?;
                    !decisive
                }
            }
            B::Is | B::IsNot => self.test(node.right, left?)? == (node.operator == B::Is),
            B::Equal => left? == right?,
            B::NotEqual => left? != right?,
            B::Greater | B::GreaterOrEqual | B::Less | B::LessOrEqual => {
                by_size(node.operator, left?, right?)?
            }
            B::Contains => match (left?, right?) {
                (Constant::Text(text), Constant::Text(part)) => text.contains(&**part),
                _ => return None,
            },
            B::Coalesce => {
                return match left? {
                    Constant::Null => right.cloned(),
                    value => Some(value.clone()),
                };
            }
            B::CoalesceUndefined => return left.cloned(),
            _ => return None,
        };
        Some(Constant::Boolean(truth))
    }

    fn test(&self, test: Operand, value: &Constant<'t>) -> Option<bool> {
        Some(match self.invoked(test)? {
            "null" => value.is_null(),
            "defined" => !value.is_null(),
            "empty" => value.is_empty(),
            _ => return None,
        })
    }

    fn invoked(&self, operand: Operand) -> Option<&'t str> {
        let Operand::Expression(id) = operand else {
            return None;
        };
        match self.template.expression(id).kind {
            ExpressionKind::Test { name, .. } => Some(self.template.slice(name)),
            _ => None,
        }
    }
}

/// Whether `left operator right` holds; none where that fails or depends on the version.
fn by_size(operator: BinaryOperator, left: &Constant, right: &Constant) -> Option<bool> {
    use BinaryOperator as B;
    match (left, right) {
        (Constant::Null, _) | (_, Constant::Null) => Some(false),
        (Constant::Number(left), Constant::Number(right)) => Some(match operator {
            B::Greater => left > right,
            B::GreaterOrEqual => left >= right,
            B::Less => left < right,
            _ => left <= right,
        }),
        _ => None,
    }
}

/// What a test says of a value if it holds.
#[derive(Debug, Clone, PartialEq)]
enum Fact<'t> {
    Equal(Constant<'t>),
    NotEqual(Constant<'t>),
    /// More than a number, or (true) the number itself.
    Above(f64, bool),
    /// Less than a number, or (true) the number itself.
    Below(f64, bool),
    Null(bool),
    Defined(bool),
    Empty(bool),
    True(bool),
}

impl Fact<'_> {
    /// Whether no value fulfils both.
    fn excludes(&self, other: &Self) -> bool {
        self.excludes_in_order(other) || other.excludes_in_order(self)
    }

    fn excludes_in_order(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equal(one), Self::Equal(other)) => one != other,
            (Self::Equal(one), Self::NotEqual(other)) => one == other,
            (Self::Equal(Constant::Number(value)), Self::Above(least, itself)) => {
                value < least || (value <= least && !itself)
            }
            (Self::Equal(Constant::Number(value)), Self::Below(most, itself)) => {
                value > most || (value >= most && !itself)
            }
            (Self::Above(least, one), Self::Below(most, other)) => {
                least > most || (least >= most && !(*one && *other))
            }
            (
                Self::Null(true) | Self::Defined(false) | Self::Equal(Constant::Null),
                Self::Above(..) | Self::Below(..),
            ) => true,
            (Self::Null(true) | Self::Defined(false), Self::Equal(value)) => !value.is_null(),
            (Self::Null(false) | Self::Defined(true), Self::Equal(value)) => value.is_null(),
            (Self::Empty(empty), Self::Equal(value)) => value.is_empty() != *empty,
            (Self::True(truth), Self::Equal(Constant::Boolean(value))) => truth != value,
            (Self::Null(one), Self::Null(other))
            | (Self::Defined(one), Self::Defined(other))
            | (Self::Empty(one), Self::Empty(other))
            | (Self::True(one), Self::True(other)) => one != other,
            (Self::Null(null), Self::Defined(defined)) => null == defined,
            _ => false,
        }
    }
}

/// A test of a value, with where it stands.
struct Asked<'t> {
    subject: Subject,
    fact: Fact<'t>,
    range: TextRange,
}

/// What is tested: an expression, or the result of operators in front of the test.
#[derive(Clone, Copy)]
struct Subject {
    expression: Option<ExpressionId>,
    range: TextRange,
}

impl<'t> Folding<'t> {
    /// The result of a chain of `and` or `or` in which two tests of one value decide: `a == 1 and a == 2`,
    /// `a != 1 or a != 2`. Only the whole chain is asked, since the parts would say it again.
    fn pair(
        &self,
        resolved: &Resolved,
        index: usize,
        found: &mut Vec<ConstantCondition>,
    ) -> Option<bool> {
        let is_or = match resolved.tree.nodes[index].operator {
            BinaryOperator::And => false,
            BinaryOperator::Or => true,
            _ => return None,
        };
        let root = Operand::Node(u32::try_from(index).ok()?);
        let tests = self.tests(resolved, root, is_or);
        for (at, second) in tests.iter().enumerate() {
            let first = tests[..at].iter().find(|first| {
                first.fact.excludes(&second.fact) && self.is_same_subject(first, second)
            });
            let Some(first) = first else { continue };
            let whole = first.range.cover(second.range);
            let is_known = |known: &ConstantCondition| whole.contains_range(known.range);
            if found.len() < MOST_FINDINGS && !found.iter().any(is_known) {
                found.push(ConstantCondition {
                    range: second.range,
                    value: is_or,
                    reason: ConstantReason::Pair { first: first.range },
                });
            }
            return Some(is_or);
        }
        None
    }

    fn is_same_subject(&self, first: &Asked<'t>, second: &Asked<'t>) -> bool {
        let template = self.template;
        let is_same = match (first.subject.expression, second.subject.expression) {
            (Some(one), Some(other)) => template.is_same(one, other),
            _ => template.slice(first.subject.range) == template.slice(second.subject.range),
        };
        is_same && template.is_steady(first.subject.range)
    }

    /// The tests that must all hold for a chain of `and` to be true or, negated, for a chain of `or` to be
    /// false.
    fn tests(&self, resolved: &Resolved, root: Operand, negated: bool) -> Vec<Asked<'t>> {
        let mut tests = Vec::new();
        let mut waiting = vec![root];
        while let Some(operand) = waiting.pop() {
            if tests.len() >= MOST_TESTS {
                break;
            }
            match operand {
                Operand::Expression(id) => self.tests_of(id, negated, &mut tests),
                Operand::Node(_) => match resolved.node(operand) {
                    Some(node) if joins(node.operator, negated) => {
                        waiting.extend([node.right, node.left]);
                    }
                    Some(node) => tests.extend(self.asked(resolved, operand, node, negated)),
                    None => {}
                },
            }
        }
        tests
    }

    /// The tests inside an operand: in parentheses, behind `not`; the depth is what the parser allows.
    fn tests_of(&self, id: ExpressionId, negated: bool, tests: &mut Vec<Asked<'t>>) {
        match self.template.expression(id).kind {
            ExpressionKind::Parentheses(inner) => self.tests_of(inner, negated, tests),
            ExpressionKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.tests_of(operand, !negated, tests),
            ExpressionKind::Sequence { .. } => {
                let resolved = Resolved::new(self.template, id, self.target);
                if let Some(root) = resolved.root() {
                    tests.extend(self.tests(&resolved, root, negated));
                }
            }
            ExpressionKind::Variable
            | ExpressionKind::Attribute { .. }
            | ExpressionKind::Subscript { .. } => {
                let range = self.template.expression(id).range;
                tests.push(Asked {
                    subject: Subject {
                        expression: Some(id),
                        range,
                    },
                    fact: Fact::True(!negated),
                    range,
                });
            }
            _ => {}
        }
    }

    /// What a comparison with a literal or a test says.
    fn asked(
        &self,
        resolved: &Resolved,
        whole: Operand,
        node: &BinaryNode,
        negated: bool,
    ) -> Option<Asked<'t>> {
        use BinaryOperator as B;
        let literal = |operand: Operand| match operand {
            Operand::Expression(id) => self.constant(id).cloned(),
            Operand::Node(_) => None,
        };
        let (subject, fact) = match node.operator {
            B::Is | B::IsNot => {
                let holds = (node.operator == B::Is) != negated;
                let fact = match self.invoked(node.right)? {
                    "null" => Fact::Null(holds),
                    "defined" => Fact::Defined(holds),
                    "empty" => Fact::Empty(holds),
                    _ => return None,
                };
                (node.left, fact)
            }
            _ => match (literal(node.left), literal(node.right)) {
                (None, Some(value)) => (node.left, compared(node.operator, value, negated)?),
                (Some(value), None) => (
                    node.right,
                    compared(mirrored(node.operator), value, negated)?,
                ),
                _ => return None,
            },
        };
        let template = self.template;
        let expression = match subject {
            Operand::Expression(id) => Some(template.without_parentheses(id)),
            Operand::Node(_) => None,
        };
        let range = expression.map(|id| template.expression(id).range);
        Some(Asked {
            subject: Subject {
                expression,
                range: range.unwrap_or_else(|| resolved.range(template, subject)),
            },
            fact,
            range: resolved.range(template, whole),
        })
    }
}

/// Whether all sides must hold: of `and`, and of the opposite of `or`.
fn joins(operator: BinaryOperator, negated: bool) -> bool {
    operator
        == if negated {
            BinaryOperator::Or
        } else {
            BinaryOperator::And
        }
}

/// The operator with its sides exchanged.
fn mirrored(operator: BinaryOperator) -> BinaryOperator {
    use BinaryOperator as B;
    match operator {
        B::Greater => B::Less,
        B::GreaterOrEqual => B::LessOrEqual,
        B::Less => B::Greater,
        B::LessOrEqual => B::GreaterOrEqual,
        other => other,
    }
}

/// What a comparison with a literal at its right says. The opposite of one by size says nothing, since null
/// fulfils neither.
fn compared(operator: BinaryOperator, value: Constant<'_>, negated: bool) -> Option<Fact<'_>> {
    use BinaryOperator as B;
    Some(match (operator, &value) {
        (B::Equal, _) if negated => Fact::NotEqual(value),
        (B::NotEqual, _) if !negated => Fact::NotEqual(value),
        (B::Equal | B::NotEqual, _) => Fact::Equal(value),
        (_, Constant::Number(_)) if negated => return None,
        (B::Greater, Constant::Number(number)) => Fact::Above(*number, false),
        (B::GreaterOrEqual, Constant::Number(number)) => Fact::Above(*number, true),
        (B::Less, Constant::Number(number)) => Fact::Below(*number, false),
        (B::LessOrEqual, Constant::Number(number)) => Fact::Below(*number, true),
        _ => return None,
    })
}
