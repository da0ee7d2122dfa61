//! The types of a template's expressions, and what they prove to be wrong.

use super::operator::{BinaryNode, BinaryOperator, Operand, UnaryOperator};
use super::problem::{Problem, ProblemKind};
use super::reference::{InvocationKind, References};
use super::signature::{Accepts, Gives, Lookup, Signature, lookup};
use super::tree::{Argument, Expression, ExpressionId, ExpressionKind, PartKind, Slice, Template};
use super::types::Type;
use crate::finding::Target;
use crate::text::TextRange;

/// What a template can read from outside. Knows names and types, nothing of flows.
pub trait Scope {
    /// The type of a root variable; [`Type::Any`] where nothing is known (whether it exists at
    /// all is not asked here).
    fn root(&self, name: &str) -> Type;
}

/// A scope of which nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownScope;

impl Scope for UnknownScope {
    fn root(&self, _name: &str) -> Type {
        Type::Any
    }
}

/// The result of [`Template::check`].
#[derive(Debug, Clone, Default)]
pub struct Checked {
    types: Vec<Type>,
    /// What is wrong, in the order of the source.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// The type of an expression.
    pub fn type_of(&self, id: ExpressionId) -> &Type {
        self.types.get(id.index()).unwrap_or(&Type::Any)
    }
}

impl Template {
    /// Infers the types of all expressions for a version and finds what is proven wrong: unknown
    /// names, wrong arguments, attributes that cannot be there, operations that always fail.
    ///
    /// Linear in the size of the template. Templates with syntax errors have no types.
    pub fn check(&self, target: Target, scope: &dyn Scope) -> Checked {
        let mut inference = Inference {
            template: self,
            target,
            scope,
            types: Vec::with_capacity(self.expression_count()),
            problems: Vec::new(),
            locals: Vec::new(),
            macro_depth: 0,
            references: None,
        };
        if self.errors().is_empty() {
            inference.template();
        }
        inference
            .problems
            .sort_by_key(|problem| problem.range.start());
        Checked {
            types: inference.types,
            problems: inference.problems,
        }
    }
}

struct Inference<'t> {
    template: &'t Template,
    target: Target,
    scope: &'t dyn Scope,
    types: Vec<Type>,
    problems: Vec<Problem>,
    /// Local names with their types; a loop or macro starts with a mark.
    locals: Vec<Option<(&'t str, Type)>>,
    macro_depth: u32,
    /// Made when the first guard is asked for.
    references: Option<References>,
}

