//! `server-managed-key`: a key of an export that the server sets itself.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ServerManagedKey;

struct ServerManagedKey;

static METADATA: RuleMetadata = RuleMetadata {
    name: "server-managed-key",
    summary: "A key of an export that the server sets itself",
    group: Group::Style,
    severity: Severity::Info,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

/// What both versions accept at the top of a flow and then decide themselves (asked of 1.3.31 and 2.0.0).
const KEYS: [&str; 5] = ["revision", "deleted", "tenantId", "updated", "source"];

impl Rule for ServerManagedKey {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some(root) = checker.flow.root else {
            return;
        };
        let tree = checker.tree;
        for (position, entry) in tree.entries(root).iter().enumerate() {
            let Some(key) = tree.scalar_text(entry.key).filter(|key| KEYS.contains(key)) else {
                continue;
            };
            let edit = tree.remove_entry(root, position);
            let draft = checker
                .finding(
                    &METADATA,
                    entry.key,
                    format!("Kestra sets `{key}` itself: what stands here is not used"),
                )
                .help("Remove it; exports of a server carry it.");
            match edit {
                Some(edit) => draft.fix(
                    format!("Remove `{key}`"),
                    Applicability::Safe,
                    edit.range,
                    edit.content,
                ),
                None => draft,
            }
            .emit();
        }
    }
}
