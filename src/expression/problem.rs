//! What types prove to be wrong in a template, and how to say it.

use std::sync::Arc;

use super::error::Replacement;
use super::operator::BinaryOperator;
use super::reference::InvocationKind;
use super::signature::Lookup;
use super::signature::{Signature, SignatureParameter, lookup, signatures, suggestion};
use super::tree::Template;
use super::types::{MapType, Type};
use crate::finding::{Target, TargetSet};
use crate::text::{TextRange, nearest};

/// Something that is wrong in every run (as far as it is reached).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place in the decoded text.
    pub range: TextRange,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// No version has a function, filter or test of this name.
    UnknownName {
        /// What was looked for.
        kind: InvocationKind,
    },
    /// Only other versions have it.
    OtherVersion {
        /// What was looked for.
        kind: InvocationKind,
        /// The versions that have it.
        targets: TargetSet,
    },
    /// More arguments than parameters.
    TooManyArguments {
        /// What is called.
        signature: &'static Signature,
    },
    /// A named argument that isn't a parameter.
    UnknownArgument {
        /// What is called.
        signature: &'static Signature,
    },
    /// A required argument is not there.
    MissingArgument {
        /// What is called.
        signature: &'static Signature,
        /// The missing parameter.
        parameter: &'static str,
    },
    /// A filter or test is applied to what it refuses.
    WrongInput {
        /// What is applied.
        signature: &'static Signature,
        /// The type of what it is applied to.
        input: Type,
    },
    /// A map whose entries are all known lacks this one.
    UnknownEntry {
        /// The map.
        map: Arc<MapType>,
    },
    /// A value that has no such attribute: a string, number, boolean or list.
    NoAttributes {
        /// The type of the value.
        of: Type,
    },
    /// `==` or `!=` between kinds of values that are never equal.
    NeverEqual {
        /// The left side.
        left: Type,
        /// The right side.
        right: Type,
    },
    /// `<` and its like between values that cannot be compared.
    NotComparable {
        /// The left side.
        left: Type,
        /// The right side.
        right: Type,
    },
    /// Arithmetic that fails.
    NoArithmetic {
        /// The operator.
        operator: BinaryOperator,
        /// The left side.
        left: Type,
        /// The right side.
        right: Type,
    },
    /// A sign before what is no number.
    NotANumber {
        /// The type of the value.
        value: Type,
    },
    /// A list, a map or null where a condition is needed.
    NotACondition {
        /// The type of the value.
        value: Type,
    },
    /// A loop over what has no elements.
    NotIterable {
        /// The type of the value.
        value: Type,
    },
    /// `contains` at the right of a number or boolean.
    ContainsNothing {
        /// The type of the value.
        value: Type,
    },
}

fn kind_name(kind: InvocationKind) -> &'static str {
    match kind {
        InvocationKind::Function => "function",
        InvocationKind::Filter => "filter",
        InvocationKind::Test => "test",
    }
}

fn call_of(signature: &Signature) -> String {
    let parameters = signature.parameters.unwrap_or_default().iter();
    let written: Vec<_> = parameters
        .map(|parameter: &SignatureParameter| {
            let mark = if parameter.required { "" } else { "?" };
            format!("{}{mark}", parameter.name)
        })
        .collect();
    format!("{}({})", signature.name, written.join(", "))
}

