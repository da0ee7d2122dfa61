//! "Did you mean": names near to one that nobody knows.

use std::collections::HashMap;
use std::sync::RwLock;

use super::{Catalogue, Kind, Property, class_name};
use crate::text::{allowance, edits_apart};

/// How many suggestions are worth reading.
const LIMIT: usize = 3;

/// Suggestions that were worked out before: the same misspelling comes again and again.
pub(super) type Suggestions = RwLock<HashMap<(String, Option<Kind>), Vec<&'static str>>>;

impl Catalogue {
    /// Types whose name is near to `name`, best first: the same class in another package, then small
    /// distances. With a kind, only types of that kind (and those whose kind is not known).
    pub fn suggest(&self, name: &str, kind: Option<Kind>) -> Vec<&'static str> {
        let key = (name.to_owned(), kind);
        if let Some(known) = self
            .suggestions
            .read()
            .ok()
            .and_then(|known| known.get(&key).cloned())
        {
            return known;
        }
        let found = self.search(name, kind);
        if let Ok(mut known) = self.suggestions.write() {
            known.insert(key, found.clone());
        }
        found
    }

    fn search(&self, name: &str, kind: Option<Kind>) -> Vec<&'static str> {
        let class = class_name(name);
        let mut candidates: Vec<(usize, &'static str)> = self
            .names()
            .into_iter()
            .filter(|(_, known)| kind.is_none_or(|kind| *known == kind || *known == Kind::Unknown))
            .filter_map(|(known, _)| Some((type_distance(name, class, known)?, known)))
            .collect();
        candidates.sort_unstable();
        // Where one is much nearer than the others, they only distract.
        let limit = candidates.first().map_or(0, |(best, _)| best * 2 + 1);
        candidates.retain(|(distance, _)| *distance <= limit);
        candidates.truncate(LIMIT);
        candidates.into_iter().map(|(_, known)| known).collect()
    }
}

/// A distance between type names that makes sense to people, or none when they have nothing to do
/// with each other.
fn type_distance(name: &str, class: &str, known: &'static str) -> Option<usize> {
    let known_class = class_name(known);
    let whole = edits_apart(name, known, allowance(name) + 1);
    let class_distance = edits_apart(class, known_class, allowance(class));
    match (whole, class_distance) {
        (Some(whole), _) => Some(whole),
        // The class is right, the package isn't: the more of the package agrees, the better.
        (None, Some(distance)) => {
            let shared = name
                .rsplit('.')
                .skip(1)
                .filter(|segment| known.split('.').any(|other| other == *segment))
                .count();
            let segments = name.split('.').count().max(known.split('.').count());
            (shared > 0 || !name.contains('.'))
                .then_some(10 + distance * 4 + segments.saturating_sub(shared) * 2)
        }
        (None, None) => None,
    }
}

/// The property nearest to `name`; hidden ones are never proposed.
pub fn nearest_property<'p>(name: &str, properties: &'p [Property]) -> Option<&'p Property> {
    properties
        .iter()
        .filter(|property| !property.hidden)
        .filter_map(|property| Some((edits_apart(name, property.name, allowance(name))?, property)))
        .min_by_key(|(distance, property)| (*distance, property.deprecated, property.name))
        .map(|(_, property)| property)
}