impl Inference<'_> {
    /// The expressions of each part follow each other, children first: one pass types them all.
    fn template(&mut self) {
        for part in self.template.parts() {
            match part.kind {
                PartKind::Print(value) => self.infer_to(value),
                PartKind::If { condition, .. } | PartKind::ElseIf { condition, .. } => {
                    self.infer_to(condition);
                    self.condition(condition);
                }
                PartKind::Set { variable, value } => {
                    self.infer_to(value);
                    let name = self.template.slice(variable);
                    let value = if self.is_set_once(name) {
                        self.type_of(value)
                    } else {
                        Type::Any
                    };
                    self.locals.push(Some((name, value)));
                }
                PartKind::For {
                    variable, iterable, ..
                } => {
                    self.infer_to(iterable);
                    let list = self.type_of(iterable);
                    self.iterable(iterable, &list);
                    self.locals.push(None);
                    self.declare(variable, list.element());
                    self.locals.push(Some(("loop", loop_type())));
                }
                PartKind::Macro { parameters, .. } => {
                    self.locals.push(None);
                    self.macro_depth += 1;
                    for parameter in self.template.parameters(parameters) {
                        if let Some(default) = parameter.default {
                            self.infer_to(default);
                        }
                        self.declare(parameter.name, Type::Any);
                    }
                }
                PartKind::EndFor => self.leave(),
                PartKind::EndMacro => {
                    self.macro_depth = self.macro_depth.saturating_sub(1);
                    self.leave();
                }
                PartKind::Filter { filters, .. } => {
                    for filter in self.template.children(filters) {
                        self.infer_to(*filter);
                    }
                }
                _ => {}
            }
        }
    }

    fn declare(&mut self, name: TextRange, value: Type) {
        self.locals.push(Some((self.template.slice(name), value)));
    }

    /// Ends a loop or macro.
    fn leave(&mut self) {
        while let Some(Some(_)) = self.locals.pop() {}
    }

    /// Whether no other `set` gives the name another type. Bounded: among very many it says no.
    fn is_set_once(&self, name: &str) -> bool {
        const MOST: usize = 64;
        let sets = self
            .template
            .parts()
            .iter()
            .filter_map(|part| match part.kind {
                PartKind::Set { variable, .. } => Some(self.template.slice(variable)),
                _ => None,
            });
        let mut seen = 0;
        let mut same = 0;
        for other in sets.take(MOST) {
            seen += 1;
            same += usize::from(other == name);
        }
        seen < MOST && same < 2
    }

    fn type_of(&self, id: ExpressionId) -> Type {
        self.types.get(id.index()).cloned().unwrap_or_default()
    }

    fn infer_to(&mut self, last: ExpressionId) {
        while self.types.len() <= last.index() {
            let id = ExpressionId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
            let expression = self.template.expression(id);
            let inferred = self.infer(id, expression);
            self.types.push(inferred);
        }
    }

    fn infer(&mut self, id: ExpressionId, expression: &Expression) -> Type {
        match expression.kind {
            ExpressionKind::Null => Type::Null,
            ExpressionKind::Boolean(_) => Type::Boolean,
            ExpressionKind::Integer(_) | ExpressionKind::Decimal(_) => Type::Number,
            ExpressionKind::String(_) | ExpressionKind::Interpolation(_) => Type::Text,
            ExpressionKind::Variable => self.variable(self.template.slice(expression.range)),
            ExpressionKind::Attribute {
                object,
                name,
                arguments,
            } => {
                let object_type = self.type_of(object);
                if arguments.is_some() {
                    return Type::Any;
                }
                let written = self.template.slice(name);
                self.attribute(id, &object_type, written, name)
            }
            ExpressionKind::Subscript { object, index } => self.subscript(id, object, index),
            ExpressionKind::Call { name, arguments } => self.call(name, arguments),
            // The result needs the input: it is found in the sequence.
            ExpressionKind::Filter { name, arguments } => {
                self.signature(InvocationKind::Filter, name, arguments);
                Type::Any
            }
            ExpressionKind::Test { name, arguments } => {
                self.signature(InvocationKind::Test, name, arguments);
                Type::Boolean
            }
            ExpressionKind::Parentheses(inner) => self.type_of(inner),
            ExpressionKind::List(children) => {
                let types = self.template.children(children).iter();
                let element = types
                    .map(|child| self.type_of(*child))
                    .reduce(Type::union)
                    .unwrap_or_default();
                Type::list(element)
            }
            ExpressionKind::Map(children) => self.map_literal(children),
            ExpressionKind::Unary { operator, operand } => self.unary(operator, operand),
            ExpressionKind::Sequence { .. } => self.sequence(id),
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                // Null is no failure here, but decides for the other side.
                if self.type_of(condition) != Type::Null {
                    self.condition(condition);
                }
                self.type_of(then).union(self.type_of(otherwise))
            }
        }
    }

    fn variable(&self, name: &str) -> Type {
        let local = self
            .locals
            .iter()
            .rev()
            .flatten()
            .find(|(local, _)| *local == name);
        match local {
            Some((_, known)) => known.clone(),
            // The body of a macro sees nothing of what is outside.
            None if self.macro_depth > 0 => Type::Any,
            None => self.scope.root(name),
        }
    }

    fn map_literal(&self, children: Slice) -> Type {
        let children = self.template.children(children);
        let mut entries = Vec::with_capacity(children.len() / 2);
        for pair in children.chunks_exact(2) {
            let Some(key) = self.template.string_value(pair[0]) else {
                return Type::map_of(Type::Any);
            };
            entries.push((key.into_owned(), self.type_of(pair[1])));
        }
        Type::closed(entries)
    }

    fn report(&mut self, range: TextRange, kind: ProblemKind) {
        self.problems.push(Problem { range, kind });
    }

    /// `.name` or `['name']` of a value of a known type.
    fn attribute(&mut self, id: ExpressionId, of: &Type, name: &str, place: TextRange) -> Type {
        if let Type::Map(map) = of.required() {
            if let Some(value) = map.get(name) {
                // Where no entry is sure to be there, it may be the method of a Java map.
                let is_sure = !is_member(Accepts::MAP, name) || map.has_entry(name);
                return if is_sure { value.clone() } else { Type::Any };
            }
            if !is_member(Accepts::MAP, name) && !self.is_guarded(id) {
                self.report(place, ProblemKind::UnknownEntry { map: map.clone() });
            }
            return Type::Any;
        }
        let Some(family) = of.family() else {
            return Type::Any;
        };
        let is_index = family == Accepts::LIST && name.parse::<u32>().is_ok();
        if is_index {
            return of.element();
        }
        if !is_member(family, name) && !self.is_guarded(id) {
            self.report(place, ProblemKind::NoAttributes { of: of.clone() });
        }
        Type::Any
    }

    fn subscript(&mut self, id: ExpressionId, object: ExpressionId, index: ExpressionId) -> Type {
        let of = self.type_of(object);
        let place = self.template.expression(index).range;
        if let Some(name) = self.template.string_value(index) {
            let place = self.template.string_content(index).unwrap_or(place);
            return self.attribute(id, &of, &name, place);
        }
        match of.required() {
            Type::List(element) => (**element).clone(),
            Type::Text | Type::File | Type::Number | Type::Boolean => {
                let is_index = matches!(
                    self.template.expression(index).kind,
                    ExpressionKind::Integer(_)
                );
                if is_index && !self.is_guarded(id) {
                    self.report(place, ProblemKind::NoAttributes { of });
                }
                Type::Any
            }
            _ => Type::Any,
        }
    }

    /// Whether this step of a reference may be missing without an error.
    fn is_guarded(&mut self, id: ExpressionId) -> bool {
        let template = self.template;
        let target = self.target;
        let range = template.expression(id).range;
        let references = self
            .references
            .get_or_insert_with(|| template.references(target));
        let reference = references.iter().find(|(reference, _)| {
            reference.range.start() == range.start() && reference.range.contains_range(range)
        });
        match reference {
            Some((reference, path)) => path
                .iter()
                .position(|step| step.range.end() == range.end())
                .is_some_and(|step| reference.is_guarded_at(step)),
            // A local name, or no path at all: what catches it is not known here.
            None => true,
        }
    }

    fn call(&mut self, name: TextRange, arguments: Slice) -> Type {
        if self.template.is_macro(name) {
            return Type::Any;
        }
        match self.signature(InvocationKind::Function, name, arguments) {
            // Functions have no input that could be null.
            Some(signature) => given(signature.gives, &Type::Text, None),
            None => Type::Any,
        }
    }

    /// Looks a name up and checks its arguments.
    fn signature(
        &mut self,
        kind: InvocationKind,
        name: TextRange,
        arguments: Slice,
    ) -> Option<&'static Signature> {
        let written = self.template.slice(name);
        match lookup(kind, written, self.target) {
            Lookup::Known(signature) => {
                self.check_arguments(signature, name, arguments);
                Some(signature)
            }
            Lookup::Enterprise => None,
            Lookup::Elsewhere(targets) => {
                self.report(name, ProblemKind::OtherVersion { kind, targets });
                None
            }
            Lookup::Unknown => {
                self.report(name, ProblemKind::UnknownName { kind });
                None
            }
        }
    }

    fn check_arguments(&mut self, signature: &'static Signature, name: TextRange, given: Slice) {
        let Some(parameters) = signature.parameters else {
            return;
        };
        let template = self.template;
        let given: &[Argument] = template.arguments(given);
        let positional = given.iter().take_while(|argument| argument.name.is_none());
        let positional = positional.count();
        if let Some(extra) = given
            .get(parameters.len()..positional)
            .and_then(<[_]>::first)
        {
            let range = template.expression(extra.value).range;
            self.report(range, ProblemKind::TooManyArguments { signature });
        }
        for argument in given {
            let Some(range) = argument.name else { continue };
            let written = template.slice(range);
            if !parameters.iter().any(|parameter| parameter.name == written) {
                self.report(range, ProblemKind::UnknownArgument { signature });
            }
        }
        let missing = parameters.iter().skip(positional).find(|parameter| {
            parameter.required
                && !given.iter().any(|argument| {
                    argument
                        .name
                        .is_some_and(|range| template.slice(range) == parameter.name)
                })
        });
        if let Some(parameter) = missing {
            let parameter = parameter.name;
            self.report(
                name,
                ProblemKind::MissingArgument {
                    signature,
                    parameter,
                },
            );
        }
    }

    fn unary(&mut self, operator: UnaryOperator, operand: ExpressionId) -> Type {
        let value = self.type_of(operand);
        if operator == UnaryOperator::Not {
            self.condition(operand);
            return Type::Boolean;
        }
        let wrong = Accepts::BOOLEAN.or(Accepts::LIST).or(Accepts::MAP);
        if value.family().is_some_and(|family| wrong.takes(family)) {
            let range = self.template.expression(operand).range;
            self.report(range, ProblemKind::NotANumber { value });
        }
        Type::Number
    }

    /// What decides a branch must be a boolean, number or string: anything else fails, null too (asked of 1.3.31
    /// and 2.0.0).
    fn condition(&mut self, condition: ExpressionId) {
        let value = self.type_of(condition);
        let range = self.template.expression(condition).range;
        self.condition_type(range, value);
    }

    fn condition_type(&mut self, range: TextRange, value: Type) {
        let wrong = Accepts::LIST.or(Accepts::MAP);
        let is_wrong = value.family().is_some_and(|family| wrong.takes(family));
        if is_wrong || value == Type::Null {
            self.report(range, ProblemKind::NotACondition { value });
        }
    }

    fn iterable(&mut self, iterable: ExpressionId, value: &Type) {
        let wrong = Accepts::TEXT.or(Accepts::NUMBER).or(Accepts::BOOLEAN);
        if value.family().is_some_and(|family| wrong.takes(family)) {
            let range = self.template.expression(iterable).range;
            let value = value.clone();
            self.report(range, ProblemKind::NotIterable { value });
        }
    }

    fn sequence(&mut self, id: ExpressionId) -> Type {
        let tree = self.template.resolve(id, self.target);
        let mut types: Vec<Type> = Vec::with_capacity(tree.nodes.len());
        let mut ranges: Vec<TextRange> = Vec::with_capacity(tree.nodes.len());
        for node in &tree.nodes {
            let side = |operand: Operand| match operand {
                Operand::Expression(id) => (self.type_of(id), self.template.expression(id).range),
                Operand::Node(node) => (
                    types.get(node as usize).cloned().unwrap_or_default(),
                    ranges.get(node as usize).copied().unwrap_or_default(),
                ),
            };
            let (left, right) = (side(node.left), side(node.right));
            ranges.push(left.1.cover(right.1));
            let known = self.problems.len();
            types.push(self.binary(node, left, right));
            if let Some(operand) = self.negated(node) {
                // `not a == b` has one cause, which the form of the expression shows.
                self.problems.truncate(known);
                let range = self.template.expression(operand).range;
                self.problems.retain(|problem| {
                    problem.range != range
                        || !matches!(problem.kind, ProblemKind::NotACondition { .. })
                });
            }
        }
        types.pop().unwrap_or_default()
    }

    /// What `not` stands before, where it negates the left side of a comparison alone.
    fn negated(&self, node: &BinaryNode) -> Option<ExpressionId> {
        let Operand::Expression(left) = node.left else {
            return None;
        };
        self.template.negated_left_side(left, node.operator)
    }

    fn binary(
        &mut self,
        node: &BinaryNode,
        (left, left_range): (Type, TextRange),
        (right, right_range): (Type, TextRange),
    ) -> Type {
        use BinaryOperator as B;
        let whole = left_range.cover(right_range);
        match node.operator {
            B::Or | B::And => {
                self.condition_type(left_range, left);
                self.condition_type(right_range, right);
                Type::Boolean
            }
            B::Is | B::IsNot => {
                self.applied(InvocationKind::Test, node.right, &left);
                Type::Boolean
            }
            B::Filter => self.applied(InvocationKind::Filter, node.right, &left),
            B::Coalesce | B::CoalesceUndefined => left.required().clone().union(right),
            B::Concatenate => Type::Text,
            B::Range => Type::list(match left {
                Type::Number => Type::Number,
                _ => Type::Any,
            }),
            B::IsIn => Type::Boolean,
            B::Contains => {
                let wrong = Accepts::NUMBER.or(Accepts::BOOLEAN);
                if left.family().is_some_and(|family| wrong.takes(family)) {
                    self.report(left_range, ProblemKind::ContainsNothing { value: left });
                }
                Type::Boolean
            }
            B::Equal | B::NotEqual => {
                if let (Some(one), Some(other)) = (left.family(), right.family())
                    && one != other
                {
                    self.report(whole, ProblemKind::NeverEqual { left, right });
                }
                Type::Boolean
            }
            B::Greater | B::GreaterOrEqual | B::Less | B::LessOrEqual => {
                if self.comparison_fails(&left, &right) {
                    self.report(whole, ProblemKind::NotComparable { left, right });
                }
                Type::Boolean
            }
            B::Add | B::Subtract | B::Multiply | B::Divide | B::Modulo => {
                self.arithmetic(node.operator, whole, left, right)
            }
        }
    }

    fn comparison_fails(&self, left: &Type, right: &Type) -> bool {
        let wrong = Accepts::BOOLEAN.or(Accepts::LIST).or(Accepts::MAP);
        // Null on either side compares as false, so what may be null proves nothing.
        if left.is_optional() || right.is_optional() {
            return false;
        }
        match (left.family(), right.family()) {
            (Some(left), Some(right)) => {
                let texts = left == Accepts::TEXT && right == Accepts::TEXT;
                left != right || wrong.takes(left) || (texts && self.target == Target::V1_3)
            }
            _ => false,
        }
    }

    fn arithmetic(
        &mut self,
        operator: BinaryOperator,
        range: TextRange,
        left: Type,
        right: Type,
    ) -> Type {
        use BinaryOperator as B;
        let (one, other) = (left.family(), right.family());
        let is_list = one == Some(Accepts::LIST);
        let odd = Accepts::BOOLEAN.or(Accepts::LIST).or(Accepts::MAP);
        let is_odd = |family: Option<Accepts>| family.is_some_and(|family| odd.takes(family));
        let fails = match operator {
            // Strings join with anything, lists take anything in.
            B::Add => {
                let known = one.is_some() && other.is_some();
                let joins = is_list || one == Some(Accepts::TEXT) || other == Some(Accepts::TEXT);
                known && !joins && (is_odd(one) || is_odd(other))
            }
            B::Subtract => one.is_some() && !is_list && (is_odd(one) || is_odd(other)),
            _ => is_odd(one) || is_odd(other),
        };
        if fails {
            self.report(
                range,
                ProblemKind::NoArithmetic {
                    operator,
                    left,
                    right,
                },
            );
            return Type::Any;
        }
        match operator {
            B::Add if one == Some(Accepts::TEXT) || other == Some(Accepts::TEXT) => {
                // Text at either side makes text of the whole, also of a list.
                if one.is_some() && other.is_some() {
                    Type::Text
                } else {
                    Type::Any
                }
            }
            B::Add if is_list && other.is_none() => Type::Any,
            B::Add | B::Subtract if is_list => Type::list(Type::Any),
            B::Add if one == Some(Accepts::NUMBER) && other == one => Type::Number,
            B::Add => Type::Any,
            B::Subtract if one.is_none() => Type::Any,
            _ => Type::Number,
        }
    }

    /// A filter or test applied to a value.
    fn applied(&mut self, kind: InvocationKind, invoked: Operand, input: &Type) -> Type {
        let Operand::Expression(id) = invoked else {
            return Type::Any;
        };
        let (ExpressionKind::Filter { name, arguments } | ExpressionKind::Test { name, arguments }) =
            self.template.expression(id).kind
        else {
            return Type::Any;
        };
        let written = self.template.slice(name);
        let Lookup::Known(signature) = lookup(kind, written, self.target) else {
            return Type::Any;
        };
        // Without its argument it looks at nothing.
        let idle = signature.name == "merge" && arguments.is_empty();
        if !idle
            && input
                .family()
                .is_some_and(|family| !signature.input.takes(family))
        {
            let input = input.clone();
            self.report(name, ProblemKind::WrongInput { signature, input });
            return Type::Any;
        }
        let argument = self.template.arguments(arguments).first();
        let argument = argument.map(|argument| self.type_of(argument.value));
        given(signature.gives, input, argument)
    }
}

