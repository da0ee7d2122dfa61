//! kestralint: linter, policy checker and migration tool for Kestra flow repositories.
//!
//! Data flows one way, through the rooms in the order of the modules below; `ARCHITECTURE.md` tells
//! the story. A room imports only from rooms above it; a test holds us to that.

pub mod analysis;
pub mod catalogue;
pub mod cli;
pub mod comparison;
pub mod config;
pub mod engine;
pub mod expression;
pub mod finding;
pub mod governance;
pub mod model;
pub mod policy;
pub mod project;
pub mod report;
pub mod rules;
pub mod server;
pub mod source;
pub mod syntax;
pub mod text;
