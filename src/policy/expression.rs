//! Conditions in CEL: compiled with the place of every mistake, evaluated with a budget.
//!
//! CEL as a language has no loops but over lists that exist; nested, they are still more work than anybody
//! waits for. So nesting is bounded when a policy is read, and every evaluation counts the values that it
//! looks at: each list that is run through, each text that is searched passes [`CHARGE`] first.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::parser::Parser;
use cel::{Context, ExecutionError, FunctionContext, Value as CelValue};

use super::value::{Boxed, SharedList, text, weight_of};
use crate::model::duration::Duration;
use crate::text::nearest;

/// The function that the compiler puts around whatever is looked at as a whole.
const CHARGE: &str = "@charge";

/// The same around a list that is run through: only its length counts.
const RUN: &str = "@run";

/// How many values the evaluations of one policy on one document may look at.
pub(super) const BUDGET: u64 = 100_000;

/// The longest expression, in bytes.
const LONGEST: usize = 4096;

/// How deep comprehensions (`all`, `exists`, `map`, …) may stand in each other.
const DEEPEST_COMPREHENSION: usize = 2;

/// The most elements that a list or map written in an expression may have.
const LARGEST_LITERAL: usize = 1000;

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// What a function says about a text with a template in it: only Kestra knows it, when it runs.
const UNKNOWN: &str = "depends on an expression";

/// A function that an expression may call.
pub(super) struct FunctionFacts {
    pub(super) name: &'static str,
    /// How it is called.
    pub(super) usage: &'static str,
    /// How many arguments it takes, a value before the point included.
    arguments: usize,
}

const fn function(name: &'static str, arguments: usize, usage: &'static str) -> FunctionFacts {
    FunctionFacts {
        name,
        usage,
        arguments,
    }
}

/// The functions that an expression may call.
pub(super) const FUNCTIONS: [FunctionFacts; 16] = [
    function("size", 1, "size(node.commands)"),
    function("startsWith", 2, "node.id.startsWith(\"a\")"),
    function("endsWith", 2, "node.id.endsWith(\"a\")"),
    function("contains", 2, "node.id.contains(\"a\")"),
    function("matches", 2, "matches(node.id, \"^[a-z]+$\")"),
    function("duration", 1, "duration(node.timeout)"),
    function("semver", 1, "semver(\"1.2.3\")"),
    function("get", 3, "get(node, \"retry.maxAttempts\", 0)"),
    function("lower", 1, "lower(node.id)"),
    function("split", 2, "split(node.containerImage, \":\")"),
    function("int", 1, "int(\"5\")"),
    function("double", 1, "double(\"5.0\")"),
    function("string", 1, "string(5)"),
    function("type", 1, "type(node.id)"),
    function("dyn", 1, "dyn(node.id)"),
    function("bool", 1, "bool(\"true\")"),
];

/// The names of types, to compare with `type(x)`.
const TYPES: [&str; 7] = [
    "bool",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
];

/// The variables of every expression.
pub(super) const VARIABLES: [(&str, &str); 7] = [
    ("node", "what was selected"),
    ("flow", "the flow that holds it"),
    ("tasks", "all tasks of the flow, nested ones included"),
    (
        "path",
        "the path of the file, relative to the working directory",
    ),
    (
        "project",
        "the project: `project.flows`, each with `id`, `namespace` and `path`",
    ),
    (
        "environment",
        "the environment of the configuration that the flow belongs to, or an empty text",
    ),
    (
        "target",
        "the Kestra version checked against, such as \"2.0\"",
    ),
];

/// A mistake in an expression: the bytes of its text, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Expression {
    root: IdedExpr,
    /// Which of [`VARIABLES`] it reads.
    reads: Vec<&'static str>,
    /// The properties of variables that it names.
    pub(super) properties: Vec<PropertyRead>,
}

/// A property of a variable that an expression names, such as `flow.labels`.
#[derive(Debug)]
pub(super) struct PropertyRead {
    /// One of [`VARIABLES`].
    pub(super) variable: &'static str,
    pub(super) property: String,
    /// Where the property stands in the expression.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A property that is not there.
    Absent,
    /// It depends on an expression that only Kestra evaluates.
    Unknown,
    /// More work than is allowed.
    TooMuch,
    /// Something else, in words.
    Wrong(String),
}

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
    static PATTERNS: RefCell<HashMap<String, regex::Regex>> = RefCell::default();
    static ROOT: Context<'static, 'static> = root();
}

