//! `enterprise-only`: something that only the Enterprise edition takes.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::NodeId;

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
        &[Interest::Task, Interest::Trigger]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        check(checker, checker.task(task).node);
    }

    fn trigger(&self, checker: &mut Checker<'_>, trigger: usize) {
        if let Some(trigger) = checker.flow.triggers.get(trigger) {
            check(checker, trigger.node);
        }
    }
}

/// Kestra's open-source server refuses a flow with assets (measured on 1.3.31 and 2.0.0).
fn check(checker: &mut Checker<'_>, node: NodeId) {
    let Some(entry) = checker.tree.entry(node, "assets") else {
        return;
    };
    if checker.tree.is_mapping(entry.value) {
        checker
            .finding(
                &METADATA,
                entry.key,
                "`assets` are only available in the Enterprise edition",
            )
            .help("Remove them; on an Enterprise server, ignore this rule in `kestralint.toml`.")
            .emit();
    }
}
