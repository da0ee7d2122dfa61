//! Flows in Terraform: `kestra_flow` resources are evaluated as far as that is possible without running
//! Terraform, and each becomes a document whose bytes know the files that they came from.

mod decode;
mod encode;
mod evaluate;
mod functions;
mod module;
mod parse;
mod policy;
mod provider;
mod references;
mod sources;
mod template;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use hcl_edit::Span;
use hcl_edit::expr::Expression;

pub use self::decode::{PlainText, PlainYaml, YamlReader};
use self::evaluate::{Evaluator, Instance, called_directory, called_module};
use self::module::{Declaration, Module, located, stands_alone};
pub use self::policy::{TerraformPolicies, TerraformPolicy, read_terraform_policies};
pub use self::provider::TerraformProvider;
use self::sources::Sources;
pub(super) use self::sources::normalised;
use self::value::{Text, Value};
use super::{Document, Files, Segment};
use crate::finding::{FileId, Location};
use crate::text::{TextRange, TextSize};

/// The most flows that one run takes from Terraform.
const MOST_FLOWS: usize = 50_000;

/// What the Terraform files of a run hold.
#[derive(Debug, Default)]
pub struct Terraform {
    /// The flows, in the order of files and calls.
    pub flows: Vec<TerraformFlow>,
    /// What Terraform would stumble over, or what is plainly not meant.
    pub problems: Vec<TerraformProblem>,
    /// All resources and data sources of Kestra's provider.
    pub resources: Vec<TerraformResource>,
    /// What modules ask of Kestra's provider.
    pub providers: Vec<TerraformProvider>,
    /// The files that `file` and `templatefile` read: they are checked as the flows that they are part of.
    pub read: BTreeMap<PathBuf, FileId>,
    /// The files of which parts became flows.
    pub parts: HashSet<FileId>,
    /// The `.tf` files that were looked at.
    pub files: BTreeMap<PathBuf, FileId>,
    /// The directories whose resources deploy flows from YAML files beside them.
    deploying: HashSet<PathBuf>,
    /// Whether some file is read whose path is not known.
    reads_unknown: bool,
    /// What each declaration of a module waits for, directly or through others.
    waits: HashMap<(PathBuf, String), BTreeSet<String>>,
}

/// A flow that a `kestra_flow` resource deploys.
#[derive(Debug)]
pub struct TerraformFlow {
    /// The flow's text with the places of its parts.
    pub document: Document,
    /// The `.tf` file of the resource.
    pub file: FileId,
    /// The name of the resource.
    pub name: String,
    /// Where that name stands.
    pub place: Location,
    /// The argument `flow_id`.
    pub flow_id: Option<TerraformText>,
    /// The argument `namespace`.
    pub namespace: Option<TerraformText>,
    /// Whether the content names its own id; otherwise the resource's was put into the document.
    pub names_itself: bool,
    /// The way to the resource from the directory in which Terraform is run.
    pub path: Vec<TerraformStep>,
}

/// A declaration on the way to a resource: a module call, or at the end the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformStep {
    /// The directory of the module in which it stands.
    pub directory: PathBuf,
    /// Its address there: `module.name` or `kestra_flow.name`.
    pub address: String,
    /// Where its name stands.
    pub place: Location,
    /// Where an entry of `depends_on` can be written.
    pub depends_on: DependsOn,
}

/// An argument as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformText {
    /// What is known of its start; all of it where nothing is unknown.
    pub start: String,
    /// What is known of its end.
    pub end: String,
    /// Whether nothing is unknown.
    pub is_known: bool,
    /// Where it stands.
    pub place: Location,
}

/// Where an entry of `depends_on` can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependsOn {
    /// There is a list: a new entry goes before its closing bracket.
    List {
        /// An empty range before the bracket.
        at: Location,
        /// Whether the list has entries.
        has_entries: bool,
    },
    /// There is none: a new argument goes to a line of its own before the closing brace.
    Absent {
        /// An empty range behind the last argument.
        at: Location,
    },
    /// It is written in a way that is not understood.
    Unclear,
}

