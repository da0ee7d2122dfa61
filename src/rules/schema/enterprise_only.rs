//! `enterprise-only`: something that only the Enterprise edition takes.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EnterpriseOnly;

struct EnterpriseOnly;

static METADATA: RuleMetadata = RuleMetadata {
    name: "enterprise-only",
    summary: "Something that only the Enterprise edition takes",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for EnterpriseOnly {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    /// Kestra's open-source server refuses tasks with assets: 1.3.31 wherever they stand, 2.0.0 those that no
    /// other task holds; those of triggers neither looks at (measured).
    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let task = checker.task(task);
        if checker.target != Target::V1_3 && task.parent.is_some() {
            return;
        }
        let Some(entry) = checker.tree.entry(task.node, "assets") else {
            return;
        };
        if checker.tree.is_mapping(entry.value) {
            checker
                .finding(
                    &METADATA,
                    entry.key,
                    "`assets` are only available in the Enterprise edition",
                )
                .help(
                    "Remove them; on an Enterprise server, ignore this rule in `kestralint.toml`.",
                )
                .emit();
        }
    }
}
