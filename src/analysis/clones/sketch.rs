//! What clones would look like written once, as YAML that Kestra of the target version takes. Where a word that
//! differs stands in the middle of an expression, or anything else keeps it from being certain, there is none.

use std::collections::BTreeMap;

use super::parameters::split;
use super::{Parameter, Part, Similar, Source};
use crate::analysis::credentials;
use crate::catalogue::{Catalogue, Rendering};
use crate::expression::{self, ExpressionKind, PartKind, SegmentKind, Template};
use crate::finding::Target;
use crate::model::TaskIndex;
use crate::syntax::{CollectionStyle, NodeId, NodeKind, Tree, scalar_source};
use crate::text::TextRange;

/// Longer sketches are not read.
const MOST_LINES: usize = 48;
/// Lists of more values are not read either.
const MOST_CHOICES: usize = 16;

/// The first of some tasks of one list as the only task of a loop over what differs. `branches` says how many run
/// side by side.
pub fn loop_over(
    source: Source<'_>,
    similar: &Similar,
    catalogue: &Catalogue,
    branches: Option<usize>,
) -> Option<String> {
    let Part::Task(task) = similar.places.first()?.part else {
        return None;
    };
    if !may_be_passed(source.tree, similar) || similar.places.len() > MOST_CHOICES {
        return None;
    }
    let target = catalogue.target();
    let names = names(source.tree, similar);
    let is_one = similar.parameters.len() == 1;
    let mut writer = Writer::new(source, task, catalogue);
    for (parameter, name) in similar.parameters.iter().zip(&names) {
        for spot in &parameter.spots {
            let scalar = *similar.scalars.get(spot.scalar)?;
            let value = value_in_loop(target, writer.depth(scalar));
            let value = if is_one {
                value
            } else {
                format!("fromJson({value}).{name}")
            };
            writer.replace(scalar, spot.range, value);
        }
        writer.drop_from_ids(&parameter.values);
    }
    let text = writer.text()?;
    let (class, id) = match target {
        Target::V1_3 => ("ForEach", format!("each_{}", names.first()?)),
        Target::V2_0 => ("Loop", format!("each_{}", names.first()?)),
    };
    let mut sketch = format!("- id: {id}\n  type: io.kestra.plugin.core.flow.{class}\n");
    if is_one {
        let values: Vec<String> = similar.parameters[0]
            .values
            .iter()
            .map(|value| scalar_source(value, true))
            .collect();
        sketch.push_str(&format!("  values: [{}]\n", values.join(", ")));
    } else {
        sketch.push_str("  values:\n");
        for place in 0..similar.places.len() {
            let values = similar.parameters.iter().zip(&names);
            let values: Vec<String> = values
                .map(|(parameter, name)| {
                    format!("{name}: {}", scalar_source(&parameter.values[place], true))
                })
                .collect();
            sketch.push_str(&format!("    - {{{}}}\n", values.join(", ")));
        }
    }
    if let Some(branches) = branches {
        sketch.push_str(&format!("  concurrencyLimit: {branches}\n"));
    }
    sketch.push_str("  tasks:\n");
    sketch.push_str(&item(&text, 4));
    fitting(sketch)
}

/// Whether what differs can be handed in as values: words on one line, which are no expressions themselves.
fn may_be_passed(tree: &Tree, similar: &Similar) -> bool {
    let mut values = similar
        .parameters
        .iter()
        .flat_map(|parameter| &parameter.values);
    similar.may_show_all(tree)
        && values.all(|value| !value.contains('\n') && !expression::has_template(value))
}

/// How the value of a round is read by a task so many tasks below the one that the loop repeats.
fn value_in_loop(target: Target, depth: usize) -> String {
    match (target, depth) {
        (Target::V2_0, _) => "item.value".to_owned(),
        (Target::V1_3, 0) => "taskrun.value".to_owned(),
        (Target::V1_3, 1) => "parent.taskrun.value".to_owned(),
        (Target::V1_3, depth) => format!("parents[{}].taskrun.value", depth - 1),
    }
}

