//! What is where in a flow: which texts are templates, and to whom they belong; which are credentials.

pub mod credentials;
mod hyphens;
mod order;
mod schema;
mod scope;
mod sites;

pub use hyphens::{
    HyphenFate, declares_input, declares_variable, hyphen_fate, is_part_of_hyphenated_name,
};
pub use order::{Availability, OutputRead, output_reads};
pub use schema::{SchemaProblem, SchemaProblemKind, Within, schema_problems};
pub use scope::{FlowScope, SiteScope};
pub use sites::{ExpressionSite, Owner, expression_sites};
