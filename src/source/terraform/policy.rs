//! Enterprise Policies in Terraform: the content of `kestra_policy` resources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::decode::YamlReader;
use super::evaluate::{Evaluator, Instance, called_directory};
use super::module::{Declaration, Module};
use super::sources::Sources;
use super::value::Value;
use super::{Document, Files, Overlay, TerraformProblem, add_file, document, roots};
use crate::finding::{FileId, Location};

/// The type of the resource.
const RESOURCE: &str = "kestra_policy";
/// The most policies that a run takes from Terraform.
const MOST_POLICIES: usize = 10_000;
/// The most directories that are read for them.
const MOST_DIRECTORIES: usize = 1_000;

/// A policy that a `kestra_policy` resource creates.
#[derive(Debug)]
pub struct TerraformPolicy {
    /// The policy's text with the places of its parts; none where not all of it is known.
    pub document: Option<Document>,
    /// The argument `scope`, where it is known.
    pub scope: Option<String>,
    /// The argument `namespace`, where it is known.
    pub namespace: Option<String>,
    /// The `.tf` file of the resource.
    pub file: FileId,
    /// The directory in which Terraform is run.
    pub root: PathBuf,
    /// The name of the resource.
    pub name: String,
    /// Where that name stands.
    pub place: Location,
}

/// What the `.tf` files of some directories hold.
#[derive(Debug, Default)]
pub struct TerraformPolicies {
    /// The policies.
    pub policies: Vec<TerraformPolicy>,
    /// What keeps files from being read.
    pub problems: Vec<TerraformProblem>,
}

/// Reads the policies of some directories in which Terraform is run, and of the modules that these call.
pub fn read_terraform_policies(
    directories: &BTreeSet<PathBuf>,
    files: &mut Files,
    overlay: &Overlay,
    read_yaml: YamlReader,
) -> TerraformPolicies {
    let sources = Sources::new(files, overlay);
    let mut found = TerraformPolicies::default();
    let mut modules: BTreeMap<PathBuf, Module> = BTreeMap::new();
    let mut pending: Vec<PathBuf> = directories.iter().cloned().collect();
    let mut seen: BTreeSet<PathBuf> = directories.clone();
    while let Some(directory) = pending.pop() {
        add_directory(&directory, &sources, &mut modules, &mut found.problems);
        let Some(module) = modules.get(&directory) else {
            continue;
        };
        let called = module.calls.iter();
        let called = called.filter_map(|call| called_directory(call, module));
        for called in called {
            if seen.len() < MOST_DIRECTORIES && seen.insert(called.clone()) {
                pending.push(called);
            }
        }
    }
    let evaluator = Evaluator::new(&sources, &modules, read_yaml);
    for root in roots(&modules) {
        let instance = Instance::root(root, evaluator.variables_of(root));
        collect(&evaluator, &instance, &mut found.policies);
    }
    found.problems.extend(evaluator.problems.into_inner());
    found
}

fn add_directory(
    directory: &Path,
    sources: &Sources<'_>,
    modules: &mut BTreeMap<PathBuf, Module>,
    problems: &mut Vec<TerraformProblem>,
) {
    let names = sources.names(directory).into_iter();
    for name in names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "tf")) {
        let path = directory.join(name);
        if let Some((file, text)) = sources.open(&path) {
            let added = add_file(modules, &path, file, &text);
            // Other broken files are no concern of ours.
            problems.extend(added.err().filter(|_| text.contains(RESOURCE)));
        }
    }
}

// The depth is bounded by the evaluator, which makes no deeper instances.
fn collect<'run>(
    evaluator: &Evaluator<'run>,
    instance: &Rc<Instance<'run>>,
    policies: &mut Vec<TerraformPolicy>,
) {
    let resources = instance.module.resources.iter();
    for resource in resources.filter(|resource| resource.kind == RESOURCE) {
        for each in evaluator.repetitions(resource, instance) {
            if policies.len() < MOST_POLICIES {
                policies.push(policy(evaluator, instance, resource, each));
            }
        }
    }
    for call in &instance.module.calls {
        for (_, child) in evaluator.children(call, instance) {
            collect(evaluator, &child, policies);
        }
    }
}

fn policy<'run>(
    evaluator: &Evaluator<'run>,
    instance: &Instance<'run>,
    resource: &Declaration,
    each: Option<(Value, Value)>,
) -> TerraformPolicy {
    let scope = instance.scope(resource.file, each);
    let value = |name: &str| {
        let expression = resource.attribute(name)?;
        Some(evaluator.evaluate(expression, &scope))
    };
    let known = |name: &str| value(name)?.as_known_str().map(str::to_owned);
    TerraformPolicy {
        document: match value("content") {
            Some(Value::Text(content)) if content.is_known() => Some(document(&content, resource)),
            _ => None,
        },
        scope: known("scope"),
        namespace: known("namespace"),
        file: resource.file,
        root: instance.root.clone(),
        name: resource.name.clone(),
        place: resource.place(),
    }
}
