//! What a template reads: references with their paths, guards and local names.

use std::borrow::Cow;

use super::operator::{BinaryOperator, Operand, UnaryOperator};
use super::tree::{ExpressionId, ExpressionKind, PartKind, Slice, Template};
use crate::finding::Target;
use crate::text::TextRange;

/// A variable that the template reads from outside, with the path behind it:
/// `outputs.task['key'].uri`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The outermost expression of the path.
    pub expression: ExpressionId,
    /// The root name.
    pub root: TextRange,
    /// The root and its path.
    pub range: TextRange,
    /// How many parts, counted from the root (which is one), may be missing here without an
    /// error. See [`Reference::is_guarded_at`].
    guarded: u32,
    /// Whether it stands in the body of a macro, where outer variables don't exist.
    pub in_macro: bool,
    segments: Slice,
}

impl Reference {
    /// Whether every part may be missing: an operand of `??`, `???`, `default`, `is defined`, or
    /// in a branch that a test has proven.
    pub fn is_guarded(&self) -> bool {
        self.guarded as usize > self.segments.len()
    }

    /// Whether the root may be missing here.
    pub fn is_root_guarded(&self) -> bool {
        self.guarded > 0
    }

    /// Whether a segment (counted from 0, behind the root) may be missing here.
    pub fn is_guarded_at(&self, segment: usize) -> bool {
        self.guarded as usize > segment + 1
    }
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The step with its dot or brackets.
    pub range: TextRange,
    /// What it is.
    pub kind: SegmentKind,
}

/// What a step of a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// `.name`
    Name(TextRange),
    /// `['key']`: the string literal.
    Key(ExpressionId),
    /// `[0]`
    Index(i64),
    /// `[expression]`: known only at run time.
    Dynamic(ExpressionId),
    /// `.name(…)`
    Method(TextRange),
}

impl Segment {
    /// The name that it asks for, if it is written out.
    pub fn name<'t>(&self, template: &'t Template) -> Option<Cow<'t, str>> {
        match self.kind {
            SegmentKind::Name(name) => Some(Cow::Borrowed(template.slice(name))),
            SegmentKind::Key(key) => template.string_value(key),
            _ => None,
        }
    }

    /// The place of the name alone, without dot, brackets and quotes.
    pub fn name_range(&self, template: &Template) -> TextRange {
        match self.kind {
            SegmentKind::Name(name) | SegmentKind::Method(name) => name,
            SegmentKind::Key(key) => template.string_content(key).unwrap_or(self.range),
            SegmentKind::Index(_) | SegmentKind::Dynamic(_) => self.range,
        }
    }
}

/// All references of a template in the order of the source.
#[derive(Debug, Clone, Default)]
pub struct References {
    references: Vec<Reference>,
    segments: Vec<Segment>,
}

impl References {
    /// The references with their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, &[Segment])> {
        self.references
            .iter()
            .map(|reference| (reference, reference.segments.of(&self.segments)))
    }

    /// The path of a reference.
    pub fn segments(&self, reference: &Reference) -> &[Segment] {
        reference.segments.of(&self.segments)
    }

    /// The number of references.
    pub fn len(&self) -> usize {
        self.references.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
    }
}

/// A function call, filter or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// The expression.
    pub expression: ExpressionId,
    /// What kind of thing is called.
    pub kind: InvocationKind,
    /// Its name.
    pub name: TextRange,
    /// Its arguments ([`Template::arguments`]).
    pub arguments: Slice,
}

/// What kind of thing is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationKind {
    /// `name(…)`
    Function,
    /// `… | name`
    Filter,
    /// `… is name`
    Test,
}

impl Template {
    /// All function calls (not those of the template's own macros), filters and tests.
    pub fn invocations(&self) -> impl Iterator<Item = Invocation> {
        self.expressions().filter_map(|(expression, node)| {
            let (kind, name, arguments) = match node.kind {
                ExpressionKind::Call { name, arguments } if !self.is_macro(name) => {
                    (InvocationKind::Function, name, arguments)
                }
                ExpressionKind::Filter { name, arguments } => {
                    (InvocationKind::Filter, name, arguments)
                }
                ExpressionKind::Test { name, arguments } => (InvocationKind::Test, name, arguments),
                _ => return None,
            };
            Some(Invocation {
                expression,
                kind,
                name,
                arguments,
            })
        })
    }

