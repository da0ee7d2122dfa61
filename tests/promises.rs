//! One binary for all integration tests: one module a promise.

mod agreement;
mod expressions;
mod layers;
mod rule_pages;