impl Expression {
    /// Compiles a text.
    pub(super) fn compile(text: &str) -> Result<Self, Mistake> {
        let whole = |message: String| Mistake {
            start: 0,
            end: text.len(),
            message,
            help: None,
        };
        if text.len() > LONGEST {
            return Err(whole(format!(
                "the expression has {} bytes; at most {LONGEST} are allowed",
                text.len()
            )));
        }
        if text.trim().is_empty() {
            return Err(whole("the expression is empty".to_owned()));
        }
        let parsed = Parser::new()
            .max_recursion_depth(48)
            .parse_with_source_info(text);
        let (mut root, source) = parsed.map_err(|errors| syntax_mistake(text, &errors))?;
        let mut compiler = Compiler {
            text,
            source,
            reads: Vec::new(),
            properties: Vec::new(),
            locals: Vec::new(),
        };
        compiler.visit(&mut root, 0)?;
        Ok(Self {
            root,
            reads: compiler.reads,
            properties: compiler.properties,
        })
    }

    /// Whether the expression can never be true or false.
    pub(super) fn is_no_condition(&self) -> bool {
        match &self.root.expr {
            Expr::Literal(literal) => !matches!(literal, LiteralValue::Boolean(_)),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) => true,
            Expr::Call(call) => matches!(
                call.func_name.as_str(),
                "_+_"
                    | "_-_"
                    | "_*_"
                    | "_/_"
                    | "_%_"
                    | "-_"
                    | "size"
                    | "duration"
                    | "semver"
                    | "lower"
                    | "int"
                    | "double"
                    | "string"
                    | "type"
            ),
            _ => false,
        }
    }

    /// Whether it reads a variable.
    pub(super) fn reads(&self, variable: &str) -> bool {
        self.reads.contains(&variable)
    }

    /// Evaluates a condition.
    pub(super) fn holds(&self, variables: &Variables<'_>) -> Result<bool, Trouble> {
        self.evaluate(variables, |value| match value.downcast_ref::<CelBool>() {
            Some(value) => Ok(*value.inner()),
            None => Err(Trouble::Wrong(format!(
                "the condition is no true or false, but of type {}",
                value.get_type().name()
            ))),
        })
    }

    /// Evaluates to a text for people.
    pub(super) fn text(&self, variables: &Variables<'_>) -> Result<String, Trouble> {
        self.evaluate(variables, |value| Ok(shown(value)))
    }

    fn evaluate<T>(
        &self,
        variables: &Variables<'_>,
        finish: impl FnOnce(&dyn Val) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        ROOT.with(|root| {
            let mut context = root.new_inner_scope();
            for name in &self.reads {
                context.add_variable_as_val(*name, variables.get(name));
            }
            match CelValue::resolve_val(&self.root, &context) {
                // An error may have been swallowed by `&&` and `||`, the end of the budget must not be.
                _ if LEFT.get() == 0 => Err(Trouble::TooMuch),
                Ok(value) => finish(value.as_ref()),
                Err(error) => Err(trouble(&error)),
            }
        })
    }
}

/// Sets what the next evaluations may cost together.
pub(super) fn grant(budget: u64) {
    LEFT.set(budget);
}

/// What is left of it.
pub(super) fn left() -> u64 {
    LEFT.get()
}

/// The variables of an evaluation.
pub(super) struct Variables<'run> {
    /// Gives the value of a variable.
    pub(super) of: &'run dyn Fn(&str) -> Boxed,
}

impl Variables<'_> {
    fn get(&self, name: &str) -> Boxed {
        (self.of)(name)
    }
}

fn trouble(error: &ExecutionError) -> Trouble {
    match error {
        ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => Trouble::Absent,
        ExecutionError::FunctionError { message, .. } if message == UNKNOWN => Trouble::Unknown,
        ExecutionError::FunctionError { function, message } => {
            Trouble::Wrong(format!("`{function}`: {message}"))
        }
        other => {
            let text = other.to_string();
            let plain = misapplied(&text);
            Trouble::Wrong(plain.unwrap_or_else(|| text.chars().take(200).collect()))
        }
    }
}

