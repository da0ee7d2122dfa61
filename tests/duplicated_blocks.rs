//! Clones of task blocks: each planted group is found once, with all its places, and nothing else.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Report, Settings};
use kestralint::rules;
use kestralint::source::Candidate;

use crate::rule_pages::Fixed;

/// Checks texts as one repository, with this rule alone.
fn check(files: &[(String, String)]) -> Report {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    for (rule, row) in registry.rules.iter().zip(&mut settings.rules) {
        row.enabled = rule.metadata().name == "duplicated-block";
    }
    let settings = Fixed(Arc::new(settings.finish(registry)));
    let overlay: Overlay = files
        .iter()
        .map(|(path, text)| (PathBuf::from(path), Arc::from(text.as_str())))
        .collect();
    let candidates: Vec<Candidate> = files
        .iter()
        .map(|(path, _)| Candidate {
            path: PathBuf::from(path),
            named: true,
        })
        .collect();
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings: &settings,
    });
    engine::check(&workspace, registry)
}

fn runner(memory: u32) -> String {
    format!(
        "    taskRunner:
      type: io.kestra.plugin.scripts.runner.docker.Docker
      pullPolicy: IF_NOT_PRESENT
      networkMode: host
      entryPoint:
        - /bin/sh
        - -c
      memory:
        memory: {memory}MB
"
    )
}

fn task(id: &str, command: &str, runner: &str) -> String {
    format!(
        "  - id: {id}\n    type: io.kestra.plugin.scripts.shell.Commands\n    commands:\n      - {command}\n{runner}"
    )
}

fn flow(id: &str, tasks: &str) -> (String, String) {
    (
        format!("{id}.yml"),
        format!("id: {id}\nnamespace: company.team\ntasks:\n{tasks}"),
    )
}

#[test]
fn a_block_is_found_once_with_all_its_places() {
    let same = runner(512);
    let other = runner(1024);
    let tasks = task("a", "./a.sh", &same)
        + &task("b", "./b.sh", &same)
        + &task("c", "./c.sh", &other)
        + &task("d", "./d.sh", &same)
        + &task("e", "./e.sh", &same);
    let report = check(&[flow("one", &tasks)]);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(finding.related.len(), 3);
    assert_eq!(
        finding.message,
        "`taskRunner` is the same in 4 places: 27 lines could go"
    );
    assert!(
        finding
            .related
            .iter()
            .all(|related| related.location > finding.location)
    );
}

#[test]
fn parts_of_a_larger_clone_are_not_reported_again() {
    let copied = task("a", "./a.sh", &runner(512));
    let report = check(&[
        flow("one", &copied),
        flow("two", &copied.replace("id: a", "id: b")),
    ]);
    let messages: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        messages,
        ["The list of tasks `tasks` is the same in 2 places: 14 lines could go"]
    );
}

#[test]
fn copies_of_a_flow_for_environments_are_one_flow() {
    let tasks = task("a", "./a.sh", &runner(512)) + &task("b", "./b.sh", &runner(512));
    let (_, text) = flow("one", &tasks);
    let files = [
        ("dev/fragment.yml".to_owned(), "id: one\nnamespace: company.team\ntasks:\n  - {id: a, type: io.kestra.plugin.core.log.Log, message: a}\n".to_owned()),
        ("dev/one.yml".to_owned(), text.clone()),
        ("prod/one.yml".to_owned(), text),
    ];
    let report = check(&files);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(report.findings[0].related.len(), 1);
}

#[test]
fn planted_groups_are_all_found_in_linear_time() {
    let mut files = Vec::new();
    for group in 0..200 {
        for copy in 0..3 {
            let mut tasks = String::new();
            for filler in 0..4 {
                write!(tasks, "  - id: f{filler}\n    type: io.kestra.plugin.core.log.Log\n    message: {group} {copy} {filler}\n").unwrap();
            }
            tasks += &task("planted", &format!("./{group}.sh"), &runner(group));
            files.push(flow(&format!("flow_{group}_{copy}"), &tasks));
        }
    }
    let report = check(&files);
    assert_eq!(report.findings.len(), 200);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.related.len() == 2)
    );
}
