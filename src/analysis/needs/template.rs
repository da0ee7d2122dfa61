//! What the functions of a template ask a server for.

use super::{Need, NeedKind, NeedName, Source, Usage};
use crate::analysis::ExpressionSite;
use crate::expression::{
    Argument, BinaryOperator, ExpressionId, ExpressionKind, Invocation, InvocationKind, Template,
    has_template,
};
use crate::model::Flow;
use crate::syntax::Tree;

/// Functions that look for a namespace file, and whether they fail without it.
const FILE_FUNCTIONS: [(&str, Usage); 5] = [
    ("read", Usage::Needs),
    ("fileURI", Usage::Needs),
    ("fileSize", Usage::Needs),
    ("isFileEmpty", Usage::Needs),
    ("fileExists", Usage::Tries),
];

/// The namespace files that a template asks for.
pub(super) fn add_files(source: Source<'_>, site: &ExpressionSite, found: &mut Vec<Need>) {
    for call in functions(&site.template) {
        if let Some((_, usage)) = file_function(site.template.slice(call.name)) {
            file(source, site, call, *usage, found);
        }
    }
}

pub(super) fn add_needs(source: Source<'_>, site: &ExpressionSite, found: &mut Vec<Need>) {
    let template = &site.template;
    for call in functions(template) {
        match template.slice(call.name) {
            "secret" => named(source, site, call, NeedKind::Secret, Usage::Needs, found),
            "kv" => {
                let error = argument(template, call, 2, "errorOnMissing");
                let tries = error.is_some_and(|id| {
                    template.expression(id).kind == ExpressionKind::Boolean(false)
                });
                let usage = if tries { Usage::Tries } else { Usage::Needs };
                named(source, site, call, NeedKind::KeyValue, usage, found);
            }
            name => {
                if let Some((_, usage)) = file_function(name) {
                    file(source, site, call, *usage, found);
                }
            }
        }
    }
}

fn functions(template: &Template) -> impl Iterator<Item = Invocation> {
    let calls = template.invocations();
    calls.filter(|call| call.kind == InvocationKind::Function)
}

fn file_function(name: &str) -> Option<&'static (&'static str, Usage)> {
    FILE_FUNCTIONS.iter().find(|(known, _)| *known == name)
}

/// The argument of a place or name.
fn argument(
    template: &Template,
    call: Invocation,
    position: usize,
    name: &str,
) -> Option<ExpressionId> {
    let arguments = template.arguments(call.arguments);
    let is_named = |argument: &&Argument| {
        let given = argument.name.map(|given| template.slice(given));
        given == Some(name)
    };
    let by_place = || arguments.get(position).filter(|given| given.name.is_none());
    let found = arguments.iter().find(is_named).or_else(by_place);
    found.map(|argument| argument.value)
}

fn named(
    source: Source<'_>,
    site: &ExpressionSite,
    call: Invocation,
    kind: NeedKind,
    usage: Usage,
    found: &mut Vec<Need>,
) {
    let template = &site.template;
    let Some(key) = argument(template, call, 0, "key") else {
        return;
    };
    let range = template.expression(key).range;
    let range = template.string_content(key).unwrap_or(range);
    let name = name_of(source, template, key);
    let mut need = source.need(kind, name, usage, site.node, range);
    need.namespace = namespace(source, template, call);
    found.push(need);
}

