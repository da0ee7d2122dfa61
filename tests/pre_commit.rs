//! The hooks for pre-commit, run by pre-commit itself where it is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{Directory, broken_flow, doubtful_flow, flow};

const CALLER: &str = "id: caller\nnamespace: company.team\ntasks:\n  - id: one\n    type: io.kestra.plugin.core.flow.Subflow\n    \
    namespace: company.team\n    flowId: callee\n  - id: two\n    type: io.kestra.plugin.core.flow.Subflow\n    \
    namespace: company.team\n    flowId: gone\n";

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")
}

/// Whether a tool can be run; if not, the test says that it proves nothing.
pub fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        println!("{tool} is not on PATH: nothing is proven here");
    }
    found
}

fn run(directory: &Directory, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(directory.path())
        .env(
            "PRE_COMMIT_HOME",
            directory.path().join(".git/pre-commit-home"),
        )
        .env("GIT_CONFIG_GLOBAL", directory.path().join(".git/none"))
        .env("GIT_AUTHOR_NAME", "Test")
        .env("GIT_AUTHOR_EMAIL", "test@example.com")
        .env("GIT_COMMITTER_NAME", "Test")
        .env("GIT_COMMITTER_EMAIL", "test@example.com")
        .output()
        .unwrap()
}

fn git(directory: &Directory, arguments: &[&str]) {
    let output = run(directory, "git", arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
}

/// Runs a hook on what is staged; gives its status and what it said.
fn hook(directory: &Directory, name: &str) -> (bool, String) {
    let output = run(
        directory,
        "pre-commit",
        &["run", "--color=never", "--verbose", name],
    );
    let said = String::from_utf8(output.stdout).unwrap();
    (
        output.status.success(),
        said + &String::from_utf8(output.stderr).unwrap(),
    )
}

/// The manifest's own hooks, but with the program of this build: pre-commit would compile another one.
fn configuration() -> String {
    let hooks = std::fs::read_to_string(manifest()).unwrap();
    let program = env!("CARGO_BIN_EXE_kestralint").replace('\\', "/");
    assert!(hooks.contains("\n  language: rust\n"));
    assert!(hooks.contains("\n  entry: kestralint "));
    let hooks = hooks.replace("language: rust", "language: system");
    let hooks = hooks.replace("entry: kestralint ", &format!("entry: {program} "));
    let mut configuration = String::from("repos:\n  - repo: local\n    hooks:\n");
    for line in hooks.lines() {
        configuration.push_str("      ");
        configuration.push_str(line);
        configuration.push('\n');
    }
    configuration
}

#[test]
fn the_manifest_is_valid() {
    if has("pre-commit") {
        let output = Command::new("pre-commit")
            .arg("validate-manifest")
            .arg(manifest())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn staged_flows_are_reported_and_their_project_is_known() {
    if !has("pre-commit") || !has("git") {
        return;
    }
    let directory = Directory::new();
    git(&directory, &["init", "--quiet"]);
    directory.write(".pre-commit-config.yaml", configuration());
    directory.write("flows/callee.yaml", flow("callee"));
    directory.write("flows/old.yaml", broken_flow("old"));
    git(&directory, &["add", "."]);
    git(
        &directory,
        &["commit", "--quiet", "--no-verify", "--message", "before"],
    );

    directory.write("flows/caller.yaml", CALLER);
    directory.write(
        "docker-compose.yaml",
        "services:\n  web:\n    image: nginx\n",
    );
    git(&directory, &["add", "."]);
    let (passed, said) = hook(&directory, "kestralint");
    assert!(!passed, "{said}");
    assert!(said.contains("subflow-not-found"), "{said}");
    assert!(said.contains("`gone`"), "{said}");
    assert!(
        !said.contains("`callee`"),
        "it is in the repository: {said}"
    );
    assert!(!said.contains("old.yaml"), "nobody asked for it: {said}");
    assert!(
        !said.contains("docker-compose"),
        "it is none of our business: {said}"
    );
    assert!(
        said.contains("in 1 flow "),
        "one call with all files: {said}"
    );

    directory.write("flows/caller.yaml", CALLER.replace("gone", "callee"));
    git(&directory, &["add", "."]);
    let (passed, said) = hook(&directory, "kestralint");
    assert!(passed, "{said}");
}

#[test]
fn excluded_files_stay_excluded_when_they_are_named() {
    if !has("pre-commit") || !has("git") {
        return;
    }
    let directory = Directory::new();
    git(&directory, &["init", "--quiet"]);
    directory.write(".pre-commit-config.yaml", configuration());
    directory.write("kestralint.toml", "exclude = [\"legacy\"]\n");
    directory.write("legacy/flow.yaml", doubtful_flow("legacy"));
    git(&directory, &["add", "."]);
    let (passed, said) = hook(&directory, "kestralint");
    assert!(passed, "{said}");
    directory.write("kestralint.toml", "");
    git(&directory, &["add", "."]);
    let (passed, said) = hook(&directory, "kestralint");
    assert!(!passed, "{said}");
}

#[test]
fn the_hook_that_fixes_stops_the_commit_once() {
    if !has("pre-commit") || !has("git") {
        return;
    }
    let directory = Directory::new();
    git(&directory, &["init", "--quiet"]);
    directory.write(".pre-commit-config.yaml", configuration());
    let text = format!(
        "# kestralint: ignore[duplicate-key] no longer\n{}",
        flow("a")
    );
    directory.write("a.yaml", &text);
    directory.write("b.yaml", text.replace("id: a", "id: b"));
    git(&directory, &["add", ".pre-commit-config.yaml", "a.yaml"]);
    let (passed, said) = hook(&directory, "kestralint-fix");
    assert!(!passed, "pre-commit says what was changed: {said}");
    assert_eq!(directory.read("a.yaml"), flow("a"));
    assert!(
        directory.read("b.yaml").starts_with("# kestralint"),
        "it is not staged"
    );
    git(&directory, &["add", "a.yaml"]);
    let (passed, said) = hook(&directory, "kestralint-fix");
    assert!(passed, "{said}");
}
