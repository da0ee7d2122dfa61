//! `deprecated-property`: a property that Kestra will drop.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DeprecatedProperty;

struct DeprecatedProperty;

static METADATA: RuleMetadata = RuleMetadata {
    name: "deprecated-property",
    summary: "A property that Kestra will drop",
    group: Group::Schema,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DeprecatedProperty {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        if problem.kind != SchemaProblemKind::DeprecatedProperty {
            return;
        }
        let key = checker.tree.scalar_text(problem.node).unwrap_or_default();
        checker
            .finding(&METADATA, problem.node, format!("`{key}` is deprecated"))
            .maybe_help(replacement(key).map(|now| format!("Use {now}.")))
            .emit();
    }
}

/// What to write instead, from Kestra's migration notes.
fn replacement(key: &str) -> Option<&'static str> {
    Some(match key {
        "store" | "fetch" | "fetchOne" => "`fetchType: STORE`, `FETCH` or `FETCH_ONE`",
        "runner" | "docker" | "dockerOptions" => "`taskRunner` and `containerImage`",
        "taskDefaults" => "`pluginDefaults`",
        "listeners" => "a flow with a Flow trigger, or `afterExecution`",
        "minLogLevel" => "`logLevel`",
        "maxAttempt" => "`maxAttempts`",
        "delay" => "`pauseDuration`",
        "name" => "`id`",
        "scheduleConditions" => "`conditions`",
        _ => return None,
    })
}
