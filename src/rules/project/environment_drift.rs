//! `environment-drift`: the same flow in two environments says different things.

use std::collections::BTreeMap;

use crate::analysis::credentials;
use crate::engine::{Interest, LoadedDocument, OptionValue, ProjectChecker, Rule};
use crate::finding::{
    FixKind, Group, Location, OptionDescription, RelatedLocation, RuleMetadata, Severity,
    TargetSet, Tier,
};
use crate::model::{Difference, NodePath, PathSegment, differences};
use crate::project::{Environments, MemberIndex, ProjectIndex};
use crate::syntax::{NodeId, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EnvironmentDrift;

struct EnvironmentDrift;

static METADATA: RuleMetadata = RuleMetadata {
    name: "environment-drift",
    summary: "The same flow differs between two environments in more than it may",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[
        OptionDescription {
            name: "allowed",
            summary: "Property paths that may differ, such as `triggers.*.cron`; `*` stands for one key or id, `**` for any number",
            schema: r#"{"type": "array", "items": {"type": "string", "minLength": 1}}"#,
            default: r#"["namespace", "labels", "**.description", "disabled", "revision", "concurrency", "triggers.*.cron", "triggers.*.timezone", "triggers.*.interval", "triggers.*.disabled", "**.logLevel"]"#,
        },
        OptionDescription {
            name: "reference",
            summary: "The environment with which the others are compared; where a flow is not in it, the first by name",
            schema: r#"{"type": "string"}"#,
            default: r#""production""#,
        },
    ],
    since: "0.1.0",
};

/// Beyond this many differences a flow is not the same flow any more: one finding says so.
const MOST_DIFFERENCES: usize = 10;
/// Values are shown up to this many characters.
const LONGEST_VALUE: usize = 40;

impl Rule for EnvironmentDrift {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let environments = checker.environments();
        let reference = checker.option("reference").and_then(OptionValue::as_text);
        let reference = reference.unwrap_or_default().to_owned();
        let allowed = checker
            .option("allowed")
            .map_or(&[][..], OptionValue::as_list);
        let allowed: Vec<Vec<String>> = allowed
            .iter()
            .map(|path| path.split('.').map(str::to_owned).collect())
            .collect();
        for (id, flows) in same_flows(checker, environments) {
            let Some((named, old)) = flows
                .get_key_value(reference.as_str())
                .or_else(|| flows.first_key_value())
            else {
                continue;
            };
            for (environment, new) in flows.iter().filter(|(other, _)| *other != named) {
                let (Some(old), Some(new)) = (old, new) else {
                    continue;
                };
                let pair = Pair {
                    id: &id,
                    environments,
                    allowed: &allowed,
                    old: (named, old),
                    new: (environment, new),
                };
                pair.tell(checker);
            }
        }
    }
}

/// The flow of each environment; none where an environment has several of the name.
type ByEnvironment<'run> = BTreeMap<&'run str, Option<&'run LoadedDocument>>;

/// The flows that are in two environments or more, by id, in the order of their names.
fn same_flows<'run>(
    checker: &ProjectChecker<'run>,
    environments: Environments<'run>,
) -> Vec<(String, ByEnvironment<'run>)> {
    let mut flows: BTreeMap<(String, &str), ByEnvironment<'run>> = BTreeMap::new();
    let project: &ProjectIndex = checker.project;
    for (member, _, summary) in project.members() {
        let (Some(namespace), Some(id)) = (&summary.namespace, &summary.id) else {
            continue;
        };
        let Some(document) = document_of(checker, member) else {
            continue;
        };
        let path = checker.workspace.deployment_path(document);
        let Some(environment) = environments.named(Some(path), Some(namespace)) else {
            continue;
        };
        let common = environments.common_namespace(environment, namespace);
        let of_flow = flows.entry((common, id.as_str())).or_default();
        let slot = of_flow.entry(environment);
        slot.and_modify(|slot| *slot = None)
            .or_insert(Some(document));
    }
    flows.retain(|_, environments| environments.len() > 1);
    flows
        .into_iter()
        .map(|((_, id), flows)| (id.to_owned(), flows))
        .collect()
}

