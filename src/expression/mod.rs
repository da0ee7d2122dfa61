//! Kestra's expressions: the Pebble template language as Kestra configures it.
//!
//! [`parse`] takes the decoded text of a scalar (not YAML) and gives a [`Template`]; all ranges are
//! byte offsets into that text. One parse serves all targets: operators stay a flat sequence, and
//! [`Template::resolve`] gives the tree of one version, since precedence differs.
//!
//! ```
//! use kestralint::expression::{has_template, parse};
//! use kestralint::finding::Target;
//!
//! let text = "{{ outputs.query['my-rows'].uri ?? inputs.file | upper }}";
//! assert!(has_template(text));
//! let template = parse(text);
//! assert!(template.errors().is_empty());
//! for (reference, path) in template.references(Target::V2_0).iter() {
//!     let root = template.slice(reference.root);                       // "outputs", then "inputs"
//!     let first = path.first().and_then(|step| step.name(&template));  // Some("query") …
//!     let place = path.first().map(|step| step.name_range(&template)); // the name alone
//!     let guarded = reference.is_guarded_at(0);                        // true, then false
//! }
//! for invocation in template.invocations() {
//!     let name = template.slice(invocation.name);                      // "upper", a filter
//!     let arguments = template.arguments(invocation.arguments);
//! }
//! for name in template.hyphenated_names() {
//!     // `inputs.my-id`: replace name.place by name.replacement(&template)
//! }
//! ```
//!
//! Types and what they prove wrong come from [`Template::check`], given a [`Scope`] that says what
//! the roots are ([`UnknownScope`]: names and arguments of functions are checked all the same).
//! [`Problem::message`], [`Problem::help`] and [`Problem::replacement`] say it.
//!
//! - Syntax errors ([`Template::errors`]) are exactly what the engine's parser refuses; unknown
//!   functions, filters and tests parse.
//! - [`Template::expressions`] gives every expression, children before parents, so that a loop
//!   sees the whole tree without recursion; [`Template::parts`] gives text and tags in order.
//! - Nesting is bounded by the parser; chains (`a.b.c…`, `a ~ b ~ …`) are not, so code that
//!   follows them must loop.

#![allow(
    clippy::unnecessary_box_returns,
    reason = "errors are rare and large: boxed, they keep the parser's results small"
)]

mod condition;
mod error;
mod hyphen;
mod infer;
mod lexer;
mod operator;
mod parser;
mod path;
mod problem;
mod reference;
mod signature;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod types;

pub use condition::{ConstantCondition, ConstantReason};
pub use error::{Replacement, SyntaxError};
pub use hyphen::HyphenatedName;
pub use infer::{Checked, Scope, UnknownScope};
pub use operator::{BinaryNode, BinaryOperator, BinaryTree, Operand, UnaryOperator};
pub use path::path_of;
pub use problem::{Problem, ProblemKind};
pub use reference::{Invocation, InvocationKind, Reference, References, Segment, SegmentKind};
pub use signature::{
    Accepts, Gives, Lookup, Signature, SignatureParameter, lookup, signatures, suggestion,
};
pub use template::{TemplateParser, has_template, openings, parse};
pub use tree::{
    Argument, Expression, ExpressionId, ExpressionKind, Operation, OperationId, Parameter, Part,
    PartId, PartKind, Slice, StringStyle, Template,
};
pub use types::{MapType, Type};