fn shown(value: &dyn Val) -> String {
    if let Some(text) = value.downcast_ref::<CelString>() {
        text.inner().chars().take(200).collect()
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        number.inner().to_string()
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        number.inner().to_string()
    } else if let Some(value) = value.downcast_ref::<CelBool>() {
        value.inner().to_string()
    } else if let Some(list) = value.as_iterable() {
        let mut items = list.iter();
        let mut texts = Vec::new();
        while let Some(item) = items.next() {
            if texts.len() == 10 {
                texts.push("…".to_owned());
                break;
            }
            // One level: a list in a list is told by its type.
            texts.push(match item.downcast_ref::<CelString>() {
                Some(text) => text.inner().chars().take(100).collect(),
                None => item.get_type().name().to_owned(),
            });
        }
        texts.join(", ")
    } else {
        value.get_type().name().to_owned()
    }
}

fn syntax_mistake(text: &str, errors: &cel::ParseErrors) -> Mistake {
    let Some(error) = errors.errors.iter().min_by_key(|error| error.pos) else {
        return Mistake {
            start: 0,
            end: text.len(),
            message: "this is no CEL".to_owned(),
            help: None,
        };
    };
    let line = usize::try_from(error.pos.0.max(1) - 1).unwrap_or_default();
    let column = usize::try_from(error.pos.1.max(1) - 1).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let start = before
        + rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(at, _)| at);
    let length = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let reason = error.msg.lines().next().unwrap_or_default();
    let reason = reason.strip_prefix("Syntax error: ").unwrap_or(reason);
    Mistake {
        start,
        end: start + length,
        message: format!("this is no CEL: {}", plainly(reason)),
        help: hint(text, start, reason).map(str::to_owned),
    }
}

/// The parser's words without its grammar.
fn plainly(reason: &str) -> String {
    let quoted = reason.split('\'').nth(1).unwrap_or_default().trim();
    if quoted == "<EOF>" {
        "the expression ends too early".to_owned()
    } else if reason.starts_with("token recognition error") {
        format!("`{quoted}` means nothing")
    } else if reason.contains("has() macro") {
        "`has` is about a property".to_owned()
    } else if reason.contains("`_?_:_`") {
        "`?` has no `:`".to_owned()
    } else if [
        "mismatched input",
        "extraneous input",
        "no viable alternative",
    ]
    .iter()
    .any(|start| reason.starts_with(start))
    {
        format!("`{quoted}` does not belong here")
    } else {
        reason.trim_end_matches('.').to_owned()
    }
}

/// What somebody probably meant who writes as in another language.
fn hint(text: &str, start: usize, reason: &str) -> Option<&'static str> {
    let (before, rest) = text.split_at_checked(start)?;
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word = rest.split(|letter: char| !is_word(letter)).next()?;
    let previous = before.split_whitespace().next_back().unwrap_or_default();
    if reason.contains("has() macro") {
        return Some("write has(node.timeout)");
    }
    if reason.contains("`_?_:_`") {
        return Some("write `condition ? one : other`");
    }
    match word {
        "and" => return Some("write `&&`"),
        "or" => return Some("write `||`"),
        "is" => return Some("write `==`, or has(node.timeout)"),
        "not" => return Some("write `!`, as in !(\"a\" in node.list)"),
        "if" | "then" | "else" => return Some("write `condition ? one : other`"),
        _ => {}
    }
    if previous == "not" {
        return Some("write `!` in front of it");
    }
    if before.ends_with(|last: char| last.is_ascii_digit()) && !word.is_empty() {
        return Some("write a length of time as duration(\"PT1H\")");
    }
    if rest.starts_with("=<") {
        Some("write `<=`")
    } else if rest.starts_with("=>") {
        Some("write `>=`")
    } else if rest.starts_with("=~") || rest.starts_with('~') {
        Some("write matches(node.id, \"^[a-z]+$\")")
    } else if rest.starts_with('=') {
        Some("write `==`")
    } else {
        None
    }
}

