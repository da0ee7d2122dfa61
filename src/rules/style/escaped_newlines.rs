//! `escaped-newlines`: a text of several lines on one line.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{CollectionStyle, NodeId, NodeKind, ScalarStyle, Tree};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &EscapedNewlines;

struct EscapedNewlines;

static METADATA: RuleMetadata = RuleMetadata {
    name: "escaped-newlines",
    summary: "A text of several lines on one line",
    group: Group::Style,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

/// Fewer escaped line ends are easy to read as they are.
const LEAST_LINE_ENDS: usize = 2;

impl Rule for EscapedNewlines {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Scalar]
    }

    fn scalar(&self, checker: &mut Checker<'_>, node: NodeId) {
        let tree = checker.tree;
        if tree.scalar_style(node) != Some(ScalarStyle::DoubleQuoted) {
            return;
        }
        let text = tree.scalar_text(node).unwrap_or_default();
        let source = &tree.source()[std::ops::Range::<usize>::from(tree.range(node))];
        if source.matches("\\n").count() < LEAST_LINE_ENDS || source.contains('\n') {
            return;
        }
        let Some(block) = block(tree, node, text) else {
            return;
        };
        checker
            .finding(
                &METADATA,
                node,
                format!("A text of {} lines stands on one", text.lines().count()),
            )
            .help("Write it as a block, behind `|`.")
            .fix(
                "Write it as a block",
                Applicability::Safe,
                tree.range(node),
                block,
            )
            .emit();
    }
}

/// The text as a block that means the same; none where a block cannot say it, or does not fit here.
fn block(tree: &Tree, node: NodeId, text: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_sayable = !body.is_empty()
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| line.trim_end() == line)
        && body
            .chars()
            .all(|letter| letter == '\n' || !letter.is_control());
    let parent = tree.parent(node)?;
    let key = tree.key_of(node)?;
    // As a value of a mapping in lines, with nothing behind it.
    let range = tree.range(node);
    let behind = tree.source()[usize::from(range.end())..].lines().next();
    let is_alone = behind.is_none_or(|rest| rest.trim().is_empty());
    let mut around = Some(parent);
    while let Some(holder) = around {
        let is_in_lines = matches!(
            tree.kind(holder),
            NodeKind::Mapping(CollectionStyle::Block) | NodeKind::Sequence(CollectionStyle::Block)
        );
        if !is_in_lines {
            return None;
        }
        around = tree.parent(holder);
    }
    if !is_sayable || !is_alone || tree.tag(node).is_some() {
        return None;
    }
    let indentation = " ".repeat(tree.column(tree.range(key).start()) + 2);
    let header = if text.ends_with('\n') { "|" } else { "|-" };
    let mut block = header.to_owned();
    for line in body.lines() {
        block.push('\n');
        if !line.is_empty() {
            block.push_str(&indentation);
            block.push_str(line);
        }
    }
    Some(block)
}
