//! Type constraints of variables: what Terraform makes of a value that is given to one.

use hcl_edit::expr::{Expression, ObjectKey};

use super::evaluate::{Evaluator, Scope};
use super::functions;
use super::value::Value;

/// Constraints nested deeper than this are not followed.
const DEEPEST: usize = 32;

impl<'run> Evaluator<'run> {
    /// A value as a variable of a type holds it: numbers become texts where it says so, lists sets, and absent
    /// attributes have their defaults.
    pub(super) fn converted(
        &self,
        value: Value,
        constraint: &Expression,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        self.convert(value, constraint, scope, DEEPEST)
            .unwrap_or(Value::Unknown)
    }

    /// None where the value does not fit, or the constraint is not understood.
    fn convert(
        &self,
        value: Value,
        constraint: &Expression,
        scope: &Scope<'_, 'run>,
        depth: usize,
    ) -> Option<Value> {
        if depth == 0 {
            return None;
        }
        if matches!(value, Value::Null | Value::Unknown) {
            return Some(value);
        }
        match constraint {
            Expression::Variable(name) => match name.as_str() {
                "string" => value.to_text().map(Value::Text),
                "number" if matches!(value, Value::Number(_)) => Some(value),
                "number" => Some(functions::call(self, "tonumber", &[value])),
                "bool" => value.as_bool().map(Value::Bool),
                // Short forms of old: a list, map or set of anything.
                "any" | "list" | "map" | "set" => Some(value),
                _ => None,
            },
            Expression::String(_) => Some(value),
            Expression::FuncCall(call) => {
                let inner = call.args.iter().next();
                let each = |value: &Value| match inner {
                    Some(inner) => self.convert(value.clone(), inner, scope, depth - 1),
                    None => Some(value.clone()),
                };
                match call.name.name.as_str() {
                    "list" | "set" => {
                        let items: Option<Vec<Value>> = value.as_list()?.iter().map(each).collect();
                        let items = Value::List(items?);
                        if call.name.name.as_str() == "set" {
                            return Some(functions::call(self, "toset", &[items]));
                        }
                        Some(items)
                    }
                    "map" => {
                        let entries = value.as_map()?.iter();
                        let entries: Option<Vec<(String, Value)>> = entries
                            .map(|(key, value)| Some((key.clone(), each(value)?)))
                            .collect();
                        Some(Value::map(entries?))
                    }
                    "object" => self.object_of_type(&value, inner?, scope, depth - 1),
                    "tuple" => Some(value),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn object_of_type(
        &self,
        value: &Value,
        attributes: &Expression,
        scope: &Scope<'_, 'run>,
        depth: usize,
    ) -> Option<Value> {
        let given = value.as_map()?;
        let mut entries = Vec::new();
        for (key, attribute) in attributes.as_object()? {
            let name = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                    name.as_str()
                }
                ObjectKey::Expression(Expression::String(name)) => name.value().as_str(),
                ObjectKey::Expression(_) => return None,
            };
            let known = given.iter().find(|(known, _)| known == name);
            let known = known.map(|(_, value)| value.clone());
            let (constraint, default) = optional(attribute.expr());
            let value = match (known, default) {
                (Some(Value::Null) | None, Optional::WithDefault(default)) => {
                    self.evaluate(default, scope)
                }
                (Some(value), _) => value,
                (None, Optional::Yes) => Value::Null,
                (None, _) => return None,
            };
            let value = self.convert(value, constraint?, scope, depth)?;
            entries.push((name.to_owned(), value));
        }
        Some(Value::map(entries))
    }
}

/// Whether an attribute may be left out.
enum Optional<'expression> {
    No,
    Yes,
    WithDefault(&'expression Expression),
}

/// The type of an attribute, and whether it may be left out.
fn optional(attribute: &Expression) -> (Option<&Expression>, Optional<'_>) {
    let Expression::FuncCall(call) = attribute else {
        return (Some(attribute), Optional::No);
    };
    if call.name.name.as_str() != "optional" {
        return (Some(attribute), Optional::No);
    }
    let mut arguments = call.args.iter();
    let constraint = arguments.next();
    let default = arguments.next();
    (
        constraint,
        default.map_or(Optional::Yes, Optional::WithDefault),
    )
}
