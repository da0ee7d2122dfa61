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
