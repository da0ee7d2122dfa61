//! The properties of tasks in which a value does harm.

use crate::analysis::script::Language;
use crate::analysis::{ExpressionSite, Owner, property_of};
use crate::catalogue::Catalogue;
use crate::model::{Flow, TaskIndex};
use crate::syntax::{NodeId, Tree};

/// A text that is run as a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeSink<'run> {
    /// The task.
    pub task: TaskIndex,
    /// The task's type.
    pub type_name: &'run str,
    /// The property of the task.
    pub property: &'run str,
    /// The language of the text.
    pub language: Language,
}

/// Types whose `commands` are arguments of one program: no shell reads them.
const WITHOUT_SHELL: [&str; 4] = [
    "io.kestra.plugin.docker.Run",
    "io.kestra.plugin.docker.cli.Run",
    "io.kestra.plugin.databricks.cli.DatabricksSQLCLI",
    "io.kestra.plugin.redis.cli.RedisCLI",
];

/// The properties that hold programs.
const PROPERTIES: [&str; 6] = [
    "afterSQL",
    "beforeCommands",
    "commands",
    "query",
    "script",
    "sql",
];

/// Types whose `query` is SQL, or nearly.
const WITH_QUERY: [&str; 4] = [
    "io.kestra.plugin.aws.athena.Query",
    "io.kestra.plugin.azure.storage.cosmosdb.Query",
    "io.kestra.plugin.couchbase.Query",
    "io.kestra.plugin.surrealdb.Query",
];

/// The program text that a template is part of; none for all other texts.
pub fn code_sink<'run>(
    tree: &'run Tree,
    flow: &Flow,
    catalogue: &Catalogue,
    site: &ExpressionSite,
) -> Option<CodeSink<'run>> {
    let Owner::Task(task) = site.owner else {
        return None;
    };
    let node = flow.task(task).node;
    let property = property_of(tree, node, site.node)?;
    if !PROPERTIES.contains(&property) {
        return None;
    }
    let type_name = tree.get_text(node, "type")?;
    let language = code_language(catalogue, type_name, property, || {
        interpreter(tree, tree.get(node, "interpreter")?)
    })?;
    Some(CodeSink {
        task,
        type_name,
        property,
        language,
    })
}

/// The language of a property that holds a program. `interpreter` is what the task itself names.
pub(crate) fn code_language<'run>(
    catalogue: &Catalogue,
    type_name: &str,
    property: &str,
    interpreter: impl FnOnce() -> Option<&'run str>,
) -> Option<Language> {
    let is_plugin = type_name.starts_with("io.kestra.plugin.")
        || type_name.starts_with("io.kestra.core.tasks.scripts.");
    if !is_plugin || WITHOUT_SHELL.contains(&type_name) {
        return None;
    }
    match property {
        "sql" | "afterSQL" => Some(Language::Sql),
        "query" => WITH_QUERY.contains(&type_name).then_some(Language::Sql),
        "script" => Language::of_script(type_name),
        _ => {
            let named = interpreter().map(Language::of_interpreter);
            Some(named.unwrap_or_else(|| default_interpreter(catalogue, type_name)))
        }
    }
}

/// The program that reads the commands of a task which names none.
fn default_interpreter(catalogue: &Catalogue, type_name: &str) -> Language {
    let default = catalogue
        .find(type_name)
        .and_then(|found| found.facts.property("interpreter"))
        .and_then(|property| property.default);
    match default {
        Some(list) if !list.contains("sh\"") && list.contains("pwsh") => Language::PowerShell,
        _ => Language::Shell,
    }
}

/// The first word of an interpreter that is given as a list or as one text.
fn interpreter(tree: &Tree, node: NodeId) -> Option<&str> {
    let first = tree.items(node).next().unwrap_or(node);
    tree.scalar_text(first)
}

/// Where people read what a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readable {
    /// The log of an execution.
    Log,
    /// A label of an execution.
    Label,
    /// The message with which an execution fails.
    ErrorMessage,
    /// An output of a task or of the flow.
    Output,
    /// The key-value store.
    KeyValue,
    /// A variable of the execution.
    Variable,
    /// A file of the storage.
    File,
}

impl Readable {
    /// Whether it is kept for others to read it by name, and not only shown.
    pub fn is_kept(self) -> bool {
        matches!(
            self,
            Self::Output | Self::KeyValue | Self::Variable | Self::File
        )
    }

    /// The words for messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Log => "the log",
            Self::Label => "a label",
            Self::ErrorMessage => "an error message",
            Self::Output => "an output",
            Self::KeyValue => "the key-value store",
            Self::Variable => "a variable of the execution",
            Self::File => "a file of the storage",
        }
    }
}

/// The place where people read what a template says; none for all other texts.
pub fn readable_sink(tree: &Tree, flow: &Flow, site: &ExpressionSite) -> Option<Readable> {
    match site.owner {
        Owner::Task(index) => {
            let node = flow.task(index).node;
            let class = core_class(tree.get_text(node, "type")?)?;
            readable_property(class, property_of(tree, node, site.node)?)
        }
        Owner::Output(_) => Some(Readable::Output),
        Owner::Flow => {
            (property_of(tree, flow.root?, site.node)? == "labels").then_some(Readable::Label)
        }
        Owner::Trigger(_) | Owner::Input(_) | Owner::PluginDefault(_) => None,
    }
}

fn core_class(type_name: &str) -> Option<&str> {
    type_name
        .strip_prefix("io.kestra.plugin.core.")
        .or_else(|| type_name.strip_prefix("io.kestra.core.tasks."))
}

fn readable_property(class: &str, property: &str) -> Option<Readable> {
    Some(match (class, property) {
        ("log.Log", "message") | ("debug.Echo" | "debugs.Echo", "format") => Readable::Log,
        ("debug.Return" | "debugs.Return", "format") | ("output.OutputValues", "values") => {
            Readable::Output
        }
        ("execution.Labels" | "executions.Labels" | "flow.Subflow" | "flows.Subflow", "labels") => {
            Readable::Label
        }
        ("execution.Fail" | "executions.Fail" | "execution.Assert", "errorMessage") => {
            Readable::ErrorMessage
        }
        ("kv.Set", "value") => Readable::KeyValue,
        ("execution.SetVariables", "variables") => Readable::Variable,
        ("storage.Write", "content") => Readable::File,
        _ => return None,
    })
}

/// The templates at or below a node.
pub fn sites_below<'run>(
    tree: &'run Tree,
    sites: &'run [ExpressionSite],
    node: NodeId,
) -> impl Iterator<Item = &'run ExpressionSite> {
    let range = tree.range(node);
    sites
        .iter()
        .filter(move |site| range.contains_range(tree.range(site.node)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Kind;
    use crate::finding::Target;

    /// Every task of the catalogue with such a property is known to run it, or not to.
    #[test]
    fn every_program_of_the_catalogue_has_a_language() {
        let mut wrong = Vec::new();
        for target in [Target::V1_3, Target::V2_0] {
            let catalogue = Catalogue::of(target);
            for (name, kind) in catalogue.names() {
                let Some(found) = catalogue.find(name).filter(|_| kind == Kind::Task) else {
                    continue;
                };
                for property in ["script", "commands", "beforeCommands", "sql"] {
                    let has = found.facts.property(property).is_some();
                    let language = code_language(catalogue, name, property, || None);
                    let is_judged = match language {
                        Some(language) => language != Language::Other,
                        None => WITHOUT_SHELL.contains(&name),
                    };
                    if has && !is_judged {
                        wrong.push(format!("{name}: {property}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
