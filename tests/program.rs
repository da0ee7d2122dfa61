//! Runs the program in repositories made for a test.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory that is gone after the test.
pub struct Directory {
    directory: tempfile::TempDir,
}

/// What the program said.
pub struct Outcome {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Directory {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    /// A directory that is the root of a Git repository, as far as anybody looks.
    pub fn repository() -> Self {
        let made = Self::new();
        std::fs::create_dir(made.path().join(".git")).unwrap();
        made
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&self.command(arguments).output().unwrap())
    }

    /// Runs the program here with a text as standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        outcome(&child.wait_with_output().unwrap())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kestralint"));
        command.current_dir(self.path()).args(arguments);
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }
}

pub fn outcome(output: &Output) -> Outcome {
    Outcome {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

/// A flow that nothing is wrong with.
pub fn flow(id: &str) -> String {
    format!(
        "id: {id}\nnamespace: company.team\ntasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    \
         message: Hello\n"
    )
}

/// A flow with one warning, `duplicate-key`, on its last line.
pub fn doubtful_flow(id: &str) -> String {
    format!("{}    message: Bye\n", flow(id))
}

/// A text that is no YAML, with one error, `syntax-error`, on its fifth line.
pub fn broken_flow(id: &str) -> String {
    format!("id: {id}\nnamespace: company.team\ntasks:\n  - id: hello\n   type: x\n")
}