/// `found no matching overload for '_<=_' applied to '(int, string)'` in plain words.
fn misapplied(text: &str) -> Option<String> {
    let rest = text.strip_prefix("found no matching overload for '")?;
    let (function, rest) = rest.split_once("' applied to '")?;
    let types = rest.trim_end_matches('\'').replace(['(', ')'], "");
    let types: Vec<&str> = types
        .split([',', '.'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| match name {
            "int" | "uint" | "double" => "a number",
            "string" => "a text",
            "bool" => "true or false",
            "list" => "a list",
            "map" => "a mapping",
            "null_type" => "null",
            other => other,
        })
        .collect();
    let function = function.trim_matches('_');
    if function == "." {
        return Some(format!("{} has no properties", types.first()?));
    }
    Some(format!(
        "`{function}` does not go with {}",
        types.join(" and ")
    ))
}

/// Checks names and limits, and puts the charges in. The depth is that of the parser, which is bounded.
struct Compiler<'text> {
    text: &'text str,
    source: SourceInfo,
    reads: Vec<&'static str>,
    properties: Vec<PropertyRead>,
    /// The variables of the comprehensions around.
    locals: Vec<String>,
}

impl Compiler<'_> {
    fn mistake(&self, id: u64, message: String, help: Option<String>) -> Mistake {
        let (start, stop) = self.source.offset_for(id).unwrap_or_default();
        let size = self.text.len();
        let start = usize::try_from(start).unwrap_or_default().min(size);
        let end = usize::try_from(stop).unwrap_or_default() + 1;
        Mistake {
            start,
            end: end.clamp(start, size),
            message,
            help,
        }
    }

    fn visit(&mut self, expression: &mut IdedExpr, loops: usize) -> Result<(), Mistake> {
        let id = expression.id;
        match &mut expression.expr {
            Expr::Ident(name) => self.variable(id, name),
            Expr::Select(select) => {
                if let Expr::Ident(variable) = &select.operand.expr {
                    self.property(id, variable, &select.field);
                }
                self.visit(&mut select.operand, loops)
            }
            Expr::List(list) => {
                self.literal(id, list.elements.len())?;
                list.elements
                    .iter_mut()
                    .try_for_each(|element| self.visit(element, loops))
            }
            Expr::Map(map) => {
                self.literal(id, map.entries.len())?;
                map.entries
                    .iter_mut()
                    .try_for_each(|entry| match &mut entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            self.visit(&mut entry.key, loops)?;
                            self.visit(&mut entry.value, loops)
                        }
                        EntryExpr::StructField(field) => self.visit(&mut field.value, loops),
                    })
            }
            Expr::Call(call) => self.call(id, call, loops),
            Expr::Comprehension(comprehension) => {
                if loops >= DEEPEST_COMPREHENSION {
                    let message = format!(
                        "comprehensions stand in each other at most {DEEPEST_COMPREHENSION} deep"
                    );
                    return Err(self.mistake(comprehension.iter_range.id, message, None));
                }
                self.visit(&mut comprehension.iter_range, loops)?;
                charge(&mut comprehension.iter_range, RUN);
                self.visit(&mut comprehension.accu_init, loops)?;
                let outside = self.locals.len();
                self.locals.push(comprehension.iter_var.clone());
                self.locals.extend(comprehension.iter_var2.clone());
                self.locals.push(comprehension.accu_var.clone());
                self.visit(&mut comprehension.loop_cond, loops + 1)?;
                self.visit(&mut comprehension.loop_step, loops + 1)?;
                self.visit(&mut comprehension.result, loops + 1)?;
                self.locals.truncate(outside);
                Ok(())
            }
            Expr::Struct(_) | Expr::Unspecified => {
                Err(self.mistake(id, "this has no meaning here".to_owned(), None))
            }
            Expr::Literal(_) => Ok(()),
        }
    }

    fn literal(&self, id: u64, length: usize) -> Result<(), Mistake> {
        if length <= LARGEST_LITERAL {
            return Ok(());
        }
        let message =
            format!("the list has {length} elements; at most {LARGEST_LITERAL} are allowed");
        Err(self.mistake(id, message, None))
    }

    fn variable(&mut self, id: u64, name: &str) -> Result<(), Mistake> {
        if TYPES.contains(&name) || self.locals.iter().any(|local| local == name) {
            return Ok(());
        }
        if let Some((known, _)) = VARIABLES.iter().find(|(known, _)| *known == name) {
            if !self.reads.contains(known) {
                self.reads.push(known);
            }
            return Ok(());
        }
        let names: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
        let help = match nearest(name, names.iter().copied()) {
            _ if matches!(name, "True" | "False" | "TRUE" | "FALSE") => {
                format!("write `{}`", name.to_lowercase())
            }
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("there are {}; a text stands in quotes", names.join(", ")),
        };
        Err(self.mistake(id, format!("there is no variable `{name}`"), Some(help)))
    }

    fn property(&mut self, id: u64, variable: &str, property: &str) {
        let known = VARIABLES.iter().find(|(known, _)| *known == variable);
        let is_local = self.locals.iter().any(|local| local == variable);
        let (Some((variable, _)), false) = (known, is_local) else {
            return;
        };
        // The place is that of the point, or of what stands before it.
        let (from, _) = self.source.offset_for(id).unwrap_or_default();
        let from = usize::try_from(from).unwrap_or_default();
        let rest = self.text.get(from..).unwrap_or_default();
        if let Some(at) = rest.find(property) {
            self.properties.push(PropertyRead {
                variable,
                property: property.to_owned(),
                start: from + at,
                end: from + at + property.len(),
            });
        }
    }

    fn call(&mut self, id: u64, call: &mut CallExpr, loops: usize) -> Result<(), Mistake> {
        let name = call.func_name.clone();
        let is_operator = !name.starts_with(|first: char| first.is_ascii_alphabetic());
        let known = FUNCTIONS.iter().find(|known| known.name == name);
        if let Some(known) = known {
            let given = call.args.len() + usize::from(call.target.is_some());
            if given != known.arguments {
                let (count, plural) = match known.arguments {
                    1 => (1, ""),
                    count => (count, "s"),
                };
                let message = format!("`{name}` takes {count} value{plural}, not {given}");
                let help = format!("as in {}", known.usage);
                return Err(self.mistake(id, message, Some(help)));
            }
        } else if !is_operator {
            let names = FUNCTIONS.iter().map(|known| known.name);
            let help = match nearest(&name, names.clone()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
            };
            return Err(self.mistake(id, format!("there is no function `{name}`"), Some(help)));
        }
        if name == "matches" {
            self.pattern(id, call)?;
        }
        if let Some(target) = &mut call.target {
            self.visit(target, loops)?;
            charge(target, CHARGE);
        }
        for argument in &mut call.args {
            self.visit(argument, loops)?;
        }
        let looks_at_all = matches!(
            name.as_str(),
            operators::ADD | operators::EQUALS | operators::NOT_EQUALS | operators::IN
        );
        if looks_at_all || !is_operator {
            call.args
                .iter_mut()
                .for_each(|argument| charge(argument, CHARGE));
        }
        Ok(())
    }

    /// Patterns are compiled when the policy is read, so they are written down.
    fn pattern(&self, id: u64, call: &CallExpr) -> Result<(), Mistake> {
        let Some(last) = call.args.last() else {
            return Err(self.mistake(id, "`matches` has no pattern".to_owned(), None));
        };
        let Expr::Literal(LiteralValue::String(pattern)) = &last.expr else {
            let message = "the pattern of `matches` is a text in quotes".to_owned();
            let help = "it stands behind the text: matches(node.id, \"^[a-z]+$\")".to_owned();
            return Err(self.mistake(last.id, message, Some(help)));
        };
        compiled(pattern.inner()).map(drop).map_err(|reason| {
            self.mistake(last.id, format!("the pattern is wrong: {reason}"), None)
        })
    }
}

