//! The programs inside of flows: which language a text is in, what stands around a template in it, and how a
//! value comes in as data instead of as program text.

mod environment;
mod imports;
mod language;
mod literal;
mod parameters;
mod quoting;
mod rewrite;
mod shell;

use environment::environment_fix;
pub use environment::{Embedded, Environment};
pub use language::Language;
use literal::surroundings;
pub use literal::{Literal, Surroundings};
pub use parameters::binds_names;
use parameters::parameters_fix;
pub use quoting::quoting_fix;
pub use shell::Place as ShellPlace;

use crate::expression::{PartKind, Template};
use crate::syntax::TreeEdit;
use crate::text::TextRange;
use std::ops::Range;

/// What passes a value in as data instead of as program text.
#[derive(Debug, Clone)]
pub struct DataFix {
    /// What it does, for people.
    pub title: String,
    /// The changes of the flow.
    pub edits: Vec<TreeEdit>,
}

/// What passes a template of a program in as data: bound as a parameter of a statement, in the environment of any
/// other program.
pub fn data_fix(embedded: &Embedded<'_>) -> Option<DataFix> {
    match embedded.language {
        Language::Sql => parameters_fix(embedded),
        _ => environment_fix(embedded),
    }
}

/// What stands around a part of a template.
pub fn surroundings_of(language: Language, template: &Template, range: TextRange) -> Surroundings {
    if template.parts().len() > 2 * MOST_HOLES {
        return Surroundings::Unknown;
    }
    let holes = holes(template);
    surroundings(language, template.text(), &holes, range.start().into())
}

/// Programs that are longer, or hold more templates, are not understood: reading them for each template would
/// take too long.
const LONGEST: usize = 100_000;
const MOST_HOLES: usize = 200;

/// The hole that begins at a place.
fn hole_at(holes: &[Range<usize>], position: usize) -> Option<&Range<usize>> {
    let index = holes
        .binary_search_by_key(&position, |hole| hole.start)
        .ok()?;
    holes.get(index).filter(|hole| !hole.is_empty())
}

/// The parts of a text that Kestra replaces, as byte ranges: what stands in them is no text of the program.
pub(crate) fn holes(template: &Template) -> Vec<Range<usize>> {
    let parts = template.parts().iter();
    parts
        .filter(|part| !matches!(part.kind, PartKind::Text | PartKind::Verbatim(_)))
        .map(|part| part.range.into())
        .collect()
}
