//! What the rules of a policy refuse.

use std::cmp::Ordering;

use super::content::{Content, Effective, Origin};
use super::declared::{
    Constraint, Enforcement, GovernancePolicy, GovernanceRule, On, RuleKind, is_match, number,
};
use super::govern::Governed;
use crate::model::duration::Duration;
use crate::syntax::NodeId;

/// Something that a rule refuses.
#[derive(Debug)]
pub struct Violation<'policy> {
    /// The rule.
    pub rule: &'policy GovernanceRule,
    /// The node of the flow's text that is nearest to what is wrong.
    pub place: NodeId,
    /// The id of the task or trigger that it concerns; empty for the flow itself.
    pub owner: String,
    /// What is wrong.
    pub reason: Reason<'policy>,
}

/// What is wrong.
#[derive(Debug)]
pub enum Reason<'policy> {
    /// A plugin of this type is not wanted.
    Denied(String),
    /// A property is missing or empty.
    Missing(&'policy str),
    /// A property has a value that is not allowed.
    NotAllowed {
        /// The property.
        property: &'policy str,
        /// Its value; empty where it has no short text.
        found: String,
        /// What breaks it.
        constraint: &'policy Constraint,
        /// Whether a policy gave the value.
        is_given: bool,
    },
}

/// Holds a flow as it would run against the validating rules of a policy.
pub fn judge<'policy>(
    policy: &'policy GovernancePolicy,
    governed: &Governed<'_>,
    namespace: &str,
) -> Vec<Violation<'policy>> {
    let mut violations = Vec::new();
    let is_in_force = matches!(
        policy.enforcement,
        Enforcement::Active | Enforcement::Evaluate
    );
    if !is_in_force || !policy.governs(namespace) {
        return violations;
    }
    let Origin::Written(root) = governed.root.origin else {
        return violations;
    };
    let plugins = governed.plugins();
    for rule in &policy.rules {
        match rule.on {
            On::Flow => look(rule, &governed.root, root, "", &mut violations),
            On::Plugin => {
                for plugin in &plugins {
                    if rule.conditions.iter().all(|one| one.holds(plugin.value)) {
                        look(
                            rule,
                            plugin.value,
                            plugin.place,
                            plugin.owner,
                            &mut violations,
                        );
                    }
                }
            }
        }
    }
    violations
}

/// Whether a policy is about anything in a flow.
pub fn is_about(policy: &GovernancePolicy, governed: &Governed<'_>, namespace: &str) -> bool {
    if !policy.governs(namespace) {
        return false;
    }
    let plugins = governed.plugins();
    policy.rules.iter().any(|rule| {
        if governed.has_matched(policy, rule) {
            return true;
        }
        // Who opts in is told by what has matched.
        policy.enforcement != Enforcement::Reference
            && match rule.on {
                On::Flow => true,
                On::Plugin => plugins
                    .iter()
                    .any(|plugin| rule.conditions.iter().all(|one| one.holds(plugin.value))),
            }
    })
}

fn look<'policy>(
    rule: &'policy GovernanceRule,
    value: &Effective,
    place: NodeId,
    owner: &str,
    violations: &mut Vec<Violation<'policy>>,
) {
    let mut report = |place: NodeId, reason: Reason<'policy>| {
        violations.push(Violation {
            rule,
            place,
            owner: owner.to_owned(),
            reason,
        });
    };
    match &rule.kind {
        RuleKind::Deny => {
            let name = value.get("type");
            let place = name.map_or(place, |name| nearest(name, place));
            let name = name.and_then(Effective::text).unwrap_or_default();
            report(place, Reason::Denied(name.to_owned()));
        }
        RuleKind::Require { properties } => {
            for property in properties {
                let (found, last) = value.at(property);
                if found.is_none_or(Effective::is_empty) {
                    report(nearest(last, place), Reason::Missing(property));
                }
            }
        }
        RuleKind::Restrict {
            property,
            constraints,
        } => {
            let (Some(found), _) = value.at(property) else {
                return;
            };
            // What a template becomes is known only when the flow runs.
            if found.is_template() {
                return;
            }
            for constraint in constraints {
                if constraint.allows(found) == Some(false) {
                    report(
                        nearest(found, place),
                        Reason::NotAllowed {
                            property,
                            found: found.text().unwrap_or_default().to_owned(),
                            constraint,
                            is_given: found.origin == Origin::Given,
                        },
                    );
                }
            }
        }
        RuleKind::Add { .. } | RuleKind::Delete { .. } | RuleKind::Foreign => {}
    }
}

fn nearest(value: &Effective, otherwise: NodeId) -> NodeId {
    match value.origin {
        Origin::Written(node) => node,
        Origin::Given => otherwise,
    }
}

impl Constraint {
    /// Whether it allows a value; none where that cannot be told.
    fn allows(&self, value: &Effective) -> Option<bool> {
        match self {
            Self::Minimum(limit) => compare(value, limit).map(Ordering::is_ge),
            Self::Maximum(limit) => compare(value, limit).map(Ordering::is_le),
            Self::OneOf(allowed) => match value.content {
                Content::List(_) | Content::Map(_) => None,
                _ => Some(allowed.iter().any(|allowed| allowed.says_the_same(value))),
            },
            Self::Pattern(regex) => is_match(regex, value.text()?),
            Self::Equal(wanted) => Some(wanted.says_the_same(value)),
        }
    }

    /// What it asks for, in words behind "must be".
    pub fn wanted(&self) -> String {
        match self {
            Self::Minimum(limit) => format!("at least {}", shown(limit)),
            Self::Maximum(limit) => format!("at most {}", shown(limit)),
            Self::OneOf(allowed) => {
                let allowed: Vec<String> = allowed
                    .iter()
                    .map(|one| format!("`{}`", shown(one)))
                    .collect();
                match allowed.as_slice() {
                    [one] => one.clone(),
                    _ => format!("one of {}", allowed.join(", ")),
                }
            }
            Self::Pattern(regex) => format!("a match of `{}`", regex.as_str()),
            Self::Equal(wanted) => format!("`{}`", shown(wanted)),
        }
    }
}

fn shown(value: &Effective) -> &str {
    value.text().unwrap_or("…")
}

/// Numbers, and durations with durations.
fn compare(value: &Effective, limit: &Effective) -> Option<Ordering> {
    if let (Some(value), Some(limit)) = (number(Some(value)), number(Some(limit))) {
        return value.partial_cmp(&limit);
    }
    let duration = |value: &Effective| Duration::parse_iso(value.text()?);
    Some(
        duration(value)?
            .nanoseconds
            .cmp(&duration(limit)?.nanoseconds),
    )
}