/// The first of some tasks in a flow of its own, and its call.
pub fn subflow_of(source: Source<'_>, similar: &Similar, catalogue: &Catalogue) -> Option<String> {
    let Part::Task(task) = similar.places.first()?.part else {
        return None;
    };
    if !may_be_passed(source.tree, similar) {
        return None;
    }
    let names = names(source.tree, similar);
    let mut writer = Writer::new(source, task, catalogue);
    let mut inputs = Inputs::default();
    for (parameter, name) in similar.parameters.iter().zip(&names) {
        for spot in &parameter.spots {
            let scalar = *similar.scalars.get(spot.scalar)?;
            writer.replace(scalar, spot.range, format!("inputs.{name}"));
        }
        writer.drop_from_ids(&parameter.values);
        inputs.choice(name, parameter);
    }
    writer.hand_references_in(&mut inputs)?;
    let text = writer.text()?;
    let id = writer.new_id(source.flow.task(task).id)?;
    fitting(subflow(source, &id, &inputs, &text)?)
}

/// A task in a flow of its own that keeps one property: what is not the same in all `tasks` becomes an input.
pub fn subflow_around(
    source: Source<'_>,
    tasks: &[TaskIndex],
    property: &str,
    catalogue: &Catalogue,
) -> Option<String> {
    let Source {
        tree,
        flow,
        digests,
    } = source;
    let first = *tasks.first()?;
    let kind = |task: TaskIndex| {
        let node = flow.task(task).type_node;
        node.and_then(|node| tree.scalar_text(node))
    };
    let same: Vec<TaskIndex> = tasks
        .iter()
        .copied()
        .filter(|task| kind(*task) == kind(first))
        .collect();
    let mut writer = Writer::new(source, first, catalogue);
    let mut inputs = Inputs::default();
    for entry in tree.entries(writer.top()) {
        let key = tree.scalar_text(entry.key)?;
        if matches!(key, "id" | "type" | "description") || key == property {
            continue;
        }
        let is_same = same.iter().all(|task| {
            let other = tree.get(flow.task(*task).node, key);
            other.is_some_and(|other| digests.contents(other) == digests.contents(entry.value))
        });
        if is_same {
            continue;
        }
        let name = snake_case(key);
        let declaration = match tree.kind(entry.value) {
            NodeKind::Mapping(_) => "    type: JSON\n",
            NodeKind::Sequence(_) if tree.items(entry.value).all(|item| tree.is_scalar(item)) => {
                "    type: ARRAY\n    itemType: STRING\n"
            }
            NodeKind::Sequence(_) => return None,
            _ => "    type: STRING\n",
        };
        if name.is_empty() || !writer.is_rendered_property(flow.task(first).type_node, key) {
            return None;
        }
        let text = block(tree, entry.value);
        let is_block = !tree.is_scalar(entry.value) && !text.starts_with(['{', '[']);
        let is_long = tree.is_scalar(entry.value) && text.trim_end().contains('\n');
        if is_long {
            return None;
        }
        let value = if is_block {
            format!("\n{text}")
        } else {
            text.trim_end().to_owned()
        };
        let range = TextRange::new(tree.range(entry.key).end(), tree.range(entry.value).end());
        writer.rewrite(range, format!(": \"{{{{ inputs.{name} }}}}\""));
        let declaration = declaration.to_owned();
        inputs.declared.insert(name, Input { declaration, value });
    }
    writer.hand_references_in(&mut inputs)?;
    let text = writer.text()?;
    let id = writer.new_id(flow.task(first).id)?;
    fitting(subflow(source, &id, &inputs, &text)?)
}

/// A task that is the same everywhere in a flow of its own.
pub fn subflow_of_task(
    source: Source<'_>,
    task: TaskIndex,
    catalogue: &Catalogue,
) -> Option<String> {
    let mut writer = Writer::new(source, task, catalogue);
    let mut inputs = Inputs::default();
    writer.hand_references_in(&mut inputs)?;
    let text = writer.text()?;
    let id = writer.new_id(source.flow.task(task).id)?;
    fitting(subflow(source, &id, &inputs, &text)?)
}

