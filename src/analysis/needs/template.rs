//! What the functions of a template ask a server for.

use super::{Need, NeedKind, NeedName, Source, Usage};
use crate::analysis::ExpressionSite;
use crate::expression::{
    BinaryOperator, ExpressionId, ExpressionKind, Invocation, InvocationKind, Template,
};
use crate::project::folded;

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
                let error = template.argument(call.arguments, 2, "errorOnMissing");
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

fn named(
    source: Source<'_>,
    site: &ExpressionSite,
    call: Invocation,
    kind: NeedKind,
    usage: Usage,
    found: &mut Vec<Need>,
) {
    let template = &site.template;
    let Some(key) = template.argument(call.arguments, 0, "key") else {
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
    let Some(path) = template.argument(call.arguments, 0, "path") else {
        return;
    };
    let range = template.expression(path).range;
    let range = template.string_content(path).unwrap_or(range);
    // What is no text may as well be a file that a task made: only a text names a namespace file.
    let Some(text) = folded(source.tree, source.flow, template, path) else {
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
    let given = template.argument(call.arguments, 1, "namespace")?;
    if template.expression(given).kind == ExpressionKind::Null {
        return None;
    }
    Some(name_of(source, template, given))
}

fn name_of(source: Source<'_>, template: &Template, id: ExpressionId) -> NeedName {
    folded(source.tree, source.flow, template, id).map_or_else(
        || NeedName::Dynamic(template.slice(template.expression(id).range).to_owned()),
        NeedName::Known,
    )
}