    /// Whether a called name is a macro of this template.
    pub fn is_macro(&self, name: TextRange) -> bool {
        self.macros()
            .any(|other| self.slice(other) == self.slice(name))
    }

    /// What the template reads. Local names (`for`, `set`, macro parameters, `loop`) are left out.
    /// The target matters, since what `??` guards depends on its precedence.
    pub fn references(&self, target: Target) -> References {
        let mut walk = Walk {
            template: self,
            target,
            found: References::default(),
            scopes: Vec::new(),
            proven: Vec::new(),
            macro_depth: 0,
        };
        walk.template();
        walk.found
    }
}

/// Names of one scope.
struct Scope<'t> {
    names: Vec<&'t str>,
    /// How many proofs held when it began.
    proven: usize,
    kind: ScopeKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Loop,
    Macro,
    /// A branch: names set in it live on, proofs don't.
    Branch,
}

/// A path that a test has proven to exist: its parts from the root on.
type Proof<'t> = Vec<Cow<'t, str>>;

struct Walk<'t> {
    template: &'t Template,
    target: Target,
    found: References,
    scopes: Vec<Scope<'t>>,
    proven: Vec<Proof<'t>>,
    macro_depth: u32,
}

/// A step of walking a resolved sequence.
enum Step {
    Visit(Operand, bool),
    Forget(usize),
    Prove(Operand, bool),
}