/// A text as a file of the namespace.
pub fn namespace_file(source: Source<'_>, text: NodeId) -> Option<String> {
    let tree = source.tree;
    let task = tree.parent(text)?;
    let key = tree.key_of(text).and_then(|key| tree.scalar_text(key))?;
    let id = tree.get_text(task, "id").map(snake_case)?;
    let kind = tree.get_text(task, "type")?;
    let extension = match key {
        "sql" | "query" => "sql",
        "script" => match kind.rsplit('.').nth(1)? {
            "python" => "py",
            "shell" => "sh",
            "node" => "js",
            "r" => "R",
            "julia" => "jl",
            "ruby" => "rb",
            "powershell" => "ps1",
            _ => return None,
        },
        _ => return None,
    };
    let read = format!("read('{id}.{extension}')");
    let is_template = tree.scalar_text(text).is_some_and(expression::has_template);
    let read = if is_template {
        format!("render({read})")
    } else {
        read
    };
    Some(format!("{key}: \"{{{{ {read} }}}}\"\n"))
}

/// A property that tasks of a flow share, once in `pluginDefaults` (Kestra 1.3).
pub fn plugin_default(tree: &Tree, types: &[&str], property: NodeId) -> Option<String> {
    let key = tree
        .key_of(property)
        .and_then(|key| tree.scalar_text(key))?;
    let value = block(tree, property);
    let value = if tree.is_scalar(property) || value.starts_with(['{', '[']) {
        format!(" {value}\n")
    } else {
        format!("\n{}", indented(&value, 8))
    };
    let mut sketch = "pluginDefaults:\n".to_owned();
    for name in types {
        sketch.push_str(&format!(
            "  - type: {name}\n    values:\n      {key}:{value}"
        ));
    }
    fitting(sketch)
}

/// The sketch, where it is short, and shows no credential that somebody wrote out.
fn fitting(sketch: String) -> Option<String> {
    let is_short = sketch.lines().count() <= MOST_LINES;
    let shows_property = || {
        sketch.lines().any(|line| {
            let pair = line.trim().trim_start_matches("- ").split_once(": ");
            pair.is_some_and(|(name, value)| {
                let value = value.trim_matches(['"', '\'']);
                credentials::kind_of_property(name)
                    .is_some_and(|kind| credentials::is_credential(kind, name, value))
            })
        })
    };
    let shows_none = || !shows_property() && credentials::find(&sketch).is_empty();
    (is_short && shows_none()).then_some(sketch)
}

fn subflow(source: Source<'_>, id: &str, inputs: &Inputs, task: &str) -> Option<String> {
    let namespace = source.flow.namespace_text(source.tree)?;
    let mut sketch = format!("id: {id}\nnamespace: {namespace}\n");
    if !inputs.declared.is_empty() {
        sketch.push_str("inputs:\n");
    }
    for (name, input) in &inputs.declared {
        sketch.push_str(&format!("  - id: {name}\n{}", input.declaration));
    }
    sketch.push_str("tasks:\n");
    sketch.push_str(&item(task, 2));
    sketch.push_str(&format!(
        "---\n- id: {id}\n  type: io.kestra.plugin.core.flow.Subflow\n  namespace: {namespace}\n  flowId: {id}\n"
    ));
    if !inputs.declared.is_empty() {
        sketch.push_str("  inputs:\n");
    }
    for (name, input) in &inputs.declared {
        let value = &input.value;
        if value.starts_with('\n') {
            sketch.push_str(&format!("    {name}:{}", indented(value, 6)));
        } else {
            sketch.push_str(&format!("    {name}: {value}\n"));
        }
    }
    Some(sketch)
}

/// The inputs of a subflow, by name.
#[derive(Default)]
struct Inputs {
    declared: BTreeMap<String, Input>,
}

struct Input {
    /// Its lines behind `id`.
    declaration: String,
    /// What the call passes.
    value: String,
}

impl Inputs {
    /// One of some known values: a short list of them is safer than free text.
    fn choice(&mut self, name: &str, parameter: &Parameter) {
        let values = parameter.distinct();
        let declaration = if values.len() > MOST_CHOICES {
            "    type: STRING\n".to_owned()
        } else {
            let values: Vec<String> = values
                .iter()
                .map(|value| scalar_source(value, true))
                .collect();
            format!("    type: SELECT\n    values: [{}]\n", values.join(", "))
        };
        let value = scalar_source(values.first().copied().unwrap_or_default(), false);
        self.declared
            .insert(name.to_owned(), Input { declaration, value });
    }

