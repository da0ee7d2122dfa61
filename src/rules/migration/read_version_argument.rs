//! `read-version-argument`: the argument `version`, which Kestra 2.0 calls `revision`.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ReadVersionArgument;

struct ReadVersionArgument;

static METADATA: RuleMetadata = RuleMetadata {
    name: "read-version-argument",
    summary: "The argument `version`, which Kestra 2.0 calls `revision`",
    group: Group::Migration,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for ReadVersionArgument {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        let is_meant = matches!(
            &problem.kind,
            ProblemKind::UnknownArgument { signature }
                if matches!(signature.name, "read" | "fileURI")
        ) && site.template.slice(problem.range) == "version";
        if is_meant {
            checker.problem(&METADATA, site, problem).emit();
        }
    }
}
