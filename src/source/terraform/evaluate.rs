//! Evaluates Terraform expressions as far as they are known without running Terraform. What is not
//! understood is unknown, never guessed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, UnaryOperator};

use super::decode::YamlReader;
use super::module::{Declaration, Module, attribute};
use super::sources::{Sources, below};
use super::value::{Text, Value};
use super::{TerraformProblem, TerraformProblemKind};
use crate::finding::{FileId, Location};

/// Values that are evaluated within each other deeper than this are unknown.
const DEEPEST: u32 = 200;
/// Modules that call each other deeper than this are not followed.
const DEEPEST_MODULE: usize = 16;
/// After this number of module calls no further ones are followed.
const MOST_INSTANCES: u32 = 20_000;
/// After this number of expressions in a run everything is unknown.
const MOST_EXPRESSIONS: u32 = 5_000_000;
/// A collection of more elements is unknown.
pub(super) const LARGEST_COLLECTION: usize = 10_000;
/// A text of more bytes is unknown: Kestra refuses larger flows.
pub(super) const LARGEST_TEXT: usize = 16 * 1024 * 1024;

/// What all evaluations of a run share.
pub(super) struct Evaluator<'run> {
    pub(super) sources: &'run Sources<'run>,
    pub(super) modules: &'run BTreeMap<PathBuf, Module>,
    pub(super) read_yaml: YamlReader,
    pub(super) problems: RefCell<Vec<TerraformProblem>>,
    reported: RefCell<BTreeSet<(Location, &'static str)>>,
    /// Whether some file is read whose path is not known.
    pub(super) reads_unknown: Cell<bool>,
    unknowns: Cell<u32>,
    depth: Cell<u32>,
    instances: Cell<u32>,
    expressions: Cell<u32>,
}

/// A module with its arguments: one call of it.
pub(super) struct Instance<'run> {
    pub(super) module: &'run Module,
    /// The directory in which Terraform would be run.
    pub(super) root: PathBuf,
    pub(super) arguments: HashMap<String, Value>,
    /// The names of the calls that lead here.
    pub(super) address: Vec<String>,
    pub(super) cache: RefCell<HashMap<String, Option<Value>>>,
    children: RefCell<HashMap<String, Vec<Child<'run>>>>,
}

/// One instance of a module call, with its key under `for_each` or `count`.
pub(super) type Child<'run> = (Option<String>, Rc<Instance<'run>>);

/// The names that an expression may use.
#[derive(Clone)]
pub(super) struct Scope<'scope, 'run> {
    pub(super) file: FileId,
    pub(super) root: &'scope Path,
    /// The module around it; none in a template file.
    pub(super) instance: Option<&'scope Instance<'run>>,
    /// Iterators and template variables, the innermost last.
    pub(super) names: Vec<(String, Value)>,
    /// `each.key` and `each.value`.
    pub(super) each: Option<(Value, Value)>,
    /// Whether a template's variables are all known by name.
    pub(super) is_closed: bool,
}

impl<'run> Instance<'run> {
    /// A module in whose directory Terraform is run, with the values of its variables as far as files that
    /// Terraform reads by itself give them.
    pub(super) fn root(module: &'run Module, arguments: HashMap<String, Value>) -> Rc<Self> {
        Rc::new(Self {
            module,
            root: module.directory.clone(),
            arguments,
            address: Vec::new(),
            cache: RefCell::default(),
            children: RefCell::default(),
        })
    }

    pub(super) fn scope<'scope>(
        &'scope self,
        file: FileId,
        each: Option<(Value, Value)>,
    ) -> Scope<'scope, 'run> {
        Scope {
            file,
            root: &self.root,
            instance: Some(self),
            names: Vec::new(),
            each,
            is_closed: true,
        }
    }
}

impl<'run> Evaluator<'run> {
    pub(super) fn new(
        sources: &'run Sources<'run>,
        modules: &'run BTreeMap<PathBuf, Module>,
        read_yaml: YamlReader,
    ) -> Self {
        Self {
            sources,
            modules,
            read_yaml,
            problems: RefCell::default(),
            reported: RefCell::default(),
            reads_unknown: Cell::new(false),
            unknowns: Cell::new(0),
            depth: Cell::new(0),
            instances: Cell::new(0),
            expressions: Cell::new(0),
        }
    }

