//! `pebble-each-functions-removed`: `currentEachOutput(…)`, which Kestra 2.0 has not.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{InvocationKind, Problem, ProblemKind};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &PebbleEachFunctionsRemoved;

struct PebbleEachFunctionsRemoved;

static METADATA: RuleMetadata = RuleMetadata {
    name: "pebble-each-functions-removed",
    summary: "`currentEachOutput(…)`, which Kestra 2.0 has not",
    group: Group::Migration,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for PebbleEachFunctionsRemoved {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        let template = &site.template;
        let is_meant = matches!(
            problem.kind,
            ProblemKind::OtherVersion {
                kind: InvocationKind::Function,
                ..
            }
        ) && template.slice(problem.range) == "currentEachOutput";
        if !is_meant {
            return;
        }
        let call = template
            .invocations()
            .find(|call| call.name == problem.range);
        let edit = call.and_then(|call| {
            let [argument] = template.arguments(call.arguments) else {
                return None;
            };
            let whole = template.expression(call.expression).range;
            let argument = template.slice(template.expression(argument.value).range);
            let map = checker.tree.offset_map(site.node);
            map.is_verbatim(whole)
                .then(|| (map.source_range(whole), argument.to_owned()))
        });
        let draft = checker
            .finding_within(
                &METADATA,
                site.node,
                problem.range,
                "Kestra 2.0 has no `currentEachOutput`",
            )
            .help("Inside a Loop the outputs of its tasks are those of the current round: `outputs.task.x`.");
        match edit {
            Some((range, argument)) => draft.fix(
                format!("Write `{argument}`"),
                Applicability::Unsafe,
                range,
                argument,
            ),
            None => draft,
        }
        .emit();
    }
}