impl Problem {
    /// What is wrong, in the user's own names.
    pub fn message(&self, template: &Template, target: Target) -> String {
        let written = template.slice(self.range);
        match &self.kind {
            ProblemKind::UnknownName { kind } => {
                format!("there is no {} `{written}`", kind_name(*kind))
            }
            ProblemKind::OtherVersion { kind, targets } => {
                let versions: Vec<_> = targets.iter().map(Target::as_str).collect();
                format!(
                    "Kestra {target} has no {} `{written}`; {} has",
                    kind_name(*kind),
                    versions.join(" and ")
                )
            }
            ProblemKind::TooManyArguments { signature } => format!(
                "`{}` takes at most {} argument{}",
                signature.name,
                signature.parameters.map_or(0, <[_]>::len),
                if signature.parameters.is_some_and(|list| list.len() == 1) {
                    ""
                } else {
                    "s"
                }
            ),
            ProblemKind::UnknownArgument { signature } => {
                format!("`{}` has no argument `{written}`", signature.name)
            }
            ProblemKind::MissingArgument {
                signature,
                parameter,
            } => format!("`{}` needs the argument `{parameter}`", signature.name),
            ProblemKind::WrongInput { signature, input } => format!(
                "the {} `{}` cannot be applied to a {}",
                kind_name(signature.kind),
                signature.name,
                short(input)
            ),
            ProblemKind::UnknownEntry { .. } => format!("there is no `{written}` here"),
            ProblemKind::NoAttributes { of } => {
                format!("a {} has no attribute `{written}`", short(of))
            }
            ProblemKind::NeverEqual { left, right } => {
                format!("a {} and a {} are never equal", short(left), short(right))
            }
            ProblemKind::NotComparable { left, right } => format!(
                "a {} cannot be compared with a {} by size{}",
                short(left),
                short(right),
                if left == right {
                    format!(" in Kestra {target}")
                } else {
                    String::new()
                }
            ),
            ProblemKind::NoArithmetic {
                operator,
                left,
                right,
            } => format!(
                "`{}` fails for a {} and a {}",
                operator.as_str(),
                short(left),
                short(right)
            ),
            ProblemKind::NotANumber { value } => format!("a {} has no sign", short(value)),
            ProblemKind::NotACondition { value: Type::Null } => {
                "null is no condition: the engine fails on it".to_owned()
            }
            ProblemKind::NotACondition { value } => {
                format!("a {} is no condition: the engine fails on it", short(value))
            }
            ProblemKind::NotIterable { value } => {
                format!("a {} cannot be looped over", short(value))
            }
            ProblemKind::ContainsNothing { value } => {
                format!("a {} cannot contain anything", short(value))
            }
        }
    }

    /// What to write instead, where that is known.
    pub fn help(&self, template: &Template, target: Target) -> Option<String> {
        let written = template.slice(self.range);
        Some(match &self.kind {
            ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } => {
                return unknown_name_help(*kind, written, target);
            }
            ProblemKind::TooManyArguments { signature }
            | ProblemKind::MissingArgument { signature, .. } => {
                format!("its arguments are `{}`", call_of(signature))
            }
            ProblemKind::UnknownArgument { signature } => {
                match nearest_parameter(signature, written) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("its arguments are `{}`", call_of(signature)),
                }
            }
            ProblemKind::WrongInput { signature, .. } => {
                format!("`{}` takes {}", signature.name, signature.input.describe())
            }
            ProblemKind::UnknownEntry { map } => {
                let names = map.entries().map(|(name, _)| name);
                if let Some(name) = nearest(written, names) {
                    return Some(format!("did you mean `{name}`?"));
                }
                let names: Vec<_> = map.entries().map(|(name, _)| name).take(12).collect();
                if names.is_empty() {
                    return None;
                }
                format!("there is {}", names.join(", "))
            }
            ProblemKind::NoAttributes { of } => match of.required() {
                Type::List(_) => {
                    "a list has no names: take an element first, `[0]` or `| first`".to_owned()
                }
                Type::Text => {
                    "if the string holds JSON, read it with `fromJson(…)` first".to_owned()
                }
                Type::File => {
                    "read the file first: `read(…)`, then `fromJson` or `fromIon`".to_owned()
                }
                _ => return None,
            },
            ProblemKind::NeverEqual { left, right }
            | ProblemKind::NotComparable { left, right } => comparison_help(left, right)?,
            ProblemKind::NotACondition { value: Type::Null } => "write `false`".to_owned(),
            ProblemKind::NotACondition { .. } => {
                "ask for what is meant: `… is not empty`, `… | length > 0`".to_owned()
            }
            ProblemKind::NotIterable { value } if value.family() == Type::Text.family() => {
                "split the string, or read it with `fromJson(…)` if it holds a list".to_owned()
            }
            ProblemKind::NoArithmetic { .. }
            | ProblemKind::NotANumber { .. }
            | ProblemKind::NotIterable { .. }
            | ProblemKind::ContainsNothing { .. } => return None,
        })
    }

    /// An edit that is probably meant: the nearest name in place of the wrong one.
    pub fn replacement(&self, template: &Template, target: Target) -> Option<Replacement> {
        let written = template.slice(self.range);
        let text = match &self.kind {
            ProblemKind::UnknownName { kind } | ProblemKind::OtherVersion { kind, .. } => {
                successor(*kind, written).or_else(|| suggestion(*kind, written, target))?
            }
            ProblemKind::UnknownArgument { signature } => nearest_parameter(signature, written)?,
            ProblemKind::UnknownEntry { map } => {
                nearest(written, map.entries().map(|(name, _)| name))?
            }
            _ => return None,
        };
        Some(Replacement {
            range: self.range,
            text: text.to_owned(),
        })
    }
}