    /// A word that stands for something unknown, different each time.
    pub(super) fn unknown_word(&self) -> String {
        self.unknowns.set(self.unknowns.get() + 1);
        format!("unknown{}", self.unknowns.get())
    }

    /// Reports a problem, once for a place.
    pub(super) fn report(&self, location: Location, kind: TerraformProblemKind) {
        if self.reported.borrow_mut().insert((location, kind.name())) {
            self.problems
                .borrow_mut()
                .push(TerraformProblem { location, kind });
        }
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression, scope: &Scope<'_, 'run>) -> Value {
        let count = self.expressions.get() + 1;
        self.expressions.set(count);
        if self.depth.get() >= DEEPEST || count > MOST_EXPRESSIONS {
            return Value::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate_one(expression, scope);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn evaluate_one(&self, expression: &Expression, scope: &Scope<'_, 'run>) -> Value {
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(_) => self.number(expression, scope),
            Expression::String(_) => Value::Text(self.quoted(expression.span(), scope.file)),
            Expression::StringTemplate(template) => {
                self.template(template.iter(), true, None, scope)
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(heredoc.template.iter(), false, heredoc.indent(), scope)
            }
            Expression::Array(array) => Value::List(
                array
                    .iter()
                    .map(|item| self.evaluate(item, scope))
                    .collect(),
            ),
            Expression::Object(_) => self.object(expression, scope),
            Expression::Parenthesis(inner) => self.evaluate(inner.inner(), scope),
            Expression::Variable(name) => self.named(name.as_str(), expression, scope),
            Expression::Conditional(conditional) => {
                match self.evaluate(&conditional.cond_expr, scope).as_bool() {
                    Some(true) => self.evaluate(&conditional.true_expr, scope),
                    Some(false) => self.evaluate(&conditional.false_expr, scope),
                    None => Value::Unknown,
                }
            }
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Traversal(traversal) => self.traversal(traversal, scope),
            Expression::UnaryOp(operation) => {
                let value = self.evaluate(&operation.expr, scope);
                match *operation.operator.as_ref() {
                    UnaryOperator::Neg => value
                        .as_number()
                        .map_or(Value::Unknown, |number| Value::number(-number)),
                    UnaryOperator::Not => value
                        .as_bool()
                        .map_or(Value::Unknown, |value| Value::Bool(!value)),
                }
            }
            Expression::BinaryOp(operation) => {
                let left = self.evaluate(&operation.lhs_expr, scope);
                let right = self.evaluate(&operation.rhs_expr, scope);
                binary(*operation.operator.value(), &left, &right)
            }
            Expression::ForExpr(for_expression) => self.for_expression(for_expression, scope),
        }
    }

    fn number(&self, expression: &Expression, scope: &Scope<'_, 'run>) -> Value {
        let source = self.sources.text(scope.file);
        let span = expression.span().unwrap_or_default();
        match source.get(span.clone()) {
            Some(text) => Value::Number(Text::of_file(text.trim(), scope.file, span.start)),
            None => Value::Unknown,
        }
    }

    /// The decoded text of a quoted string without interpolations; the span has the quotes.
    fn quoted(&self, span: Option<std::ops::Range<usize>>, file: FileId) -> Text {
        let span = span.unwrap_or_default();
        let inner = (span.start + 1)..span.end.saturating_sub(1).max(span.start + 1);
        let mut text = Text::default();
        self.push_literal(&mut text, file, inner, true, None);
        text
    }

    fn object(&self, expression: &Expression, scope: &Scope<'_, 'run>) -> Value {
        let Some(object) = expression.as_object() else {
            return Value::Unknown;
        };
        let mut entries = Vec::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                    Some(name.as_str().to_owned())
                }
                ObjectKey::Expression(key) => {
                    self.evaluate(key, scope).as_known_str().map(str::to_owned)
                }
            };
            let Some(key) = key else {
                return Value::Unknown;
            };
            entries.push((key, self.evaluate(value.expr(), scope)));
        }
        Value::map(entries)
    }

    fn named(&self, name: &str, expression: &Expression, scope: &Scope<'_, 'run>) -> Value {
        let known = scope.names.iter().rev().find(|(known, _)| known == name);
        if let Some((_, value)) = known {
            return value.clone();
        }
        if scope.instance.is_none() && scope.is_closed {
            let place = super::module::located(scope.file, expression.span().unwrap_or_default());
            self.report(
                place,
                TerraformProblemKind::UnknownTemplateVariable(name.to_owned()),
            );
        }
        Value::Unknown
    }

    /// The instances of a module call; none where the module is not in the repository.
    pub(super) fn children(
        &self,
        call: &Declaration,
        instance: &Instance<'run>,
    ) -> Vec<Child<'run>> {
        if let Some(known) = instance.children.borrow().get(&call.name) {
            return known.clone();
        }
        // A module that calls itself has no end.
        instance
            .children
            .borrow_mut()
            .insert(call.name.clone(), Vec::new());
        let children = self.make_children(call, instance).unwrap_or_default();
        instance
            .children
            .borrow_mut()
            .insert(call.name.clone(), children.clone());
        children
    }

    fn make_children(
        &self,
        call: &Declaration,
        instance: &Instance<'run>,
    ) -> Option<Vec<Child<'run>>> {
        if instance.address.len() >= DEEPEST_MODULE || self.instances.get() >= MOST_INSTANCES {
            return None;
        }
        let module = called_module(call, instance.module, self.modules)?;
        let children = self.repetitions(call, instance).into_iter().map(|each| {
            let key = each.as_ref().map(|(key, _)| match key.as_known_str() {
                Some(key) => key.to_owned(),
                None => self.unknown_word(),
            });
            let scope = instance.scope(call.file, each);
            let arguments = call
                .block
                .body
                .attributes()
                .filter_map(|argument| {
                    let variable = module.variables.get(argument.key.as_str())?;
                    let value = self.evaluate(&argument.value, &scope).bounded();
                    let value = self.given(variable, value, &scope);
                    Some((argument.key.as_str().to_owned(), value))
                })
                .collect();
            let mut address = instance.address.clone();
            address.push(match &key {
                Some(key) => format!("{}[{key}]", call.name),
                None => call.name.clone(),
            });
            self.instances.set(self.instances.get() + 1);
            let child = Instance {
                module,
                root: instance.root.clone(),
                arguments,
                address,
                cache: RefCell::default(),
                children: RefCell::default(),
            };
            (key, Rc::new(child))
        });
        Some(children.collect())
    }

    /// The keys and values of `for_each` or `count`; one of nothing where there is neither, one unknown
    /// where they are not known.
    pub(super) fn repetitions(
        &self,
        declaration: &Declaration,
        instance: &Instance<'run>,
    ) -> Vec<Option<(Value, Value)>> {
        let scope = instance.scope(declaration.file, None);
        let unknown = || vec![Some((Value::Unknown, Value::Unknown))];
        if let Some(for_each) = attribute(&declaration.block, "for_each") {
            let is_small = |elements: &Vec<_>| elements.len() <= LARGEST_COLLECTION;
            return match self.evaluate(for_each, &scope) {
                // A set: each element is its own key.
                Value::List(items) if items.len() <= LARGEST_COLLECTION => items
                    .into_iter()
                    .map(|item| Some((item.clone(), item)))
                    .collect(),
                other => other
                    .elements()
                    .filter(is_small)
                    .map_or_else(unknown, |elements| elements.into_iter().map(Some).collect()),
            };
        }
        if let Some(count) = attribute(&declaration.block, "count") {
            return match self.evaluate(count, &scope).as_number() {
                Some(count) if (0.0..=1000.0).contains(&count) => (0_u32..1000)
                    .take_while(|index| f64::from(*index) < count)
                    .map(|index| {
                        let index = Value::number(f64::from(index));
                        Some((index.clone(), index))
                    })
                    .collect(),
                _ => unknown(),
            };
        }
        vec![None]
    }

    fn for_expression(&self, expression: &ForExpr, scope: &Scope<'_, 'run>) -> Value {
        let collection = self.evaluate(&expression.intro.collection_expr, scope);
        let Some(elements) = collection.elements() else {
            return Value::Unknown;
        };
        if elements.len() > LARGEST_COLLECTION {
            return Value::Unknown;
        }
        let (mut list, mut map) = (Vec::new(), Vec::new());
        let mut inner = scope.clone();
        let names = inner.names.len();
        for (key, value) in elements {
            inner.names.truncate(names);
            if let Some(name) = &expression.intro.key_var {
                inner.names.push((name.as_str().to_owned(), key));
            }
            let name = expression.intro.value_var.as_str().to_owned();
            inner.names.push((name, value));
            if let Some(condition) = &expression.cond {
                match self.evaluate(&condition.expr, &inner).as_bool() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => return Value::Unknown,
                }
            }
            let value = self.evaluate(&expression.value_expr, &inner);
            match &expression.key_expr {
                None => list.push(value),
                Some(key) => match self.evaluate(key, &inner).as_known_str() {
                    Some(key) => map.push((key.to_owned(), value)),
                    None => return Value::Unknown,
                },
            }
        }
        if expression.grouping {
            grouped(map)
        } else if expression.key_expr.is_some() {
            Value::map(map)
        } else {
            Value::List(list)
        }
    }

    fn call(&self, call: &FuncCall, scope: &Scope<'_, 'run>) -> Value {
        if call.name.is_namespaced() {
            return Value::Unknown;
        }
        let name = call.name.name.as_str();
        if matches!(name, "try" | "can") {
            return self.attempt(call, scope).unwrap_or(Value::Unknown);
        }
        let mut arguments: Vec<Value> = call
            .args
            .iter()
            .map(|argument| self.evaluate(argument, scope))
            .collect();
        if call.args.expand_final() {
            match arguments.pop() {
                Some(Value::List(items)) => arguments.extend(items),
                _ => return Value::Unknown,
            }
        }
        let place = call.args.iter().next().and_then(Span::span);
        let place = place.or_else(|| call.span()).unwrap_or_default();
        let place = super::module::located(scope.file, place);
        match name {
            "file" => self.read_file(&arguments, place, scope),
            "templatefile" => self.template_file(call, &arguments, place, scope),
            "templatestring" => self.template_string(&arguments, scope),
            "fileset" => self.fileset(&arguments, scope),
            "fileexists" => match arguments.first().and_then(Value::as_known_str) {
                Some(path) => Value::Bool(self.sources.exists(&below(scope.root, path))),
                None => Value::Unknown,
            },
            _ => super::functions::call(self, name, &arguments),
        }
    }

    /// `try` and `can`: only what surely fails is passed over.
    fn attempt(&self, call: &FuncCall, scope: &Scope<'_, 'run>) -> Option<Value> {
        let is_try = call.name.name.as_str() == "try";
        for attempt in &call.args {
            let value = self.evaluate(attempt, scope);
            if !matches!(value, Value::Unknown) {
                return Some(if is_try { value } else { Value::Bool(true) });
            }
            if !self.surely_fails(attempt, scope) {
                return None;
            }
            if !is_try {
                return Some(Value::Bool(false));
            }
        }
        None
    }

    fn fileset(&self, arguments: &[Value], scope: &Scope<'_, 'run>) -> Value {
        let known = |index: usize| arguments.get(index).and_then(Value::as_known_str);
        let (Some(directory), Some(pattern)) = (known(0), known(1)) else {
            self.reads_unknown.set(true);
            return Value::Unknown;
        };
        match self.sources.fileset(&below(scope.root, directory), pattern) {
            Some(files) => Value::List(
                files
                    .into_iter()
                    .map(|file| Value::Text(Text::made(file)))
                    .collect(),
            ),
            None => Value::Unknown,
        }
    }

    /// Finds the file of a path. A missing one is reported; where one name in its directory was plainly
    /// meant, that file is taken, so that the rest is checked as it will be when mended.
    pub(super) fn find_file(
        &self,
        path: &str,
        place: Location,
        scope: &Scope<'_, 'run>,
    ) -> Option<(FileId, std::sync::Arc<str>)> {
        let full = below(scope.root, path);
        if let Some(found) = self.sources.read(&full) {
            return Some(found);
        }
        let meant = full
            .parent()
            .zip(full.file_name().and_then(|name| name.to_str()))
            .and_then(|(directory, name)| {
                let names = self.sources.names(directory);
                closest_file(name, &names).map(|meant| (directory.join(&meant), meant))
            });
        let suggestion = meant.as_ref().map(|(_, name)| name.clone());
        self.report(
            place,
            TerraformProblemKind::MissingFile {
                path: path.trim_start_matches("./").to_owned(),
                suggestion,
            },
        );
        let (meant, _) = meant?;
        self.sources.read(&meant)
    }

    pub(super) fn read_file(
        &self,
        arguments: &[Value],
        place: Location,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        let Some(path) = arguments.first().and_then(Value::as_known_str) else {
            self.reads_unknown.set(true);
            return Value::Unknown;
        };
        match self.find_file(path, place, scope) {
            Some((file, text)) => Value::Text(Text::of_file(&text, file, 0)),
            None => Value::Unknown,
        }
    }
}

