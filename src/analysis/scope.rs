//! What an expression can read at its place, and of which type.
//!
//! Unknown stays [`Type::Any`]: a finding needs proof. Maps are closed only where all their entries are
//! known; whether an input, a variable or a task exists at all is asked by rules of their own.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::OnceLock;

use super::{ExpressionSite, Owner};
use crate::catalogue::{Catalogue, Format, ObjectSchema, Schema, TypeFacts};
use crate::expression::{Scope, Type};
use crate::finding::Target;
use crate::model::{FOR_EACH_ITEM_TYPES, Flow, Input, SUBFLOW_TYPES, Task, TaskIndex, Trigger};
use crate::project::{OutputSummary, ProjectIndex};
use crate::syntax::{NodeId, Tree, Value};

/// Schemas nested deeper than this become [`Type::Any`].
const DEPTH: usize = 6;
const LOOP: &str = "io.kestra.plugin.core.flow.Loop";

/// What tasks of a type put out in a version of Kestra, made once for many flows of one run.
#[derive(Default)]
pub struct OutputTypes {
    by_type: RefCell<HashMap<(&'static str, Target), Type>>,
}

/// The variables of a flow, typed when they are first asked for.
pub struct FlowScope<'run> {
    tree: &'run Tree,
    flow: &'run Flow,
    catalogue: &'run Catalogue,
    project: &'run ProjectIndex,
    output_types: &'run OutputTypes,
    inputs: OnceCell<Type>,
    /// The inputs before the execution is stored.
    early_inputs: OnceCell<Type>,
    outputs: OnceCell<Type>,
    variables: OnceCell<Type>,
    trigger: OnceCell<Type>,
}

impl<'run> FlowScope<'run> {
    /// The scope of a flow; makes nothing yet.
    pub fn new(
        tree: &'run Tree,
        flow: &'run Flow,
        catalogue: &'run Catalogue,
        project: &'run ProjectIndex,
        output_types: &'run OutputTypes,
    ) -> Self {
        Self {
            tree,
            flow,
            catalogue,
            project,
            output_types,
            inputs: OnceCell::new(),
            early_inputs: OnceCell::new(),
            outputs: OnceCell::new(),
            variables: OnceCell::new(),
            trigger: OnceCell::new(),
        }
    }

