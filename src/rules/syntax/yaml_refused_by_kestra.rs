//! `yaml-refused-by-kestra`: valid YAML that Kestra's parser refuses.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &YamlRefusedByKestra;

struct YamlRefusedByKestra;

static METADATA: RuleMetadata = RuleMetadata {
    name: "yaml-refused-by-kestra",
    summary: "Valid YAML 1.2 that Kestra's parser refuses",
    group: Group::Syntax,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for YamlRefusedByKestra {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        for refusal in checker.tree.refusals() {
            let draft = checker
                .finding_at(&METADATA, refusal.range, refusal.message.clone())
                .maybe_help(refusal.help.clone());
            match &refusal.mend {
                Some((title, edit)) => draft
                    .fix(
                        *title,
                        Applicability::Safe,
                        edit.range,
                        edit.content.as_str(),
                    )
                    .emit(),
                None => draft.emit(),
            }
        }
    }
}