fn charge(expression: &mut IdedExpr, function: &str) {
    let id = expression.id;
    let inner = std::mem::take(expression);
    *expression = IdedExpr {
        id,
        expr: Expr::Call(CallExpr {
            func_name: function.to_owned(),
            target: None,
            args: vec![inner],
        }),
    };
}

fn compiled(pattern: &str) -> Result<regex::Regex, String> {
    if let Some(known) = PATTERNS.with_borrow(|known| known.get(pattern).cloned()) {
        return Ok(known);
    }
    let built = regex::RegexBuilder::new(pattern)
        .size_limit(LARGEST_PATTERN)
        .dfa_size_limit(LARGEST_PATTERN)
        .build();
    let regex = built.map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim();
        reason.trim_start_matches("error: ").to_owned()
    })?;
    PATTERNS.with_borrow_mut(|known| known.insert(pattern.to_owned(), regex.clone()));
    Ok(regex)
}

/// The functions that CEL's standard library lacks.
fn root() -> Context<'static, 'static> {
    let mut context = Context::default();
    let functions: [(&str, Plain); 8] = [
        (CHARGE, charged),
        (RUN, run),
        ("matches", matches),
        ("duration", duration),
        ("semver", semver),
        ("get", get),
        ("lower", lower),
        ("split", split),
    ];
    for (name, function) in functions {
        let boxed: Box<Function> = Box::new(function);
        // The names are ours and differ from those of the library: a test calls each.
        let _ = context.add_function(name, boxed);
    }
    context
}

