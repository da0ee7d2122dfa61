//! `kestralint.toml`: found, read, and made into the settings that other rooms declare.
//!
//! [`Configured`] is what the engine asks for the settings of a file. A configuration file is looked for
//! from the file's directory upward to the root of its repository; the command line wins over it.

mod configuration;
mod option_schema;
pub mod pack;
mod places;
mod problem;
mod read;
mod schema;
mod selection;
mod source;

pub use configuration::{Configuration, FILE_NAME, FailOn, Override, Patterns};
pub use places::Places;
pub use problem::ConfigurationProblem;
pub use schema::schema;
pub use selection::{ALL, Selection, Selector, default_rules, selector_names};
pub use source::{CommandLine, Configured};
