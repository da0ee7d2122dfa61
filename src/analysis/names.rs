//! Names behind a root variable that are not known, and must be.

use std::borrow::Cow;

use super::is_part_of_hyphenated_name;
use crate::expression::{References, Template};
use crate::text::TextRange;

/// `x` of `inputs.x`, where nothing catches that it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName<'template> {
    /// The name.
    pub name: Cow<'template, str>,
    /// Its place in the decoded text.
    pub range: TextRange,
}

/// The names that a template reads directly behind a root without a guard and that are not known. Pieces of a
/// name that is split by a hyphen are reported as a whole elsewhere.
pub fn unknown_names<'template>(
    template: &'template Template,
    references: &References,
    root: &str,
    is_known: impl Fn(&str) -> bool,
) -> Vec<UnknownName<'template>> {
    let unknown = references.iter().filter_map(|(reference, path)| {
        let step = path.first()?;
        if template.slice(reference.root) != root || reference.is_guarded_at(0) {
            return None;
        }
        let name = step.name(template)?;
        let is_missing = !is_known(&name) && !is_part_of_hyphenated_name(template, reference.range);
        let range = step.name_range(template);
        is_missing.then_some(UnknownName { name, range })
    });
    unknown.collect()
}
