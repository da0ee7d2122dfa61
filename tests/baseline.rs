//! `check --baseline`: what was accepted is told no more, what is new is, and what is gone is said.

use crate::program::{Directory, doubtful_flow, flow};

const FILE: &str = "baseline.json";

fn accepted() -> Directory {
    let directory = Directory::repository();
    directory.write("flows/a.yaml", doubtful_flow("a"));
    directory.write("flows/b.yaml", doubtful_flow("b"));
    let arguments = ["check", "--baseline", FILE, "--write-baseline"];
    let outcome = directory.run(&arguments);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    assert!(
        outcome.err.contains("2 findings accepted"),
        "{}",
        outcome.err
    );
    directory
}

#[test]
fn only_new_findings_are_told() {
    let directory = accepted();
    let check = || directory.run(&["check", "--baseline", FILE, "--format", "concise"]);
    let outcome = check();
    assert_eq!(
        (outcome.status, outcome.out.as_str()),
        (0, ""),
        "{}",
        outcome.err
    );
    assert!(
        outcome.err.contains("nothing found (2 in the baseline)"),
        "{}",
        outcome.err
    );
    // Lines and files may move; the finding stays the same.
    let moved = format!("# A comment\n\n{}", doubtful_flow("a"));
    std::fs::remove_file(directory.path().join("flows/a.yaml")).unwrap();
    directory.write("elsewhere/a.yaml", moved);
    assert_eq!(check().status, 0);
    directory.write("flows/c.yaml", doubtful_flow("c"));
    let outcome = check();
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.out.lines().count(), 1, "{}", outcome.out);
    assert!(
        outcome
            .out
            .starts_with("flows/c.yaml:7:5: warning[duplicate-key]"),
        "{}",
        outcome.out
    );
    // A second finding of the same kind in the same place is a new one.
    directory.write("flows/c.yaml", flow("c"));
    directory.write(
        "flows/b.yaml",
        format!("{}    message: Once more\n", doubtful_flow("b")),
    );
    assert_eq!(check().out.lines().count(), 1);
}

#[test]
fn what_is_not_found_any_more_is_said_where_it_was_looked_for() {
    let directory = accepted();
    directory.write("flows/a.yaml", flow("a"));
    let check = |more: &[&str]| directory.run(&[&["check", "--baseline", FILE], more].concat());
    let outcome = check(&[]);
    assert_eq!(outcome.status, 0);
    let unused = "baseline.json: `duplicate-key` in flows/a.yaml is not found any more";
    assert!(outcome.err.contains(unused), "{}", outcome.err);
    assert!(!check(&["flows/b.yaml"]).err.contains("any more"));
    assert!(!check(&["--select", "schema"]).err.contains("any more"));
    // Writing it for one file keeps what is known of others.
    let outcome = check(&["--write-baseline", "flows/b.yaml"]);
    assert!(
        outcome.err.contains("2 findings accepted"),
        "{}",
        outcome.err
    );
    let outcome = check(&["--write-baseline"]);
    assert!(
        outcome.err.contains("1 finding accepted"),
        "{}",
        outcome.err
    );
    assert!(!check(&[]).err.contains("any more"));
}

#[test]
fn a_baseline_that_cannot_be_used_is_an_error() {
    let directory = accepted();
    let outcome = directory.run(&["check", "--baseline", "other.json"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("--write-baseline"), "{}", outcome.err);
    directory.write(FILE, "[]");
    let outcome = directory.run(&["check", "--baseline", FILE]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.err.contains("baseline.json is no baseline"),
        "{}",
        outcome.err
    );
    assert_eq!(directory.run(&["check", "--write-baseline"]).status, 2);
}

#[test]
fn a_configuration_names_the_baseline() {
    let directory = Directory::repository();
    directory.write("flows/a.yaml", doubtful_flow("a"));
    directory.write("kestralint.toml", "baseline = \"accepted/baseline.json\"\n");
    std::fs::create_dir(directory.path().join("accepted")).unwrap();
    let check = |more: &[&str]| directory.run(&[&["check", "--format", "concise"], more].concat());
    let missing = check(&[]);
    assert_eq!(missing.status, 2);
    assert!(
        missing
            .err
            .contains("there is no baseline accepted/baseline.json"),
        "{}",
        missing.err
    );
    let written = check(&["--write-baseline"]);
    assert_eq!(written.status, 0);
    assert!(
        written
            .err
            .contains("1 finding accepted in accepted/baseline.json"),
        "{}",
        written.err
    );
    let accepted = check(&[]);
    assert_eq!(
        (accepted.status, accepted.out.as_str()),
        (0, ""),
        "{}",
        accepted.err
    );
    assert!(
        accepted.err.contains("(1 in the baseline)"),
        "{}",
        accepted.err
    );
    assert_eq!(check(&["--no-baseline"]).status, 1);
    // The command line wins, and without a configuration there is none.
    directory.write("empty.json", "");
    assert_eq!(check(&["--baseline", "empty.json"]).status, 2);
    assert_eq!(check(&["--isolated"]).status, 1);
    let without = directory.run(&["check", "--isolated", "--write-baseline"]);
    assert_eq!(without.status, 2);
    assert!(
        without.err.contains("there is no file to write to"),
        "{}",
        without.err
    );
    assert!(
        directory
            .run(&["config", "show"])
            .out
            .contains("\nbaseline = \"")
    );
}

#[test]
fn each_project_has_its_own_baseline() {
    let directory = Directory::repository();
    for project in ["one", "two"] {
        directory.write(&format!("{project}/a.yaml"), doubtful_flow("a"));
        directory.write(
            &format!("{project}/kestralint.toml"),
            "baseline = \"known.json\"\n",
        );
    }
    directory.write("three/a.yaml", doubtful_flow("a"));
    let written = directory.run(&["check", "--write-baseline", "--format", "concise"]);
    assert_eq!(written.status, 1, "{}", written.err);
    assert!(written.out.starts_with("three/a.yaml:"), "{}", written.out);
    let entries = |project: &str| directory.read(&format!("{project}/known.json"));
    assert!(entries("one").contains("one/a.yaml") && !entries("one").contains("two/"));
    assert!(entries("two").contains("two/a.yaml") && !entries("two").contains("one/"));
    let outcome = directory.run(&["check", "--format", "concise"]);
    assert_eq!(outcome.out.lines().count(), 1, "{}", outcome.out);
    assert!(
        outcome.err.contains("(2 in the baseline)"),
        "{}",
        outcome.err
    );
    // What one project accepts the other does not.
    directory.write("one/known.json", entries("two"));
    directory.write("two/known.json", r#"{"version": 1, "findings": []}"#);
    let outcome = directory.run(&["check", "--format", "concise"]);
    assert_eq!(outcome.out.lines().count(), 3, "{}", outcome.err);
}
