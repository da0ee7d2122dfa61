//! `unreadable-file`: there is no text to check.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::source::ReadProblem;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnreadableFile;

struct UnreadableFile;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unreadable-file",
    summary: "The file cannot be read, is no UTF-8 text, or is larger than Kestra takes",
    group: Group::Syntax,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

/// The most code points that Kestra's YAML reader takes (SnakeYAML's default limit, measured).
const MOST_CODE_POINTS: usize = 3_145_728;

impl Rule for UnreadableFile {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let text = checker.tree.source();
        let (message, help) = match &checker.document.read_problem {
            Some(problem) => explain(problem),
            // Only a text with that many bytes can have that many code points.
            None if text.len() > MOST_CODE_POINTS && text.chars().count() > MOST_CODE_POINTS => (
                format!(
                    "The file has {} code points; Kestra refuses more than {MOST_CODE_POINTS}",
                    text.chars().count()
                ),
                "Move long scripts and data to namespace files.",
            ),
            None => return,
        };
        checker
            .finding_at(&METADATA, TextRange::default(), message)
            .help(help)
            .emit();
    }
}

fn explain(problem: &ReadProblem) -> (String, &'static str) {
    match problem {
        ReadProblem::Unreadable(reason) => (
            format!("The file cannot be read: {reason}"),
            "Check its path and permissions.",
        ),
        ReadProblem::Binary => (
            "The file holds a zero byte: it is binary, not YAML".to_owned(),
            "Save it as UTF-8 text, or exclude it.",
        ),
        ReadProblem::NotUtf8(offset) => (
            format!("The file is not UTF-8: the first wrong byte is at offset {offset}"),
            "Save it as UTF-8.",
        ),
        ReadProblem::TooLarge { size, limit } => (
            format!(
                "The file has {size} bytes; more than {limit} cannot be a flow that Kestra takes"
            ),
            "Move long scripts and data to namespace files.",
        ),
    }
}
