//! What stands several times: blocks that are equal, and tasks or whole flows that differ in a few words.
//!
//! One pass over a flow hashes every node twice, children before parents: its contents, and its shape, which
//! is its keys and types without its values. Equal blocks have equal contents. What is to differ in a few words
//! has an equal shape first; then its texts are dealt into more bands than may differ, so that two of a kind
//! agree in one band at least and meet there. All of it is linear in the number of nodes.

mod digest;
mod parameters;
mod similar;
mod sketch;

pub use digest::{Digests, lines_with_key, may_have_lines};
pub use parameters::{Parameter, Spot};
pub use similar::{Limits, Part, Place, Similar, similar};
pub use sketch::{
    loop_over, namespace_file, plugin_default, subflow_around, subflow_of, subflow_of_task,
};

use crate::model::Flow;
use crate::syntax::Tree;

/// A flow in which clones are looked for.
#[derive(Clone, Copy)]
pub struct Source<'run> {
    /// Its tree.
    pub tree: &'run Tree,
    /// The flow.
    pub flow: &'run Flow,
    /// Its hashes.
    pub digests: &'run Digests,
}
