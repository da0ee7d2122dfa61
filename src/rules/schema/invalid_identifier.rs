//! `invalid-identifier`: an id or namespace has characters, or a length, that Kestra refuses.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::identifier::{self, Named};
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidIdentifier;

struct InvalidIdentifier;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-identifier",
    summary: "An id or namespace has characters, or a length, that Kestra refuses",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidIdentifier {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let flow = checker.flow;
        check(checker, Named::Flow, flow.id, Severity::Error);
        check(checker, Named::Namespace, flow.namespace, Severity::Error);
        for (index, task) in flow.indexed_tasks() {
            let severity = checker.severity_of_refusal(index);
            check(checker, Named::Task, task.id, severity);
        }
        for trigger in &flow.triggers {
            check(checker, Named::Trigger, trigger.id, Severity::Error);
        }
        for input in &flow.inputs {
            check(checker, Named::Input, input.id, Severity::Error);
        }
        for output in &flow.outputs {
            check(checker, Named::Output, output.id, Severity::Error);
        }
    }
}

/// A missing id is the concern of `missing-required-property`, one that is no text of `wrong-property-type`.
fn check(checker: &mut Checker<'_>, named: Named, node: Option<NodeId>, severity: Severity) {
    let Some(node) = node else { return };
    let tree = checker.tree;
    let value = tree.value(node);
    // `.inf` keeps the whole file from being read: `yaml-refused-by-kestra` says so.
    if matches!(value, Some(Value::Malformed(_))) {
        return;
    }
    if named == Named::Namespace
        && checker.target == Target::V1_3
        && !tree.tags().iter().any(|(tagged, _)| *tagged == node)
        && matches!(
            value,
            Some(Value::Boolean(_) | Value::Integer(_) | Value::Float(_))
        )
    {
        checker
            .finding(
                &METADATA,
                node,
                "The namespace must be text; this is a number or boolean to YAML",
            )
            .help("Put it in quotes.")
            .emit();
        return;
    }
    let Some(text) = identifier::text_of(tree, node) else {
        return;
    };
    if let Some((problem, label)) = problem(named, &text, checker.target) {
        checker
            .finding(&METADATA, node, problem)
            .severity(severity)
            .label(label)
            .maybe_help(mended(named, &text).map(|better| format!("Write for example `{better}`.")))
            .emit();
    }
}

/// What is wrong with a text, and the words under the carets.
fn problem(named: Named, text: &str, target: Target) -> Option<(String, String)> {
    let what = named.describe();
    let Some(first) = text.chars().next() else {
        return Some((format!("The {what} is empty"), String::new()));
    };
    let is_allowed = |byte: u8| named.allows(char::from(byte));
    if !text.bytes().all(is_allowed)
        && let Some(wrong) = text.chars().find(|character| !named.allows(*character))
    {
        let rule = match named {
            Named::Namespace => "small letters, digits, `.`, `_` and `-` only",
            Named::Task | Named::Trigger => "letters, digits, `_` and `-` only",
            Named::Flow | Named::Input | Named::Output => "letters, digits, `.`, `_` and `-` only",
        };
        let shown = wrong.escape_debug();
        return Some((
            format!(
                "The {what} `{}` may not contain `{shown}`",
                text.escape_debug()
            ),
            rule.to_owned(),
        ));
    }
    if !named.may_start_with(first) {
        return Some((
            format!("The {what} `{text}` may not begin with `{first}`"),
            "must begin with a letter or digit".to_owned(),
        ));
    }
    // All characters are ASCII from here on.
    let longest = named
        .longest(target)
        .filter(|longest| text.len() > *longest)?;
    Some((
        format!("The {what} has {} characters", text.len()),
        format!("at most {longest} are allowed"),
    ))
}

/// The text with everything replaced that may not stand in it.
fn mended(named: Named, text: &str) -> Option<String> {
    let mut better = String::with_capacity(text.len());
    for character in text.trim().chars() {
        let character = if named == Named::Namespace {
            character.to_ascii_lowercase()
        } else {
            character
        };
        better.push(if named.allows(character) {
            character
        } else {
            '_'
        });
    }
    let better = better.trim_start_matches(|first| !named.may_start_with(first));
    (!better.is_empty() && better != text && !text.contains("{{")).then(|| better.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of Kestra 1.3.31 and 2.0.0.
    #[test]
    fn the_verdicts_are_those_of_kestra() {
        let refused = |named, text: &str, target| problem(named, text, target).is_some();
        for named in [
            Named::Flow,
            Named::Namespace,
            Named::Task,
            Named::Trigger,
            Named::Input,
            Named::Output,
        ] {
            for text in ["a", "a-b", "a_b", "1a", "123", "a-", "2024-01-01"] {
                assert!(!refused(named, text, Target::V1_3), "{named:?} {text}");
            }
            for text in [
                "", "-a", "_a", ".a", "a b", "a/b", "é", "aé", "a:b", "a ", " a", "a\n", "=",
                "{{ x }}", "1:30",
            ] {
                assert!(refused(named, text, Target::V2_0), "{named:?} {text}");
            }
            let dotted = matches!(named, Named::Task | Named::Trigger);
            for text in ["a.b", "a..b", "a.", "1.5"] {
                assert_eq!(
                    refused(named, text, Target::V2_0),
                    dotted,
                    "{named:?} {text}"
                );
            }
            assert_eq!(refused(named, "A", Target::V2_0), named == Named::Namespace);
        }
    }

    #[test]
    fn lengths_are_those_of_kestra() {
        let refused =
            |named, length: usize, target| problem(named, &"a".repeat(length), target).is_some();
        for (named, longest) in [
            (Named::Flow, 100),
            (Named::Namespace, 150),
            (Named::Task, 256),
        ] {
            assert!(
                !refused(named, longest, Target::V1_3) && refused(named, longest + 1, Target::V1_3)
            );
        }
        assert!(
            !refused(Named::Trigger, 257, Target::V1_3)
                && refused(Named::Trigger, 257, Target::V2_0)
        );
        assert!(!refused(Named::Input, 1000, Target::V2_0));
    }
}
