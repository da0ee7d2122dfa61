//! The command line: one file a subcommand.

mod arguments;
mod baseline;
mod catalogue;
mod check;
mod completions;
mod config;
mod console;
mod diff;
mod explain;
mod expression;
mod graph;
mod init;
mod input;
mod inventory;
mod lsp;
mod policy;
mod progress;
mod publish;
mod revision;
mod rulebook_page;
mod rules;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Nothing at or above `--fail-on`.
const CLEAN: u8 = 0;
/// Findings at or above `--fail-on`.
const FINDINGS: u8 = 1;
/// Wrong usage or configuration, unreadable paths, or a mistake in kestralint itself.
const TROUBLE: u8 = 2;

#[derive(Parser)]
#[command(
    name = "kestralint",
    version,
    about = "Checks Kestra flow repositories without a server",
    after_help = "Exit status: 0 no findings at or above --fail-on, 1 some, 2 wrong usage or configuration."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check flows and report what is wrong.
    Check(check::CheckArguments),
    /// Draw which flows start which.
    Graph(graph::GraphArguments),
    /// Compare flows with a Git revision: which changes break their callers.
    Diff(diff::DiffArguments),
    /// List what must exist on a server for flows to run: secrets, keys, files, images, plugins, subflows.
    Inventory(inventory::InventoryArguments),
    /// Show the page of a rule (what it finds, why that matters, how to mend it), or explain an expression.
    Explain(explain::ExplainArguments),
    /// List all rules.
    Rules(rules::RulesArguments),
    /// Look at what is known of Kestra's types; import others from a server.
    Catalogue(catalogue::CatalogueArguments),
    /// Test policies; print the schema of policy files.
    Policy(policy::PolicyArguments),
    /// Look at the repository and write a first kestralint.toml.
    Init(init::InitArguments),
    /// Look at the configuration.
    Config(config::ConfigArguments),
    /// Serve an editor: the language server protocol on standard input and output.
    Lsp(lsp::LspArguments),
    /// Print a completion script for a shell.
    Completions(completions::CompletionsArguments),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = || match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Inventory(arguments) => inventory::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Catalogue(arguments) => catalogue::run(arguments),
        Command::Policy(arguments) => policy::run(arguments),
        Command::Init(arguments) => init::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Lsp(arguments) => lsp::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, &mut Arguments::command()),
    };
    // A mistake of ours must not look like findings; the panic has already been described.
    let outcome = catch_unwind(AssertUnwindSafe(run));
    match outcome {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            failure.print();
            ExitCode::from(TROUBLE)
        }
        Err(_) => {
            console::error(concat!(
                "this is a mistake in kestralint; please report it with the text above at ",
                env!("CARGO_PKG_REPOSITORY"),
                "/issues"
            ));
            ExitCode::from(TROUBLE)
        }
    }
}
