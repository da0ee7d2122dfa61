//! `duplicate-flow`: the same namespace and id in two files.

use crate::engine::{Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::finding::{Location, RelatedLocation};
use crate::project::{Environments, MemberIndex, ProjectIndex};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DuplicateFlow;

struct DuplicateFlow;

static METADATA: RuleMetadata = RuleMetadata {
    name: "duplicate-flow",
    summary: "Two files declare the same flow; the one that is deployed last wins",
    group: Group::Project,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DuplicateFlow {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let project = checker.project;
        let workspace = checker.workspace;
        let environments = checker.environments();
        for (namespace, id, members) in project.repeated() {
            for group in groups(project, environments, members) {
                // Where only some files are reported on, the finding stands in one of those.
                let is_reported = |member: &MemberIndex| {
                    let document = project.document(*member) as usize;
                    workspace
                        .documents
                        .get(document)
                        .is_some_and(|document| document.is_reported)
                };
                let Some(shown) = group.iter().rev().copied().find(is_reported) else {
                    continue;
                };
                let others: Vec<Location> = group
                    .iter()
                    .filter(|member| **member != shown)
                    .map(|member| project.summary(*member).place)
                    .collect();
                let times = if others.len() == 1 {
                    "twice".to_owned()
                } else {
                    format!("{} times", group.len())
                };
                checker.emit(
                    &METADATA,
                    project.summary(shown).place,
                    &[namespace, id],
                    format!("The flow `{namespace}.{id}` is declared {times}"),
                    |finding| {
                        "the one that is deployed last wins".clone_into(&mut finding.label);
                        finding.help = Some("Rename or remove one of them, or name the environments that they belong to in the configuration.".to_owned());
                        finding.related = others
                            .into_iter()
                            .map(|location| RelatedLocation { location, message: "also declared here".to_owned() })
                            .collect();
                    },
                );
            }
        }
    }
}

/// The declarations of one name that meet on one server: those whose files belong to no different
/// environments. Groups of one are left out.
fn groups(
    project: &ProjectIndex,
    environments: Environments<'_>,
    members: &[MemberIndex],
) -> Vec<Vec<MemberIndex>> {
    let apart =
        |one: MemberIndex, other: MemberIndex| match (project.path(one), project.path(other)) {
            (Some(one), Some(other)) => environments.are_apart(one, other),
            _ => false,
        };
    let mut groups: Vec<Vec<MemberIndex>> = Vec::new();
    for member in members {
        match groups.iter_mut().find(|group| !apart(group[0], *member)) {
            Some(group) => group.push(*member),
            None => groups.push(vec![*member]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}