fn file(
    source: Source<'_>,
    site: &ExpressionSite,
    call: Invocation,
    usage: Usage,
    found: &mut Vec<Need>,
) {
    let template = &site.template;
    let Some(path) = argument(template, call, 0, "path") else {
        return;
    };
    let range = template.expression(path).range;
    let range = template.string_content(path).unwrap_or(range);
    // What is no text may as well be a file that a task made: only a text names a namespace file.
    let Some(text) = folded(source, template, path) else {
        let kind = template.expression(path).kind;
        if starts_as_a_path(template, kind) {
            let name = NeedName::Dynamic(template.slice(range).to_owned());
            let mut need = source.need(NeedKind::File, name, usage, site.node, range);
            need.namespace = namespace(source, template, call);
            found.push(need);
        }
        return;
    };
    let Some((of_uri, path)) = namespace_file(&text) else {
        return;
    };
    let name = NeedName::Known(path.to_owned());
    let mut need = source.need(NeedKind::File, name, usage, site.node, range);
    need.namespace = of_uri
        .map(|namespace| NeedName::Known(namespace.to_owned()))
        .or_else(|| namespace(source, template, call));
    found.push(need);
}

/// Whether texts are joined of which the first is no URI: `'topics/' ~ inputs.topic`.
fn starts_as_a_path(template: &Template, kind: ExpressionKind) -> bool {
    let ExpressionKind::Sequence { first, operations } = kind else {
        return false;
    };
    let is_joined = template
        .operations(operations)
        .all(|(_, operation)| operation.operator == BinaryOperator::Concatenate);
    let start = template.string_value(first);
    is_joined && start.is_some_and(|start| !start.contains(':'))
}

/// The namespace and the path of a namespace file, by the ways in which it can be named; none for files of
/// other places.
pub(super) fn namespace_file(text: &str) -> Option<(Option<&str>, &str)> {
    let plain = |path: &str| !path.is_empty() && !path.contains("://");
    match text.strip_prefix("nsfile://") {
        Some(rest) => {
            let (namespace, path) = rest.split_once('/')?;
            let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
            Some((namespace, path))
        }
        None if plain(text) => Some((None, text.trim_start_matches('/'))),
        None => None,
    }
}

/// The namespace that a call names; none where it is the flow's own.
fn namespace(source: Source<'_>, template: &Template, call: Invocation) -> Option<NeedName> {
    let given = argument(template, call, 1, "namespace")?;
    if template.expression(given).kind == ExpressionKind::Null {
        return None;
    }
    Some(name_of(source, template, given))
}

fn name_of(source: Source<'_>, template: &Template, id: ExpressionId) -> NeedName {
    folded(source, template, id).map_or_else(
        || NeedName::Dynamic(template.slice(template.expression(id).range).to_owned()),
        NeedName::Known,
    )
}

/// The text of an expression that is the same at every execution: a literal, the flow's id or namespace, a
/// variable that is a fixed text, or these joined by `~`.
pub(super) fn folded(source: Source<'_>, template: &Template, id: ExpressionId) -> Option<String> {
    let id = template.without_parentheses(id);
    match template.expression(id).kind {
        ExpressionKind::Sequence { first, operations } => {
            let mut text = known_value(source, template, first)?;
            for (_, operation) in template.operations(operations) {
                if operation.operator != BinaryOperator::Concatenate {
                    return None;
                }
                text.push_str(&known_value(source, template, operation.right)?);
            }
            Some(text)
        }
        _ => known_value(source, template, id),
    }
}

fn known_value(source: Source<'_>, template: &Template, id: ExpressionId) -> Option<String> {
    if let Some(text) = template.string_value(id) {
        return Some(text.into_owned());
    }
    let (base, steps) = template.path_steps(id);
    let root = template.expression(base);
    let [step] = steps.as_slice() else {
        return None;
    };
    if !matches!(root.kind, ExpressionKind::Variable) {
        return None;
    }
    let name = step.name(template)?;
    let known = variable(source.tree, source.flow, template.slice(root.range), &name)?;
    (!known.is_empty() && !has_template(known)).then(|| known.to_owned())
}

fn variable<'run>(tree: &'run Tree, flow: &Flow, root: &str, name: &str) -> Option<&'run str> {
    match (root, name) {
        ("flow", "namespace") => flow.namespace_text(tree),
        ("flow", "id") => flow.id_text(tree),
        ("vars", _) => tree.string(tree.get(flow.variables?, name)?),
        _ => None,
    }
}
