//! `invalid-input-default`: a default that is no value of the input's type.

use crate::engine::{Checker, Interest, Rule};
use crate::expression::has_template;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier};
use crate::model::duration::Duration;
use crate::model::moment::{is_calendar_date, is_clock_time};
use crate::syntax::{NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InvalidInputDefault;

struct InvalidInputDefault;

static METADATA: RuleMetadata = RuleMetadata {
    name: "invalid-input-default",
    summary: "A default that is no value of the input's type",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InvalidInputDefault {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        for input in &checker.flow.inputs {
            let Some(kind) = checker.type_text(input.type_node) else {
                continue;
            };
            let Some(defaults) = checker.tree.get(input.node, "defaults") else {
                continue;
            };
            check(checker, input.node, kind, defaults);
        }
    }
}

/// Kestra 2.0 reads literal defaults when the flow is saved; both versions look at those of files.
fn check(checker: &mut Checker<'_>, input: NodeId, kind: &str, defaults: NodeId) {
    let tree = checker.tree;
    if checker.target != Target::V1_3 && !tree.is_scalar(defaults) {
        check_block(checker, kind, defaults);
        return;
    }
    let Some(value) = tree
        .value(defaults)
        .filter(|value| *value != Value::Null || tree.is_absent(defaults))
    else {
        return;
    };
    let text = tree.scalar_text(defaults).unwrap_or_default();
    if kind == "FILE" {
        let local =
            text.starts_with("file:///") || text.starts_with("nsfile:///") || has_template(text);
        if !local {
            checker
                .finding(
                    &METADATA,
                    defaults,
                    "The default of a FILE input is a `file:///` or `nsfile:///` URI",
                )
                .emit();
        }
        return;
    }
    if checker.target == Target::V1_3 || has_template(text) {
        return;
    }
    if let Some(expected) = mismatch(tree, input, kind, text, value) {
        checker
            .finding(&METADATA, defaults, format!("`{text}` is not {expected}"))
            .help("Kestra 2.0 checks the default when the flow is saved: write a value that the input takes.")
            .emit();
    }
}

/// A list or mapping for what is read from one text.
fn check_block(checker: &mut Checker<'_>, kind: &str, defaults: NodeId) {
    let expected = match kind {
        "INT" => "a whole number",
        "FLOAT" => "a number",
        "DATE" => "a date such as `2026-01-31`",
        "TIME" => "a time such as `18:30:00`",
        "DATETIME" => "a date with time and zone such as `2026-01-31T18:30:00Z`",
        "DURATION" => "a duration such as `PT5M`",
        "EMAIL" => "an e-mail address",
        _ => return,
    };
    let found = if checker.tree.is_sequence(defaults) {
        "a list"
    } else {
        "a mapping"
    };
    checker
        .finding(
            &METADATA,
            defaults,
            format!("The default must be {expected}, and this is {found}"),
        )
        .help("Kestra 2.0 checks the default when the flow is saved: write a value that the input takes.")
        .emit();
}

/// What the default should have been, where it is something else.
fn mismatch(
    tree: &Tree,
    input: NodeId,
    kind: &str,
    text: &str,
    value: Value<'_>,
) -> Option<String> {
    let plain = |holds: bool, expected: &str| (!holds).then(|| expected.to_owned());
    match kind {
        "INT" => {
            let number = match value {
                Value::Integer(number) => i32::try_from(number).ok().map(f64::from),
                Value::String(text) => text.parse::<i32>().ok().map(f64::from),
                _ => None,
            };
            number.map_or(Some("a whole number".to_owned()), |number| {
                outside(tree, input, number)
            })
        }
        "FLOAT" => {
            let number = match value {
                Value::Boolean(_) => None,
                #[expect(clippy::cast_precision_loss, reason = "compared with bounds only")]
                Value::Integer(number) => Some(number as f64),
                Value::Float(number) => Some(number),
                _ => text.trim().parse::<f64>().ok(),
            };
            number.map_or(Some("a number".to_owned()), |number| {
                outside(tree, input, number)
            })
        }
        "DATE" => plain(is_calendar_date(text), "a date such as `2026-01-31`"),
        "TIME" => plain(is_clock_time(text), "a time such as `18:30:00`"),
        "DATETIME" => plain(
            is_instant(text),
            "a date with time and zone such as `2026-01-31T18:30:00Z`",
        ),
        "DURATION" => plain(
            Duration::parse_iso(text).is_some(),
            "a duration such as `PT5M`",
        ),
        "EMAIL" => plain(text.is_empty() || is_email(text), "an e-mail address"),
        "SELECT" | "ENUM" => not_among_values(tree, input, text),
        _ => None,
    }
}

fn outside(tree: &Tree, input: NodeId, number: f64) -> Option<String> {
    let bound = |key: &str| {
        tree.get_text(input, key)
            .and_then(|text| text.trim().parse::<f64>().ok())
    };
    if let Some(least) = bound("min").filter(|least| number < *least) {
        return Some(format!("at least {least}"));
    }
    bound("max")
        .filter(|most| number > *most)
        .map(|most| format!("at most {most}"))
}

fn not_among_values(tree: &Tree, input: NodeId, text: &str) -> Option<String> {
    let values = tree
        .get(input, "values")
        .filter(|values| tree.is_sequence(*values))?;
    let custom = tree
        .get(input, "allowCustomValue")
        .is_some_and(|custom| tree.value(custom) == Some(Value::Boolean(true)));
    let among = tree.items(values).any(|value| {
        // 2.0 lets a value have a label: `{value: …, label: …}`.
        let value = if tree.is_mapping(value) {
            tree.get(value, "value")
        } else {
            Some(value)
        };
        value.is_none_or(|value| {
            same_text(tree, value, text) || tree.scalar_text(value).is_some_and(has_template)
        })
    });
    (!custom && !among).then(|| "one of the input's `values`".to_owned())
}

fn same_text(tree: &Tree, value: NodeId, text: &str) -> bool {
    tree.scalar_text(value) == Some(text) || tree.value(value) == Some(Value::of_plain(text))
}

fn is_instant(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let (time, zoned) = match rest.find(['Z', '+', '-', '[']) {
        Some(zone) => (&rest[..zone], true),
        None => (rest, false),
    };
    is_calendar_date(date) && is_clock_time(time) && zoned
}

fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}
