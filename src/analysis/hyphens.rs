//! Ids with a hyphen behind a dot: a subtraction to the engine.

use std::borrow::Cow;

use super::property_of;
use crate::expression::{HyphenatedName, Segment, Template};
use crate::model::{Flow, Input, Task};
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

/// What becomes of `inputs.my-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HyphenFate {
    /// Kestra refuses the flow.
    Refused,
    /// Kestra saves it; it fails when it is rendered.
    FailsAtRunTime,
    /// It may well be meant as a subtraction.
    Arithmetic,
}

/// The task that sets variables of the execution.
const SET_VARIABLES: &str = "io.kestra.plugin.core.execution.SetVariables";

/// Properties that Kestra's check does not look at: those that every task has.
const COMMON: [&str; 16] = [
    "id",
    "type",
    "description",
    "runIf",
    "timeout",
    "retry",
    "disabled",
    "logLevel",
    "logToFile",
    "allowFailure",
    "allowWarning",
    "workerGroup",
    "workerSelector",
    "taskCache",
    "assets",
    "version",
];

/// Judges a name that is split by a hyphen. `task` is the task whose text it is, if it is a task's.
pub fn hyphen_fate(
    tree: &Tree,
    flow: &Flow,
    task: Option<&Task>,
    node: NodeId,
    template: &Template,
    name: &HyphenatedName,
) -> HyphenFate {
    let root = template.slice(template.expression(name.object).range);
    let meant = template.slice(name.name);
    let first = meant.split('-').next().unwrap_or_default();
    let is_declared = |id: &str| match root {
        "inputs" => declares_input(tree, flow, id),
        "outputs" => flow.task_by_id(tree, id).is_some(),
        "vars" => declares_variable(tree, flow, id),
        _ => false,
    };
    let is_known_root = matches!(root, "inputs" | "outputs" | "vars");
    if !is_known_root || (!is_declared(meant) && (is_declared(first) || name.has_number)) {
        return HyphenFate::Arithmetic;
    }
    let is_own_text = task.is_some_and(|task| is_own_property(tree, task, node));
    if is_declared(meant) && is_own_text && has_refused_form(template, root, name) {
        HyphenFate::Refused
    } else {
        HyphenFate::FailsAtRunTime
    }
}

/// Whether an input of this id is declared; a dotted id declares all names along its path.
pub fn declares_input(tree: &Tree, flow: &Flow, name: &str) -> bool {
    flow.inputs.iter().any(|input| {
        let id = input
            .id
            .and_then(|id| tree.scalar_text(id))
            .unwrap_or_default();
        id.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The input that a path behind `inputs` names; a dotted id takes several steps. Inputs of a FORM are left out.
pub fn input_of_path<'flow>(
    tree: &Tree,
    flow: &'flow Flow,
    template: &Template,
    path: &[Segment],
) -> Option<&'flow Input> {
    let named = |name: &str| {
        flow.inputs.iter().find(|input| {
            input.form.is_none() && input.id.and_then(|id| tree.scalar_text(id)) == Some(name)
        })
    };
    let mut name = path.first()?.name(template)?;
    let mut rest = path.iter().skip(1);
    loop {
        if let Some(input) = named(&name) {
            return Some(input);
        }
        let next = rest.next()?.name(template)?;
        name = Cow::Owned(format!("{name}.{next}"));
    }
}

/// Whether a variable is declared, under `variables` or by a task that sets variables of the execution.
pub fn declares_variable(tree: &Tree, flow: &Flow, name: &str) -> bool {
    let of = |mapping: Option<NodeId>| {
        // What is no mapping (an expression) may declare anything.
        mapping
            .is_some_and(|mapping| !tree.is_mapping(mapping) || tree.get(mapping, name).is_some())
    };
    of(flow.variables)
        || flow.tasks.iter().any(|task| {
            let type_name = task.type_node.and_then(|node| tree.scalar_text(node));
            type_name == Some(SET_VARIABLES) && of(tree.get(task.node, "variables"))
        })
}

/// Kestra's check is two patterns (measured on 1.3.31 and 2.0.0): `{{ inputs.my-id }}` with nothing else
/// in the braces, and `{{ outputs.my-task.` with anything behind.
fn has_refused_form(template: &Template, root: &str, name: &HyphenatedName) -> bool {
    let text = template.text();
    let before = text[..usize::from(name.whole.start())].trim_end();
    let after = &text[usize::from(name.place.end())..];
    before.ends_with("{{")
        && match root {
            "inputs" => after.trim_start().starts_with("}}"),
            "outputs" => after.starts_with('.'),
            _ => false,
        }
}

/// Kestra looks at the fields that the class of the task declares itself: not at those of every task, and
/// not at those inherited from a plugin's base class, as in the HTTP tasks.
fn is_own_property(tree: &Tree, task: &Task, node: NodeId) -> bool {
    let name = task
        .type_node
        .and_then(|node| tree.scalar_text(node))
        .unwrap_or_default();
    let Some(key) = property_of(tree, task.node, node) else {
        return false;
    };
    if name.starts_with("io.kestra.plugin.core.http.") || COMMON.contains(&key) {
        return false;
    }
    name.starts_with("io.kestra.plugin.core.")
        || (name.starts_with("io.kestra.plugin.scripts.") && matches!(key, "script" | "commands"))
}

/// Whether a reference is a piece of a name that is split by a hyphen, which is reported as a whole.
pub fn is_part_of_hyphenated_name(template: &Template, reference: TextRange) -> bool {
    template.hyphenated_names().iter().any(|name| {
        name.whole
            .intersect(reference)
            .is_some_and(|part| !part.is_empty())
    })
}
