//! `copied-flow`: a whole flow stands several times under different names.

use crate::analysis::clones::{Place, Similar};
use crate::engine::{Hashed, Interest, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RelatedLocation, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &CopiedFlow;

struct CopiedFlow;

static METADATA: RuleMetadata = RuleMetadata {
    name: "copied-flow",
    summary: "A whole flow stands several times",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for CopiedFlow {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let hashed = checker.hashed();
        for group in &hashed.copied_flows {
            report(checker, &hashed, group);
        }
    }
}

fn report(checker: &mut ProjectChecker<'_>, hashed: &Hashed, group: &Similar) {
    let (workspace, project) = (checker.workspace, checker.project);
    let summary = |place: &Place| project.summary(hashed.members[place.source].member);
    let document = |place: &Place| &workspace.documents[hashed.members[place.source].document];
    let Some(shown) = group
        .places
        .iter()
        .position(|place| document(place).is_reported)
    else {
        return;
    };
    let first = group.places[shown];
    let others: Vec<&Place> = group
        .places
        .iter()
        .filter(|place| **place != first)
        .collect();
    let names: Vec<String> = others
        .iter()
        .take(3)
        .map(|place| format!("`{}`", summary(place).full_name()))
        .collect();
    let more = others.len() - names.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let paths = group.paths(&document(&group.places[0]).tree);
    let name = summary(&first).full_name();
    let differs = match paths.as_slice() {
        [] => String::new(),
        paths => {
            let shown: Vec<String> = paths
                .iter()
                .take(4)
                .map(|path| format!("`{path}`"))
                .collect();
            let rest = if paths.len() > 4 { ", …" } else { "" };
            format!(", but for {}{rest}", shown.join(", "))
        }
    };
    let message = format!(
        "The flow `{name}` is the same as {}{more}{differs}: {} lines could go",
        names.join(", "),
        group.saved()
    );
    let help = if paths.is_empty() {
        "Keep one of them, and call it as a subflow from where another name is needed."
    } else {
        "Keep one of them, with an input for what differs, and call it as a subflow from small flows with the names and triggers. Copies for environments can be one file that is deployed to each, with what differs in the key-value store or in variables of the namespace."
    };
    let related: Vec<RelatedLocation> = others
        .iter()
        .map(|place| RelatedLocation {
            location: summary(place).place,
            message: "a copy".to_owned(),
        })
        .collect();
    checker.emit(
        &METADATA,
        summary(&first).place,
        &[&name],
        message,
        |finding| {
            finding.label = format!("{} lines each time", first.lines);
            finding.help = Some(help.to_owned());
            finding.related = related;
        },
    );
}
