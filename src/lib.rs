//! kestralint: linter, policy checker and migration tool for Kestra flow repositories.
//!
//! Data flows one way, through the rooms in the order of the modules below; `ARCHITECTURE.md` tells
//! the story. A room imports only from rooms above it; a test holds us to that.

pub mod text;
pub mod finding;
pub mod source;
pub mod syntax;
pub mod catalogue;
pub mod expression;
pub mod model;
pub mod project;
pub mod analysis;
pub mod engine;
pub mod rules;
pub mod policy;
pub mod config;
pub mod report;
pub mod server;
pub mod cli;
