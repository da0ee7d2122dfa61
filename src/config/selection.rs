//! Which rules run: `select`, `extend-select` and `ignore`, of configuration and command line alike.

use crate::engine::Registry;
use crate::finding::{Group, RuleMetadata, Target, Tier};

/// The word for all rules.
pub const ALL: &str = "ALL";

/// What a word in a selection names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// Every rule.
    All,
    /// The rules of a group.
    Group(Group),
    /// One rule, by its index in the registry.
    Rule(usize),
}

impl Selector {
    /// Reads a rule's name, a group's name or `ALL`.
    pub fn parse(word: &str, registry: Registry) -> Option<Self> {
        if word == ALL {
            return Some(Self::All);
        }
        let group = Group::parse(word).map(Self::Group);
        group.or_else(|| registry.position(word).map(Self::Rule))
    }

    /// The rules that it names, as indices into the registry.
    pub fn rules(self, registry: Registry) -> impl Iterator<Item = usize> {
        (0..)
            .zip(registry.rules)
            .filter(move |(position, rule)| self.matches(*position, rule.metadata()))
            .map(|(position, _)| position)
    }

    fn matches(self, position: usize, rule: &RuleMetadata) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == group,
            Self::Rule(known) => known == position,
        }
    }

    /// A rule's own name says more than its group's, and that more than `ALL`.
    fn weight(self) -> u8 {
        match self {
            Self::All => 1,
            Self::Group(_) => 2,
            Self::Rule(_) => 3,
        }
    }
}

/// One layer of selection: the configuration file's, an override's, the command line's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Exactly these, instead of what the layers before chose.
    pub select: Option<Vec<Selector>>,
    /// These too.
    pub extend_select: Vec<Selector>,
    /// Not these.
    pub ignore: Vec<Selector>,
}

impl Selection {
    /// Whether the layer changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Applies the layer to what is chosen so far, one switch a rule of the registry.
    ///
    /// Where selected and ignored words speak of the same rule, the more specific word wins, and of
    /// equal ones the ignoring one.
    pub fn apply(&self, enabled: &mut [bool], registry: Registry) {
        for (position, (switch, rule)) in enabled.iter_mut().zip(registry.rules).enumerate() {
            let metadata = rule.metadata();
            let heaviest = |selectors: &[Selector]| {
                let matching = selectors
                    .iter()
                    .filter(|selector| selector.matches(position, metadata));
                matching.map(|selector| selector.weight()).max()
            };
            let selected = self.select.as_deref().map(heaviest);
            let extended = heaviest(&self.extend_select);
            let ignored = heaviest(&self.ignore);
            let chosen = selected.flatten().max(extended);
            let before = *switch && selected.is_none();
            *switch = match (chosen, ignored) {
                (Some(chosen), Some(ignored)) => chosen > ignored,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => before,
            };
        }
    }
}

/// The rules that are on where nobody chose. A team that checks against several versions is on its way from
/// one to the other: for it the group `migration` is on, too.
pub fn default_rules(registry: Registry, targets: &[Target]) -> Vec<bool> {
    let migrates = targets.len() > 1;
    registry
        .rules
        .iter()
        .map(|rule| rule.metadata())
        .map(|rule| rule.tier == Tier::Default || (migrates && rule.group == Group::Migration))
        .collect()
}

/// All words that a selection may have.
pub fn selector_names(registry: Registry) -> impl Iterator<Item = &'static str> {
    let rules = registry.rules.iter().map(|rule| rule.metadata().name);
    std::iter::once(ALL)
        .chain(Group::ALL.into_iter().map(Group::as_str))
        .chain(rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    fn enabled(selection: &Selection) -> Vec<&'static str> {
        let registry = policy::registry();
        let mut enabled = default_rules(registry, &[Target::NEWEST]);
        selection.apply(&mut enabled, registry);
        let names = registry.rules.iter().map(|rule| rule.metadata().name);
        names
            .zip(enabled)
            .filter(|(_, enabled)| *enabled)
            .map(|(name, _)| name)
            .collect()
    }

    fn words(words: &[&str]) -> Vec<Selector> {
        words
            .iter()
            .map(|word| Selector::parse(word, policy::registry()).unwrap())
            .collect()
    }

    #[test]
    fn select_replaces_the_default_set() {
        let selection = Selection {
            select: Some(words(&["duplicate-key"])),
            ..Selection::default()
        };
        assert_eq!(enabled(&selection), ["duplicate-key"]);
    }

    #[test]
    fn all_switches_opt_in_rules_on_and_ignore_removes() {
        let selection = Selection {
            select: Some(words(&["ALL"])),
            ignore: words(&["syntax"]),
            ..Selection::default()
        };
        let names = enabled(&selection);
        let registry = policy::registry();
        let expected = registry
            .rules
            .iter()
            .filter(|rule| rule.metadata().group != Group::Syntax)
            .count();
        assert_eq!(names.len(), expected);
        assert!(!names.contains(&"syntax-error"));
    }

    #[test]
    fn a_rule_says_more_than_its_group() {
        let selection = Selection {
            extend_select: words(&["syntax-error"]),
            ignore: words(&["syntax"]),
            ..Selection::default()
        };
        assert!(enabled(&selection).contains(&"syntax-error"));
        assert!(!enabled(&selection).contains(&"duplicate-key"));
        let selection = Selection {
            select: Some(words(&["syntax"])),
            ignore: words(&["syntax-error"]),
            ..Selection::default()
        };
        assert!(!enabled(&selection).contains(&"syntax-error"));
        assert!(enabled(&selection).contains(&"duplicate-key"));
    }

    #[test]
    fn unknown_words_are_refused() {
        assert_eq!(Selector::parse("all", policy::registry()), None);
        assert_eq!(Selector::parse("", policy::registry()), None);
    }
}
