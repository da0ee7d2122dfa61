//! What every rule declares about itself.

use super::{Severity, TargetSet};

/// The shelf of the rulebook on which a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The text is no YAML, or not the YAML that Kestra reads.
    Syntax,
    /// Kestra of the target version refuses to save it.
    Schema,
    /// It saves, then fails or misbehaves.
    Correctness,
    /// Flows of the repository do not fit together.
    Project,
    /// Secrets, injection, exposure.
    Security,
    /// Rules that a team has agreed on.
    Policy,
    /// Harder to change than it need be.
    Maintainability,
    /// Slower or heavier than it need be.
    Performance,
    /// Form.
    Style,
    /// The way from Kestra 1.3 to 2.0.
    Migration,
}

impl Group {
    /// All groups, in the order of the rulebook.
    pub const ALL: [Self; 10] = [
        Self::Syntax,
        Self::Schema,
        Self::Correctness,
        Self::Project,
        Self::Security,
        Self::Policy,
        Self::Maintainability,
        Self::Performance,
        Self::Style,
        Self::Migration,
    ];

    /// What its rules are about.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Syntax => "The text is no YAML, or not the YAML that Kestra reads.",
            Self::Schema => "Kestra of the target version refuses to save it.",
            Self::Correctness => {
                "It is saved, and then fails or does something else than it seems to."
            }
            Self::Project => "Flows of the repository do not fit together.",
            Self::Security => "Secrets, injection, exposure.",
            Self::Policy => "Practice that a team may agree on.",
            Self::Maintainability => "Harder to change than it need be.",
            Self::Performance => "Slower or heavier than it need be.",
            Self::Style => "Form.",
            Self::Migration => "The way from Kestra 1.3 to 2.0.",
        }
    }

    /// The name used on the command line, in configuration and as directory name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Schema => "schema",
            Self::Correctness => "correctness",
            Self::Project => "project",
            Self::Security => "security",
            Self::Policy => "policy",
            Self::Maintainability => "maintainability",
            Self::Performance => "performance",
            Self::Style => "style",
            Self::Migration => "migration",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == name)
    }
}

/// Whether a rule runs where nobody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// On.
    Default,
    /// Opt-in.
    Strict,
    /// New: opt-in until it has proven itself.
    Preview,
}

impl Tier {
    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Preview => "preview",
        }
    }
}

/// Whether a rule offers fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixKind {
    /// Never.
    None,
    /// At times, and then safe.
    Safe,
    /// At times, and then to be reviewed.
    Unsafe,
}

impl FixKind {
    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// An option that a rule takes from `[rules.<name>]` of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionDescription {
    /// The key, in kebab-case.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its JSON Schema, as JSON text.
    pub schema: &'static str,
    /// Its value where nothing is said, as TOML text.
    pub default: &'static str,
}

/// The static facts of a rule. All that is said to people at length stands on its page
/// (`rules/<group>/<name>.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleMetadata {
    /// The kebab-case name: the file's name, SARIF's `ruleId`, what suppressions say.
    pub name: &'static str,
    /// One line for tables: what the rule finds.
    pub summary: &'static str,
    /// Its shelf.
    pub group: Group,
    /// Severity where configuration says nothing.
    pub severity: Severity,
    /// Whether it is on by default.
    pub tier: Tier,
    /// Whether it offers fixes.
    pub fix: FixKind,
    /// The Kestra versions that it is about.
    pub targets: TargetSet,
    /// The options that it takes.
    pub options: &'static [OptionDescription],
    /// The release in which it came.
    pub since: &'static str,
}