/// What comes out of a filter or function.
fn given(gives: Gives, input: &Type, argument: Option<Type>) -> Type {
    if *input == Type::Null && gives != Gives::InputOrArgument {
        // Most filters pass null on, some give false or zero.
        return Type::Any;
    }
    let plain = match gives {
        Gives::Any => return Type::Any,
        Gives::Element => return input.element(),
        Gives::InputOrArgument => {
            return match argument {
                Some(argument) => input.required().clone().union(argument),
                None => input.clone(),
            };
        }
        Gives::Input => match input.required() {
            Type::Number | Type::Boolean | Type::File => Type::Text,
            Type::Map(_) => Type::map_of(Type::Any),
            other => other.clone(),
        },
        Gives::Text => Type::Text,
        Gives::Number => Type::Number,
        Gives::Boolean => Type::Boolean,
        Gives::List => Type::list(Type::Any),
        Gives::Texts => Type::list(Type::Text),
        Gives::Map => Type::map_of(Type::Any),
        Gives::File => Type::File,
    };
    // Filters pass null on.
    if input.is_optional() || *input == Type::Any {
        plain.optional()
    } else {
        plain
    }
}

fn loop_type() -> Type {
    Type::closed([
        ("index", Type::Number),
        ("length", Type::Number),
        ("first", Type::Boolean),
        ("last", Type::Boolean),
        ("revindex", Type::Number),
    ])
}

