//! `similar-tasks`: tasks differ in a few words only, in one flow or in several.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::clones::{self, Limits, Parameter, Part, Place, Similar, Source, similar};
use crate::catalogue::Catalogue;
use crate::engine::{Hashed, Interest, OptionValue, ProjectChecker, Rule};
use crate::finding::{
    FixKind, Group, Location, OptionDescription, RelatedLocation, RuleMetadata, Severity, Target,
    TargetSet, Tier,
};
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SimilarTasks;

struct SimilarTasks;

static METADATA: RuleMetadata = RuleMetadata {
    name: "similar-tasks",
    summary: "Tasks differ in a few words only, in one flow or in several",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[
        OptionDescription {
            name: "minimum-lines",
            summary: "Tasks with fewer lines are not looked at",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "8",
        },
        OptionDescription {
            name: "minimum-occurrences",
            summary: "How many tasks must be alike",
            schema: r#"{"type": "integer", "minimum": 2}"#,
            default: "3",
        },
        OptionDescription {
            name: "maximum-parameters",
            summary: "In how many words they may differ",
            schema: r#"{"type": "integer", "minimum": 1}"#,
            default: "3",
        },
    ],
    since: "0.1.0",
};

impl Rule for SimilarTasks {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let limit = |name, default| {
            let option = checker.option(name).and_then(OptionValue::as_integer);
            option.unwrap_or(default)
        };
        let limits = Limits {
            lines: u32::try_from(limit("minimum-lines", 8)).unwrap_or(u32::MAX),
            occurrences: limit("minimum-occurrences", 3).max(2),
            parameters: limit("maximum-parameters", 3),
        };
        let hashed = checker.hashed();
        let workspace = checker.workspace;
        let sources = hashed.sources(workspace);
        let counted = counted(&hashed, &sources);
        let groups = similar(&sources, false, limits, |place| counted[place.source]);
        for group in groups {
            if !group.parameters.is_empty() {
                report(checker, &hashed, &sources, &group, limits);
            }
        }
    }
}

/// Of several files of one flow the one with the most tasks counts.
fn counted(hashed: &Hashed, sources: &[Source<'_>]) -> Vec<bool> {
    let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
    let tasks = |member: usize| sources[member].flow.tasks.len();
    for (index, member) in hashed.members.iter().enumerate() {
        let best = chosen.entry(member.name).or_insert(index);
        if tasks(index) > tasks(*best) {
            *best = index;
        }
    }
    let is_chosen = |(index, name): (usize, usize)| chosen.get(&name) == Some(&index);
    let names = hashed.members.iter().map(|member| member.name);
    names.enumerate().map(is_chosen).collect()
}

fn report(
    checker: &mut ProjectChecker<'_>,
    hashed: &Hashed,
    sources: &[Source<'_>],
    group: &Similar,
    limits: Limits,
) {
    let workspace = checker.workspace;
    let document = |place: &Place| &workspace.documents[hashed.members[place.source].document];
    let location = |place: &Place| -> Location {
        let document = document(place);
        document.document.locate(document.tree.headline(place.node))
    };
    // What Terraform makes of one text several times is written once.
    let mut known: BTreeSet<Location> = BTreeSet::new();
    let mut written: Vec<(Location, Place)> = Vec::new();
    for place in &group.places {
        let at = location(place);
        if known.insert(at) {
            written.push((at, *place));
        }
    }
    let shown = written
        .iter()
        .position(|(_, place)| document(place).is_reported);
    let Some(shown) = shown.filter(|_| written.len() >= limits.occurrences) else {
        return;
    };
    let (shown_at, first) = written.remove(shown);
    let source = sources[first.source];
    let mut flows: Vec<usize> = group.places.iter().map(|place| place.source).collect();
    flows.dedup();
    let spread = match flows.len() {
        1 => String::new(),
        flows => format!(" in {flows} flows"),
    };
    let paths = group.paths(sources[group.places[0].source].tree);
    let saved = group.saved();
    let message = format!(
        "{} tasks{spread} differ only in {}: {saved} lines could go",
        group.places.len(),
        listed(&paths)
    );
    let list = group.list(sources);
    let sketch = sketch(source, group, list, Catalogue::of(checker.target));
    let way = match (list, checker.target) {
        (Some(_), Target::V1_3) => "Write the task once inside a ForEach over what differs.",
        (Some(_), Target::V2_0) => "Write the task once inside a Loop over what differs.",
        (None, _) => {
            "Put the task into a flow of its own, with an input for what differs, and call that as a subflow."
        }
    };
    let help = match sketch {
        Some(sketch) => format!("{way} It could look like this:\n\n{sketch}"),
        None => way.to_owned(),
    };
    let values: Vec<String> = group
        .parameters
        .iter()
        .filter(|parameter| group.may_show(sources[group.places[0].source].tree, parameter))
        .map(shortened)
        .collect();
    let values = if values.is_empty() {
        String::new()
    } else {
        format!("; {}", values.join(" and "))
    };
    let flow = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let identity = [
        flow(source.flow.namespace_text(source.tree)),
        flow(source.flow.id_text(source.tree)),
        flow(source.tree.get_text(first.node, "id")),
    ];
    let identity: Vec<&str> = identity.iter().map(String::as_str).collect();
    checker.emit(&METADATA, shown_at, &identity, message, |finding| {
        finding.label = format!("{} lines each{values}", first.lines);
        finding.help = Some(help);
        finding.related = written
            .into_iter()
            .map(|(location, _)| RelatedLocation {
                location,
                message: "like the first".to_owned(),
            })
            .collect();
    });
}

fn sketch(
    source: Source<'_>,
    group: &Similar,
    list: Option<NodeId>,
    catalogue: &Catalogue,
) -> Option<String> {
    let first = group.places.first()?;
    let Some(_) = list else {
        return clones::subflow_of(source, group, catalogue);
    };
    let Part::Task(task) = first.part else {
        return None;
    };
    let parent = source
        .flow
        .task(task)
        .parent
        .map(|parent| source.flow.task(parent));
    let kind = parent
        .and_then(|parent| parent.type_node)
        .and_then(|node| source.tree.scalar_text(node));
    let is_parallel =
        kind.is_some_and(|kind| kind.ends_with(".Parallel") || kind.ends_with(".EachParallel"));
    let branches = is_parallel.then_some(group.places.len());
    clones::loop_over(source, group, catalogue, branches)
}

fn listed(paths: &[String]) -> String {
    let mut shown: Vec<String> = paths
        .iter()
        .take(4)
        .map(|path| format!("`{path}`"))
        .collect();
    if paths.len() > shown.len() {
        shown.push(format!("{} more", paths.len() - shown.len()));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn shortened(parameter: &Parameter) -> String {
    let distinct = parameter.distinct();
    let shown: Vec<String> = distinct
        .iter()
        .take(4)
        .map(|value| {
            let letters: String = value.chars().take(24).collect();
            format!("`{}`", letters.escape_debug())
        })
        .collect();
    let rest = if distinct.len() > 4 { ", …" } else { "" };
    format!("{}{rest}", shown.join(", "))
}
