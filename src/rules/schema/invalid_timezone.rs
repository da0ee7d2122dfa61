//! `invalid-timezone`: a Schedule has a time zone that Kestra does not know.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::{FLOW_TRIGGER_TYPES, timezone};
use crate::syntax::Value;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidTimezone;

struct InvalidTimezone;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-timezone",
    summary: "A Schedule has a time zone that Kestra does not know",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidTimezone {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Trigger]
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        let tree = checker.tree;
        let trigger = &checker.flow.triggers[trigger];
        let kind = checker.type_text(trigger.type_node).unwrap_or_default();
        let holder = if TYPES.contains(&kind) {
            Some(trigger.node)
        } else if FLOW_TRIGGER_TYPES.contains(&kind) && checker.target != Target::V1_3 {
            tree.get(trigger.node, "window")
        } else {
            None
        };
        let Some(node) = holder.and_then(|holder| tree.get(holder, "timezone")) else {
            return;
        };
        let Some(text) = tree
            .scalar_text(node)
            .filter(|_| tree.value(node) != Some(Value::Null))
        else {
            return;
        };
        if timezone::is_timezone(text) {
            return;
        }
        let help = if text.contains("{{") {
            "The time zone is read when the flow is saved, so it can't be an expression.".to_owned()
        } else {
            match timezone::suggestion(text) {
                Some(name) => format!("Did you mean `{name}`? Kestra takes names such as `Europe/Paris`, in this case, and offsets such as `+02:00`."),
                None => "Kestra takes names such as `Europe/Paris`, in this case, and offsets such as `+02:00`.".to_owned(),
            }
        };
        checker
            .finding(
                &METADATA,
                node,
                format!("Kestra knows no time zone `{}`", text.escape_debug()),
            )
            .help(help)
            .emit();
    }
}

const TYPES: [&str; 4] = [
    "io.kestra.plugin.core.trigger.Schedule",
    "io.kestra.core.models.triggers.types.Schedule",
    "io.kestra.plugin.core.trigger.ScheduleOnDates",
    "io.kestra.core.models.triggers.types.ScheduleOnDates",
];
