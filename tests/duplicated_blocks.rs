//! Clones of task blocks: each planted group is found once, with all its places, and nothing else.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Report, Settings};
use kestralint::finding::Target;
use kestralint::rules;
use kestralint::source::Candidate;

use crate::rule_pages::Fixed;

/// Checks texts as one repository, with `duplicated-block` alone.
fn check(files: &[(String, String)]) -> Report {
    check_with(files, only("duplicated-block"), Target::NEWEST)
}

/// Checks texts as one repository, with some rules; if it is none, with those that are on by default.
fn check_with(files: &[(String, String)], is_on: impl Fn(&str) -> bool, target: Target) -> Report {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    settings.targets = vec![target];
    let names = registry.rules.iter().map(|rule| rule.metadata().name);
    if names.clone().any(&is_on) {
        for (name, row) in names.zip(&mut settings.rules) {
            row.enabled = is_on(name);
        }
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
            // Short enough to be no copies as a whole.
            let mut tasks = String::new();
            for filler in 0..2 {
                writeln!(tasks, "  - {{id: f{filler}, type: io.kestra.plugin.core.log.Log, message: {group} {copy}}}").unwrap();
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

/// A task of eleven lines; a number of words that is its own in each group keeps groups apart.
fn query(group: usize, id: &str, image: &str, table: &str) -> String {
    format!(
        "  - id: {id}
    type: io.kestra.plugin.scripts.python.Commands
    containerImage: {image}
    env:
      TABLE: {table}
      SOURCE: source_of_group_{group}
      MODE: incremental_{group}
    timeout: PT{}M
    commands:
      - python load_{group}.py
      - python check_{group}.py
",
        group + 1
    )
}

fn only(rule: &str) -> impl Fn(&str) -> bool + '_ {
    move |name| name == rule
}

#[test]
fn tasks_that_differ_in_words_are_found_across_flows() {
    let files = [
        flow("one", &query(0, "a", "python:3.12", "orders")),
        flow("two", &query(0, "b", "python:3.13", "items")),
        flow("three", &query(0, "c", "python:3.13", "customers")),
    ];
    let report = check_with(&files, only("similar-tasks"), Target::V2_0);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(
        finding.message,
        "3 tasks in 3 flows differ only in `containerImage` and `env.TABLE`: 22 lines could go"
    );
    assert_eq!(finding.related.len(), 2);
    assert!(finding.label.contains("`orders`"), "{}", finding.label);
}

#[test]
fn planted_groups_that_differ_in_words_are_all_found() {
    let mut files = Vec::new();
    for group in 0..150 {
        for copy in 0..3 {
            let id = format!("load_{copy}");
            let tasks = query(
                group,
                &id,
                &format!("python:3.{copy}"),
                &format!("table_{copy}_{group}"),
            );
            files.push(flow(&format!("flow_{group}_{copy}"), &tasks));
        }
    }
    let report = check_with(&files, only("similar-tasks"), Target::V2_0);
    let places: usize = report
        .findings
        .iter()
        .map(|finding| finding.related.len() + 1)
        .sum();
    assert_eq!((report.findings.len(), places), (150, 450));
}

/// The sketch of the only finding of a rule.
fn sketch(files: &[(String, String)], rule: &str, target: Target) -> String {
    let report = check_with(files, only(rule), target);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    let help = report.findings[0].help.clone().unwrap_or_default();
    let (_, sketch) = help
        .split_once("\n\n")
        .unwrap_or_else(|| panic!("no sketch: {help}"));
    sketch.to_owned()
}

/// A flow is fine to all rules of the default set.
fn is_fine(id: &str, text: String, target: Target) {
    let shown = text.clone();
    let report = check_with(&[(format!("{id}.yml"), text)], |_| false, target);
    assert!(
        report.findings.is_empty(),
        "{target}: {:#?}\n{shown}",
        report.findings
    );
}

const INNER: &str =
    "inputs:\n  - id: jobs\n    type: MULTISELECT\n    values: [users, orders, items]\n";

fn branch(job: &str) -> String {
    format!(
        "  - id: when_{job}
    type: io.kestra.plugin.core.flow.If
    condition: '{{{{ inputs.jobs contains \"{job}\" }}}}'
    then:
      - id: fetch_{job}
        type: io.kestra.plugin.core.http.Download
        uri: https://example.com/{job}.csv
        timeout: PT5M
      - id: log_{job}
        type: io.kestra.plugin.core.log.Log
        message: \"{job} as of {{{{ execution.startDate }}}}\"
"
    )
}

#[test]
fn the_sketch_of_a_loop_works_in_both_versions() {
    for target in Target::ALL {
        let tasks = ["users", "orders", "items"].map(branch).concat();
        let (path, text) = flow("one", &tasks);
        let text = text.replace(
            "tasks:\n  - id: when_users",
            &format!("{INNER}tasks:\n  - id: when_users"),
        );
        let sketch = sketch(&[(path, text)], "similar-tasks", target);
        let value = match target {
            Target::V1_3 => ["contains taskrun.value", "{{ parent.taskrun.value }}.csv"],
            Target::V2_0 => ["contains item.value", "{{ item.value }}.csv"],
        };
        assert!(value.iter().all(|value| sketch.contains(value)), "{sketch}");
        is_fine(
            "one",
            format!("id: one\nnamespace: company.team\n{INNER}tasks:\n{sketch}"),
            target,
        );
    }
}

#[test]
fn the_sketch_of_several_parameters_is_a_loop_over_objects() {
    for target in Target::ALL {
        let request = |id: &str, path: &str, name: &str| {
            format!(
                "  - id: {id}
    type: io.kestra.plugin.core.http.Request
    uri: https://example.com/{path}
    method: POST
    contentType: application/json
    timeout: PT1M
    headers:
      X-Name: {name}
      X-Kind: report
"
            )
        };
        let tasks = request("a", "one", "ada")
            + &request("b", "two", "grace")
            + &request("c", "three", "mary");
        let sketch = sketch(&[flow("one", &tasks)], "similar-tasks", target);
        assert!(sketch.contains("fromJson("), "{sketch}");
        is_fine(
            "one",
            format!("id: one\nnamespace: company.team\ntasks:\n{sketch}"),
            target,
        );
    }
}

#[test]
fn the_sketch_of_a_subflow_works_with_its_call() {
    let task = |table: &str| {
        format!(
            "inputs:
  - id: day
    type: DATE
tasks:
  - id: get_{table}
    type: io.kestra.plugin.core.http.Request
    uri: https://example.com/{table}
    method: POST
    contentType: application/json
    timeout: PT1M
    headers:
      X-Day: \"{{{{ inputs.day }}}}\"
      X-Kind: report
"
        )
    };
    let files = ["users", "orders", "items"].map(|table| {
        let text = format!("id: {table}\nnamespace: company.team\n{}", task(table));
        (format!("{table}.yml"), text)
    });
    for target in Target::ALL {
        let sketch = sketch(&files, "similar-tasks", target);
        let (subflow, call) = sketch.split_once("---\n").unwrap();
        let caller = format!(
            "id: caller\nnamespace: company.team\ninputs:\n  - id: day\n    type: DATE\ntasks:\n{call}"
        );
        let repository = [
            ("subflow.yml".to_owned(), subflow.to_owned()),
            ("caller.yml".to_owned(), caller),
        ];
        let report = check_with(&repository, |_| false, target);
        assert!(
            report.findings.is_empty(),
            "{target}: {:#?}\n{sketch}",
            report.findings
        );
        assert!(subflow.contains("type: SELECT"), "{subflow}");
    }
}

#[test]
fn plugin_defaults_are_offered_where_they_reach_no_other_task() {
    let same = runner(512);
    let tasks = task("a", "./a.sh", &same) + &task("b", "./b.sh", &same);
    let files = [flow("one", &tasks)];
    let defaults = sketch(&files, "duplicated-block", Target::V1_3);
    assert!(
        defaults
            .starts_with("pluginDefaults:\n  - type: io.kestra.plugin.scripts.shell.Commands\n"),
        "{defaults}"
    );
    is_fine(
        "one",
        format!(
            "id: one\nnamespace: company.team\n{defaults}tasks:\n{}",
            task("a", "./a.sh", "") + &task("b", "./b.sh", "")
        ),
        Target::V1_3,
    );
    // Kestra 2.0 has none: the task goes into a flow of its own.
    let subflow = sketch(&files, "duplicated-block", Target::V2_0);
    assert!(
        subflow.contains("commands: \"{{ inputs.commands }}\""),
        "{subflow}"
    );
    assert!(
        subflow.contains("    commands:\n      - ./a.sh\n"),
        "{subflow}"
    );
    // A default would reach the third task, too.
    let files = [flow("one", &(tasks + &task("c", "./c.sh", "")))];
    let report = check_with(&files, only("duplicated-block"), Target::V1_3);
    let help = report.findings[0].help.as_deref().unwrap_or_default();
    assert!(!help.contains("\n\n"), "{help}");
}

#[test]
fn copies_of_whole_flows_are_found_once_and_their_parts_not_again() {
    let tasks = |host: &str| {
        query(0, "a", "python:3.12", host)
            + &query(1, "b", "python:3.12", host)
            + &task("c", "./c.sh", &runner(1))
    };
    let copy = |path: &str, namespace: &str, host: &str| {
        let text = format!("id: load\nnamespace: {namespace}\ntasks:\n{}", tasks(host));
        (path.to_owned(), text)
    };
    let rules = |name: &str| matches!(name, "copied-flow" | "similar-tasks" | "duplicated-block");
    for files in [
        [
            copy("a/load.yml", "dev.team", "dev"),
            copy("b/load.yml", "prod.team", "prod"),
        ],
        // One flow in two environments.
        [
            copy("dev/load.yml", "company", "dev"),
            copy("prod/load.yml", "company", "prod"),
        ],
    ] {
        let report = check_with(&files, rules, Target::V2_0);
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
        let message = &report.findings[0].message;
        assert!(
            message.contains("`a.env.TABLE`, `b.env.TABLE`"),
            "{message}"
        );
        assert_eq!(report.findings[0].related.len(), 1);
    }
}

#[test]
fn credentials_are_not_shown_in_what_clones_differ_in() {
    let request = |id: &str, password: &str| {
        format!(
            "  - id: {id}
    type: io.kestra.plugin.jdbc.postgresql.Query
    url: jdbc:postgresql://db.example.com/shop
    username: etl
    password: {password}
    sql: refresh materialized view orders
    fetchType: NONE
    timeout: PT5M
    description: Refreshes
"
        )
    };
    let tasks = request("a", "correct-horse-1")
        + &request("b", "correct-horse-2")
        + &request("c", "correct-horse-3");
    let report = check_with(&[flow("one", &tasks)], only("similar-tasks"), Target::V2_0);
    let finding = &report.findings[0];
    let said = format!("{} {} {:?}", finding.message, finding.label, finding.help);
    assert!(!said.contains("horse-"), "{said}");
}

#[test]
fn no_sketch_hands_in_expressions_or_ends_of_lines() {
    let request = |id: &str, value: &str| {
        format!(
            "  - id: {id}\n    type: io.kestra.plugin.core.http.Request\n    uri: {value}\n    method: POST\n    \
             contentType: application/json\n    timeout: PT1M\n    options:\n      auth:\n        type: BASIC\n        \
             username: \"{{{{ secret('USERNAME') }}}}\"\n"
        )
    };
    let flows = |values: [&str; 3]| {
        let mut files = Vec::new();
        for (id, value) in ["one", "two", "three"].iter().zip(values) {
            let (path, text) = flow(id, &request("status", value));
            let inputs = "inputs:\n  - id: job\n    type: STRING\n  - id: test\n    type: STRING\n";
            files.push((path, text.replace("tasks:\n", &format!("{inputs}tasks:\n"))));
        }
        files
    };
    let help = |values: [&str; 3]| {
        let report = check_with(&flows(values), only("similar-tasks"), Target::V2_0);
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
        report.findings[0].help.clone().unwrap_or_default()
    };
    let plain = [
        "\"https://x.example/a\"",
        "\"https://x.example/b\"",
        "\"https://x.example/c\"",
    ];
    assert!(help(plain).contains("It could look like this"));
    let expressions = [
        "\"{{ inputs.job }}/last\"",
        "\"{{ inputs.test }}/last/api\"",
        "\"{{ inputs.job }}/{{ inputs.test }}\"",
    ];
    assert!(!help(expressions).contains("It could look like this"));
}