/// A file of nearly the same name: an ending too much or too little, or a letter or two.
fn closest_file(name: &str, names: &[String]) -> Option<String> {
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut same_stem = names.iter().filter(|other| stem(other) == stem(name));
    match (same_stem.next(), same_stem.next()) {
        (Some(only), None) => Some(only.clone()),
        (Some(_), Some(_)) => None,
        (None, _) => names
            .iter()
            .map(|other| (strsim::osa_distance(name, other), other))
            .filter(|(distance, _)| *distance <= 2)
            .min()
            .map(|(_, other)| other.clone()),
    }
}

/// The module that a call names, if it is a directory of the repository.
pub(super) fn called_module<'run>(
    call: &Declaration,
    caller: &Module,
    modules: &'run BTreeMap<PathBuf, Module>,
) -> Option<&'run Module> {
    modules.get(&called_directory(call, caller)?)
}

/// The directory that a call names.
pub(super) fn called_directory(call: &Declaration, caller: &Module) -> Option<PathBuf> {
    let source = match call.attribute("source")? {
        Expression::String(source) => source.value().as_str(),
        _ => return None,
    };
    let is_local = source.starts_with("./") || source.starts_with("../");
    is_local.then(|| super::sources::normalised(&below(&caller.directory, source)))
}

/// The values of each key in a list, as `...` makes it.
fn grouped(entries: Vec<(String, Value)>) -> Value {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in entries {
        groups.entry(key).or_default().push(value);
    }
    let groups = groups.into_iter();
    Value::Map(
        groups
            .map(|(key, values)| (key, Value::List(values)))
            .collect(),
    )
}