fn document_of<'run>(
    checker: &ProjectChecker<'run>,
    member: MemberIndex,
) -> Option<&'run LoadedDocument> {
    let document = checker.project.document(member) as usize;
    checker.workspace.documents.get(document)
}

/// One flow in two environments.
struct Pair<'run> {
    id: &'run str,
    environments: Environments<'run>,
    allowed: &'run [Vec<String>],
    old: (&'run str, &'run LoadedDocument),
    new: (&'run str, &'run LoadedDocument),
}

impl<'run> Pair<'run> {
    fn tell(&self, checker: &mut ProjectChecker<'_>) {
        let (old, new) = (self.old.1, self.new.1);
        let (Some(before), Some(after)) = (old.flow.root, new.flow.root) else {
            return;
        };
        let mut found = differences((&old.tree, before), (&new.tree, after));
        found.retain(|difference| self.counts(difference));
        if found.len() > MOST_DIFFERENCES {
            self.tell_all(checker, &found);
            return;
        }
        for difference in &found {
            self.tell_one(checker, difference);
        }
    }

    /// Whether a difference is told: it is known before Terraform runs, not allowed, and more than the
    /// name of an environment.
    fn counts(&self, difference: &Difference) -> bool {
        let (old, new) = (self.old.1, self.new.1);
        let (before, after) = nodes(difference);
        let is_known = |document: &LoadedDocument, node: Option<NodeId>| {
            let is_unknown = |node| document.document.is_unknown(document.tree.range(node));
            node.is_none_or(|node| !is_unknown(node))
        };
        // Where whole lines are not known, nothing can be said to be missing.
        let is_incomplete = old.document.is_incomplete || new.document.is_incomplete;
        if !is_known(old, before) || !is_known(new, after) {
            return false;
        }
        if let (Some(before), Some(after)) = (before, after) {
            let texts = old
                .tree
                .scalar_text(before)
                .zip(new.tree.scalar_text(after));
            let is_same = |(one, other)| self.environments.is_same_elsewhere(one, other);
            if texts.is_some_and(is_same) && old.tree.value(before) != new.tree.value(after) {
                return false;
            }
        } else if is_incomplete {
            return false;
        }
        let path = self.path(difference);
        !self.allowed.iter().any(|pattern| covers(pattern, &path.0))
    }

    fn path(&self, difference: &Difference) -> NodePath {
        match difference {
            Difference::Removed { old, .. } => NodePath::of(&self.old.1.tree, *old),
            Difference::Changed { new, .. }
            | Difference::Reordered { new, .. }
            | Difference::Added { new, .. } => NodePath::of(&self.new.1.tree, *new),
        }
    }

    /// The places of a difference: in the environment that is told about, and in the other.
    fn places(&self, difference: &Difference) -> (Location, Location) {
        let (old, new) = (self.old.1, self.new.1);
        match *difference {
            Difference::Changed {
                old: before,
                new: after,
            }
            | Difference::Reordered {
                old: before,
                new: after,
            }
            | Difference::Removed {
                old: before,
                within: after,
            }
            | Difference::Added {
                within: before,
                new: after,
            } => (place(new, after), place(old, before)),
        }
    }

    fn tell_one(&self, checker: &mut ProjectChecker<'_>, difference: &Difference) {
        let (there, here) = (self.old.0, self.new.0);
        let path = self.path(difference).to_string();
        let (old, new) = (self.old.1, self.new.1);
        let (before, after) = nodes(difference);
        let is_secret = |document: &LoadedDocument, node: Option<NodeId>| {
            node.is_some_and(|node| may_be_secret(&document.tree, node))
        };
        let redact = is_secret(old, before) || is_secret(new, after);
        let message = match difference {
            Difference::Removed { .. } => {
                format!(
                    "`{path}` of `{}` is in `{there}`, but not in `{here}`",
                    self.id
                )
            }
            Difference::Added { .. } => {
                format!(
                    "`{path}` of `{}` is in `{here}`, but not in `{there}`",
                    self.id
                )
            }
            Difference::Reordered { .. } => {
                format!(
                    "`{path}` of `{}` has another order in `{here}` than in `{there}`",
                    self.id
                )
            }
            Difference::Changed {
                old: before,
                new: after,
            } if !redact => {
                let (before, after) = (shown(&old.tree, *before), shown(&new.tree, *after));
                format!(
                    "`{path}` of `{}` is {after} in `{here}` and {before} in `{there}`",
                    self.id
                )
            }
            Difference::Changed { .. } => {
                format!(
                    "`{path}` of `{}` differs between `{here}` and `{there}`",
                    self.id
                )
            }
        };
        let (place, other) = self.places(difference);
        let identity = [here, there, self.id, path.as_str()];
        checker.emit(&METADATA, place, &identity, message, |finding| {
            finding.redact = redact;
            finding.label = format!("`{here}`");
            finding.help = Some(
                "Bring the flows in line, or name the path in `allowed` of the rule's options."
                    .to_owned(),
            );
            finding.related = vec![RelatedLocation {
                location: other,
                message: format!("`{there}`"),
            }];
        });
    }

