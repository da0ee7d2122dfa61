//! What is where in a flow: which texts are templates, and to whom they belong.

mod schema;
mod sites;

pub use schema::{SchemaProblem, SchemaProblemKind, Within, schema_problems};
pub use sites::{ExpressionSite, Owner, expression_sites};