/// A resource or data source of Kestra's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformResource {
    /// Its type.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where its type stands.
    pub place: Location,
    /// Its arguments and nested blocks by name, with the places of the names.
    pub arguments: Vec<(String, Location)>,
    /// Whether it is a data source.
    pub is_data: bool,
}

/// What Terraform would stumble over, or what is plainly not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformProblem {
    /// Where.
    pub location: Location,
    /// What.
    pub kind: TerraformProblemKind,
}

/// The kinds of [`TerraformProblem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerraformProblemKind {
    /// The file or template cannot be parsed; the parser's words.
    Syntax(String),
    /// A file that is read does not exist.
    MissingFile {
        /// The path as evaluated, relative to the directory in which Terraform is run.
        path: String,
        /// The name of a file in the same directory that was probably meant.
        suggestion: Option<String>,
    },
    /// A template uses a variable that it is not given.
    UnknownTemplateVariable(String),
    /// A template is given a variable that it does not use.
    UnusedTemplateVariable {
        /// The variable.
        name: String,
        /// The template.
        template: FileId,
    },
}

impl TerraformProblemKind {
    fn name(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::MissingFile { .. } => "missing",
            Self::UnknownTemplateVariable(_) => "unknown",
            Self::UnusedTemplateVariable { .. } => "unused",
        }
    }
}

impl Terraform {
    /// Whether resources of this directory deploy flows from YAML files beside them, all of which are
    /// known.
    pub fn deploys_from(&self, directory: &Path) -> bool {
        !self.reads_unknown && self.deploying.contains(directory)
    }

    /// The directories whose resources deploy flows from YAML files beside them.
    fn find_deploying(&self) -> HashSet<PathBuf> {
        let is_yaml = |path: &&PathBuf| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            matches!(ending, Some("yml" | "yaml"))
        };
        let read = self.read.keys().filter(is_yaml);
        let beside: HashSet<&Path> = read.filter_map(|path| path.parent()).collect();
        let resources = self.flows.iter().filter_map(|flow| flow.path.last());
        resources
            .map(|step| step.directory.as_path())
            .filter(|directory| beside.contains(directory))
            .map(Path::to_path_buf)
            .collect()
    }

    /// Whether a flow is deployed only after another because Terraform knows that it needs it. Flows of
    /// different roots are unrelated.
    pub fn waits_for(&self, from: &TerraformFlow, to: &TerraformFlow) -> bool {
        let mut steps = from.path.iter().zip(&to.path);
        let Some((from, to)) = steps.find(|(from, to)| from != to) else {
            return true;
        };
        let key = (from.directory.clone(), from.address.clone());
        from.directory != to.directory
            || self
                .waits
                .get(&key)
                .is_some_and(|waits| waits.contains(&to.address))
    }
}

/// Texts that stand in for files on the disk.
type Overlay = HashMap<PathBuf, Arc<str>>;

/// Reads the Terraform files of a run. Files of which none has a `kestra_` resource are left alone.
pub fn read_terraform(
    texts: &[(PathBuf, Arc<str>)],
    files: &mut Files,
    overlay: &Overlay,
    read_yaml: YamlReader,
) -> Terraform {
    let mentions = |text: &str| memchr::memmem::find(text.as_bytes(), b"kestra_").is_some();
    if !texts.iter().any(|(_, text)| mentions(text)) {
        return Terraform::default();
    }
    let sources = Sources::new(files, overlay);
    let mut terraform = Terraform::default();
    let mut modules: BTreeMap<PathBuf, Module> = BTreeMap::new();
    let mut broken: Vec<(&PathBuf, TerraformProblem)> = Vec::new();
    for (path, text) in texts {
        let file = sources.add(path, text);
        terraform.files.insert(path.clone(), file);
        if let Err(problem) = add_file(&mut modules, path, file, text) {
            broken.push((path, problem));
        }
    }
    if !broken.is_empty() {
        let concerned = concerned(texts, &modules);
        // Files that have nothing to do with Kestra are no concern of ours.
        let is_concern = |path: &Path| path.parent().is_some_and(|at| concerned.contains(at));
        let broken = broken.into_iter().filter(|(path, _)| is_concern(path));
        terraform.problems = broken.map(|(_, problem)| problem).collect();
    }
    terraform.resources = modules.values().flat_map(resources).collect();
    terraform.providers = modules
        .values_mut()
        .flat_map(|module| std::mem::take(&mut module.providers))
        .collect();
    terraform.waits = modules.values().flat_map(waits).collect();
    let evaluator = Evaluator::new(&sources, &modules, read_yaml);
    for root in roots(&modules) {
        let instance = Instance::root(root, evaluator.variables_of(root));
        collect(&evaluator, &instance, &[], &mut terraform.flows);
    }
    terraform.reads_unknown = evaluator.reads_unknown.get();
    terraform.problems.extend(evaluator.problems.into_inner());
    terraform.problems.sort_by_key(|problem| problem.location);
    let segments = terraform
        .flows
        .iter()
        .flat_map(|flow| &flow.document.segments);
    let origins = segments.filter_map(|segment| segment.origin);
    terraform.parts = origins.map(|origin| origin.file).collect();
    terraform.read = sources.take_read();
    terraform.deploying = terraform.find_deploying();
    terraform
}

