//! The parser agrees with the engine on every case of `fixtures/expressions/cases.jsonl`: what
//! parses, and, where a small evaluator knows enough, what comes out in each version. The latter
//! proves the trees, since precedence decides the values.
//!
//! The cases were rendered by the engines of Kestra 1.3.31 and 2.0.0. The first line is the
//! context of all of them; each further line is a template with `value`, `error` or `syntax`,
//! by version where they differ.

use kestralint::analysis::{ExpressionSite, Presences, expression_sites, given_default};
use kestralint::expression::{
    BinaryOperator, ConstantReason, ExpressionId, ExpressionKind, InvocationKind, Operand,
    PartKind, Problem, ProblemKind, Scope, Template, Type, UnaryOperator, parse,
};
use kestralint::finding::Target;
use kestralint::model::Flow;
use kestralint::syntax::{self, Tree};
use kestralint::text::TextRange;
use serde_json::{Map, Value, json};

struct Case {
    template: String,
    outcomes: [Value; 2],
}

fn cases() -> (Value, Vec<Case>) {
    read("fixtures/expressions/cases.jsonl")
}

fn read(path: &str) -> (Value, Vec<Case>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let context = lines.next().unwrap()["context"].clone();
    let cases = lines
        .map(|line| Case {
            template: line["template"].as_str().unwrap().to_owned(),
            outcomes: Target::ALL.map(|target| {
                line.get(target.as_str())
                    .cloned()
                    .unwrap_or_else(|| line.clone())
            }),
        })
        .collect();
    (context, cases)
}

