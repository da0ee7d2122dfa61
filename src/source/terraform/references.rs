//! What names stand for: variables, locals, outputs of modules, attributes of resources.

use hcl_edit::Ident;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::evaluate::{Evaluator, Instance, Scope};
use super::module::{Declaration, Sourced, Variable};
use super::sources::relative;
use super::value::{Text, Value};

/// One step of a traversal such as `.name`, `["name"]` or `[*]`.
enum Step {
    Name(String),
    Splat,
    Unknown,
}

/// What is asked for is surely not there.
struct Missing;

impl<'run> Evaluator<'run> {
    pub(super) fn traversal(&self, traversal: &Traversal, scope: &Scope<'_, 'run>) -> Value {
        self.traversed(traversal, scope).unwrap_or(Value::Unknown)
    }

    /// Whether an expression surely fails, because it asks for what is not there.
    pub(super) fn surely_fails(&self, expression: &Expression, scope: &Scope<'_, 'run>) -> bool {
        match expression {
            Expression::Parenthesis(inner) => self.surely_fails(inner.inner(), scope),
            Expression::Traversal(traversal) => self.traversed(traversal, scope).is_err(),
            _ => false,
        }
    }

    fn traversed(&self, traversal: &Traversal, scope: &Scope<'_, 'run>) -> Result<Value, Missing> {
        let steps: Vec<Step> = traversal
            .operators
            .iter()
            .map(|operator| self.step(operator.value(), scope))
            .collect();
        let names: Vec<&str> = steps
            .iter()
            .map_while(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let root = traversal.expr.as_variable().map(Ident::as_str);
        let is_local = root.is_some_and(|root| scope.names.iter().any(|(name, _)| name == root));
        let (value, used) = match (root, scope.instance) {
            (Some(root), Some(instance)) if !is_local => {
                match self.reference(root, &names, instance, scope) {
                    Some(found) => found,
                    None => return Ok(Value::Unknown),
                }
            }
            _ => (self.evaluate(&traversal.expr, scope), 0),
        };
        walk(value, &steps[used..])
    }

    fn step(&self, operator: &TraversalOperator, scope: &Scope<'_, 'run>) -> Step {
        match operator {
            TraversalOperator::GetAttr(name) => Step::Name(name.as_str().to_owned()),
            TraversalOperator::LegacyIndex(index) => Step::Name(index.value().to_string()),
            TraversalOperator::Index(index) => match self.evaluate(index, scope).as_known_str() {
                Some(name) => Step::Name(name.to_owned()),
                None => Step::Unknown,
            },
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
        }
    }

    /// The value of `var.x`, `local.x` and their like, and how many names of the traversal it took.
    fn reference(
        &self,
        root: &str,
        names: &[&str],
        instance: &Instance<'run>,
        scope: &Scope<'_, 'run>,
    ) -> Option<(Value, usize)> {
        let first = *names.first()?;
        match root {
            "var" => Some((self.variable(first, instance), 1)),
            "local" => {
                let local = instance.module.locals.get(first);
                Some((self.cached(&format!("local.{first}"), local, instance), 1))
            }
            "each" => {
                let (key, value) = scope.each.clone()?;
                let value = if first == "key" { key } else { value };
                Some((value, 1))
            }
            "count" => {
                let (key, _) = scope.each.clone()?;
                Some((key, 1))
            }
            "path" => {
                let text = match first {
                    "module" => relative(&instance.root, &instance.module.directory),
                    "root" | "cwd" => ".".to_owned(),
                    _ => return None,
                };
                Some((Value::Text(Text::made(text)), 1))
            }
            "module" => self
                .module_output(first, &names[1..], instance)
                .map(|(value, used)| (value, used + 1)),
            "data" => {
                let (name, rest) = names.get(1..)?.split_first()?;
                let value = self.data_attribute(first, name, rest.first()?, instance)?;
                Some((value, 3))
            }
            "terraform" | "self" => None,
            kind => self
                .resource_attribute(kind, first, &names[1..], instance)
                .map(|value| (value, 2)),
        }
    }

    pub(super) fn variable(&self, name: &str, instance: &Instance<'run>) -> Value {
        if let Some(value) = instance.arguments.get(name) {
            return value.clone();
        }
        let Some(variable) = instance.module.variables.get(name) else {
            return Value::Unknown;
        };
        let Some(default) = &variable.default else {
            return Value::Unknown;
        };
        let value = self.cached(&format!("var.{name}"), Some(default), instance);
        self.given(variable, value, &instance.scope(default.file, None))
    }

    /// A value as a variable holds it.
    pub(super) fn given(
        &self,
        variable: &Variable,
        value: Value,
        scope: &Scope<'_, 'run>,
    ) -> Value {
        match &variable.constraint {
            Some(constraint) => self.converted(value, constraint, scope),
            None => value,
        }
    }

    /// Evaluates a named expression of a module once; within itself it is unknown.
    fn cached(&self, name: &str, sourced: Option<&Sourced>, instance: &Instance<'run>) -> Value {
        let Some(sourced) = sourced else {
            return Value::Unknown;
        };
        let known = instance.cache.borrow().get(name).cloned();
        if let Some(value) = known {
            return value.unwrap_or(Value::Unknown);
        }
        instance.cache.borrow_mut().insert(name.to_owned(), None);
        let scope = instance.scope(sourced.file, None);
        let value = self.evaluate(&sourced.expression, &scope).bounded();
        instance
            .cache
            .borrow_mut()
            .insert(name.to_owned(), Some(value.clone()));
        value
    }

    fn module_output(
        &self,
        call: &str,
        names: &[&str],
        instance: &Instance<'run>,
    ) -> Option<(Value, usize)> {
        let declaration = instance
            .module
            .calls
            .iter()
            .find(|known| known.name == call)?;
        let children = self.children(declaration, instance);
        let first = *names.first()?;
        let (child, used) = match children
            .iter()
            .find(|(key, _)| key.as_deref() == Some(first))
        {
            Some((_, child)) => (child, 1),
            None => match children.as_slice() {
                [(None, child)] => (child, 0),
                _ => return None,
            },
        };
        let output = *names.get(used)?;
        let sourced = child.module.outputs.get(output);
        Some((
            self.cached(&format!("output.{output}"), sourced, child),
            used + 1,
        ))
    }

    /// An attribute of a resource that Terraform takes over as it is written.
    fn resource_attribute(
        &self,
        kind: &str,
        name: &str,
        names: &[&str],
        instance: &Instance<'run>,
    ) -> Option<Value> {
        let resource = instance.module.resource(kind, name)?;
        let wanted = *names.first()?;
        let written = match (kind, wanted) {
            ("null_resource", "triggers")
            | ("terraform_data", "input")
            | ("local_file", "content")
            | ("kestra_flow", "flow_id" | "namespace" | "content") => wanted,
            ("terraform_data", "output") => "input",
            _ => return None,
        };
        let expression = only(resource)?.attribute(written)?;
        Some(self.evaluate(expression, &instance.scope(resource.file, None)))
    }

    /// What a data source reads from files.
    fn data_attribute(
        &self,
        kind: &str,
        name: &str,
        wanted: &str,
        instance: &Instance<'run>,
    ) -> Option<Value> {
        let mut declared = instance.module.data.iter();
        let data = declared.find(|data| data.kind == kind && data.name == name)?;
        let data = only(data)?;
        let scope = instance.scope(data.file, None);
        match (kind, wanted) {
            ("local_file", "content") => {
                let name = data.attribute("filename")?;
                let path = self.evaluate(name, &scope);
                Some(self.read_file(&[path], super::place_of(data.file, name), &scope))
            }
            ("template_file", "rendered") => {
                // The provider is of old; its template is nearly always a file.
                let Expression::FuncCall(call) = data.attribute("template")? else {
                    return None;
                };
                let argument = call.args.iter().next()?;
                let is_file = call.name.name.as_str() == "file";
                let path = self.evaluate(argument, &scope);
                let path = path.as_known_str().filter(|_| is_file)?;
                let place = super::place_of(data.file, argument);
                let (file, source) = self.find_file(path, place, &scope)?;
                let passed = data.attribute("vars");
                let values =
                    passed.map_or(Value::map(Vec::new()), |vars| self.evaluate(vars, &scope));
                let passed = passed.and_then(Expression::as_object);
                Some(self.rendered(file, &source, Some(&values), passed, &scope))
            }
            _ => None,
        }
    }
}

/// A declaration that stands for one resource.
fn only(declaration: &Declaration) -> Option<&Declaration> {
    let is_repeated = ["for_each", "count"]
        .iter()
        .any(|name| declaration.attribute(name).is_some());
    (!is_repeated).then_some(declaration)
}

fn walk(value: Value, steps: &[Step]) -> Result<Value, Missing> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(value);
    };
    match step {
        Step::Unknown => Ok(Value::Unknown),
        Step::Name(name) if value.surely_lacks(name) => Err(Missing),
        Step::Name(name) => walk(value.get(name), rest),
        Step::Splat => match value {
            Value::Unknown => Ok(Value::Unknown),
            Value::Null => Ok(Value::List(Vec::new())),
            Value::List(items) => {
                let items: Result<Vec<Value>, Missing> =
                    items.into_iter().map(|item| walk(item, rest)).collect();
                items.map(Value::List)
            }
            other => Ok(Value::List(vec![walk(other, rest)?])),
        },
    }
}