    /// What is read from the flow around; the input's name.
    fn handed_in(&mut self, reference: &str, name: &str) -> String {
        let value = format!("\"{{{{ {} }}}}\"", reference.replace('"', "'"));
        let mut free = name.to_owned();
        while self
            .declared
            .get(&free)
            .is_some_and(|input| input.value != value)
        {
            free.push_str("_in");
        }
        let declaration = "    type: STRING\n".to_owned();
        self.declared
            .entry(free.clone())
            .or_insert(Input { declaration, value });
        free
    }
}

/// Names for parameters: the keys under which they stand first.
fn names(tree: &Tree, similar: &Similar) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for parameter in &similar.parameters {
        let spot = parameter.spots.first();
        let node = spot.and_then(|spot| similar.scalars.get(spot.scalar));
        let key = node.and_then(|node| {
            let key = tree
                .key_of(*node)
                .or_else(|| tree.key_of(tree.parent(*node)?));
            tree.scalar_text(key?)
        });
        let name = snake_case(key.unwrap_or("value"));
        let name = match name.as_str() {
            // They say where it stands, not what it is.
            "" | "commands" | "script" | "sql" | "condition" | "message" | "uri" | "url"
            | "from" => "name".to_owned(),
            _ => name,
        };
        let taken = names
            .iter()
            .filter(|known| known.starts_with(&name))
            .count();
        names.push(if taken == 0 {
            name
        } else {
            format!("{name}_{}", taken + 1)
        });
    }
    names
}

fn snake_case(text: &str) -> String {
    let mut name = String::new();
    let mut is_after_small = false;
    for letter in text.chars() {
        if letter.is_ascii_uppercase() {
            if is_after_small {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        } else if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter);
        } else {
            name.push('_');
        }
        is_after_small = letter.is_ascii_lowercase();
    }
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if starts_well { name } else { String::new() }
}

/// Writes a task with words replaced by expressions.
struct Writer<'run> {
    source: Source<'run>,
    task: TaskIndex,
    catalogue: &'run Catalogue,
    changes: BTreeMap<NodeId, Vec<(TextRange, String)>>,
    /// Texts of ids that change.
    ids: BTreeMap<NodeId, String>,
    /// Other bytes that change.
    rewritten: Vec<(TextRange, String)>,
}

impl<'run> Writer<'run> {
    fn new(source: Source<'run>, task: TaskIndex, catalogue: &'run Catalogue) -> Self {
        Self {
            source,
            task,
            catalogue,
            changes: BTreeMap::new(),
            ids: BTreeMap::new(),
            rewritten: Vec::new(),
        }
    }

    fn top(&self) -> NodeId {
        self.source.flow.task(self.task).node
    }