type Outcome<'context, 'call> = Result<CowVal<'context, 'call>, ExecutionError>;
type Function = dyn for<'context, 'call> Fn(&mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call>
    + Send
    + Sync;
type Plain =
    for<'context, 'call> fn(&mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call>;

fn charged<'context, 'call>(
    call: &mut FunctionContext<'context, 'call>,
) -> Outcome<'context, 'call> {
    pay(call, weight_of)
}

fn run<'context, 'call>(call: &mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call> {
    pay(call, |value| {
        let length = value.as_sizer().map_or(0, |sizer| *sizer.size().inner());
        1 + u64::try_from(length).unwrap_or_default()
    })
}

fn pay<'context, 'call>(
    call: &mut FunctionContext<'context, 'call>,
    price: impl Fn(&dyn Val) -> u64,
) -> Outcome<'context, 'call> {
    let Some(value) = call.args.pop() else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let left = LEFT.get().saturating_sub(price(value.as_ref()));
    LEFT.set(left);
    if left == 0 {
        return Err(call.error("the expression is too much work"));
    }
    Ok(value)
}

/// The arguments, the value before the point first.
fn arguments<'context, 'call>(
    call: &FunctionContext<'context, 'call>,
) -> Vec<CowVal<'context, 'call>> {
    call.this.iter().chain(&call.args).cloned().collect()
}

fn text_of<'a>(
    call: &FunctionContext<'_, '_>,
    arguments: &'a [CowVal<'_, '_>],
    position: usize,
) -> Result<&'a str, ExecutionError> {
    let argument = arguments
        .get(position)
        .ok_or_else(|| ExecutionError::invalid_argument_count(position + 1, arguments.len()))?;
    match argument.downcast_ref::<CelString>() {
        Some(text) => Ok(text.inner()),
        None => Err(call.error(format!(
            "a text is wanted, not {}",
            argument.get_type().name()
        ))),
    }
}

fn matches<'context, 'call>(
    call: &mut FunctionContext<'context, 'call>,
) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let pattern = compiled(text_of(call, &arguments, 1)?);
    let pattern = pattern.map_err(|reason| call.error(reason))?;
    let found = pattern.is_match(text_of(call, &arguments, 0)?);
    Ok(CowVal::owned(CelBool::from(found)))
}

fn duration<'context, 'call>(
    call: &mut FunctionContext<'context, 'call>,
) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let number = arguments
        .first()
        .and_then(|value| value.downcast_ref::<CelInt>());
    let text = match number {
        Some(number) => number.inner().to_string(),
        None => text_of(call, &arguments, 0)?.to_owned(),
    };
    if text.contains("{{") {
        return Err(call.error(UNKNOWN));
    }
    match Duration::parse(&text) {
        #[allow(
            clippy::cast_precision_loss,
            reason = "beyond centuries nobody counts nanoseconds"
        )]
        Some(length) => Ok(CowVal::owned(CelDouble::from(
            length.nanoseconds as f64 / 1e9,
        ))),
        None => Err(call.error(format!("`{text}` is no duration"))),
    }
}