    /// What can be read at the place of a template.
    pub fn at<'scope>(&'scope self, site: &ExpressionSite) -> SiteScope<'scope, 'run> {
        SiteScope {
            flow: self,
            owner: site.owner,
        }
    }

    /// The type of a task's outputs, as the task that reads them sees it.
    pub fn task_outputs(&self, index: TaskIndex) -> Type {
        let task = self.flow.task(index);
        let Some(mut outputs) = self.own_outputs(task) else {
            return Type::Any;
        };
        for ancestor in self.flow.ancestors(index) {
            match self.loop_kind(self.flow.task(ancestor)) {
                // In Kestra 2 they are seen inside the loop only, and as they are.
                LoopKind::None | LoopKind::Declared => {}
                // Kestra 1 keys the outputs of a loop's tasks by the value of the iteration.
                LoopKind::ByValue => outputs = Type::map_of(outputs),
                LoopKind::Unknown => return Type::Any,
            }
        }
        outputs
    }

    /// The facts of a task's type, if the catalogue has its outputs.
    pub fn facts(&self, task: &Task) -> Option<&'run TypeFacts> {
        let name = task
            .type_node
            .and_then(|node| self.tree.scalar_text(node))?;
        self.catalogue.find(name).map(|found| found.facts)
    }

    fn own_outputs(&self, task: &Task) -> Option<Type> {
        let facts = self.facts(task)?;
        let schema = facts.outputs.as_ref()?;
        let hidden = self.not_fetched(task, schema);
        if !hidden.is_empty() || SUBFLOW_TYPES.contains(&facts.name) {
            return Some(self.make_outputs(task, facts, schema, hidden));
        }
        let key = (facts.name, self.catalogue.target());
        if let Some(known) = self.output_types.by_type.borrow().get(&key) {
            return Some(known.clone());
        }
        let made = self.make_outputs(task, facts, schema, hidden);
        let mut known = self.output_types.by_type.borrow_mut();
        Some(known.entry(key).or_insert(made).clone())
    }

    fn make_outputs(
        &self,
        task: &Task,
        facts: &TypeFacts,
        schema: &ObjectSchema,
        hidden: &[&str],
    ) -> Type {
        let entries = schema
            .properties
            .iter()
            .filter(|property| !hidden.contains(&property.name))
            .map(|property| {
                let inferred = match property.name {
                    // A list in the schema; Kestra's own flows read it by the value of the iteration, too.
                    "outputs" if facts.name == LOOP => Type::Any,
                    "outputs" if SUBFLOW_TYPES.contains(&facts.name) => self.child_outputs(task),
                    _ => self.type_of(&property.schema, 0),
                };
                (property.name, inferred)
            });
        let open = schema.open || !facts.complete;
        if open {
            Type::open(entries)
        } else {
            Type::closed(entries)
        }
    }

    /// Outputs that a literal `fetchType` leaves empty: rows are fetched, a file is stored.
    fn not_fetched(&self, task: &Task, schema: &ObjectSchema) -> &'static [&'static str] {
        let has = |name: &str| schema.property(name).is_some();
        let flag = |key: &str| self.tree.get(task.node, key).is_some();
        if !(has("rows") && has("uri")) || flag("store") || flag("fetch") || flag("fetchOne") {
            return &[];
        }
        match self.tree.get_text(task.node, "fetchType") {
            Some("STORE") => &["rows", "row"],
            Some("FETCH") => &["uri", "row"],
            Some("FETCH_ONE") => &["uri", "rows"],
            Some("NONE") => &["uri", "row", "rows"],
            _ => &[],
        }
    }

    /// The outputs that the flow called by a Subflow task declares.
    fn child_outputs(&self, task: &Task) -> Type {
        let text = |key: &str| self.tree.get_text(task.node, key);
        let (Some(namespace), Some(id)) = (text("namespace"), text("flowId")) else {
            return Type::map_of(Type::Any);
        };
        match self.project.flows(namespace, id) {
            [member] => {
                let outputs = &self.project.summary(*member).outputs;
                Type::open(
                    outputs
                        .iter()
                        .map(|output| (output.id.as_str(), output_type(output))),
                )
            }
            _ => Type::map_of(Type::Any),
        }
    }

    fn loop_kind(&self, task: &Task) -> LoopKind {
        let name = task
            .type_node
            .and_then(|node| self.tree.scalar_text(node))
            .unwrap_or_default();
        match name.rsplit('.').next().unwrap_or_default() {
            // What Kestra 2 made of these in a flow that it refuses is nobody's to know.
            "ForEach" | "EachSequential" | "EachParallel"
                if self.catalogue.target() == Target::V2_0 =>
            {
                LoopKind::Unknown
            }
            "ForEach" | "EachSequential" | "EachParallel" => LoopKind::ByValue,
            "Loop" => LoopKind::Declared,
            _ => LoopKind::None,
        }
    }

    /// A schema as the type of the values that it allows.
    fn type_of(&self, schema: &Schema, depth: usize) -> Type {
        if depth > DEPTH {
            return Type::Any;
        }
        match schema {
            Schema::Boolean => Type::Boolean,
            Schema::Integer(_) | Schema::Number(_) => Type::Number,
            Schema::Text(text) => match text.format {
                Format::Uri => Type::File,
                Format::Plain => Type::Text,
                // Dates and durations are objects or strings, by the way that the task stores them.
                _ => Type::Any,
            },
            Schema::List { items, .. } => Type::list(self.type_of(items, depth + 1)),
            Schema::Map { values, .. } => Type::map_of(self.type_of(values, depth + 1)),
            Schema::Object(reference) => {
                let object = self.catalogue.definition(*reference);
                if object.properties.is_empty() {
                    return Type::map_of(Type::Any);
                }
                // Nested objects are written by Jackson under names that their schema may not know.
                Type::open(
                    object
                        .properties
                        .iter()
                        .map(|property| (property.name, self.type_of(&property.schema, depth + 1))),
                )
            }
            _ => Type::Any,
        }
    }

    /// All inputs; a dotted id makes maps in maps, and so do the inputs of a FORM.
    fn inputs(&self, moment: Moment) -> Type {
        let mut entries: Vec<(String, Type)> = Vec::with_capacity(self.flow.inputs.len());
        for input in &self.flow.inputs {
            let Some(id) = self.text_of(input.id) else {
                continue;
            };
            let holder = input
                .form
                .and_then(|form| self.flow.inputs.get(form as usize));
            match holder {
                Some(form) => {
                    let form = self.text_of(form.id).unwrap_or_default();
                    entries.push((format!("{form}.{id}"), self.input_type(input, moment)));
                }
                None if self.text_of(input.type_node) == Some("FORM") => {}
                None => entries.push((id.to_owned(), self.input_type(input, moment))),
            }
        }
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        let entries: Vec<(&str, Type)> = entries
            .iter()
            .map(|(id, value)| (id.as_str(), value.clone()))
            .collect();
        Type::open(nested(entries))
    }

    fn input_type(&self, input: &Input, moment: Moment) -> Type {
        let kind = self.text_of(input.type_node).unwrap_or_default();
        let inferred = match kind {
            "ARRAY" => {
                let items = self
                    .tree
                    .get_text(input.node, "itemType")
                    .unwrap_or_default();
                Type::list(plain_type(items, moment))
            }
            "MULTISELECT" => Type::list(Type::Text),
            other => plain_type(other, moment),
        };
        let has = |key: &str| self.tree.get(input.node, key).is_some();
        // One that depends on others may not be asked for.
        let may_be_missing = self.is_false(input.node, "required") || has("dependsOn");
        if may_be_missing && !has("defaults") {
            inferred.optional()
        } else {
            inferred
        }
    }

    fn text_of(&self, node: Option<NodeId>) -> Option<&'run str> {
        node.and_then(|node| self.tree.scalar_text(node))
    }

    fn is_false(&self, node: NodeId, key: &str) -> bool {
        self.tree
            .get(node, key)
            .is_some_and(|value| self.tree.value(value) == Some(Value::Boolean(false)))
    }

    fn outputs(&self) -> Type {
        let tasks = self.flow.indexed_tasks();
        Type::open(tasks.filter_map(|(index, task)| {
            let id = task.id.and_then(|id| self.tree.scalar_text(id))?;
            let type_name = task.type_node.and_then(|node| self.tree.scalar_text(node));
            // Kestra splits this task into steps with outputs of their own.
            let is_split = type_name.is_some_and(|name| FOR_EACH_ITEM_TYPES.contains(&name));
            (!is_split).then(|| (id, self.task_outputs(index)))
        }))
    }

    fn variables(&self) -> Type {
        match self.flow.variables {
            Some(variables) if self.tree.is_mapping(variables) => {
                let entries = self.tree.entries(variables).iter().filter_map(|entry| {
                    Some((
                        self.tree.scalar_text(entry.key)?,
                        self.literal(entry.value, 0),
                    ))
                });
                Type::open(entries)
            }
            _ => Type::Any,
        }
    }

    /// The type of a value written in the flow. Templates in variables are text until they are rendered.
    fn literal(&self, node: NodeId, depth: usize) -> Type {
        if depth > DEPTH {
            return Type::Any;
        }
        match self.tree.value(node) {
            Some(Value::Boolean(_)) => Type::Boolean,
            Some(Value::Integer(_) | Value::Float(_)) => Type::Number,
            Some(Value::String(_)) => Type::Text,
            Some(_) => Type::Any,
            None if self.tree.is_sequence(node) => {
                let items = self
                    .tree
                    .items(node)
                    .map(|item| self.literal(item, depth + 1));
                Type::list(items.reduce(Type::union).unwrap_or_default())
            }
            None => Type::open(self.tree.entries(node).iter().filter_map(|entry| {
                Some((
                    self.tree.scalar_text(entry.key)?,
                    self.literal(entry.value, depth + 1),
                ))
            })),
        }
    }

    /// What the triggers bring: of several, what any of them does.
    fn trigger(&self) -> Type {
        let mut all: Vec<(&str, Type)> = Vec::new();
        for trigger in &self.flow.triggers {
            let Some(entries) = self.trigger_entries(trigger) else {
                return Type::Any;
            };
            for (name, value) in entries {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => *known = std::mem::take(known).union(value),
                    None => all.push((name, value)),
                }
            }
        }
        if all.is_empty() {
            return Type::Any;
        }
        Type::open(all)
    }

    fn trigger_entries(&self, trigger: &Trigger) -> Option<Vec<(&'static str, Type)>> {
        let name = self.text_of(trigger.type_node)?;
        if name == "io.kestra.plugin.core.trigger.Webhook" {
            let lists = Type::map_of(Type::list(Type::Text));
            return Some(vec![
                ("body", Type::Any),
                ("headers", lists.clone()),
                ("parameters", lists),
            ]);
        }
        let outputs = self.catalogue.find(name)?.facts.outputs.as_ref()?;
        let entries = outputs.properties.iter();
        Some(
            entries
                .map(|property| (property.name, self.type_of(&property.schema, 0)))
                .collect(),
        )
    }
}

