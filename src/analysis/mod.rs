//! What is where in a flow: which texts are templates, and to whom they belong.

mod sites;

pub use sites::{ExpressionSite, Owner, expression_sites};