/// Adds the blocks of a file to the module of its directory.
fn add_file(
    modules: &mut BTreeMap<PathBuf, Module>,
    path: &Path,
    file: FileId,
    text: &str,
) -> Result<(), TerraformProblem> {
    let body = parse::parse(text).map_err(|error| TerraformProblem {
        location: error_place(file, text, &error),
        kind: TerraformProblemKind::Syntax(error.message().to_owned()),
    })?;
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    modules
        .entry(directory.clone())
        .or_insert_with(|| Module::new(&directory))
        .add(file, body);
    Ok(())
}

/// The directories that mention Kestra, and those of the modules that they call.
fn concerned(
    texts: &[(PathBuf, Arc<str>)],
    modules: &BTreeMap<PathBuf, Module>,
) -> HashSet<PathBuf> {
    let mentions = |text: &str| memchr::memmem::find(text.as_bytes(), b"kestra").is_some();
    let mut pending: Vec<PathBuf> = texts
        .iter()
        .filter(|(_, text)| mentions(text))
        .filter_map(|(path, _)| path.parent().map(Path::to_path_buf))
        .collect();
    let mut concerned = HashSet::new();
    while let Some(directory) = pending.pop() {
        if let Some(module) = modules.get(&directory) {
            let called = module.calls.iter();
            pending.extend(
                called
                    .filter_map(|call| called_directory(call, module))
                    .filter(|called| !concerned.contains(called)),
            );
        }
        concerned.insert(directory);
    }
    concerned
}

/// The modules that nothing in the repository calls: there Terraform is run, or they are meant for others.
fn roots(modules: &BTreeMap<PathBuf, Module>) -> Vec<&Module> {
    let called: BTreeSet<&PathBuf> = modules
        .values()
        .flat_map(|module| module.calls.iter().map(move |call| (module, call)))
        .filter_map(|(module, call)| called_module(call, module, modules))
        .map(|module| &module.directory)
        .collect();
    modules
        .values()
        .filter(|module| !called.contains(&module.directory))
        .collect()
}

/// Takes the flows of an instance and of the modules that it calls.
fn collect<'run>(
    evaluator: &Evaluator<'run>,
    instance: &Rc<Instance<'run>>,
    path: &[TerraformStep],
    flows: &mut Vec<TerraformFlow>,
) {
    // The depth is bounded by the evaluator, which makes no deeper instances.
    for resource in &instance.module.resources {
        for each in evaluator.repetitions(resource, instance) {
            if flows.len() >= MOST_FLOWS {
                return;
            }
            if resource.kind == "kestra_flow" {
                flows.extend(flow_of(evaluator, instance, resource, each, path));
            } else {
                visit_other(evaluator, instance, resource, each);
            }
        }
    }
    for call in &instance.module.calls {
        for (_, child) in evaluator.children(call, instance) {
            let mut path = path.to_vec();
            path.push(step(evaluator, instance, call));
            collect(evaluator, &child, &path, flows);
        }
    }
}

