//! `unknown-type`: a type that the catalogue of the target version does not know.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::catalogue::{Catalogue, Kind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownType;

struct UnknownType;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-type",
    summary: "A type that the catalogue of the target version does not know",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownType {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::UnknownType { expected } = problem.kind else {
            return;
        };
        let name = checker.tree.scalar_text(problem.node).unwrap_or_default();
        let (severity, message) = judge(checker, name, problem.is_certain);
        let help = help(checker, name, expected, severity);
        checker
            .finding(&METADATA, problem.node, message)
            .severity(severity)
            .help(help)
            .emit();
    }
}

/// An error only where the catalogue is complete; what may well exist is a warning or a note.
fn judge(checker: &Checker<'_>, name: &str, is_certain: bool) -> (Severity, String) {
    let target = checker.target;
    if name.is_empty() {
        return (Severity::Error, "The type is empty".to_owned());
    }
    if is_certain {
        return (
            Severity::Error,
            format!("Kestra {target} has no type `{name}`"),
        );
    }
    if checker.catalogue.is_enterprise(name) {
        let message = format!(
            "`{name}` is a type of the Enterprise edition, which the catalogue does not hold"
        );
        return (Severity::Info, message);
    }
    if Catalogue::is_official(name) && checker.catalogue.package(name).is_some() {
        let message = format!("The catalogue for Kestra {target} does not know the type `{name}`");
        return (Severity::Warning, message);
    }
    let message = format!(
        "The type `{name}` is of a plugin that the catalogue for Kestra {target} does not hold"
    );
    (Severity::Info, message)
}

fn help(checker: &Checker<'_>, name: &str, expected: Kind, severity: Severity) -> String {
    let other = Target::ALL
        .into_iter()
        .filter(|target| *target != checker.target)
        .find_map(|target| {
            let found = Catalogue::of(target).find(name)?;
            Some((target, found.facts.name))
        });
    if let Some((target, canonical)) = other {
        let now = (canonical != name && checker.catalogue.knows(canonical)).then_some(canonical);
        return match now {
            Some(now) => format!("Kestra {target} knows it as an old name of `{now}`: write that."),
            None => format!("It exists in Kestra {target}, not in {}.", checker.target),
        };
    }
    let suggestions = checker.catalogue.suggest(name, Some(expected));
    match (suggestions.first(), severity) {
        (Some(best), Severity::Error | Severity::Warning) => format!("Did you mean `{best}`?"),
        (_, Severity::Error) => {
            "Check the spelling; `kestralint catalogue list` lists what there is.".to_owned()
        }
        _ => "`kestralint catalogue import` reads the plugins of your own server.".to_owned(),
    }
}
