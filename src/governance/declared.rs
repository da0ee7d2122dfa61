//! A policy as its file declares it.

use fancy_regex::{Regex, RegexBuilder};

use super::content::{Content, Effective};

/// A Kestra Enterprise Policy.
#[derive(Debug)]
pub struct GovernancePolicy {
    /// Its id.
    pub id: String,
    /// How far it is in force.
    pub enforcement: Enforcement,
    /// Where it is defined.
    pub scope: Scope,
    /// The namespaces that it governs, with all below them; without any, all.
    pub namespaces: Vec<String>,
    /// Its rules, in their order.
    pub rules: Vec<GovernanceRule>,
}

/// How far a policy is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// It changes flows and refuses them.
    Active,
    /// It tells what it would refuse, and changes nothing.
    Evaluate,
    /// It changes what names it in `policyRefs`, and refuses nothing.
    Reference,
    /// It does nothing.
    Disabled,
}

impl Enforcement {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 4] = [
        ("ACTIVE", Self::Active),
        ("EVALUATE", Self::Evaluate),
        ("REFERENCE", Self::Reference),
        ("DISABLED", Self::Disabled),
    ];
}

/// Where a policy is defined, from the outermost to the innermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The server's configuration.
    Static,
    /// The whole installation.
    Instance,
    /// A tenant.
    Tenant,
    /// A namespace and those below it.
    Namespace,
}

impl Scope {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 4] = [
        ("STATIC", Self::Static),
        ("INSTANCE", Self::Instance),
        ("TENANT", Self::Tenant),
        ("NAMESPACE", Self::Namespace),
    ];
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The flow's own properties.
    Flow,
    /// Every instance of a plugin in it.
    Plugin,
}

