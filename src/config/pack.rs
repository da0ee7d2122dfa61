//! Packs: what a configuration takes over by one word in `extends`. Each is a file that ships with the tool,
//! `rules/packs/<name>.toml`, in the form of a configuration, or a directory of policies, `rules/<name>/*.yml`.

use super::problem::ConfigurationProblem;
use super::read;
use super::selection::Selection;
use crate::engine::{OptionValue, Registry, Settings};
use crate::finding::Severity;

// PACK_FILES: the pack and its text.
include!(concat!(env!("OUT_DIR"), "/pack_files.rs"));

/// Packs that extend packs that extend packs…: more steps are not followed.
const DEEPEST: usize = 8;

/// What a pack file says.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// `summary`: for whom it is, in one line.
    pub summary: String,
    /// `extends`: the packs that it takes over first.
    pub extends: Vec<String>,
    /// `extend-select` and `ignore`.
    pub selection: Selection,
    /// `severity`: by the rule's index in the registry.
    pub severities: Vec<(usize, Severity)>,
    /// `[rules.<name>]`: the rule's index in the registry, the option, its value.
    pub options: Vec<(usize, &'static str, OptionValue)>,
}

/// The names of all packs, sorted.
pub fn pack_names(registry: Registry) -> Vec<&'static str> {
    let files = PACK_FILES.iter().map(|(name, _)| *name);
    let directories = registry
        .rules
        .iter()
        .filter_map(|rule| rule.declaration()?.pack);
    let mut names: Vec<&str> = files.chain(directories).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The pack of a name; none where there is no file of that name.
pub fn pack(name: &str, registry: Registry) -> Option<Pack> {
    let (name, text) = PACK_FILES.iter().find(|(known, _)| *known == name)?;
    // They are ours: a test reads them all.
    read::pack(name, text, registry).ok()
}

/// The mistakes in the pack files, for the test.
pub fn problems_of_packs(registry: Registry) -> Vec<ConfigurationProblem> {
    let read = PACK_FILES
        .iter()
        .map(|(name, text)| read::pack(name, text, registry));
    read.filter_map(Result::err).flatten().collect()
}

/// For whom a pack is, in one line.
pub fn summary(name: &str, registry: Registry) -> String {
    match pack(name, registry) {
        Some(pack) => pack.summary,
        None => format!("The policies in rules/{name}"),
    }
}

/// Takes a pack over: switches its rules on, and sets their severities and options.
pub fn apply(name: &str, registry: Registry, enabled: &mut [bool], settings: &mut Settings) {
    apply_to(name, registry, enabled, settings, 0);
}

fn apply_to(
    name: &str,
    registry: Registry,
    enabled: &mut [bool],
    settings: &mut Settings,
    depth: usize,
) {
    for (switch, rule) in enabled.iter_mut().zip(registry.rules) {
        let declared = rule.declaration().and_then(|declared| declared.pack);
        *switch |= declared == Some(name);
    }
    let Some(pack) = pack(name, registry).filter(|_| depth < DEEPEST) else {
        return;
    };
    for extended in &pack.extends {
        apply_to(extended, registry, enabled, settings, depth + 1);
    }
    pack.selection.apply(enabled, registry);
    settings.decide(&pack.severities, &pack.options);
}
