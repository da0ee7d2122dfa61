//! `kestralint explain --expression '{{ … }}' [--flow FILE [--at TASK]]`

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::console::{self, Failure};
use crate::analysis::{ExpressionSite, FlowScope, OutputTypes, Owner};
use crate::catalogue::Catalogue;
use crate::engine::{self, LoadRequest, LoadedDocument, Settings, SettingsSource, Workspace};
use crate::expression::{
    Checked, InvocationKind, Lookup, Scope, Signature, Template, Type, UnknownScope, lookup, parse,
};
use crate::finding::Target;
use crate::policy;
use crate::source::Candidate;

/// What to explain, and where it stands.
pub(super) struct Question<'arguments> {
    /// The expression, with or without `{{ }}`.
    pub(super) expression: &'arguments str,
    /// The flow in which it stands.
    pub(super) flow: Option<&'arguments Path>,
    /// The task in which it stands.
    pub(super) task: Option<&'arguments str>,
    /// The Kestra version.
    pub(super) target: Target,
}

pub(super) fn explain(question: &Question<'_>) -> Result<u8, Failure> {
    let text = question.expression.trim();
    let template = if crate::expression::has_template(text) {
        parse(text)
    } else {
        parse(&format!("{{{{ {text} }}}}"))
    };
    let Some(path) = question.flow else {
        return console::print(|out| write(&template, question.target, &UnknownScope, out));
    };
    let workspace = load(path);
    let document = flow_of(&workspace, path)?;
    let owner = match question.task {
        // Where a flow's own outputs are, all of its tasks have run.
        None => Owner::Output(0),
        Some(id) => match document.flow.task_by_id(&document.tree, id) {
            Some(task) => Owner::Task(task),
            None => return Err(Failure::new(format!("the flow has no task `{id}`"))),
        },
    };
    let output_types = OutputTypes::default();
    let scope = FlowScope::new(
        &document.tree,
        &document.flow,
        Catalogue::of(question.target),
        &workspace.projects[document.project],
        &output_types,
    );
    let Some(node) = document.flow.root else {
        return Err(Failure::new("there is no flow in the file"));
    };
    let site = ExpressionSite {
        node,
        owner,
        template: template.clone(),
    };
    console::print(|out| write(&template, question.target, &scope.at(&site), out))
}

struct Plain(Arc<Settings>);

impl SettingsSource for Plain {
    fn settings(&self, _path: &Path) -> Arc<Settings> {
        Arc::clone(&self.0)
    }
    fn project_root(&self, path: &Path) -> PathBuf {
        path.parent().map(Path::to_path_buf).unwrap_or_default()
    }
    fn is_excluded(&self, _path: &Path, _named: bool) -> bool {
        false
    }
}

fn load(path: &Path) -> Workspace {
    let registry = policy::registry();
    let settings = Plain(Arc::new(Settings::defaults(registry).finish(registry)));
    let candidate = Candidate {
        path: path.to_path_buf(),
        named: true,
    };
    engine::load(&LoadRequest {
        candidates: &[candidate],
        context: &[],
        overlay: &HashMap::new(),
        settings: &settings,
    })
}

fn flow_of<'run>(workspace: &'run Workspace, path: &Path) -> Result<&'run LoadedDocument, Failure> {
    let document = workspace
        .documents
        .iter()
        .find(|document| document.is_flow());
    document.ok_or_else(|| Failure::new(format!("{}: there is no flow in it", path.display())))
}

fn write(
    template: &Template,
    target: Target,
    scope: &dyn Scope,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", template.text())?;
    if !template.errors().is_empty() {
        writeln!(out, "\nKestra cannot parse it:")?;
        for error in template.errors() {
            writeln!(out, "  {}", error.message)?;
            if let Some(help) = &error.help {
                writeln!(out, "    {help}")?;
            }
        }
        return Ok(());
    }
    let checked = template.check(target, scope);
    write_grouping(template, out)?;
    write_references(template, &checked, target, out)?;
    write_invocations(template, target, out)?;
    if let Some(value) = template.single_expression() {
        writeln!(out, "\nGives: {}", checked.type_of(value))?;
    }
    write_problems(template, &checked, target, out)
}

/// How each version groups the operators, where there is something to group.
fn write_grouping(template: &Template, out: &mut dyn Write) -> io::Result<()> {
    for (id, expression) in template.expressions() {
        if !expression.is_sequence() {
            continue;
        }
        let [old, new] = Target::ALL.map(|target| template.grouped(id, target));
        if old == new && new != template.slice(expression.range) {
            writeln!(out, "\nRead as {new}")?;
        } else if old != new {
            writeln!(out, "\nKestra 1.3 reads {old}\nKestra 2.0 reads {new}")?;
        }
    }
    Ok(())
}

fn write_references(
    template: &Template,
    checked: &Checked,
    target: Target,
    out: &mut dyn Write,
) -> io::Result<()> {
    let references = template.references(target);
    if references.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nReads:")?;
    for (reference, _) in references.iter() {
        let guarded = if reference.is_guarded() {
            " (may be missing)"
        } else {
            ""
        };
        let value = match checked.type_of(reference.expression) {
            Type::Any => "not known".to_owned(),
            known => known.to_string(),
        };
        let path = template.slice(reference.range);
        writeln!(out, "  {path}: {value}{guarded}")?;
    }
    Ok(())
}

fn write_invocations(template: &Template, target: Target, out: &mut dyn Write) -> io::Result<()> {
    let mut first = true;
    for invocation in template.invocations() {
        let name = template.slice(invocation.name);
        let Lookup::Known(signature) = lookup(invocation.kind, name, target) else {
            continue;
        };
        if first {
            writeln!(out, "\nUses:")?;
            first = false;
        }
        let kind = match invocation.kind {
            InvocationKind::Function => "function",
            InvocationKind::Filter => "filter",
            InvocationKind::Test => "test",
        };
        writeln!(out, "  {kind} {}", described(signature))?;
    }
    Ok(())
}

fn described(signature: &Signature) -> String {
    let name = signature.name;
    let parameters: Vec<String> = signature
        .parameters
        .unwrap_or_default()
        .iter()
        .map(|parameter| {
            let mark = if parameter.required { "" } else { "?" };
            format!("{}{mark}", parameter.name)
        })
        .collect();
    let call = if parameters.is_empty() && signature.kind != InvocationKind::Function {
        name.to_owned()
    } else {
        format!("{name}({})", parameters.join(", "))
    };
    match signature.kind {
        InvocationKind::Function => call,
        _ => format!("{call}, for {}", signature.input.describe()),
    }
}

fn write_problems(
    template: &Template,
    checked: &Checked,
    target: Target,
    out: &mut dyn Write,
) -> io::Result<()> {
    for problem in &checked.problems {
        let place = template.slice(problem.range);
        writeln!(
            out,
            "\nWrong at `{place}`: {}",
            problem.message(template, target)
        )?;
        if let Some(help) = problem.help(template, target) {
            writeln!(out, "  {help}")?;
        }
    }
    Ok(())
}