/// Names that the engine finds on Java's own objects: methods without parameters, also without
/// their `get` or `is`.
fn is_member(family: Accepts, name: &str) -> bool {
    const COMMON: [&str; 4] = ["class", "getClass", "hashCode", "toString"];
    const TEXT: [&str; 20] = [
        "length",
        "empty",
        "isEmpty",
        "blank",
        "isBlank",
        "bytes",
        "getBytes",
        "trim",
        "strip",
        "stripLeading",
        "stripTrailing",
        "stripIndent",
        "translateEscapes",
        "toUpperCase",
        "toLowerCase",
        "toCharArray",
        "chars",
        "codePoints",
        "lines",
        "intern",
    ];
    const NUMBER: [&str; 8] = [
        "intValue",
        "longValue",
        "doubleValue",
        "floatValue",
        "shortValue",
        "byteValue",
        "naN",
        "infinite",
    ];
    const LIST: [&str; 17] = [
        "size",
        "empty",
        "isEmpty",
        "first",
        "getFirst",
        "last",
        "getLast",
        "reversed",
        "stream",
        "parallelStream",
        "iterator",
        "listIterator",
        "spliterator",
        "toArray",
        "removeFirst",
        "removeLast",
        "clear",
    ];
    const MAP: [&str; 12] = [
        "size",
        "keySet",
        "entrySet",
        "isEmpty",
        "empty",
        "values",
        "clone",
        "clear",
        "firstEntry",
        "lastEntry",
        "reversed",
        "sequencedKeySet",
    ];
    let own: &[&str] = if family == Accepts::TEXT {
        &TEXT
    } else if family == Accepts::NUMBER {
        &NUMBER
    } else if family == Accepts::LIST {
        &LIST
    } else if family == Accepts::MAP {
        &MAP
    } else {
        &["booleanValue"]
    };
    COMMON.contains(&name) || own.contains(&name)
}