/// A version as a text that sorts as versions do.
fn semver<'context, 'call>(
    call: &mut FunctionContext<'context, 'call>,
) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let text = text_of(call, &arguments, 0)?;
    if text.contains("{{") {
        return Err(call.error(UNKNOWN));
    }
    let version = text.trim().trim_start_matches(['v', 'V']);
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, before) = match version.split_once('-') {
        Some((numbers, before)) => (numbers, format!("-{before}")),
        None => (version, "~".to_owned()),
    };
    let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    match parts {
        Some(mut parts) if parts.len() <= 3 => {
            parts.resize(3, 0);
            let sortable = format!("{:020}.{:020}.{:020}{before}", parts[0], parts[1], parts[2]);
            Ok(CowVal::owned(CelString::from(sortable)))
        }
        _ => Err(call.error(format!("`{text}` is no version"))),
    }
}

fn get<'context, 'call>(call: &mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let path = text_of(call, &arguments, 1)?;
    let Some(otherwise) = arguments.get(2) else {
        return Err(ExecutionError::invalid_argument_count(3, arguments.len()));
    };
    let mut value: Box<dyn Val + 'call> = arguments[0].clone().into_owned();
    for step in path.split('.') {
        let key = CelString::from(step.to_owned());
        let next = value
            .as_indexer()
            .and_then(|indexer| indexer.get(&key).ok())
            .map(CowVal::into_owned);
        match next {
            Some(next) => value = next,
            None => return Ok(otherwise.clone()),
        }
    }
    Ok(CowVal::Owned(value))
}

fn lower<'context, 'call>(call: &mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let text = text_of(call, &arguments, 0)?.to_lowercase();
    Ok(CowVal::owned(CelString::from(text)))
}

fn split<'context, 'call>(call: &mut FunctionContext<'context, 'call>) -> Outcome<'context, 'call> {
    let arguments = arguments(call);
    let (whole, separator) = (text_of(call, &arguments, 0)?, text_of(call, &arguments, 1)?);
    if whole.contains("{{") {
        return Err(call.error(UNKNOWN));
    }
    let parts: Vec<Boxed> = match separator {
        "" => return Err(call.error("the text to split at is empty")),
        _ => whole.split(separator).map(text).collect(),
    };
    Ok(CowVal::owned(SharedList::new(parts)))
}

#[cfg(test)]
mod tests {
    use super::super::value::SharedMap;
    use super::*;

    fn node() -> Boxed {
        let list = (0..300).map(|_| text("x")).collect();
        Box::new(SharedMap::new([
            ("id".to_owned(), text("größe")),
            ("timeout".to_owned(), text("PT5M")),
            ("late".to_owned(), text("{{ vars.t }}")),
            ("list".to_owned(), Box::new(SharedList::new(list)) as Boxed),
        ]))
    }

    fn holds(expression: &str) -> Result<bool, Trouble> {
        grant(BUDGET);
        let expression = Expression::compile(expression).unwrap();
        expression.holds(&Variables { of: &|_| node() })
    }

