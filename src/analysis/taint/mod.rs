//! Follows values from where they come in to where they are used: what strangers can choose, and secrets.
//!
//! Nothing is done before somebody asks about one template ([`Tracer::prints`]); then its expressions are
//! followed backwards, through variables that are rendered, outputs of tasks and of other flows, and inputs
//! that other flows pass.

mod filter;
mod input;
mod insertion;
mod reader;
mod sink;
mod source;
mod trace;

pub use filter::Form;
pub use input::{InputText, input_named, input_text};
pub use insertion::Insertion;
pub use sink::{CodeSink, Readable, code_sink, readable_sink, sites_below};
pub use source::{Source, Wanted};
pub use trace::{FlowView, Flows, Origin, Place, Print, Tracer, calls_flow};