/// Variables that are the same in every flow of a version, made once (asked of 1.3.31 and 2.0.0).
struct Constant {
    execution: Type,
    flow: Type,
    task: Type,
    taskrun: Type,
}

impl Constant {
    fn of(target: Target) -> &'static Self {
        static MADE: [OnceLock<Constant>; Target::ALL.len()] =
            [const { OnceLock::new() }; Target::ALL.len()];
        MADE[target.index()].get_or_init(|| Self {
            execution: execution(target),
            flow: Type::closed([
                ("id", Type::Text),
                ("namespace", Type::Text),
                ("revision", Type::Number),
                ("tenantId", Type::Text),
            ]),
            task: Type::closed([("id", Type::Text), ("type", Type::Text)]),
            taskrun: Type::closed([
                ("attemptsCount", Type::Number),
                ("id", Type::Text),
                // Of a ForEachItem.
                ("items", Type::Any),
                ("iteration", Type::Number),
                ("parentId", Type::Text),
                ("startDate", Type::Date),
                ("value", Type::Text),
            ]),
        })
    }
}

fn execution(target: Target) -> Type {
    let mut entries = vec![
        ("id", Type::Text),
        ("originalId", Type::Text),
        ("outputs", Type::map_of(Type::Any)),
        ("startDate", Type::Date),
        ("state", Type::Any),
    ];
    if target == Target::V2_0 {
        entries.push(("endDate", Type::Date));
    }
    Type::closed(entries)
}