#[test]
fn the_parser_refuses_what_the_engine_refuses_and_nothing_else() {
    let (_, cases) = cases();
    assert!(cases.len() >= 600, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let parsed = parse(&case.template);
        for outcome in &case.outcomes {
            if outcome.get("syntax").is_none() != parsed.errors().is_empty() {
                wrong.push(format!("{:?}: {:?}", case.template, parsed.errors()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

#[test]
fn every_error_of_a_case_points_into_its_text() {
    for case in cases().1 {
        for error in parse(&case.template).errors() {
            assert!(
                usize::from(error.range.end()) <= case.template.len(),
                "{:?}: {error:?}",
                case.template
            );
            assert!(!error.message.is_empty());
        }
    }
}

#[test]
fn trees_give_the_values_of_the_engine_in_each_version() {
    let (context, cases) = cases();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let template = parse(&case.template);
        for target in Target::ALL {
            let outcome = &case.outcomes[target.index()];
            let evaluator = Evaluator {
                template: &template,
                target,
                context: &context,
            };
            let expected = match outcome.get("value") {
                Some(value) => value.as_str().map(str::to_owned),
                None => None,
            };
            match evaluator.render() {
                Err(Stop::Unsupported) => continue,
                Ok(value) if expected.as_deref() == Some(&value) => {}
                Err(Stop::Failure) if expected.is_none() => {}
                other => wrong.push(format!("{target} {}: {other:?} {outcome}", case.template)),
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
    assert!(compared >= 1500, "only {compared} values compared");
}

/// The template with parentheses around some ranges.
fn with_parentheses(template: &Template, mut ranges: Vec<TextRange>) -> String {
    let mut text = template.text().to_owned();
    let mut marks = Vec::new();
    ranges.sort_by_key(|range| range.len());
    for range in ranges {
        marks.push((range.end(), ')'));
        marks.push((range.start(), '('));
    }
    // From the back; at one place closing ones come before opening ones.
    marks.sort_by_key(|(offset, mark)| (std::cmp::Reverse(*offset), *mark == ')'));
    for (offset, mark) in marks {
        text.insert(usize::from(offset), mark);
    }
    text
}

#[test]
fn parentheses_keep_the_meaning_of_the_older_version() {
    let (context, cases) = cases();
    let (mut rewritten, mut compared) = (0, 0);
    for case in &cases {
        let template = parse(&case.template);
        let ranges: Vec<_> = template
            .expressions()
            .flat_map(|(id, _)| template.parentheses_to_keep(id, Target::V1_3, Target::V2_0))
            .collect();
        if ranges.is_empty() {
            continue;
        }
        rewritten += 1;
        let text = with_parentheses(&template, ranges);
        let new = parse(&text);
        assert!(new.errors().is_empty(), "{text}");
        let same = |(id, _)| !new.precedence_differs(id, Target::V1_3, Target::V2_0);
        assert!(new.expressions().all(same), "{text}");
        for target in Target::ALL {
            let render = |template, target| {
                let context = &context;
                Evaluator {
                    template,
                    target,
                    context,
                }
                .render()
            };
            // What cannot be compared by size in 1.3 can be in 2.0: that is no matter of trees.
            if let Ok(before) = render(&template, Target::V1_3) {
                assert_eq!(render(&new, target).as_ref(), Ok(&before), "{text}");
                compared += 1;
            }
        }
    }
    assert!(rewritten >= 100, "only {rewritten} rewritten");
    assert!(compared >= 60, "only {compared} compared");
}

/// The types of the context's values, all maps closed.
struct ContextScope<'a>(&'a Value);

impl Scope for ContextScope<'_> {
    fn root(&self, name: &str) -> Type {
        self.0.get(name).map_or(Type::Any, type_of)
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::Text,
        Value::Array(list) => {
            let element = list.iter().map(type_of).reduce(Type::union);
            Type::list(element.unwrap_or_default())
        }
        Value::Object(map) => Type::closed(
            map.iter()
                .map(|(name, value)| (name.as_str(), type_of(value))),
        ),
    }
}

/// Whether a part of the template may go unevaluated, or its failure be caught.
fn is_conditional(template: &Template) -> bool {
    let lazy = template
        .expressions()
        .any(|(_, expression)| match expression.kind {
            ExpressionKind::Conditional { .. } => true,
            ExpressionKind::Sequence { operations, .. } => {
                template.operations(operations).any(|(_, operation)| {
                    matches!(
                        operation.operator,
                        BinaryOperator::And
                            | BinaryOperator::Or
                            | BinaryOperator::Coalesce
                            | BinaryOperator::CoalesceUndefined
                    )
                })
            }
            _ => false,
        });
    let catches = template
        .invocations()
        .any(|call| matches!(template.slice(call.name), "default" | "defined"));
    let tags = template.parts().iter().any(|part| {
        !matches!(
            part.kind,
            PartKind::Text | PartKind::Print(_) | PartKind::Comment | PartKind::Verbatim(_)
        )
    });
    lazy || catches || tags
}

#[test]
fn what_is_proven_wrong_fails_in_the_engine() {
    let (context, cases) = cases();
    let mut proven = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let template = parse(&case.template);
        if is_conditional(&template) {
            continue;
        }
        for target in Target::ALL {
            let outcome = &case.outcomes[target.index()];
            for problem in template.check(target, &ContextScope(&context)).problems {
                let fails = !matches!(problem.kind, ProblemKind::NeverEqual { .. });
                if fails && outcome.get("error").is_none() {
                    let message = problem.message(&template, target);
                    wrong.push(format!("{target} {}: {message}: {outcome}", case.template));
                }
                proven += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
    assert!(proven >= 200, "only {proven} problems compared");
}

#[test]
fn unknown_names_are_those_that_the_engine_does_not_know() {
    let (context, cases) = cases();
    for case in &cases {
        let template = parse(&case.template);
        for target in Target::ALL {
            let expected = match case.outcomes[target.index()]["error"].as_str() {
                Some("unknown function") => InvocationKind::Function,
                Some("unknown filter") => InvocationKind::Filter,
                Some("unknown test") => InvocationKind::Test,
                _ => continue,
            };
            let checked = template.check(target, &ContextScope(&context));
            let found = checked.problems.iter().any(|problem| match problem.kind {
                ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } => {
                    kind == expected
                }
                _ => false,
            });
            assert!(found, "{target} {}: {expected:?}", case.template);
        }
    }
}

/// `signatures.jsonl` calls every function, filter and test of both versions with too few, too
/// many, named and unknown arguments and on every kind of input. `outcome` is what the engine
/// made of it: `ok`, `unknown` (the name), `arguments`, `input` (of the wrong kind), `error`
/// (anything else: a missing secret, a date that is none, a number of the wrong width).
#[test]
fn signatures_say_what_the_engine_says() {
    let (context, cases) = read("fixtures/expressions/signatures.jsonl");
    assert!(cases.len() >= 1300);
    let mut wrong = Vec::new();
    for case in &cases {
        let template = parse(&case.template);
        for target in Target::ALL {
            let outcome = &case.outcomes[target.index()];
            let outcome = outcome.get("outcome").unwrap_or(outcome).as_str().unwrap();
            let checked = template.check(target, &ContextScope(&context));
            let found = |wanted: fn(&ProblemKind) -> bool| {
                checked.problems.iter().any(|problem| wanted(&problem.kind))
            };
            let agrees = match outcome {
                "ok" => checked.problems.is_empty(),
                "unknown" => found(|kind| {
                    matches!(
                        kind,
                        ProblemKind::UnknownName { .. } | ProblemKind::OtherVersion { .. }
                    )
                }),
                "arguments" => found(|kind| {
                    matches!(
                        kind,
                        ProblemKind::MissingArgument { .. }
                            | ProblemKind::TooManyArguments { .. }
                            | ProblemKind::UnknownArgument { .. }
                    )
                }),
                "input" => found(|kind| matches!(kind, ProblemKind::WrongInput { .. })),
                _ => true,
            };
            if !agrees {
                let problems: Vec<_> = checked
                    .problems
                    .iter()
                    .map(|problem| problem.message(&template, target))
                    .collect();
                wrong.push(format!(
                    "{target} {} {outcome}: {problems:?}",
                    case.template
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
}

/// `conditions.jsonl` has conditions with what both engines made of them in each of the contexts of its first line
/// (null: it failed). What always gives one result is found, and nothing else.
#[test]
fn constant_conditions_are_those_that_give_one_result_in_all_contexts() {
    let text = std::fs::read_to_string("fixtures/expressions/conditions.jsonl").unwrap();
    let cases: Vec<Value> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() >= 55);
    for case in &cases {
        let template = parse(case["template"].as_str().unwrap());
        for target in Target::ALL {
            let values = case.get("values").unwrap_or(&case[target.as_str()]);
            let values = values.as_array().unwrap().iter();
            let mut results: Vec<bool> = values.filter_map(Value::as_bool).collect();
            results.sort_unstable();
            results.dedup();
            let found = template.constant_conditions(target);
            let found: Vec<bool> = found
                .iter()
                // A text alone is found even where it decides nothing.
                .filter(|condition| {
                    results.len() == 1 || condition.reason != ConstantReason::LoneLiteral
                })
                .map(|condition| condition.value)
                .collect();
            let expected = if results.len() == 1 {
                results
            } else {
                Vec::new()
            };
            assert_eq!(found, expected, "{target} {}", template.text());
        }
    }
}

/// `decisions.jsonl` puts every kind of value where a condition is expected; each is reached. Found is what both
/// engines fail on, and nothing else.
#[test]
fn no_conditions_are_what_the_engine_refuses_to_decide_by() {
    let (context, cases) = read("fixtures/expressions/decisions.jsonl");
    assert!(cases.len() >= 250);
    let mut wrong = Vec::new();
    for case in &cases {
        let template = parse(&case.template);
        for target in Target::ALL {
            let fails = case.outcomes[target.index()].get("error").is_some();
            let checked = template.check(target, &ContextScope(&context));
            let is_refused =
                |problem: &Problem| matches!(problem.kind, ProblemKind::NotACondition { .. });
            if checked.problems.iter().any(is_refused) != fails {
                wrong.push(format!("{target} {}: {fails}", case.template));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

/// `defaults.jsonl` gives defaults (`'D'`) to all kinds of expressions over `x`, which is another value in each
/// context of its first line or not there in the first. A letter a context: the default was used (`D`), it was not
/// (`v`), or the engine failed (`E`). A default that is said to be useless is used in none.
#[test]
fn useless_defaults_are_never_used_by_the_engine() {
    let text = std::fs::read_to_string("fixtures/expressions/defaults.jsonl").unwrap();
    let cases: Vec<Value> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let templates = cases.iter().map(|case| case["template"].as_str().unwrap());
    let mut flow = "id: defaults\nnamespace: a.b\ntasks:\n".to_owned();
    for template in templates {
        flow += &format!("  - {{type: a.B, message: {}}}\n", json!(template));
    }
    let tree = syntax::parse(flow.as_str().into());
    let flow = Flow::read(&tree, tree.documents()[0].root.unwrap());
    let sites = expression_sites(&tree, &flow);
    assert_eq!(sites.len(), cases.len());
    let mut useless = 0;
    for (case, site) in cases.iter().zip(&sites) {
        for target in Target::ALL {
            let results = case.get("results").unwrap_or(&case[target.as_str()]);
            let results = results.as_str().unwrap();
            if says_useless(&tree, &flow, site, target) {
                assert!(!results.contains('D'), "{target} {case}");
                useless += 1;
            }
        }
    }
    assert!(useless >= 330, "only {useless} are useless");
}

fn says_useless(tree: &Tree, flow: &Flow, site: &ExpressionSite, target: Target) -> bool {
    let template = &site.template;
    let presences = Presences {
        tree,
        flow,
        target,
        site,
        references: &template.references(target),
    };
    template.expressions().any(|(id, _)| {
        let tree = template.resolve(id, target);
        tree.nodes.iter().any(|node| {
            given_default(template, node).is_some_and(|(needed, default)| {
                let found = presences.of(&tree, node.left);
                template.slice(tree.range(template, default)) == "'D'"
                    && found.is_some_and(|(presence, _)| presence >= needed)
            })
        })
    })
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    /// The engine would fail here.
    Failure,
    /// This evaluator doesn't know.
    Unsupported,
}

type Evaluated = Result<Value, Stop>;

/// Constants and the context, without functions and with two filters: enough for trees.
struct Evaluator<'a> {
    template: &'a Template,
    target: Target,
    context: &'a Value,
}

impl Evaluator<'_> {
    fn render(&self) -> Result<String, Stop> {
        if !self.template.errors().is_empty() {
            return Err(Stop::Unsupported);
        }
        let mut out = String::new();
        for part in self.template.parts() {
            match part.kind {
                PartKind::Text => out.push_str(self.template.slice(part.range)),
                PartKind::Verbatim(content) => out.push_str(self.template.slice(content)),
                PartKind::Comment => {}
                PartKind::Print(value) => out.push_str(&printed(&self.value(value)?)),
                _ => return Err(Stop::Unsupported),
            }
        }
        Ok(out)
    }

    fn value(&self, id: ExpressionId) -> Evaluated {
        let template = self.template;
        match template.expression(id).kind {
            ExpressionKind::Null => Ok(Value::Null),
            ExpressionKind::Boolean(value) => Ok(json!(value)),
            ExpressionKind::Integer(value) => Ok(json!(value)),
            // Java prints larger ones with an exponent.
            ExpressionKind::Decimal(value) if value < 1e7 => Ok(json!(value)),
            ExpressionKind::String(_) => Ok(json!(template.string_value(id).unwrap())),
            ExpressionKind::Interpolation(children) => {
                let mut text = String::new();
                for child in template.children(children) {
                    text.push_str(&joined(&self.value(*child)?)?);
                }
                Ok(json!(text))
            }
            ExpressionKind::Variable => {
                let name = template.slice(template.expression(id).range);
                self.context.get(name).cloned().ok_or(Stop::Failure)
            }
            ExpressionKind::Attribute {
                object,
                name,
                arguments: None,
            } => member(&self.value(object)?, &json!(template.slice(name))),
            ExpressionKind::Subscript { object, index } => {
                member(&self.value(object)?, &self.value(index)?)
            }
            ExpressionKind::Parentheses(inner) => self.value(inner),
            ExpressionKind::List(children) => template
                .children(children)
                .iter()
                .map(|child| self.value(*child))
                .collect(),
            ExpressionKind::Map(children) => {
                let mut map = Map::new();
                for pair in template.children(children).chunks(2) {
                    let Value::String(key) = self.value(pair[0])? else {
                        return Err(Stop::Unsupported);
                    };
                    if map.insert(key, self.value(pair[1])?).is_some() {
                        return Err(Stop::Unsupported);
                    }
                }
                Ok(Value::Object(map))
            }
            ExpressionKind::Unary { operator, operand } => unary(operator, &self.value(operand)?),
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => match self.value(condition)? {
                Value::Bool(true) => self.value(then),
                Value::Bool(false) | Value::Null => self.value(otherwise),
                _ => Err(Stop::Unsupported),
            },
            ExpressionKind::Sequence { .. } => {
                let tree = template.resolve(id, self.target);
                let root = u32::try_from(tree.nodes.len() - 1).unwrap();
                self.operand(&tree.nodes, Operand::Node(root))
            }
            _ => Err(Stop::Unsupported),
        }
    }

    fn operand(&self, nodes: &[kestralint::expression::BinaryNode], operand: Operand) -> Evaluated {
        let node = match operand {
            Operand::Expression(id) => return self.value(id),
            Operand::Node(node) => nodes[node as usize],
        };
        let left = || self.operand(nodes, node.left);
        let right = || self.operand(nodes, node.right);
        match node.operator {
            BinaryOperator::Coalesce | BinaryOperator::CoalesceUndefined => match left() {
                // What a failure is depends on how it came about.
                Err(Stop::Failure) if self.is_path(node.left) => right(),
                Err(_) => Err(Stop::Unsupported),
                Ok(Value::Null) if node.operator == BinaryOperator::Coalesce => right(),
                Ok(value) => Ok(value),
            },
            BinaryOperator::And | BinaryOperator::Or => {
                let stops_at = node.operator == BinaryOperator::Or;
                if truth(&left()?)? == stops_at {
                    return Ok(json!(stops_at));
                }
                Ok(json!(truth(&right()?)?))
            }
            // Nothing is in null, whatever it may be.
            BinaryOperator::Contains if left() == Ok(Value::Null) => Ok(json!(false)),
            BinaryOperator::Filter => match left() {
                Err(Stop::Failure) if self.invoked(node.right) != Some("upper") => {
                    Err(Stop::Unsupported)
                }
                left => self.filter(node.right, &left?),
            },
            BinaryOperator::Is | BinaryOperator::IsNot => {
                let holds = self.test(node.right, left(), self.is_path(node.left))?;
                Ok(json!(holds == (node.operator == BinaryOperator::Is)))
            }
            operator => binary(operator, &left()?, &right()?, self.target),
        }
    }

    fn is_path(&self, operand: Operand) -> bool {
        let Operand::Expression(id) = operand else {
            return false;
        };
        matches!(
            self.template.expression(id).kind,
            ExpressionKind::Variable
                | ExpressionKind::Attribute { .. }
                | ExpressionKind::Subscript { .. }
        )
    }

    fn filter(&self, filter: Operand, input: &Value) -> Evaluated {
        match (self.invoked(filter), input) {
            (Some("upper"), Value::String(text)) => Ok(json!(text.to_uppercase())),
            (Some("upper" | "string"), Value::Null) => Ok(Value::Null),
            (Some("string"), Value::String(text)) => Ok(json!(text)),
            (Some("string"), Value::Number(_) | Value::Bool(_)) => Ok(json!(printed(input))),
            _ => Err(Stop::Unsupported),
        }
    }

    fn test(&self, test: Operand, input: Evaluated, is_path: bool) -> Result<bool, Stop> {
        match (self.invoked(test), input) {
            (Some("defined"), Err(Stop::Failure)) if is_path => Ok(false),
            (_, Err(Stop::Failure)) if !is_path => Err(Stop::Unsupported),
            (_, Err(stop)) => Err(stop),
            (Some("defined"), Ok(value)) => Ok(!value.is_null()),
            (Some("null"), Ok(value)) => Ok(value.is_null()),
            _ => Err(Stop::Unsupported),
        }
    }

    fn invoked(&self, operand: Operand) -> Option<&str> {
        let Operand::Expression(id) = operand else {
            return None;
        };
        match self.template.expression(id).kind {
            ExpressionKind::Filter { name, arguments }
            | ExpressionKind::Test { name, arguments }
                if arguments.is_empty() =>
            {
                Some(self.template.slice(name))
            }
            _ => None,
        }
    }
}

fn printed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn joined(value: &Value) -> Result<String, Stop> {
    match value {
        // Collections are joined in Java's notation, which this evaluator doesn't speak.
        Value::Array(_) | Value::Object(_) => Err(Stop::Unsupported),
        other => Ok(printed(other)),
    }
}

fn truth(value: &Value) -> Result<bool, Stop> {
    match value {
        Value::Bool(value) => Ok(*value),
        _ => Err(Stop::Unsupported),
    }
}

fn member(object: &Value, key: &Value) -> Evaluated {
    match (object, key) {
        (Value::Object(map), Value::String(key)) => map.get(key).cloned().ok_or(Stop::Failure),
        (Value::Array(list), Value::Number(index)) => index
            .as_u64()
            .and_then(|index| list.get(usize::try_from(index).unwrap()))
            .cloned()
            .ok_or(Stop::Failure),
        (Value::Null, _) => Err(Stop::Failure),
        _ => Err(Stop::Unsupported),
    }
}

fn unary(operator: UnaryOperator, value: &Value) -> Evaluated {
    match (operator, value) {
        (UnaryOperator::Not, Value::Bool(value)) => Ok(json!(!value)),
        (UnaryOperator::Minus, Value::Number(_)) => match (value.as_i64(), value.as_f64()) {
            (Some(number), _) => Ok(json!(-number)),
            (None, Some(number)) => Ok(json!(-number)),
            _ => Err(Stop::Unsupported),
        },
        (UnaryOperator::Plus, Value::Number(_)) => Ok(value.clone()),
        _ => Err(Stop::Unsupported),
    }
}

fn binary(operator: BinaryOperator, left: &Value, right: &Value, target: Target) -> Evaluated {
    use BinaryOperator as B;
    match operator {
        B::Concatenate => Ok(json!(joined(left)? + &joined(right)?)),
        // Whole numbers differ in width there, which decides equality inside a list.
        B::Equal | B::NotEqual if left.is_array() && right.is_array() => Err(Stop::Unsupported),
        B::Equal | B::NotEqual => Ok(json!(equal(left, right) == (operator == B::Equal))),
        B::Contains => contains(left, right),
        B::IsIn => match right {
            // It compares texts, so that `'1'` is in `[1]`.
            Value::Array(list) if list.iter().all(Value::is_string) => contains(right, left),
            _ => Err(Stop::Unsupported),
        },
        B::Range => match (left.as_i64(), right.as_i64()) {
            (Some(from), Some(to)) if from <= to => Ok(json!((from..=to).collect::<Vec<_>>())),
            _ => Err(Stop::Unsupported),
        },
        B::Greater | B::GreaterOrEqual | B::Less | B::LessOrEqual => {
            let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) else {
                let text = left.is_string() || right.is_string();
                let fails = target == Target::V1_3 && text && !left.is_null() && !right.is_null();
                return Err(if fails {
                    Stop::Failure
                } else {
                    Stop::Unsupported
                });
            };
            Ok(json!(match operator {
                B::Greater => left > right,
                B::GreaterOrEqual => left >= right,
                B::Less => left < right,
                _ => left <= right,
            }))
        }
        _ => arithmetic(operator, left, right),
    }
}

fn arithmetic(operator: BinaryOperator, left: &Value, right: &Value) -> Evaluated {
    use BinaryOperator as B;
    // Strings that hold numbers count as numbers, except for `+`, which joins them.
    let whole = |value: &Value| match value {
        Value::String(text) if operator != B::Add => text.parse().ok(),
        other => other.as_i64(),
    };
    let (Some(left), Some(right)) = (whole(left), whole(right)) else {
        let text = [left, right].iter().any(|side| {
            side.as_str()
                .is_some_and(|text| text.parse::<f64>().is_err())
        });
        let plain = [left, right]
            .iter()
            .all(|side| side.is_string() || side.is_i64());
        return match operator {
            B::Add if left.is_string() && plain => Ok(json!(printed(left) + &printed(right))),
            B::Add => Err(Stop::Unsupported),
            _ if text && plain => Err(Stop::Failure),
            _ => Err(Stop::Unsupported),
        };
    };
    let value = match operator {
        B::Add => left.checked_add(right),
        B::Subtract => left.checked_sub(right),
        B::Multiply => left.checked_mul(right),
        B::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    value.map(|value| json!(value)).ok_or(Stop::Failure)
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

fn contains(container: &Value, item: &Value) -> Evaluated {
    match (container, item) {
        (Value::Array(list), Value::String(_) | Value::Bool(_)) => Ok(json!(list.contains(item))),
        (Value::String(text), Value::String(part)) => Ok(json!(text.contains(part.as_str()))),
        _ => Err(Stop::Unsupported),
    }
}