impl<'t> Walk<'t> {
    fn template(&mut self) {
        let top = Scope {
            names: Vec::new(),
            proven: 0,
            kind: ScopeKind::Loop,
        };
        self.scopes.push(top);
        // The conditions of an `if` that were false, for its later branches.
        let mut refuted: Vec<Vec<ExpressionId>> = Vec::new();
        for (index, part) in self.template.parts().iter().enumerate() {
            match part.kind {
                PartKind::Print(value) => self.expression(value, false),
                PartKind::Set { variable, value } => {
                    self.expression(value, false);
                    self.declare(variable);
                }
                PartKind::If { condition, .. } => {
                    self.expression(condition, false);
                    refuted.push(vec![condition]);
                    self.enter(ScopeKind::Branch);
                    self.prove(condition, true);
                }
                PartKind::ElseIf { condition, .. } => {
                    self.leave();
                    self.enter(ScopeKind::Branch);
                    self.refute(refuted.last());
                    self.expression(condition, false);
                    if let Some(conditions) = refuted.last_mut() {
                        conditions.push(condition);
                    }
                    self.prove(condition, true);
                }
                PartKind::Else { .. } => {
                    self.leave();
                    self.enter(ScopeKind::Branch);
                    // The `else` of a `for` has an empty entry.
                    self.refute(refuted.last());
                }
                PartKind::EndIf | PartKind::EndFor => {
                    refuted.pop();
                    self.leave();
                }
                PartKind::For {
                    variable, iterable, ..
                } => {
                    self.expression(iterable, false);
                    refuted.push(Vec::new());
                    self.enter(ScopeKind::Loop);
                    self.declare(variable);
                    self.declare_text("loop");
                    self.declare_sets(index);
                }
                PartKind::Macro { parameters, .. } => {
                    self.enter(ScopeKind::Macro);
                    self.macro_depth += 1;
                    for parameter in self.template.parameters(parameters) {
                        if let Some(default) = parameter.default {
                            self.expression(default, false);
                        }
                        self.declare(parameter.name);
                    }
                }
                PartKind::EndMacro => {
                    self.macro_depth = self.macro_depth.saturating_sub(1);
                    self.leave();
                }
                PartKind::Filter { filters, .. } => {
                    for filter in self.template.children(filters) {
                        self.expression(*filter, false);
                    }
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, kind: ScopeKind) {
        self.scopes.push(Scope {
            names: Vec::new(),
            proven: self.proven.len(),
            kind,
        });
    }

    fn leave(&mut self) {
        if self.scopes.len() < 2 {
            return;
        }
        if let Some(scope) = self.scopes.pop() {
            self.proven.truncate(scope.proven);
        }
    }

    fn declare(&mut self, name: TextRange) {
        self.declare_text(self.template.slice(name));
    }

    fn declare_text(&mut self, name: &'t str) {
        let scope = self
            .scopes
            .iter_mut()
            .rev()
            .find(|scope| scope.kind != ScopeKind::Branch);
        if let Some(scope) = scope {
            scope.names.push(name);
        }
    }

    /// What a loop's body sets exists from its second round on.
    fn declare_sets(&mut self, start: usize) {
        let parts = self.template.parts();
        let PartKind::For { next, .. } = parts[start].kind else {
            return;
        };
        for part in parts.get(start..next.index()).unwrap_or_default() {
            if let PartKind::Set { variable, .. } = part.kind {
                self.declare(variable);
            }
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.scopes
            .iter()
            .rev()
            .scan(false, |outside, scope| {
                // A macro sees nothing of what is around it.
                let visible = !*outside;
                *outside |= scope.kind == ScopeKind::Macro;
                Some(visible && scope.names.contains(&name))
            })
            .any(|local| local)
    }

    fn refute(&mut self, conditions: Option<&Vec<ExpressionId>>) {
        for condition in conditions.into_iter().flatten() {
            self.prove(*condition, false);
        }
    }

    fn all(&mut self, expressions: &[ExpressionId], guarded: bool) {
        for expression in expressions {
            self.expression(*expression, guarded);
        }
    }

    fn arguments(&mut self, arguments: Slice, guarded: bool) {
        for argument in self.template.arguments(arguments) {
            self.expression(argument.value, guarded);
        }
    }

    /// Walks an expression; the depth of the recursion is what the parser allows.
    fn expression(&mut self, id: ExpressionId, guarded: bool) {
        match self.template.expression(id).kind {
            ExpressionKind::Variable
            | ExpressionKind::Attribute { .. }
            | ExpressionKind::Subscript { .. } => self.path(id, guarded),
            ExpressionKind::Interpolation(children)
            | ExpressionKind::List(children)
            | ExpressionKind::Map(children) => {
                self.all(self.template.children(children), guarded);
            }
            ExpressionKind::Call { arguments, .. }
            | ExpressionKind::Filter { arguments, .. }
            | ExpressionKind::Test { arguments, .. } => self.arguments(arguments, guarded),
            ExpressionKind::Parentheses(inner) | ExpressionKind::Unary { operand: inner, .. } => {
                self.expression(inner, guarded);
            }
            ExpressionKind::Sequence { .. } => self.sequence(id, guarded),
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.expression(condition, guarded);
                let mark = self.proven.len();
                self.prove(condition, true);
                self.expression(then, guarded);
                self.proven.truncate(mark);
                self.prove(condition, false);
                self.expression(otherwise, guarded);
                self.proven.truncate(mark);
            }
            ExpressionKind::Null
            | ExpressionKind::Boolean(_)
            | ExpressionKind::Integer(_)
            | ExpressionKind::Decimal(_)
            | ExpressionKind::String(_) => {}
        }
    }

    fn sequence(&mut self, id: ExpressionId, guarded: bool) {
        let tree = self.template.resolve(id, self.target);
        let Some(last) = tree.nodes.len().checked_sub(1) else {
            return;
        };
        let root = Operand::Node(u32::try_from(last).unwrap_or(u32::MAX));
        let mut steps = vec![Step::Visit(root, guarded)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Visit(Operand::Expression(operand), guarded) => {
                    self.expression(operand, guarded);
                }
                Step::Visit(Operand::Node(node), guarded) => {
                    let Some(node) = tree.nodes.get(node as usize) else {
                        continue;
                    };
                    let guarded = guarded && !self.hides_undefined(node.operator);
                    let left = guarded || self.guards_left(node.operator, node.right);
                    match node.operator {
                        BinaryOperator::And | BinaryOperator::Or => {
                            let truth = node.operator == BinaryOperator::And;
                            steps.push(Step::Forget(self.proven.len()));
                            steps.push(Step::Visit(node.right, guarded));
                            steps.push(Step::Prove(node.left, truth));
                        }
                        _ => steps.push(Step::Visit(node.right, guarded)),
                    }
                    steps.push(Step::Visit(node.left, left));
                }
                Step::Prove(operand, truth) => self.prove_operand(&tree.nodes, operand, truth),
                Step::Forget(mark) => self.proven.truncate(mark),
            }
        }
    }

    /// Whether an operator turns "undefined" into a failure of its own, which nothing catches
    /// (asked of both engines: 2.0 has its own comparisons by size).
    fn hides_undefined(&self, operator: BinaryOperator) -> bool {
        match operator {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual => true,
            BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual => self.target == Target::V1_3,
            _ => false,
        }
    }

    /// Whether an operator catches undefined variables anywhere at its left.
    fn guards_left(&self, operator: BinaryOperator, right: Operand) -> bool {
        match operator {
            BinaryOperator::Coalesce | BinaryOperator::CoalesceUndefined => true,
            BinaryOperator::Filter | BinaryOperator::Is | BinaryOperator::IsNot => {
                matches!(self.invoked(right), Some("default" | "defined"))
            }
            _ => false,
        }
    }

    fn invoked(&self, operand: Operand) -> Option<&'t str> {
        let Operand::Expression(id) = operand else {
            return None;
        };
        match self.template.expression(id).kind {
            ExpressionKind::Filter { name, .. } | ExpressionKind::Test { name, .. } => {
                Some(self.template.slice(name))
            }
            _ => None,
        }
    }

    /// A chain of attributes and subscripts.
    fn path(&mut self, id: ExpressionId, guarded: bool) {
        let segments_start = self.found.segments.len();
        let base = self.template.add_path_steps(id, &mut self.found.segments);
        let root = self.template.expression(base);
        let is_variable = matches!(root.kind, ExpressionKind::Variable);
        if is_variable && !self.is_local(self.template.slice(root.range)) {
            let steps = &self.found.segments[segments_start..];
            let segments = Slice {
                start: u32::try_from(segments_start).unwrap_or(u32::MAX),
                length: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            };
            let proven = if guarded {
                u32::MAX
            } else {
                self.proven_parts(root.range, steps)
            };
            self.found.references.push(Reference {
                expression: id,
                root: root.range,
                range: self.template.expression(id).range,
                guarded: proven,
                in_macro: self.macro_depth > 0,
                segments,
            });
        } else {
            self.found.segments.truncate(segments_start);
            if !is_variable {
                self.expression(base, guarded);
            }
        }
        self.inside_path(id, guarded);
    }

    /// The expressions in the brackets and argument lists of a path.
    fn inside_path(&mut self, id: ExpressionId, guarded: bool) {
        let mut inner = Vec::new();
        let mut at = id;
        loop {
            match self.template.expression(at).kind {
                ExpressionKind::Attribute {
                    object, arguments, ..
                } => {
                    let arguments = self.template.arguments(arguments.unwrap_or(Slice::EMPTY));
                    inner.extend(arguments.iter().rev().map(|argument| argument.value));
                    at = object;
                }
                ExpressionKind::Subscript { object, index } => {
                    inner.push(index);
                    at = object;
                }
                _ => break,
            }
        }
        for expression in inner.into_iter().rev() {
            self.expression(expression, guarded);
        }
    }

    fn proven_parts(&self, root: TextRange, steps: &[Segment]) -> u32 {
        if self.proven.is_empty() {
            return 0;
        }
        let common = |proof: &Proof<'t>| {
            let names = std::iter::once(Some(Cow::Borrowed(self.template.slice(root))))
                .chain(steps.iter().map(|step| step.name(self.template)));
            proof
                .iter()
                .zip(names)
                .take_while(|(left, right)| right.as_ref() == Some(left))
                .count()
        };
        let most = self.proven.iter().map(common).max().unwrap_or(0);
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// Notes what must exist if the condition is (`truth`) or is not fulfilled.
    fn prove(&mut self, condition: ExpressionId, truth: bool) {
        let template = self.template;
        match template.expression(condition).kind {
            ExpressionKind::Parentheses(inner) => self.prove(inner, truth),
            ExpressionKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.prove(operand, !truth),
            ExpressionKind::Sequence { .. } => {
                let tree = template.resolve(condition, self.target);
                let Some(last) = tree.nodes.len().checked_sub(1) else {
                    return;
                };
                let root = Operand::Node(u32::try_from(last).unwrap_or(u32::MAX));
                self.prove_operand(&tree.nodes, root, truth);
            }
            ExpressionKind::Variable
            | ExpressionKind::Attribute { .. }
            | ExpressionKind::Subscript { .. } => self.add_proof(condition),
            _ => {}
        }
    }

    fn prove_operand(
        &mut self,
        nodes: &[super::operator::BinaryNode],
        operand: Operand,
        truth: bool,
    ) {
        let mut waiting = vec![operand];
        while let Some(operand) = waiting.pop() {
            let node = match operand {
                Operand::Expression(id) => {
                    self.prove(id, truth);
                    continue;
                }
                Operand::Node(node) => match nodes.get(node as usize) {
                    Some(node) => node,
                    None => continue,
                },
            };
            match node.operator {
                BinaryOperator::And if truth => waiting.extend([node.left, node.right]),
                BinaryOperator::Or if !truth => waiting.extend([node.left, node.right]),
                BinaryOperator::Is | BinaryOperator::IsNot => {
                    let holds = truth == (node.operator == BinaryOperator::Is);
                    let exists = match self.invoked(node.right) {
                        Some("defined") => holds,
                        // These throw for what is undefined: after them it exists.
                        Some(_) => true,
                        None => false,
                    };
                    if let (true, Operand::Expression(id)) = (exists, node.left) {
                        self.add_proof(self.template.without_parentheses(id));
                    }
                }
                _ => {}
            }
        }
    }

    fn add_proof(&mut self, id: ExpressionId) {
        let (base, steps) = self.template.path_steps(id);
        let root = self.template.expression(base);
        if !matches!(root.kind, ExpressionKind::Variable) {
            return;
        }
        let mut proof = vec![Cow::Borrowed(self.template.slice(root.range))];
        for step in &steps {
            match step.name(self.template) {
                Some(name) => proof.push(name),
                None => break,
            }
        }
        self.proven.push(proof);
    }
}

impl Template {
    /// The base of a chain of attributes and subscripts, and its steps in the order of the
    /// source. For any other expression: itself and no steps.
    pub fn path_steps(&self, id: ExpressionId) -> (ExpressionId, Vec<Segment>) {
        let mut steps = Vec::new();
        let base = self.add_path_steps(id, &mut steps);
        (base, steps)
    }

    /// As [`Self::path_steps`], behind what is in the list.
    fn add_path_steps(&self, id: ExpressionId, steps: &mut Vec<Segment>) -> ExpressionId {
        let first = steps.len();
        let mut at = id;
        loop {
            let expression = self.expression(at);
            let (object, kind) = match expression.kind {
                ExpressionKind::Attribute {
                    object,
                    name,
                    arguments: None,
                } => (object, SegmentKind::Name(name)),
                ExpressionKind::Attribute { object, name, .. } => {
                    (object, SegmentKind::Method(name))
                }
                ExpressionKind::Subscript { object, index } => {
                    let kind = match self.expression(index).kind {
                        ExpressionKind::String(_) => SegmentKind::Key(index),
                        ExpressionKind::Integer(number) => SegmentKind::Index(number),
                        _ => SegmentKind::Dynamic(index),
                    };
                    (object, kind)
                }
                _ => break,
            };
            let start = self.expression(object).range.end();
            steps.push(Segment {
                range: TextRange::new(start.min(expression.range.end()), expression.range.end()),
                kind,
            });
            at = object;
        }
        steps[first..].reverse();
        at
    }
}
