//! `secret-in-log`: a secret is written to the log, to a label or to an error message.

use crate::analysis::ExpressionSite;
use crate::analysis::taint::{Form, Origin, Readable, Source, Wanted, calls_flow, readable_sink};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretInLog;

struct SecretInLog;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-in-log",
    summary: "A secret is written to the log, to a label or to an error message",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretInLog {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let shows = |kind: Readable| !kind.is_kept();
        match readable_sink(checker.tree, checker.flow, site) {
            Some(kind) if shows(kind) => written(checker, site, kind),
            None if calls_flow(checker.view(), site) => passed(checker, site, &shows),
            _ => {}
        }
    }
}

fn written(checker: &mut Checker<'_>, site: &ExpressionSite, kind: Readable) {
    let prints = checker.tracer(Wanted::Secret).prints(checker.view(), site);
    for origin in prints.iter().flat_map(|print| &print.origins) {
        let what = words(site, origin);
        let help = if origin.form == Form::Changed {
            "Leave it out. Kestra hides a secret in logs only where it stands literally: what a filter made of it is shown."
        } else {
            "Leave it out. Kestra hides a secret in logs only where it stands literally; labels are kept as they are."
        };
        let way = origin.way.first().and_then(|place| checker.place(*place));
        let mut draft = checker
            .finding_within(
                &METADATA,
                site.node,
                origin.range,
                format!("{what} is written to {}", kind.words()),
            )
            .label("readable by all who see executions")
            .help(help);
        if let Some(location) = way {
            draft = draft.related(location, "it comes through here");
        }
        draft.emit();
    }
}

/// A secret that is passed to a flow which shows it.
fn passed(checker: &mut Checker<'_>, site: &ExpressionSite, shows: &dyn Fn(Readable) -> bool) {
    let tracer = checker.tracer(Wanted::Secret);
    let prints = tracer.prints(checker.view(), site);
    let Some(origin) = prints.first().and_then(|print| print.origins.first()) else {
        return;
    };
    let Some((kind, place)) = tracer.read_by_callee(checker.view(), site, shows) else {
        return;
    };
    let what = words(site, origin);
    let location = checker.place(place);
    let message = format!(
        "{what} is passed to a flow that writes it to {}",
        kind.words()
    );
    let mut draft = checker
        .finding_within(&METADATA, site.node, origin.range, message)
        .help("Leave it out there, and give the input the type SECRET.");
    if let Some(location) = location {
        draft = draft.related(location, "it is written here");
    }
    draft.emit();
}

/// What is written, in words.
fn words(site: &ExpressionSite, origin: &Origin) -> String {
    let what = site.template.slice(origin.range);
    match origin.source {
        Source::SecretInput if origin.way.is_empty() => format!("The SECRET input `{what}`"),
        _ if origin.way.is_empty() => format!("`{what}`"),
        _ => format!("The secret in `{what}`"),
    }
}
