//! `kestralint completions SHELL`

use clap::{Args, Command};
use clap_complete::Shell;

use super::console::{self, Failure};

#[derive(Args)]
pub(super) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArguments, command: &mut Command) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "kestralint", &mut script);
    console::print(|out| out.write_all(&script))
}