    /// The tasks inside, this one first.
    fn tasks(&self) -> impl Iterator<Item = TaskIndex> + use<'run> {
        let (flow, top) = (self.source.flow, self.task);
        let inner = flow
            .indexed_tasks()
            .map(|(index, _)| index)
            .skip(top.0 as usize + 1)
            .take_while(move |index| flow.ancestors(*index).any(|outer| outer == top));
        std::iter::once(top).chain(inner)
    }

    /// The task whose property a node is.
    fn owner(&self, node: NodeId) -> Option<TaskIndex> {
        let tree = self.source.tree;
        let mut at = Some(node);
        while let Some(node) = at {
            let found = self
                .tasks()
                .find(|task| self.source.flow.task(*task).node == node);
            if found.is_some() {
                return found;
            }
            at = tree.parent(node);
        }
        None
    }

    /// How many tasks lie between the top and the one whose property a node is.
    fn depth(&self, node: NodeId) -> usize {
        let owner = self.owner(node).filter(|owner| *owner != self.task);
        owner.map_or(0, |owner| {
            let outer = self.source.flow.ancestors(owner);
            outer.take_while(|outer| *outer != self.task).count() + 1
        })
    }

    fn replace(&mut self, scalar: NodeId, range: TextRange, value: String) {
        self.changes.entry(scalar).or_default().push((range, value));
    }

    fn rewrite(&mut self, range: TextRange, content: String) {
        self.rewritten.push((range, content));
    }

    /// Takes a word that differs out of the ids of the tasks.
    fn drop_from_ids(&mut self, values: &[String]) {
        let Some(word) = values.first() else { return };
        let tree = self.source.tree;
        for task in self.tasks() {
            let Some(node) = self.source.flow.task(task).id else {
                continue;
            };
            let known = self.ids.get(&node).map(String::as_str);
            let text = known.or_else(|| tree.scalar_text(node)).unwrap_or_default();
            if let Some(left) = without_word(text, word) {
                self.ids.insert(node, left);
            }
        }
    }

    fn new_id(&self, id: Option<NodeId>) -> Option<String> {
        let id = id?;
        let tree = self.source.tree;
        let known = self.ids.get(&id).map(String::as_str);
        known.or_else(|| tree.scalar_text(id)).map(str::to_owned)
    }

    /// Whether Kestra renders a property, as far as we know.
    fn is_rendered(&self, scalar: NodeId) -> bool {
        let (tree, flow) = (self.source.tree, self.source.flow);
        let Some(owner) = self.owner(scalar).map(|owner| flow.task(owner)) else {
            return false;
        };
        let mut at = scalar;
        while let Some(parent) = tree.parent(at).filter(|_| at != owner.node) {
            if parent == owner.node {
                let key = tree.key_of(at).and_then(|key| tree.scalar_text(key));
                return key.is_some_and(|key| self.is_rendered_property(owner.type_node, key));
            }
            at = parent;
        }
        false
    }

    fn is_rendered_property(&self, type_node: Option<NodeId>, key: &str) -> bool {
        let kind = type_node.and_then(|node| self.source.tree.scalar_text(node));
        let found = kind.and_then(|kind| self.catalogue.find(kind));
        let property =
            found.and_then(|found| found.facts.property(key).map(|known| known.rendering));
        property.is_none_or(|rendering| rendering != Rendering::Static)
    }

    /// Replaces what is read from the flow around by inputs; none where that cannot be handed in.
    fn hand_references_in(&mut self, inputs: &mut Inputs) -> Option<()> {
        let tree = self.source.tree;
        let target = self.catalogue.target();
        let own: Vec<&str> = self
            .tasks()
            .filter_map(|task| self.source.flow.task(task).id)
            .filter_map(|id| tree.scalar_text(id))
            .collect();
        for scalar in self.scalars() {
            let text = tree.scalar_text(scalar)?;
            let is_rewritten = self
                .rewritten
                .iter()
                .any(|(range, _)| range.contains_range(tree.range(scalar)));
            if is_rewritten || !expression::has_template(text) {
                continue;
            }
            let template = expression::parse(text);
            let references = template.references(target);
            for (reference, path) in references.iter() {
                let root = template.slice(reference.root);
                let first = path.first().and_then(|step| step.name(&template));
                match root {
                    "flow" | "execution" | "envs" | "globals" | "kestra" | "namespace" | "task" => {
                        continue;
                    }
                    "outputs" if first.as_deref().is_some_and(|id| own.contains(&id)) => continue,
                    "inputs" | "vars" | "outputs" | "trigger" | "labels" => {}
                    _ => return None,
                }
                let is_plain = path
                    .iter()
                    .all(|step| matches!(step.kind, SegmentKind::Name(_) | SegmentKind::Key(_)));
                if !is_plain || path.is_empty() || reference.is_root_guarded() {
                    return None;
                }
                let last = path.last().and_then(|step| step.name(&template))?;
                let name = snake_case(&last);
                if name.is_empty() {
                    return None;
                }
                let name = inputs.handed_in(template.slice(reference.range), &name);
                let value = format!("inputs.{name}");
                self.changes
                    .entry(scalar)
                    .or_default()
                    .push((reference.range, value));
            }
        }
        Some(())
    }

    /// All scalars that are values, in the order of the text.
    fn scalars(&self) -> Vec<NodeId> {
        let tree = self.source.tree;
        let mut found = Vec::new();
        let mut pending = vec![self.top()];
        while let Some(node) = pending.pop() {
            if tree.is_scalar(node) {
                found.push(node);
            }
            pending.extend(tree.items(node));
            pending.extend(tree.entries(node).iter().map(|entry| entry.value));
        }
        found.sort_by_key(|node| tree.range(*node).start());
        found
    }

    /// The task with all changes made, indented by nothing.
    fn text(&self) -> Option<String> {
        let tree = self.source.tree;
        let mut edits = Vec::new();
        for (scalar, changes) in &self.changes {
            if !self.is_rendered(*scalar) {
                return None;
            }
            let text = changed(tree.scalar_text(*scalar)?, changes)?;
            edits.push(tree.replace_scalar(*scalar, &text)?);
        }
        let mut seen = Vec::new();
        for (id, text) in &self.ids {
            if seen.contains(&text) {
                return None;
            }
            seen.push(text);
            edits.push(tree.replace_scalar(*id, text)?);
        }
        let rewritten = self.rewritten.iter();
        let mut edits: Vec<(TextRange, String)> = edits
            .into_iter()
            .map(|edit| (edit.range, edit.content))
            .chain(rewritten.cloned())
            .collect();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start()));
        let whole = tree.range(self.top());
        let mut text = tree.source()[std::ops::Range::<usize>::from(whole)].to_owned();
        let start = usize::from(whole.start());
        for (range, content) in edits {
            let range = usize::from(range.start()) - start..usize::from(range.end()) - start;
            text.replace_range(range, &content);
        }
        Some(dedented(&text, tree.column(whole.start())))
    }
}

