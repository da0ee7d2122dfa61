//! What is said beside the report: errors, notes and the dress of terminals.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;

use crate::config::ConfigurationProblem;
use crate::policy::PolicyProblem;
use crate::report::{Problem, Style, write_problem};

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// In a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` forces them.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Why a command cannot do its work; printed, and status 2.
#[derive(Debug)]
pub(super) enum Failure {
    /// A message, with perhaps a hint.
    Message(String, Option<String>),
    /// Mistakes in configuration files.
    Configuration(Vec<ConfigurationProblem>),
    /// Mistakes in policy files.
    Policy(Vec<PolicyProblem>),
}

impl Failure {
    /// A failure with a message.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into(), None)
    }

    /// Adds a hint.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Message(message, _) => Self::Message(message, Some(hint.into())),
            other => other,
        }
    }

    pub(super) fn print(&self) {
        match self {
            Self::Message(message, hint) => {
                error(message);
                if let Some(hint) = hint {
                    say(&format!("  help: {hint}"));
                }
            }
            Self::Configuration(problems) => {
                for problem in problems {
                    print_problem(&Problem {
                        kind: "configuration",
                        path: &problem.path.to_string_lossy(),
                        text: &problem.text,
                        range: problem.range,
                        message: &problem.message,
                        help: problem.help.as_deref(),
                    });
                }
            }
            Self::Policy(problems) => {
                for problem in problems {
                    print_problem(&Problem {
                        kind: "policy",
                        path: &problem.path.to_string_lossy(),
                        text: &problem.text,
                        range: problem.range,
                        message: &problem.message,
                        help: problem.help.as_deref(),
                    });
                }
            }
        }
    }
}

fn print_problem(problem: &Problem<'_>) {
    let style = style(Color::Auto, io::stderr().is_terminal());
    // Nobody is left to tell where standard error is closed.
    let _ = write_problem(problem, style, &mut io::stderr().lock());
}

/// Writes an error to standard error.
pub(super) fn error(message: &str) {
    say(&format!("error: {message}"));
}

/// Writes a note to standard error.
pub(super) fn note(message: &str) {
    say(&format!("note: {message}"));
}

/// Writes a line to standard error.
pub(super) fn say(line: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", crate::report::printable(line));
}

/// Writes to standard output; a reader that has gone is no failure.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<u8, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if !reader_has_gone(&error) => Err(Failure::new(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(super::CLEAN),
    }
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The dress of a stream.
pub(super) fn style(color: Color, is_terminal: bool) -> Style {
    Style {
        color: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => wants_color(is_terminal),
        },
        hyperlinks: is_terminal
            && color != Color::Never
            && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        unicode: !is_terminal || supports_unicode::on(supports_unicode::Stream::Stdout),
        width: width(is_terminal),
    }
}

fn wants_color(is_terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced =
        |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    if set("NO_COLOR") {
        false
    } else if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") {
        true
    } else {
        is_terminal && env::var_os("TERM").is_none_or(|term| term != "dumb")
    }
}

/// The columns of the terminal that the program runs in, if any.
pub(super) fn width_of_terminal() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

fn width(is_terminal: bool) -> usize {
    let told = || env::var("COLUMNS").ok()?.parse::<usize>().ok();
    let width = is_terminal.then(width_of_terminal).flatten();
    width
        .or_else(told)
        .unwrap_or(Style::PLAIN.width)
        .clamp(40, 160)
}

/// Whether an error only says that the reader has gone (`kestralint check | head`).
pub(super) fn reader_has_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
