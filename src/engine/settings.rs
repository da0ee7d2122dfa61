//! What configuration decides for the engine. The configuration room fills it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Interest, Rule};
use crate::finding::{RuleMetadata, Severity, Target, Tier};
use crate::governance::GovernancePolicy;

/// The value of a rule's option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// A table of texts, such as environments by name.
    Table(BTreeMap<String, OptionValue>),
}

impl OptionValue {
    /// Reads a TOML value; none for kinds that no option has (numbers with a point, dates, lists of other
    /// things than texts).
    pub fn from_toml(value: &toml_edit::Value) -> Option<Self> {
        match value {
            toml_edit::Value::Boolean(value) => Some(Self::Boolean(*value.value())),
            toml_edit::Value::Integer(value) => Some(Self::Integer(*value.value())),
            toml_edit::Value::String(value) => Some(Self::Text(value.value().clone())),
            toml_edit::Value::Array(values) => {
                let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().map(Self::List)
            }
            toml_edit::Value::InlineTable(table) => {
                // The depth is that of the text, which the TOML parser bounds.
                let entries = table
                    .iter()
                    .map(|(key, value)| Some((key.to_owned(), Self::from_toml(value)?)));
                entries.collect::<Option<_>>().map(Self::Table)
            }
            toml_edit::Value::Float(_) | toml_edit::Value::Datetime(_) => None,
        }
    }

    /// The number, if it is one that the type holds.
    pub fn as_integer<T: TryFrom<i64>>(&self) -> Option<T> {
        match self {
            Self::Integer(number) => T::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list; of anything else none.
    pub fn as_list(&self) -> &[String] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// What is decided for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSettings {
    /// Whether it runs.
    pub enabled: bool,
    /// The severity of its findings, where configuration changes it.
    pub severity: Option<Severity>,
    /// Its options, every declared one present.
    pub options: Vec<(&'static str, OptionValue)>,
}

/// All built-in rules, in the order of the rulebook.
#[derive(Clone, Copy)]
pub struct Registry {
    /// The rules.
    pub rules: &'static [&'static dyn Rule],
}

impl Registry {
    /// The index of a rule.
    pub fn position(self, name: &str) -> Option<usize> {
        self.rules
            .iter()
            .position(|rule| rule.metadata().name == name)
    }
}

/// What is decided for a file. Files of equal configuration share one.
#[derive(Debug, Clone)]
pub struct Settings {
    /// One row a rule of the registry, in its order.
    pub rules: Vec<RuleSettings>,
    /// The Kestra versions to check against.
    pub targets: Vec<Target>,
    /// Environments by name: patterns of paths and namespaces that belong to them.
    pub environments: BTreeMap<String, Vec<String>>,
    /// The Kestra Enterprise Policies that are enabled, worked out by [`Settings::finish`].
    pub governance: Vec<&'static GovernancePolicy>,
    /// By namespace the directories whose files are deployed as its namespace files.
    pub namespace_files: BTreeMap<String, Vec<PathBuf>>,
    /// For each target and interest the enabled rules, worked out by [`Settings::finish`].
    dispatch: [[Vec<u16>; Interest::COUNT]; Target::ALL.len()],
}

impl Settings {
    /// The settings where no configuration says anything.
    pub fn defaults(registry: Registry) -> Self {
        let rules = registry
            .rules
            .iter()
            .map(|rule| {
                let metadata = rule.metadata();
                RuleSettings {
                    enabled: metadata.tier == Tier::Default,
                    severity: None,
                    options: declared_defaults(metadata),
                }
            })
            .collect();
        Self {
            rules,
            targets: vec![Target::NEWEST],
            environments: BTreeMap::new(),
            governance: Vec::new(),
            namespace_files: BTreeMap::new(),
            dispatch: Default::default(),
        }
        .finish(registry)
    }

    /// Sets severities and options of rules, by their index in the registry; later ones win.
    pub fn decide(
        &mut self,
        severities: &[(usize, Severity)],
        options: &[(usize, &'static str, OptionValue)],
    ) {
        for (rule, severity) in severities {
            if let Some(rule) = self.rules.get_mut(*rule) {
                rule.severity = Some(*severity);
            }
        }
        for (rule, option, value) in options {
            let options = self.rules.get_mut(*rule).map(|rule| &mut rule.options);
            let slot = options
                .into_iter()
                .flatten()
                .find(|(known, _)| known == option);
            if let Some((_, slot)) = slot {
                slot.clone_from(value);
            }
        }
    }

    /// Works out which rules run for which interest; to be called after the last change.
    #[must_use]
    pub fn finish(mut self, registry: Registry) -> Self {
        self.dispatch = Default::default();
        self.governance.clear();
        for (index, rule) in registry.rules.iter().enumerate() {
            let is_enabled = |settings: &RuleSettings| settings.enabled;
            if !self.rules.get(index).is_some_and(is_enabled) {
                continue;
            }
            self.governance.extend(rule.governance());
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            for target in Target::ALL {
                if rule.metadata().targets.contains(target) {
                    for interest in rule.interests() {
                        self.dispatch[target.index()][*interest as usize].push(index);
                    }
                }
            }
        }
        self
    }

    /// The enabled rules of an interest that know a target, as indices into the registry.
    pub fn interested(&self, target: Target, interest: Interest) -> &[u16] {
        &self.dispatch[target.index()][interest as usize]
    }

    /// The value of a rule's option.
    pub fn option(&self, rule: usize, name: &str) -> Option<&OptionValue> {
        let options = &self.rules.get(rule)?.options;
        options
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// The options that a rule declares, with the values that it declares for them.
fn declared_defaults(metadata: &RuleMetadata) -> Vec<(&'static str, OptionValue)> {
    let options = metadata.options.iter();
    options
        .filter_map(|option| {
            let value: toml_edit::Value = option.default.parse().ok()?;
            Some((option.name, OptionValue::from_toml(&value)?))
        })
        .collect()
}

/// Where the engine asks for the settings of a file, and for the project that it belongs to.
pub trait SettingsSource: Sync {
    /// The settings of a file.
    fn settings(&self, path: &Path) -> Arc<Settings>;
    /// The root directory of the project that a file belongs to: flows of one root see each other.
    fn project_root(&self, path: &Path) -> std::path::PathBuf;
    /// Files beside those checked on which findings may be made: where policies are declared.
    fn further_files(&self) -> Vec<(std::path::PathBuf, Arc<str>)> {
        Vec::new()
    }
    /// Whether configuration excludes a file; `named` says that it was named on the command line.
    fn is_excluded(&self, path: &Path, named: bool) -> bool;
}