    fn tell_all(&self, checker: &mut ProjectChecker<'_>, found: &[Difference]) {
        let (there, here) = (self.old.0, self.new.0);
        let paths: Vec<String> = found
            .iter()
            .take(MOST_DIFFERENCES)
            .map(|difference| format!("`{}`", self.path(difference)))
            .collect();
        let message = format!(
            "`{}` of `{here}` differs from that of `{there}` in {} places",
            self.id,
            found.len()
        );
        let root = |document: &LoadedDocument| {
            document
                .flow
                .root
                .map_or(document.document.anchor, |root| place(document, root))
        };
        let identity = [here, there, self.id];
        checker.emit(&METADATA, root(self.new.1), &identity, message, |finding| {
            finding.help = Some(format!("Among them {}.", paths.join(", ")));
            finding.related = vec![RelatedLocation {
                location: root(self.old.1),
                message: format!("`{there}`"),
            }];
        });
    }
}

fn nodes(difference: &Difference) -> (Option<NodeId>, Option<NodeId>) {
    match *difference {
        Difference::Changed { old, new } | Difference::Reordered { old, new } => {
            (Some(old), Some(new))
        }
        Difference::Removed { old, .. } => (Some(old), None),
        Difference::Added { new, .. } => (None, Some(new)),
    }
}

fn place(document: &LoadedDocument, node: NodeId) -> Location {
    let tree = &document.tree;
    let range = if tree.is_scalar(node) {
        tree.first_line(tree.range(node))
    } else {
        tree.headline(node)
    };
    document.document.locate(range)
}

/// Whether a pattern names a path or something that holds it.
fn covers(pattern: &[String], path: &[PathSegment]) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return true;
    };
    // The depth is that of a pattern that people wrote.
    match (first.as_str(), path.split_first()) {
        ("**", _) => (0..=path.len()).any(|skipped| covers(rest, &path[skipped..])),
        (_, None) => false,
        ("*", Some((_, below))) => covers(rest, below),
        (name, Some((segment, below))) => is_named(segment, name) && covers(rest, below),
    }
}

fn is_named(segment: &PathSegment, name: &str) -> bool {
    match segment {
        PathSegment::Key(key) => key == name,
        PathSegment::Id(id, _) => id == name,
        PathSegment::Index(place) => name.parse() == Ok(*place),
    }
}

/// Whether a value, or what holds it, looks like a credential: then nothing of it is shown.
fn may_be_secret(tree: &Tree, node: NodeId) -> bool {
    let key = tree.key_of(node).and_then(|key| tree.scalar_text(key));
    let range = std::ops::Range::<usize>::from(tree.range(node));
    let text = tree.source().get(range).unwrap_or_default();
    key.is_some_and(|key| credentials::kind_of_property(key).is_some())
        || !credentials::find(text).is_empty()
}

/// A value in a few words.
fn shown(tree: &Tree, node: NodeId) -> String {
    let Some(text) = tree.scalar_text(node) else {
        let kind = if tree.is_sequence(node) {
            "a list"
        } else {
            "a mapping"
        };
        return kind.to_owned();
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None if line.is_empty() => "empty".to_owned(),
        None => format!("`{line}`"),
    }
}
