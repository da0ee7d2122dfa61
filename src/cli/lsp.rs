//! `kestralint lsp`

use clap::Args;

use super::console::Failure;
use super::{CLEAN, FINDINGS};
use crate::server::{End, serve};

#[derive(Args)]
pub(super) struct LspArguments {
    /// Speak on standard input and output, as always; editors that name the channel can say it.
    #[arg(long)]
    stdio: bool,
}

pub(super) fn run(_arguments: &LspArguments) -> Result<u8, Failure> {
    let working_directory = std::env::current_dir()
        .map_err(|error| Failure::new(format!("there is no working directory: {error}")))?;
    // The protocol's own exit statuses: 0 after a shutdown, else 1.
    match serve(&working_directory) {
        End::Orderly => Ok(CLEAN),
        End::Abrupt(reason) => {
            super::console::note(&reason);
            Ok(FINDINGS)
        }
    }
}
