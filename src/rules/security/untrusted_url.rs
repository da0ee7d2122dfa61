//! `untrusted-url`: whoever calls a webhook chooses the host that a task asks.

use crate::analysis::taint::{Source, Wanted};
use crate::analysis::{ExpressionSite, Owner, property_of};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UntrustedUrl;

struct UntrustedUrl;

static METADATA: RuleMetadata = RuleMetadata {
    name: "untrusted-url",
    summary: "Whoever calls a webhook chooses the host that a task asks",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UntrustedUrl {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Owner::Task(task) = site.owner else {
            return;
        };
        let property = property_of(checker.tree, checker.task(task).node, site.node);
        if !matches!(property, Some("uri" | "url")) {
            return;
        }
        let template = &site.template;
        let tracer = checker.tracer(Wanted::Untrusted);
        for print in tracer.prints(checker.view(), site) {
            let mut origins = print.origins.iter();
            let Some(origin) = origins.find(|origin| origin.source == Source::Webhook) else {
                continue;
            };
            if !is_host(template.text(), print.range) {
                continue;
            }
            let what = template.slice(origin.range);
            let way = origin.way.first().and_then(|place| checker.place(*place));
            let mut draft = checker
                .finding_within(&METADATA, site.node, origin.range, format!("`{what}` names the host: whoever calls the webhook chooses what this task asks"))
                .help("Write the host down, or compare it with those that are allowed before this task. The task can reach what callers cannot: services of your network, the metadata of the machine.");
            if let Some(location) = way {
                draft = draft.related(location, "it comes through here");
            }
            draft.emit();
            return;
        }
    }
}

/// Whether what is printed decides about the host: nothing before it ends the name.
fn is_host(text: &str, print: TextRange) -> bool {
    let before = text.get(..usize::from(print.start())).unwrap_or_default();
    let authority = before
        .split_once("://")
        .map_or(before.trim(), |(_, authority)| authority);
    !authority.contains(['/', '?', '#'])
}
