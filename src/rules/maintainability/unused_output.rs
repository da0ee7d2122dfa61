//! `unused-output`: an output of a flow that none of the flows reads that start it, or that it starts.

use std::collections::BTreeSet;

use crate::engine::{Interest, LoadedDocument, ProjectChecker, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::project::{Cause, MemberIndex};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnusedOutput;

struct UnusedOutput;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unused-output",
    summary: "An output of a flow that no flow of the project reads",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnusedOutput {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let (project, workspace) = (checker.project, checker.workspace);
        // Who may read the outputs of a flow: its callers, and the flows that wait for its end.
        let mut readers: BTreeSet<(MemberIndex, MemberIndex)> = BTreeSet::new();
        for start in project.starts() {
            let (written, reader) = match start.cause {
                Cause::Call(_) => (start.to, start.from),
                Cause::Trigger(..) => (start.from, start.to),
            };
            readers.insert((written, reader));
        }
        for (member, _, summary) in project.members() {
            let mut own = readers
                .range((member, 0)..=(member, MemberIndex::MAX))
                .peekable();
            if summary.outputs.is_empty() || own.peek().is_none() {
                continue;
            }
            let documents: Vec<&LoadedDocument> = own
                .filter_map(|(_, reader)| {
                    workspace.documents.get(project.document(*reader) as usize)
                })
                .collect();
            for output in &summary.outputs {
                if documents.iter().any(|reader| may_read(reader, &output.id)) {
                    continue;
                }
                let flow = summary.full_name();
                let message = format!(
                    "No flow that calls `{flow}` reads its output `{}`",
                    output.id
                );
                checker.emit(
                    &METADATA,
                    output.place,
                    &[&flow, &output.id],
                    message,
                    |finding| {
                        finding.help = Some(
                            "Remove it, if no program outside of Kestra asks for it.".to_owned(),
                        );
                    },
                );
            }
        }
    }
}

/// Whether a template of a flow names the output, or may name any.
fn may_read(reader: &LoadedDocument, output: &str) -> bool {
    reader.document.is_incomplete
        || reader.expressions.iter().any(|site| {
            let text = site.template.text();
            let is_dynamic = ["outputs |", "outputs }", "outputs[", "outputs)", "outputs,"]
                .iter()
                .any(|whole| text.contains(whole));
            text.contains(output) || is_dynamic || text.contains("render")
        })
}
