//! What is where in a flow: which texts are templates, and to whom they belong; which are credentials.

pub mod clones;
pub mod credentials;
mod foreign;
mod hyphens;
mod loops;
mod mentions;
mod names;
mod needs;
mod order;
mod presence;
mod schema;
mod scope;
pub mod script;
mod sites;
pub mod taint;
mod triggers;
mod validation;

pub use foreign::{ForeignTemplate, foreign_call, foreign_print, foreign_root};
pub use hyphens::{
    HyphenFate, declares_input, declares_variable, hyphen_fate, input_of_path,
    is_part_of_hyphenated_name,
};
pub use loops::{enclosing_loop, is_loop, is_outside_loops};
pub use mentions::{Mentions, Root, runs_templates, stands_in_other_template};
pub use names::{UnknownName, unknown_names};
pub use needs::{Need, NeedKind, NeedName, Source as NeedSource, Usage, file_needs, needs};
pub use order::{Availability, OutputRead, output_reads};
pub use presence::{Presence, PresenceReason, Presences, given_default};
pub use schema::{SchemaProblem, SchemaProblemKind, Within, is_of_library, schema_problems};
pub use scope::{FlowScope, OutputTypes, SiteScope};
pub use sites::{ExpressionSite, Owner, expression_sites, property_of};
pub use triggers::may_be_set_by_trigger;
pub use validation::is_validated;