/// Evaluates what other resources read, so that the files of fragments are known.
fn visit_other<'run>(
    evaluator: &Evaluator<'run>,
    instance: &Instance<'run>,
    resource: &Declaration,
    each: Option<(Value, Value)>,
) {
    let argument = match resource.kind.as_str() {
        "null_resource" => "triggers",
        "terraform_data" => "input",
        _ => return,
    };
    if let Some(expression) = resource.attribute(argument) {
        evaluator.evaluate(expression, &instance.scope(resource.file, each));
    }
}

fn flow_of<'run>(
    evaluator: &Evaluator<'run>,
    instance: &Instance<'run>,
    resource: &Declaration,
    each: Option<(Value, Value)>,
    path: &[TerraformStep],
) -> Option<TerraformFlow> {
    let scope = instance.scope(resource.file, each);
    let value = |name: &str| {
        let expression = resource.attribute(name)?;
        Some((evaluator.evaluate(expression, &scope), expression))
    };
    let (content, _) = value("content")?;
    let Value::Text(content) = content else {
        return None;
    };
    let flow_id = value("flow_id");
    let namespace = value("namespace");
    let names_itself = has_key(content.as_str(), "id");
    let mut text = Text::default();
    for (key, value) in [("id", &flow_id), ("namespace", &namespace)] {
        if !has_key(content.as_str(), key) {
            text.push_made(&format!("{key}: "));
            match value.as_ref().and_then(|(value, _)| value.to_text()) {
                Some(value) => text.push_text(&value),
                None => text.push_unknown(&evaluator.unknown_word()),
            }
            text.push_made("\n");
        }
    }
    text.push_text(&content);
    let mut path = path.to_vec();
    path.push(step(evaluator, instance, resource));
    let argument = |value: Option<(Value, &Expression)>| {
        let (value, expression) = value?;
        terraform_text(&value, resource.file, expression)
    };
    Some(TerraformFlow {
        document: document(&text, resource),
        file: resource.file,
        name: resource.name.clone(),
        place: resource.place(),
        flow_id: argument(flow_id),
        namespace: argument(namespace),
        names_itself,
        path,
    })
}

fn terraform_text(value: &Value, file: FileId, expression: &Expression) -> Option<TerraformText> {
    let Value::Text(text) = value else {
        return None;
    };
    let (start, end) = text.known_ends();
    Some(TerraformText {
        start: start.to_owned(),
        end: end.to_owned(),
        is_known: text.is_known(),
        place: place_of(file, expression),
    })
}

/// Whether a key stands at the start of a line. To a mapping in braces nothing can be added, so it has all keys.
fn has_key(text: &str, key: &str) -> bool {
    if text.trim_start().starts_with('{') {
        return true;
    }
    text.lines().any(|line| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key)
            .map(|rest| rest.trim_start_matches(['"', '\'', ' ']))
            .is_some_and(|rest| rest.starts_with(':'))
    })
}

/// The document of a text. A line of which nothing is known becomes a comment: it may hold anything.
fn document(text: &Text, resource: &Declaration) -> Document {
    let segments = text.segments();
    let alone: Vec<&Segment> = segments
        .iter()
        .filter(|segment| segment.is_unknown && stands_alone(text.as_str(), segment))
        .collect();
    let mut marked = Text::default();
    let mut start = 0;
    for segment in &alone {
        let at = usize::from(segment.range.start());
        marked.push_text(&text.slice(start..at));
        marked.push_made("# ");
        start = at;
    }
    marked.push_text(&text.slice(start..text.as_str().len()));
    let segments = marked.segments();
    let shown = segments.iter().filter_map(|segment| segment.origin);
    let shown = shown.max_by_key(|origin| (origin.range.len(), std::cmp::Reverse(*origin)));
    Document {
        text: marked.as_str().into(),
        file: shown.map_or(resource.file, |origin| origin.file),
        is_incomplete: !alone.is_empty(),
        segments,
        anchor: resource.place(),
    }
}

