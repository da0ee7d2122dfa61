//! Kestra Enterprise Policies (2.0): what they give to a flow, take from it, and refuse.
//!
//! A server applies all `Add` and `Delete` rules that govern a flow and validates what comes of it. So does
//! this room: [`govern`] makes the flow as it would run, every value of it knowing where it was written, or
//! that a policy gave it; [`judge`] holds that against the rules of one policy. What is known of the format
//! and what is not stands in docs/enterprise-policies.md. Where the documentation leaves a question open, the
//! reading is taken under which less is refused.

mod content;
mod declared;
mod govern;
mod judge;

pub use content::{Content, Effective, Origin};
pub use declared::{
    Action, Condition, Constraint, Enforcement, GovernancePolicy, GovernanceRule, On, Operator,
    RuleKind, Scope, pattern,
};
pub use govern::{Change, Conflict, Governed, Plugin, govern};
pub use judge::{Reason, Violation, is_about, judge};
