//! `kestralint policy test` and `kestralint policy schema`; the rulebook with a team's policies.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use super::{CLEAN, FINDINGS};
use crate::config::{CommandLine, Configured, Places};
use crate::policy::{self, PolicyFile, Rulebook};
use crate::source::{Candidate, directories};

#[derive(Args)]
pub(super) struct PolicyArguments {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Run the examples of policies.
    Test(TestArguments),
    /// Print the JSON Schema of policy files.
    Schema,
}

#[derive(Args)]
struct TestArguments {
    /// The policy files; without any, those of the configuration.
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &PolicyArguments) -> Result<u8, Failure> {
    match &arguments.command {
        PolicyCommand::Test(arguments) => test(&arguments.files),
        PolicyCommand::Schema => console::print(|out| {
            serde_json::to_writer_pretty(&mut *out, &policy::schema())?;
            writeln!(out)
        }),
    }
}

fn test(files: &[PathBuf]) -> Result<u8, Failure> {
    let book = if files.is_empty() {
        rulebook(&SettingsArguments::default(), &[PathBuf::from(".")], &[])?
    } else {
        let files: Vec<PolicyFile> = files
            .iter()
            .map(|file| PolicyFile {
                file: file.clone(),
                shown: file.clone(),
            })
            .collect();
        policy::load(&files).map_err(Failure::Policy)?
    };
    let outcome = book.test();
    if outcome.policies == 0 {
        let failure = Failure::new("there are no policies to test");
        return Err(failure.hint("name their files, or `policies` in kestralint.toml"));
    }
    let failed = outcome.problems.len();
    console::print(|out| {
        writeln!(
            out,
            "{} policies, {} examples, {failed} of them wrong",
            outcome.policies, outcome.examples
        )
    })?;
    if failed == 0 {
        return Ok(CLEAN);
    }
    Failure::Policy(outcome.problems).print();
    Ok(FINDINGS)
}

/// The rulebook with the policies that the configurations of these paths and files name. They are read
/// before the configurations are, which may speak of them.
pub(super) fn rulebook(
    settings: &SettingsArguments,
    paths: &[PathBuf],
    candidates: &[Candidate],
) -> Result<Rulebook, Failure> {
    if settings.isolated {
        return Ok(Rulebook::built_in());
    }
    let places = Places::of_process().map_err(Failure::new)?;
    let command_line = CommandLine {
        config: settings.config.clone(),
        ..CommandLine::default()
    };
    let scout = Configured::new(policy::registry(), places, command_line, paths);
    for path in paths {
        scout.configuration_of(path);
    }
    for directory in directories(candidates) {
        scout.configuration_of(directory);
    }
    let files = scout.policy_files();
    if files.is_empty() {
        return Ok(Rulebook::built_in());
    }
    policy::load(&files).map_err(Failure::Policy)
}
