//! `pebble-json-removed`: `json(…)` or `| json`, which Kestra 2.0 has not.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &PebbleJsonRemoved;

struct PebbleJsonRemoved;

static METADATA: RuleMetadata = RuleMetadata {
    name: "pebble-json-removed",
    summary: "`json(…)` or `| json`, which Kestra 2.0 has not",
    group: Group::Migration,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for PebbleJsonRemoved {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        let Some(new) = successor(site, problem) else {
            return;
        };
        let map = checker.tree.offset_map(site.node);
        let edit = map
            .is_verbatim(problem.range)
            .then(|| map.source_range(problem.range));
        let draft = checker
            .finding_within(
                &METADATA,
                site.node,
                problem.range,
                format!("Kestra 2.0 has no `json`; `{new}` is the same in both versions"),
            )
            .help(format!("Write `{new}`."));
        match edit {
            Some(range) => draft.fix(format!("Write `{new}`"), Applicability::Safe, range, new),
            None => draft,
        }
        .emit();
    }
}

fn successor(site: &ExpressionSite, problem: &Problem) -> Option<&'static str> {
    let ProblemKind::OtherVersion { kind, .. } = problem.kind else {
        return None;
    };
    match kind {
        InvocationKind::Function if site.template.slice(problem.range) == "json" => {
            Some("fromJson")
        }
        InvocationKind::Filter if site.template.slice(problem.range) == "json" => Some("toJson"),
        _ => None,
    }
}
