//! The command line: one file a subcommand.

mod check;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "kestralint",
    version,
    about = "Checks Kestra flow repositories without a server"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check flows and report what is wrong.
    Check(check::CheckArguments),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
    }
}