impl On {
    /// Both, with their words.
    pub const ALL: [(&'static str, Self); 2] = [("FLOW", Self::Flow), ("PLUGIN", Self::Plugin)];
}

/// What comes of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The flow is refused.
    Block,
    /// It is saved with a warning.
    Warn,
}

impl Action {
    /// Both, with their words.
    pub const ALL: [(&'static str, Self); 2] = [("BLOCK", Self::Block), ("WARN", Self::Warn)];
}

/// A rule of a policy.
#[derive(Debug)]
pub struct GovernanceRule {
    /// Its place among the rules, counted from 1.
    pub number: usize,
    /// What it is about.
    pub on: On,
    /// Which plugins; all must hold.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub kind: RuleKind,
    /// What comes of a violation.
    pub action: Action,
    /// What its author says about it.
    pub message: Option<String>,
}

/// What a rule does.
#[derive(Debug)]
pub enum RuleKind {
    /// Gives properties.
    Add {
        /// The properties, as a mapping.
        values: Effective,
        /// Whether they replace the author's.
        overrides: bool,
    },
    /// Takes properties away.
    Delete {
        /// Their paths.
        properties: Vec<String>,
    },
    /// Refuses a plugin.
    Deny,
    /// Allows only some values of a property.
    Restrict {
        /// Its path.
        property: String,
        /// Each must hold.
        constraints: Vec<Constraint>,
    },
    /// Asks for properties.
    Require {
        /// Their paths.
        properties: Vec<String>,
    },
    /// A kind of rule that is none of Kestra's own.
    Foreign,
}

impl RuleKind {
    /// Whether it changes flows.
    pub fn is_change(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Delete { .. })
    }
}

/// What a value must be.
#[derive(Debug)]
pub enum Constraint {
    /// Not less.
    Minimum(Effective),
    /// Not more.
    Maximum(Effective),
    /// One of these.
    OneOf(Vec<Effective>),
    /// A match.
    Pattern(Box<Regex>),
    /// This.
    Equal(Effective),
}

/// A condition on a plugin.
#[derive(Debug)]
pub struct Condition {
    /// The path of a property.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
}

/// How a property is compared.
#[derive(Debug)]
pub enum Operator {
    /// `EQUAL_TO`
    EqualTo(Effective),
    /// `NOT_EQUAL_TO`
    NotEqualTo(Effective),
    /// `STARTS_WITH`
    StartsWith(String),
    /// `ENDS_WITH`
    EndsWith(String),
    /// `CONTAINS`
    Contains(String),
    /// `IN`
    In(Vec<Effective>),
    /// `NOT_IN`
    NotIn(Vec<Effective>),
    /// `REGEX`
    Regex(Box<Regex>),
    /// `GREATER_THAN`
    GreaterThan(f64),
    /// `LESS_THAN`
    LessThan(f64),
    /// `IS_NULL`
    IsNull,
    /// `IS_NOT_NULL`
    IsNotNull,
}

impl Operator {
    /// The words of all operators.
    pub const WORDS: [&'static str; 12] = [
        "EQUAL_TO",
        "NOT_EQUAL_TO",
        "STARTS_WITH",
        "ENDS_WITH",
        "CONTAINS",
        "IN",
        "NOT_IN",
        "REGEX",
        "GREATER_THAN",
        "LESS_THAN",
        "IS_NULL",
        "IS_NOT_NULL",
    ];
}

impl Condition {
    /// Whether a plugin fulfils it.
    pub fn holds(&self, plugin: &Effective) -> bool {
        let (value, _) = plugin.at(&self.field);
        let text = value.and_then(Effective::text);
        let equals = |other: &Effective| value.is_some_and(|value| value.says_the_same(other));
        match &self.operator {
            Operator::EqualTo(other) => equals(other),
            Operator::NotEqualTo(other) => !equals(other),
            Operator::StartsWith(start) => text.is_some_and(|text| text.starts_with(start)),
            Operator::EndsWith(end) => text.is_some_and(|text| text.ends_with(end)),
            Operator::Contains(part) => text.is_some_and(|text| text.contains(part)),
            Operator::In(others) => others.iter().any(equals),
            Operator::NotIn(others) => !others.iter().any(equals),
            // What takes too long to tell is not selected.
            Operator::Regex(regex) => {
                text.is_some_and(|text| is_match(regex, text).unwrap_or(false))
            }
            Operator::GreaterThan(limit) => number(value).is_some_and(|value| value > *limit),
            Operator::LessThan(limit) => number(value).is_some_and(|value| value < *limit),
            Operator::IsNull => value.is_none(),
            Operator::IsNotNull => value.is_some(),
        }
    }
}

/// How often a match may go back before it is given up.
const BACKTRACKING: usize = 100_000;

/// Compiles a pattern of Java's; `whole` says that it is held against the whole text.
///
/// # Errors
///
/// What is wrong with the pattern.
pub fn pattern(text: &str, whole: bool) -> Result<Box<Regex>, String> {
    let text = if whole {
        format!(r"\A(?:{text})\z")
    } else {
        text.to_owned()
    };
    let built = RegexBuilder::new(&text)
        .backtrack_limit(BACKTRACKING)
        .delegate_size_limit(1 << 20)
        .build();
    built.map(Box::new).map_err(|error| {
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim().to_owned()
    })
}

/// Whether a pattern matches; none where that takes too long to tell.
pub(super) fn is_match(regex: &Regex, text: &str) -> Option<bool> {
    regex.is_match(text).ok()
}

pub(super) fn number(value: Option<&Effective>) -> Option<f64> {
    match &value?.content {
        Content::Number(number, _) => Some(*number),
        Content::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

impl GovernancePolicy {
    /// Whether it governs the flows of a namespace.
    pub fn governs(&self, namespace: &str) -> bool {
        self.namespaces.is_empty()
            || self.namespaces.iter().any(|root| {
                namespace
                    .strip_prefix(root.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }

    /// Whether it changes flows at all.
    pub fn changes_flows(&self) -> bool {
        matches!(
            self.enforcement,
            Enforcement::Active | Enforcement::Reference
        ) && self.rules.iter().any(|rule| rule.kind.is_change())
    }
}
