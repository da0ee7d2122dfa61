//! The page of an Enterprise Policy.

use std::fmt::Write as _;

use super::super::declared::Example;
use super::super::page::{examples_of, sentence};
use crate::governance::{Constraint, Enforcement, GovernancePolicy, GovernanceRule, On, RuleKind};

/// The page, in Markdown.
pub(super) fn of(
    name: &str,
    summary: &str,
    description: Option<&str>,
    policy: &GovernancePolicy,
    examples: &[Example],
) -> String {
    let mut page = format!("# {name}\n\n{}\n", sentence(summary));
    // Writing to a string does not fail.
    if let Some(description) = description.filter(|text| *text != summary) {
        let _ = write!(page, "\n## Why it matters\n\n{description}\n");
    }
    let enforcement = match policy.enforcement {
        Enforcement::Active => "It is in force: a server refuses flows that violate it.",
        Enforcement::Evaluate => "It is being tried out: a server reports violations, no more.",
        Enforcement::Reference => "It changes what names it in `policyRefs`, and refuses nothing.",
        Enforcement::Disabled => "It is switched off.",
    };
    let _ = write!(
        page,
        "\n## Rules\n\nA Kestra Enterprise Policy. {enforcement}"
    );
    if !policy.namespaces.is_empty() {
        let _ = write!(page, " It governs `{}`.", policy.namespaces.join("`, `"));
    }
    page.push_str("\n\n");
    for rule in &policy.rules {
        let _ = writeln!(page, "{}. {}", rule.number, line(rule));
    }
    page + &examples_of(examples)
}

fn line(rule: &GovernanceRule) -> String {
    let about = match rule.on {
        On::Flow => "the flow",
        On::Plugin => "each plugin that it is about",
    };
    let names = |properties: &[String]| format!("`{}`", properties.join("`, `"));
    let mut line = match &rule.kind {
        RuleKind::Add { values, overrides } => {
            let keys: Vec<String> = values
                .entries()
                .iter()
                .map(|(key, _)| key.clone())
                .collect();
            let how = if *overrides {
                ", whatever is written"
            } else {
                ""
            };
            format!("Gives {} to {about}{how}.", names(&keys))
        }
        RuleKind::Delete { properties } => {
            format!("Takes {} from {about}.", names(properties))
        }
        RuleKind::Deny => "Denies each plugin that it is about.".to_owned(),
        RuleKind::Require { properties } => {
            format!("Requires {} of {about}.", names(properties))
        }
        RuleKind::Restrict {
            property,
            constraints,
        } => {
            let wanted: Vec<String> = constraints.iter().map(Constraint::wanted).collect();
            format!("`{property}` of {about} is {}.", wanted.join(" and "))
        }
        RuleKind::Foreign => "A kind of rule that kestralint does not know.".to_owned(),
    };
    if let Some(message) = &rule.message {
        let _ = write!(line, " {message}");
    }
    line
}