    #[test]
    fn conditions_hold_or_not() {
        for (expression, expected) in [
            ("node.id == 'größe'", true),
            ("has(node.timeout) && !has(node.retry)", true),
            ("duration(node.timeout) <= duration('PT300S')", true),
            ("duration(node.timeout) > 299", true),
            ("matches(node.id, '^gr')", true),
            ("node.id.matches('^x')", false),
            ("semver('v1.10.0') > semver('1.9')", true),
            ("semver('2.0.0-rc1') < semver('2.0.0')", true),
            ("get(node, 'a.b', 'none') == 'none'", true),
            ("get(node, 'timeout', '') == 'PT5M'", true),
            ("lower('ABC') == 'abc'", true),
            ("split('python:3.11', ':')[1] == '3.11'", true),
            ("size('a:b'.split(':')) == 2", true),
            ("size(node.list) == 300 && node.list.size() == 300", true),
            ("node.list.all(x, x == 'x')", true),
            ("node.list.filter(x, x != 'x') == []", true),
            ("[] == node.list", false),
            ("node.list + ['y'] != node.list", true),
            ("'id' in node && 'x' in node.list", true),
            (
                "node.id.startsWith('gr') && node.id.endsWith('e') && node.id.contains('ö')",
                true,
            ),
            ("node == node", true),
        ] {
            assert_eq!(holds(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_has_no_result_says_why() {
        assert_eq!(holds("node.retry.type == 'x'"), Err(Trouble::Absent));
        assert_eq!(holds("duration(node.late) > 1"), Err(Trouble::Unknown));
        assert!(matches!(
            holds("duration('soon') > 1"),
            Err(Trouble::Wrong(_))
        ));
        let wrong = |reason: &str| Err(Trouble::Wrong(reason.to_owned()));
        assert_eq!(
            holds("node.id > 1"),
            wrong("`>` does not go with a text and a number")
        );
        assert_eq!(holds("node.list.x == 1"), wrong("a list has no properties"));
        assert_eq!(holds("split(node.late, ':') == []"), Err(Trouble::Unknown));
        assert!(matches!(holds("node.id"), Err(Trouble::Wrong(_))));
    }

    fn mistake(expression: &str) -> String {
        let mistake = Expression::compile(expression).unwrap_err();
        let shown = expression.get(mistake.start..mistake.end).unwrap();
        let help = mistake.help.unwrap_or_default();
        format!("{shown:?}: {} ({help})", mistake.message)
    }

    #[test]
    fn mistakes_have_a_place() {
        for (expression, expected) in [
            (
                "'ü' == nod.id",
                "\"nod\": there is no variable `nod` (did you mean `node`?)",
            ),
            (
                "node.id.startWith('a')",
                "there is no function `startWith` (did you mean `startsWith`?)",
            ),
            ("matches(node.id, '(')", "the pattern is wrong"),
            ("matches(node.id, flow.id)", "is a text in quotes"),
            (
                "node.a.all(x, node.a.all(y, node.a.all(z, true)))",
                "at most 2 deep",
            ),
            ("", "is empty"),
            ("node.id ==", "this is no CEL"),
            (
                "node.id = 'a'",
                "\"=\": this is no CEL: `=` means nothing (write `==`)",
            ),
            ("true and true", "`and` does not belong here (write `&&`)"),
            ("not true", "write `!` in front of it"),
            ("node.id =< 1", "write `<=`"),
            ("node.id ~ 'a'", "write matches("),
            ("duration(node.timeout) < 1h", "duration(\"PT1H\")"),
            (
                "has(node)",
                "`has` is about a property (write has(node.timeout))",
            ),
            ("size(node.id, 3) > 1", "`size` takes 1 value, not 2"),
            ("get(node, 'a') == 1", "`get` takes 3 values, not 2"),
            ("matches('^a', node.id)", "it stands behind the text"),
            ("node.id == True", "write `true`"),
            ("node.id == 'a' ? true", "`?` has no `:`"),
        ] {
            let mistake = mistake(expression);
            assert!(mistake.contains(expected), "{expression}: {mistake}");
        }
        let long = format!("node.id == '{}'", "x".repeat(LONGEST));
        assert!(mistake(&long).contains("bytes"));
        let deep = format!("{}true{}", "(".repeat(500), ")".repeat(500));
        assert!(Expression::compile(&deep).is_err());
        let list = format!("node.id in [{}]", "1,".repeat(1001));
        assert!(mistake(&list).contains("elements"), "{}", mistake(&list));
    }

    #[test]
    fn the_budget_ends_any_evaluation() {
        let begin = std::time::Instant::now();
        // Errors inside `||` are swallowed by CEL; the end of the budget is not.
        for expression in [
            "node.list.all(x, node.list.all(y, x in node.list && y in node.list))",
            "node.list.exists(x, node.list.exists(y, (x in node.list) && false || y == 'z'))",
            "node.list.map(x, node.list.map(y, node.list + node.list)) == []",
            "node.list.all(x, node.list.all(y, node == node))",
        ] {
            assert_eq!(holds(expression), Err(Trouble::TooMuch), "{expression}");
            println!("{:?}: {expression}", begin.elapsed());
        }
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }
}
