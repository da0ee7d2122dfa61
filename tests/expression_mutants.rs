//! Mutants of expressions: in flows that Kestra accepts, one name of a template is broken. The finding must have
//! exactly the span of the broken name, and nothing else may be found because of it. Also: how many references to
//! outputs of known tasks have a known type. Runs where `../shared` is present.

use std::collections::{BTreeMap, BTreeSet};

use kestralint::analysis::{FlowScope, OutputTypes, Owner, expression_sites};
use kestralint::catalogue::Catalogue;
use kestralint::expression::{Invocation, Type};
use kestralint::finding::{Finding, Target};
use kestralint::model::Flow;
use kestralint::project::ProjectIndex;
use kestralint::syntax;
use kestralint::text::TextRange;

use super::apart;

/// At least this share of the mutants is found at the exact span, with nothing found elsewhere.
const CAUGHT: f64 = 0.95;
/// At least this share of references to outputs of known tasks has a known type.
const TYPED: f64 = 0.97;
/// Mutants of one kind that are taken from one flow.
const EACH: usize = 4;

struct Mutant {
    kind: &'static str,
    origin: String,
    text: String,
    place: TextRange,
    original: usize,
}

fn swapped(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match (1..letters.len().saturating_sub(1)).find(|at| letters[*at] != letters[*at + 1]) {
        Some(at) => letters.swap(at, at + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

fn mutants(original: usize, origin: &str, text: &str, target: Target) -> Vec<Mutant> {
    let tree = syntax::parse(text.into());
    let Some(root) = tree.documents().first().and_then(|document| document.root) else {
        return Vec::new();
    };
    let flow = Flow::read(&tree, root);
    let mut found: Vec<Mutant> = Vec::new();
    let mut push = |kind: &'static str, range: TextRange, with: String| {
        if found.iter().filter(|mutant| mutant.kind == kind).count() >= EACH || text[range] == with
        {
            return;
        }
        let mut broken = text.to_owned();
        broken.replace_range(std::ops::Range::<usize>::from(range), &with);
        found.push(Mutant {
            kind,
            origin: origin.to_owned(),
            text: broken,
            place: TextRange::at(range.start(), u32::try_from(with.len()).unwrap().into()),
            original,
        });
    };
    for site in expression_sites(&tree, &flow) {
        let map = tree.offset_map(site.node);
        let template = &site.template;
        if matches!(site.owner, Owner::Trigger(_)) {
            continue;
        }
        for (reference, path) in template.references(target).iter() {
            let kind = match template.slice(reference.root) {
                "inputs" => "input",
                "outputs" => "task of an output",
                "vars" => "variable",
                _ => continue,
            };
            let Some(step) = path.first().filter(|_| !reference.is_guarded_at(0)) else {
                continue;
            };
            let name = step.name_range(template);
            if map.is_verbatim(name) {
                push(kind, map.source_range(name), swapped(template.slice(name)));
            }
            let task = step
                .name(template)
                .and_then(|id| flow.task_by_id(&tree, &id));
            let is_core = task
                .and_then(|task| tree.scalar_text(flow.task(task).type_node?))
                .is_some_and(|name| {
                    name.starts_with("io.kestra.plugin.core.") && Catalogue::of(target).knows(name)
                });
            if let (true, Some(property)) = (is_core && !reference.is_guarded_at(1), path.get(1)) {
                let name = property.name_range(template);
                if property.name(template).is_some() && map.is_verbatim(name) {
                    push(
                        "property of an output",
                        map.source_range(name),
                        swapped(template.slice(name)),
                    );
                }
            }
        }
        for Invocation { name, kind, .. } in template.invocations() {
            if map.is_verbatim(name) {
                let kind = match kind {
                    kestralint::expression::InvocationKind::Function => "function",
                    kestralint::expression::InvocationKind::Filter => "filter",
                    kestralint::expression::InvocationKind::Test => "test",
                };
                push(kind, map.source_range(name), swapped(template.slice(name)));
            }
        }
    }
    found
}

/// The places and rules found in each text.
fn findings<'a>(
    texts: impl Iterator<Item = &'a str>,
    target: Target,
) -> Vec<BTreeSet<(u32, u32, &'static str)>> {
    let place = |finding: &Finding| {
        let range = finding.location.range;
        (range.start().into(), range.end().into(), finding.rule)
    };
    let found = apart::check(texts, target).into_iter();
    found
        .map(|found| found.iter().map(place).collect())
        .collect()
}

fn measure(version: &str, target: Target) {
    let flows = apart::accepted_flows(version);
    let mutants: Vec<Mutant> = flows
        .iter()
        .enumerate()
        .flat_map(|(index, (origin, text))| mutants(index, origin, text, target))
        .collect();
    if mutants.is_empty() {
        return;
    }
    let before = findings(flows.iter().map(|(_, text)| text.as_str()), target);
    let after = findings(mutants.iter().map(|mutant| mutant.text.as_str()), target);
    let mut by_kind: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut missed = Vec::new();
    for (mutant, found) in mutants.iter().zip(&after) {
        let exact = found.iter().any(|(start, end, _)| {
            *start == u32::from(mutant.place.start()) && *end == u32::from(mutant.place.end())
        });
        // What stood behind the change before the change must not count as new.
        let elsewhere = found.len() > before[mutant.original].len() + 1;
        let row = by_kind.entry(mutant.kind).or_default();
        row.1 += 1;
        if exact && !elsewhere {
            row.0 += 1;
        } else {
            missed.push(format!(
                "{} in {}: {:?} found {found:?}",
                mutant.kind, mutant.origin, &mutant.text[mutant.place]
            ));
        }
    }
    let caught: u32 = by_kind.values().map(|(caught, _)| caught).sum();
    let share = f64::from(caught) / f64::from(u32::try_from(mutants.len()).unwrap());
    eprintln!(
        "{version}: {} mutants of expressions, caught {share:.4}; {by_kind:?}",
        mutants.len()
    );
    for missed in missed.iter().take(25) {
        eprintln!("  {missed}");
    }
    assert!(share >= CAUGHT, "{version}: {share}");
}

#[test]
fn mutants_of_expressions_are_caught_on_1_3() {
    measure("1.3.31", Target::V1_3);
}

#[test]
fn mutants_of_expressions_are_caught_on_2_0() {
    measure("2.0.0", Target::V2_0);
}

#[test]
fn outputs_of_known_tasks_have_known_types() {
    for (version, target) in [("1.3.31", Target::V1_3), ("2.0.0", Target::V2_0)] {
        let (mut known, mut all) = (0_u32, 0_u32);
        let mut unknown: BTreeMap<String, u32> = BTreeMap::new();
        for (_, text) in apart::accepted_flows(version) {
            let tree = syntax::parse(text.as_str().into());
            let Some(root) = tree.documents().first().and_then(|document| document.root) else {
                continue;
            };
            let flow = Flow::read(&tree, root);
            let catalogue = Catalogue::of(target);
            let project = ProjectIndex::default();
            let output_types = OutputTypes::default();
            let scope = FlowScope::new(&tree, &flow, catalogue, &project, &output_types);
            for site in expression_sites(&tree, &flow) {
                let checked = site.template.check(target, &scope.at(&site));
                for (reference, path) in site.template.references(target).iter() {
                    if site.template.slice(reference.root) != "outputs" {
                        continue;
                    }
                    let task = path
                        .first()
                        .and_then(|step| step.name(&site.template))
                        .and_then(|id| flow.task_by_id(&tree, &id));
                    let Some(name) =
                        task.and_then(|task| tree.scalar_text(flow.task(task).type_node?))
                    else {
                        continue;
                    };
                    if catalogue
                        .find(name)
                        .is_none_or(|found| found.facts.outputs.is_none())
                        || path.len() < 2
                    {
                        continue;
                    }
                    all += 1;
                    // The first step into the task's outputs; what lies inside an open map is any by its nature.
                    if is_known(&scope, &flow, &tree, task.unwrap(), path, &site.template)
                        || *checked.type_of(reference.expression) != Type::Any
                    {
                        known += 1;
                    } else {
                        *unknown
                            .entry(format!("{name}.{}", site.template.slice(path[1].range)))
                            .or_default() += 1;
                    }
                }
            }
        }
        if all == 0 {
            continue;
        }
        let share = f64::from(known) / f64::from(all);
        eprintln!(
            "{version}: {known} of {all} references to outputs of known tasks have a known type: {share:.4}"
        );
        let mut unknown: Vec<_> = unknown.into_iter().collect();
        unknown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (what, count) in unknown.iter().take(15) {
            eprintln!("  {count} {what}");
        }
        assert!(share >= TYPED, "{version}: {share}");
    }
}

/// Whether the outputs of the task have the property that is read, or are a documented open map.
fn is_known(
    scope: &FlowScope<'_>,
    _flow: &Flow,
    _tree: &syntax::Tree,
    task: kestralint::model::TaskIndex,
    path: &[kestralint::expression::Segment],
    template: &kestralint::expression::Template,
) -> bool {
    let mut value = scope.task_outputs(task);
    for step in &path[1..] {
        value = match value.required() {
            Type::Map(map) => match step.name(template) {
                Some(name) => match map.entries().find(|(known, _)| **known == *name) {
                    Some((_, entry)) => entry.clone(),
                    None => {
                        return map.entries().next().is_none()
                            || map.get(&name).is_some_and(|rest| *rest != Type::Any);
                    }
                },
                // `[taskrun.value]` of a loop's outputs.
                None => match map.get("") {
                    Some(rest) => rest.clone(),
                    None => return false,
                },
            },
            Type::List(element) => (**element).clone(),
            Type::Any => return false,
            _ => return true,
        };
        if value == Type::Any {
            // The property is declared, and holds what the plugin likes: documented as open.
            return true;
        }
    }
    true
}