/// Entries with dotted names, sorted, as maps in maps.
fn nested(entries: Vec<(&str, Type)>) -> Vec<(&str, Type)> {
    let mut made: Vec<(&str, Type)> = Vec::with_capacity(entries.len());
    let mut below: Vec<(&str, Type)> = Vec::new();
    let mut entries = entries.into_iter().peekable();
    while let Some((name, value)) = entries.next() {
        let Some((first, rest)) = name.split_once('.') else {
            made.push((name, value));
            continue;
        };
        below.push((rest, value));
        let goes_on = entries.peek().is_some_and(|(next, _)| {
            next.strip_prefix(first)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if goes_on {
            continue;
        }
        let inner = std::mem::take(&mut below);
        match made.iter_mut().find(|(known, _)| *known == first) {
            // A name cannot be a value and hold others: what Kestra makes of it is not known.
            Some((_, known)) => *known = Type::Any,
            None => made.push((first, Type::closed(nested(inner)))),
        }
    }
    made
}

/// When an input is read: as it is made, or after the execution was stored, which turns dates and times into text
/// and durations into seconds (asked of 1.3.31 and 2.0.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Early,
    Stored,
}

/// How the tasks of a loop show their outputs.
enum LoopKind {
    None,
    ByValue,
    Declared,
    Unknown,
}

/// The scope at one template.
pub struct SiteScope<'scope, 'run> {
    flow: &'scope FlowScope<'run>,
    owner: Owner,
}

impl Scope for SiteScope<'_, '_> {
    fn root(&self, name: &str) -> Type {
        let flow = self.flow;
        let runs = matches!(
            self.owner,
            Owner::Task(_) | Owner::Output(_) | Owner::PluginDefault(_)
        );
        let constant = || Constant::of(flow.catalogue.target());
        match name {
            "inputs" if runs => flow
                .inputs
                .get_or_init(|| flow.inputs(Moment::Stored))
                .clone(),
            "inputs" => flow
                .early_inputs
                .get_or_init(|| flow.inputs(Moment::Early))
                .clone(),
            "outputs" if runs && !self.is_subflow_outputs() => {
                flow.outputs.get_or_init(|| flow.outputs()).clone()
            }
            "vars" if runs => flow.variables.get_or_init(|| flow.variables()).clone(),
            "trigger" if runs => flow.trigger.get_or_init(|| flow.trigger()).clone(),
            "flow" if runs => constant().flow.clone(),
            "execution" if runs => constant().execution.clone(),
            "taskrun" if runs => constant().taskrun.clone(),
            "task" if runs => constant().task.clone(),
            _ => Type::Any,
        }
    }
}

impl SiteScope<'_, '_> {
    /// Under `outputs` of a Subflow task (Kestra 1), `outputs` are those of the flow that it called.
    fn is_subflow_outputs(&self) -> bool {
        let Owner::Task(task) = self.owner else {
            return false;
        };
        let task = self.flow.flow.task(task);
        let calls = task
            .type_node
            .and_then(|node| self.flow.tree.scalar_text(node))
            .is_some_and(|name| {
                SUBFLOW_TYPES.contains(&name) || FOR_EACH_ITEM_TYPES.contains(&name)
            });
        calls
            && self.flow.catalogue.target() == Target::V1_3
            && self.flow.tree.get(task.node, "outputs").is_some()
    }
}

/// The type of an input or output by the name of its kind.
fn plain_type(kind: &str, moment: Moment) -> Type {
    match kind {
        "DATE" | "TIME" | "DATETIME" if moment == Moment::Stored => Type::Text,
        "DURATION" if moment == Moment::Stored => Type::Number,
        "STRING" | "SELECT" | "ENUM" | "URI" | "EMAIL" | "SECRET" => Type::Text,
        "INT" | "FLOAT" => Type::Number,
        "BOOL" | "BOOLEAN" => Type::Boolean,
        "FILE" => Type::File,
        _ => Type::Any,
    }
}

fn output_type(output: &OutputSummary) -> Type {
    match output.kind.as_str() {
        "ARRAY" | "MULTISELECT" => Type::list(Type::Any),
        other => plain_type(other, Moment::Stored),
    }
}