/// The type without its details.
fn short(value: &Type) -> String {
    match value.required() {
        Type::List(_) => "list".to_owned(),
        Type::Map(_) => "map".to_owned(),
        other => other.to_string(),
    }
}

fn comparison_help(left: &Type, right: &Type) -> Option<String> {
    let (left, right) = (left.required(), right.required());
    let is = |kind: &Type| *left == *kind || *right == *kind;
    if matches!(left, Type::List(_)) || matches!(right, Type::List(_)) {
        return Some("ask `list contains value`, or compare an element: `list | first`".to_owned());
    }
    if is(&Type::Text) && is(&Type::Number) {
        return Some("write the number without quotes, or convert with `| number`".to_owned());
    }
    if is(&Type::Text) && is(&Type::Boolean) {
        return Some("write `true` and `false` without quotes".to_owned());
    }
    None
}

fn nearest_parameter(signature: &'static Signature, written: &str) -> Option<&'static str> {
    let names = signature.parameters?.iter().map(|parameter| parameter.name);
    // Namespace files: 2.0 calls their `version` `revision`.
    match written {
        "version" | "revision" => names
            .clone()
            .find(|name| matches!(*name, "version" | "revision")),
        _ => nearest(written, names),
    }
}

/// What took the place of a removed name.
fn successor(kind: InvocationKind, name: &str) -> Option<&'static str> {
    match (kind, name) {
        (InvocationKind::Function, "json") => Some("fromJson"),
        (InvocationKind::Filter, "json") => Some("toJson"),
        _ => None,
    }
}

fn unknown_name_help(kind: InvocationKind, written: &str, target: Target) -> Option<String> {
    if let Some(name) = successor(kind, written) {
        return Some(format!("write `{name}`"));
    }
    let other = match kind {
        InvocationKind::Function => InvocationKind::Filter,
        _ => InvocationKind::Function,
    };
    let is_other = |name: &str| matches!(lookup(other, name, target), Lookup::Known(_));
    if kind != InvocationKind::Test && is_other(written) {
        return Some(match kind {
            InvocationKind::Function => format!("`{written}` is a filter: write `… | {written}`"),
            _ => format!("`{written}` is a function: write `{written}(…)`"),
        });
    }
    if let Some(name) = suggestion(kind, written, target) {
        return Some(format!("did you mean `{name}`?"));
    }
    match (kind, written) {
        (InvocationKind::Function, "currentEachOutput") => Some(
            "a Loop declares its outputs; read them with `loopOutputs(outputs, name)`".to_owned(),
        ),
        (InvocationKind::Filter, "ternary") => Some("write `condition ? value : other`".to_owned()),
        (
            InvocationKind::Test,
            "string" | "number" | "boolean" | "list" | "none" | "true" | "false" | "equalto"
            | "sameas" | "mapping" | "sequence",
        ) => {
            let names: Vec<_> = signatures(kind).map(|signature| signature.name).collect();
            Some(format!("tests are {}", names.join(", ")))
        }
        _ => None,
    }
}