/// A text with places replaced by expressions: with braces around them outside of templates, in place of a whole
/// string inside of one.
fn changed(text: &str, changes: &[(TextRange, String)]) -> Option<String> {
    let template = expression::parse(text);
    let mut edits: Vec<(TextRange, String)> = Vec::new();
    for (range, value) in changes {
        edits.push(edit(&template, *range, value)?);
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start()));
    let mut text = text.to_owned();
    for (range, content) in edits {
        text.replace_range(std::ops::Range::<usize>::from(range), &content);
    }
    Some(text)
}

fn edit(template: &Template, range: TextRange, value: &str) -> Option<(TextRange, String)> {
    let part = template
        .parts()
        .iter()
        .find(|part| part.range.contains_range(range) && !matches!(part.kind, PartKind::Text));
    let Some(part) = part else {
        return Some((range, format!("{{{{ {value} }}}}")));
    };
    if matches!(
        part.kind,
        PartKind::Verbatim(_) | PartKind::Comment | PartKind::Error
    ) {
        return None;
    }
    // A reference to what is handed in.
    let is_whole = template.expressions().any(|(_, expression)| {
        expression.range == range && !matches!(expression.kind, ExpressionKind::String(_))
    });
    if is_whole && value.starts_with("inputs.") {
        return Some((range, value.to_owned()));
    }
    template.expressions().find_map(|(id, expression)| {
        let is_it = template.string_content(id) == Some(range);
        is_it.then(|| (expression.range, value.to_owned()))
    })
}

/// An id without a word and what joins it to the rest.
fn without_word(id: &str, word: &str) -> Option<String> {
    let words = split(id);
    let at = words.iter().position(|known| *known == word)?;
    let mut left: Vec<&str> = words;
    left.remove(at);
    if at > 0 {
        left.remove(at - 1);
    } else if !left.is_empty() {
        left.remove(0);
    }
    let left = left.concat();
    left.starts_with(|first: char| first.is_ascii_alphanumeric())
        .then_some(left)
}

/// The source of a node, indented by nothing.
fn block(tree: &Tree, node: NodeId) -> String {
    if tree.kind(node) == NodeKind::Sequence(CollectionStyle::Block) {
        // Where the first dash stands does not belong to the list.
        let items = tree.items(node);
        return items.map(|value| item(&slice(tree, value), 0)).collect();
    }
    slice(tree, node)
}

fn slice(tree: &Tree, node: NodeId) -> String {
    let range = tree.range(node);
    let text = &tree.source()[std::ops::Range::<usize>::from(range)];
    dedented(text, tree.column(range.start()))
}

fn dedented(text: &str, column: usize) -> String {
    let mut dedented = String::new();
    for (number, line) in text.trim_end().lines().enumerate() {
        let blank = line.len() - line.trim_start_matches(' ').len();
        let cut = if number == 0 { 0 } else { blank.min(column) };
        dedented.push_str(line[cut..].trim_end());
        dedented.push('\n');
    }
    dedented
}

fn indented(text: &str, by: usize) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        if !line.is_empty() {
            indented.push_str(&" ".repeat(by));
            indented.push_str(line);
        }
        indented.push('\n');
    }
    indented
}

/// A mapping as an item of a list whose dashes stand in a column.
fn item(text: &str, column: usize) -> String {
    let text = indented(text, column + 2);
    let mut item = " ".repeat(column);
    item.push_str("- ");
    item.push_str(text.trim_start_matches(' '));
    item
}
