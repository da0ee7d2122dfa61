//! One binary for all integration tests: one module a promise.

mod agreement;
mod catalogue;
mod command_line;
mod comparison;
mod configuration;
mod duplicated_blocks;
mod editor_client;
mod enterprise_policies;
mod expression_mutants;
mod expressions;
mod fixes;
mod github_action;
mod language_server;
mod layers;
mod mutants;
mod planted_secrets;
mod policies;
mod pre_commit;
mod program;
mod reports;
mod repositories;
mod rule_pages;
mod showcase;
mod syntax_errors;
mod yaml_agreement;
mod yaml_tree;
