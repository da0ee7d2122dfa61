//! `output-used-too-early`: the output of a task that cannot have run yet.

use crate::analysis::{Availability, ExpressionSite, output_reads};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &OutputUsedTooEarly;

struct OutputUsedTooEarly;

static METADATA: RuleMetadata = RuleMetadata {
    name: "output-used-too-early",
    summary: "The output of a task that cannot have run yet",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for OutputUsedTooEarly {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        report(&METADATA, checker, site, |name, availability| {
            Some(match availability {
                Availability::Own => (
                    format!("`{name}` reads its own output, which is not there while it runs"),
                    "Read the output of a task that runs before it.",
                ),
                Availability::Later => (
                    format!("`{name}` runs after this task"),
                    "Move the task that reads behind the one that is read.",
                ),
                Availability::AtTheSameTime => (
                    format!(
                        "`{name}` runs at the same time as this task, without a dependency between them"
                    ),
                    "Run them one after the other: in a Sequential, or with `dependsOn` in a Dag.",
                ),
                Availability::OtherBranch => (
                    format!(
                        "`{name}` stands in another branch and never runs together with this task"
                    ),
                    "Read a task that runs before the branches part.",
                ),
                Availability::InsideLoop => (
                    format!("`{name}` runs inside a Loop, and its output is seen only there"),
                    "Declare `outputs` on the Loop and read them with `loopOutputs(…)`.",
                ),
                Availability::Disabled => (
                    format!("`{name}` is disabled and never has an output"),
                    "Enable the task, or give a value with `??`.",
                ),
                Availability::Available | Availability::Skippable => return None,
            })
        });
    }
}

/// Reports the outputs that a template reads and about which there is something to say: a message and a help.
pub(in crate::rules) fn report(
    rule: &'static RuleMetadata,
    checker: &mut Checker<'_>,
    site: &ExpressionSite,
    say: impl Fn(&str, Availability) -> Option<(String, &'static str)>,
) {
    let references = checker.references();
    for read in output_reads(
        checker.tree,
        checker.flow,
        checker.target,
        site,
        &references,
    ) {
        let Some((message, help)) = say(&read.name, read.availability) else {
            continue;
        };
        let place = checker
            .task(read.producer)
            .id
            .map(|id| checker.location(id));
        let draft = checker
            .finding_within(rule, site.node, read.range, message)
            .help(help);
        match place {
            Some(place) => draft.related(place, "this task"),
            None => draft,
        }
        .emit();
    }
}