fn step(
    evaluator: &Evaluator<'_>,
    instance: &Instance<'_>,
    declaration: &Declaration,
) -> TerraformStep {
    TerraformStep {
        directory: instance.module.directory.clone(),
        address: declaration.address(),
        place: declaration.place(),
        depends_on: depends_on(evaluator, declaration),
    }
}

/// Where `depends_on` stands or would stand.
fn depends_on(evaluator: &Evaluator<'_>, resource: &Declaration) -> DependsOn {
    let empty_at = |offset: usize| Location {
        file: resource.file,
        range: TextRange::empty(TextSize::try_from(offset).unwrap_or_default()),
    };
    if let Some(expression) = resource.attribute("depends_on") {
        let source = evaluator.sources.text(resource.file);
        let span = expression.span();
        let end = span.as_ref().and_then(|span| {
            source
                .get(span.clone())?
                .rfind(']')
                .map(|at| span.start + at)
        });
        return match (expression.as_array(), end) {
            (Some(array), Some(end)) if !array.trailing_comma() => {
                let before = source.get(..end).unwrap_or_default().trim_end().len();
                DependsOn::List {
                    at: empty_at(before),
                    has_entries: !array.is_empty(),
                }
            }
            _ => DependsOn::Unclear,
        };
    }
    let last = resource.block.body.iter().last().and_then(Span::span);
    match last {
        Some(span) => DependsOn::Absent {
            at: empty_at(after_statement(
                &evaluator.sources.text(resource.file),
                span.end,
            )),
        },
        None => DependsOn::Unclear,
    }
}

/// The end of the line on which a statement ends: behind a comment, and behind the end of a heredoc.
fn after_statement(source: &str, end: usize) -> usize {
    let rest = source.get(end..).unwrap_or_default();
    let before = source.get(..end).unwrap_or_default();
    if before.ends_with('\n') {
        return end - 1;
    }
    end + rest.find('\n').unwrap_or(rest.len())
}

fn resources(module: &Module) -> Vec<TerraformResource> {
    let all = module.resources.iter().map(|resource| (resource, false));
    let all = all.chain(module.data.iter().map(|data| (data, true)));
    all.filter(|(declaration, _)| declaration.kind.starts_with("kestra_"))
        .map(|(declaration, is_data)| {
            let file = declaration.file;
            let body = &declaration.block.body;
            let named = |name: &str, span: Option<std::ops::Range<usize>>| {
                (name.to_owned(), located(file, span.unwrap_or_default()))
            };
            let attributes = body
                .attributes()
                .map(|one| named(one.key.as_str(), one.key.span()));
            let blocks = body
                .blocks()
                .map(|one| named(one.ident.as_str(), one.ident.span()));
            let label = declaration.block.labels.first().and_then(Span::span);
            TerraformResource {
                kind: declaration.kind.clone(),
                name: declaration.name.clone(),
                place: located(file, label.unwrap_or_default()),
                arguments: attributes.chain(blocks).collect(),
                is_data,
            }
        })
        .collect()
}

/// For each flow and module call of a module, which of the others it waits for.
fn waits(module: &Module) -> Vec<((PathBuf, String), BTreeSet<String>)> {
    let flows = module
        .resources
        .iter()
        .filter(|resource| resource.kind == "kestra_flow");
    let addresses: Vec<String> = flows
        .chain(&module.calls)
        .map(Declaration::address)
        .collect();
    addresses
        .iter()
        .map(|from| {
            let waited = addresses.iter().filter(|to| module.waits_for(from, to));
            (
                (module.directory.clone(), from.clone()),
                waited.cloned().collect(),
            )
        })
        .collect()
}

/// The place of an expression.
fn place_of(file: FileId, expression: &Expression) -> Location {
    located(file, expression.span().unwrap_or_default())
}

/// The place of a parser's error: the character at which it stopped.
fn error_place(file: FileId, text: &str, error: &hcl_edit::parser::Error) -> Location {
    let offset = error.location().offset().min(text.len());
    let length = text
        .get(offset..)
        .and_then(|rest| rest.chars().next())
        .filter(|letter| *letter != '\n')
        .map_or(0, char::len_utf8);
    located(file, offset..offset + length)
}