fn binary(operator: BinaryOperator, left: &Value, right: &Value) -> Value {
    let boolean = |value: Option<bool>| value.map_or(Value::Unknown, Value::Bool);
    let numbers = || left.as_number().zip(right.as_number());
    let compared =
        |holds: fn(f64, f64) -> bool| boolean(numbers().map(|(one, other)| holds(one, other)));
    let computed = |result: fn(f64, f64) -> f64| {
        numbers().map_or(Value::Unknown, |(one, other)| {
            Value::number(result(one, other))
        })
    };
    match operator {
        BinaryOperator::Eq => boolean(left.equals(right)),
        BinaryOperator::NotEq => boolean(left.equals(right).map(|same| !same)),
        BinaryOperator::Less => compared(|one, other| one < other),
        BinaryOperator::LessEq => compared(|one, other| one <= other),
        BinaryOperator::Greater => compared(|one, other| one > other),
        BinaryOperator::GreaterEq => compared(|one, other| one >= other),
        BinaryOperator::Plus => computed(|one, other| one + other),
        BinaryOperator::Minus => computed(|one, other| one - other),
        BinaryOperator::Mul => computed(|one, other| one * other),
        BinaryOperator::Div => computed(|one, other| one / other),
        BinaryOperator::Mod => computed(|one, other| one % other),
        BinaryOperator::And => match (left.as_bool(), right.as_bool()) {
            (Some(false), _) | (_, Some(false)) => Value::Bool(false),
            (Some(true), Some(true)) => Value::Bool(true),
            _ => Value::Unknown,
        },
        BinaryOperator::Or => match (left.as_bool(), right.as_bool()) {
            (Some(true), _) | (_, Some(true)) => Value::Bool(true),
            (Some(false), Some(false)) => Value::Bool(false),
            _ => Value::Unknown,
        },
    }
}
