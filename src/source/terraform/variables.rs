//! The values that files beside a root module give to its variables.

use std::collections::HashMap;
use std::path::Path;

use super::decode;
use super::evaluate::{Evaluator, Instance};
use super::module::Module;
use super::value::{Text, Value};

/// Files that Terraform reads by itself before all others, the first to be overridden first.
const FIRST: [&str; 2] = ["terraform.tfvars", "terraform.tfvars.json"];

impl<'run> Evaluator<'run> {
    /// The values of a root's variables that Terraform reads from files by itself. Other files of variables are
    /// named on the command line, and which one is not known: what one of them gives otherwise is unknown.
    pub(super) fn variables_of(&self, module: &'run Module) -> HashMap<String, Value> {
        let mut given = HashMap::new();
        if module.variables.is_empty() {
            return given;
        }
        let names = self.sources.names(&module.directory);
        let names = || names.iter().map(String::as_str);
        let first = FIRST
            .into_iter()
            .filter(|first| names().any(|name| name == *first));
        // Sorted by name; later ones win.
        for name in first.chain(names().filter(|name| is_automatic(name))) {
            match self.values_in(&module.directory.join(name), module) {
                Some(values) => given.extend(values),
                // It may give any of them.
                None => given.extend(all_unknown(module)),
            }
        }
        for name in names().filter(|name| is_named_by_hand(name)) {
            let values = self.values_in(&module.directory.join(name), module);
            self.doubt(&mut given, values.unwrap_or_default(), module);
        }
        given
    }

    /// Forgets the values that would be others if a file were named.
    fn doubt(
        &self,
        given: &mut HashMap<String, Value>,
        other: HashMap<String, Value>,
        module: &'run Module,
    ) {
        let bare = Instance::root(module, HashMap::new());
        for (name, other) in other {
            let known = given.get(&name).cloned();
            let known = known.unwrap_or_else(|| self.variable(&name, &bare));
            if !is_surely_same(&known, &other) {
                given.insert(name, Value::Unknown);
            }
        }
    }

    /// The values in a file; none where it cannot be read.
    fn values_in(&self, path: &Path, module: &'run Module) -> Option<HashMap<String, Value>> {
        let (file, text) = self.sources.open(path)?;
        let instance = Instance::root(module, HashMap::new());
        let scope = instance.scope(file, None);
        let values: Vec<(String, Value)> = if path.extension().is_some_and(|end| end == "json") {
            let text = Value::Text(Text::of_file(&text, file, 0));
            match decode::json(self, &[text])? {
                Value::Map(values) => values,
                _ => return None,
            }
        } else {
            let body = super::parse::parse(&text).ok()?;
            let attributes = body.attributes().map(|attribute| {
                let value = self.evaluate(&attribute.value, &scope);
                (attribute.key.as_str().to_owned(), value)
            });
            attributes.collect()
        };
        let declared = values.into_iter().filter_map(|(name, value)| {
            let variable = module.variables.get(&name)?;
            let value = self.given(variable, value.bounded(), &scope);
            Some((name, value))
        });
        Some(declared.collect())
    }
}

fn all_unknown(module: &Module) -> impl Iterator<Item = (String, Value)> {
    let names = module.variables.keys().cloned();
    names.map(|name| (name, Value::Unknown))
}

fn is_automatic(name: &str) -> bool {
    name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
}

fn is_named_by_hand(name: &str) -> bool {
    let is_file_of_variables = name.ends_with(".tfvars") || name.ends_with(".tfvars.json");
    is_file_of_variables && !is_automatic(name) && !FIRST.contains(&name)
}

// The evaluator bounds how deep values are nested.
fn is_surely_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| is_surely_same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|(one, other)| one.0 == other.0 && is_surely_same(&one.1, &other.1))
        }
        (one, other) => one.equals(other) == Some(true),
    }
}
