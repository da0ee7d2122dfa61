//! The same mistake in every list that tasks can stand in: Kestra does not look everywhere, and where it does
//! not, the flow is saved and a mistake is no error. The verdicts are those of Kestra 1.3.31 and 2.0.0.

use std::collections::BTreeSet;

use crate::program::Directory;

const LOG: &str = "type: io.kestra.plugin.core.log.Log\nmessage: x\n";

/// A place, and what stands before the task there; the last line tells the indentation.
const PLACES: [(&str, &str); 12] = [
    ("top", "\n  - "),
    (
        "sequential",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Sequential\n    tasks:\n      - ",
    ),
    (
        "parallel",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Parallel\n    tasks:\n      - ",
    ),
    (
        "then",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.If\n    condition: x\n    then:\n      - ",
    ),
    (
        "case",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Switch\n    value: x\n    cases:\n      x:\n        - ",
    ),
    (
        "below-case",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Switch\n    value: x\n    cases:\n      x:\n        - id: s\n          \
         type: io.kestra.plugin.core.flow.Sequential\n          tasks:\n            - ",
    ),
    (
        "defaults",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Switch\n    value: x\n    defaults:\n      - ",
    ),
    (
        "dag",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Dag\n    tasks:\n      - task:\n          ",
    ),
    (
        "below-dag",
        "\n  - id: c\n    type: io.kestra.plugin.core.flow.Dag\n    tasks:\n      - task:\n          id: s\n          \
         type: io.kestra.plugin.core.flow.Sequential\n          tasks:\n            - ",
    ),
    ("errors", "\nerrors:\n  - "),
    ("finally", "\nfinally:\n  - "),
    ("after", "\nafterExecution:\n  - "),
];

/// Bean validation finds these.
fn validated() -> Vec<(&'static str, String)> {
    let flow = "io.kestra.plugin.core.flow";
    vec![
        ("identifier", format!("id: a b\n{LOG}")),
        (
            "empty",
            format!("id: t\ntype: {flow}.Sequential\ntasks: []\n"),
        ),
        (
            "retry",
            format!(
                "id: t\n{LOG}retry:\n  type: constant\n  interval: PT10M\n  maxDuration: PT1M\n"
            ),
        ),
        (
            "bound",
            format!("id: t\n{LOG}retry:\n  type: constant\n  interval: PT1M\n  maxAttempts: 0\n"),
        ),
        (
            "missing",
            "id: t\ntype: io.kestra.plugin.core.log.Log\n".to_owned(),
        ),
        (
            "dependency",
            format!(
                "id: t\ntype: {flow}.Dag\ntasks:\n  - task:\n      id: d\n      {}    dependsOn: [nope]\n",
                LOG.replace('\n', "\n      ").trim_end_matches("  ")
            ),
        ),
        (
            "directory",
            format!(
                "id: t\ntype: {flow}.WorkingDirectory\ntasks:\n  - id: w\n    type: {flow}.Sequential\n    tasks:\n      - id: v\n        {}\n",
                LOG.trim_end().replace('\n', "\n        ")
            ),
        ),
        (
            "label",
            format!(
                "id: t\ntype: {flow}.Subflow\nnamespace: b\nflowId: other\nlabels:\n  system.readOnly: \"true\"\n"
            ),
        ),
    ]
}

fn flow(before: &str, task: &str) -> String {
    let indentation = before.len() - before.rfind('\n').unwrap() - 1;
    let lines = task
        .trim_end()
        .replace('\n', &format!("\n{}", " ".repeat(indentation)));
    format!(
        "id: a\nnamespace: b\ntasks:\n  - id: first\n    type: io.kestra.plugin.core.log.Log\n    message: x{before}{lines}\n"
    )
}

/// The files with an error.
fn with_errors(directory: &Directory, target: &str) -> BTreeSet<String> {
    let selection = [
        "check",
        "--target",
        target,
        "--select",
        "syntax,schema",
        "-f",
        "concise",
    ];
    let out = directory.run(&selection).out;
    out.lines()
        .filter(|line| line.contains(": error["))
        .map(|line| line.split_once(".yaml").unwrap().0.to_owned())
        .collect()
}

fn names(mistakes: &[(&str, String)], places: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (name, _) in mistakes {
        all.extend(places.iter().map(|place| format!("{name}@{place}")));
    }
    all
}

fn written(mistakes: &[(&str, String)]) -> Directory {
    let directory = Directory::repository();
    for (name, task) in mistakes {
        for (place, before) in PLACES {
            directory.write(&format!("{name}@{place}.yaml"), flow(before, task));
        }
    }
    directory
}

#[test]
fn bean_validation_stops_at_cases_and_at_a_dag_of_kestra_1() {
    let directory = written(&validated());
    let reached: Vec<&str> = PLACES
        .iter()
        .map(|(place, _)| *place)
        .filter(|place| !place.ends_with("case"))
        .collect();
    assert_eq!(
        with_errors(&directory, "2.0"),
        names(&validated(), &reached)
    );
    let reached: Vec<&str> = reached
        .into_iter()
        .filter(|place| !place.ends_with("dag"))
        .collect();
    assert_eq!(
        with_errors(&directory, "1.3"),
        names(&validated(), &reached)
    );
}

#[test]
fn assets_of_inner_tasks_are_overlooked_by_kestra_2() {
    let assets = vec![(
        "assets",
        format!("id: t\n{LOG}assets:\n  inputs:\n    - id: table\n"),
    )];
    let directory = written(&assets);
    let all: Vec<&str> = PLACES.iter().map(|(place, _)| *place).collect();
    assert_eq!(with_errors(&directory, "1.3"), names(&assets, &all));
    assert_eq!(
        with_errors(&directory, "2.0"),
        names(&assets, &["top", "errors", "finally", "after"])
    );
}

#[test]
fn labels_of_the_task_that_sets_them_are_read_when_it_runs() {
    let labels = |label: &str| {
        format!("id: t\ntype: io.kestra.plugin.core.execution.Labels\nlabels:\n  {label}\n")
    };
    let directory = Directory::repository();
    for (name, label) in [
        ("own", "system.correlationId: x"),
        ("number", "year: 2026"),
        ("empty", "team: ''"),
        ("right", "team: \"{{ flow.namespace }}\""),
    ] {
        directory.write(&format!("{name}.yaml"), flow(PLACES[0].1, &labels(label)));
    }
    assert_eq!(with_errors(&directory, "1.3,2.0"), BTreeSet::new());
    let found = directory
        .run(&["check", "--select", "bad-literal", "-f", "concise"])
        .out;
    for name in ["own", "number", "empty"] {
        assert!(found.contains(&format!("{name}.yaml")), "{name}: {found}");
    }
    assert_eq!(found.matches("error[bad-literal]").count(), 3, "{found}");
}

/// Kestra saves these (asked of both versions).
#[test]
fn blank_texts_and_numbers_of_constants_are_no_errors() {
    let log = "tasks:\n  - id: first\n    type: io.kestra.plugin.core.log.Log\n    message: x\n";
    let head = "id: a\nnamespace: b\n";
    let retry = "    retry:\n      type: constant\n      interval: PT1M\n      maxDuration: ' '\n";
    let item = "inputs:\n  - id: i\n    type: ARRAY\n    itemType: '0'\n";
    let form = "inputs:\n  - id: f\n    type: FORM\n    dependsOn:\n      inputs: [nope]\n    inputs:\n      - id: i\n        type: STRING\n";
    let trigger = "triggers:\n  - id: t\n    type: io.kestra.plugin.core.trigger.Flow\n";
    let old = "    preconditions:\n      id: p\n      timeWindow:\n        window: PT1H\n        deadline: ' '\n";
    let new = "    window:\n      deadline: '09:00:00'\n      from: ''\n      every: ' '\n";
    for (name, targets, text) in [
        ("retry", "1.3,2.0", format!("{head}{log}{retry}")),
        ("item", "1.3,2.0", format!("{head}{item}{log}")),
        ("form", "2.0", format!("{head}{form}{log}")),
        ("old", "1.3", format!("{head}{log}{trigger}{old}")),
        ("new", "2.0", format!("{head}{log}{trigger}{new}")),
    ] {
        let directory = Directory::repository();
        directory.write(&format!("{name}.yaml"), text);
        assert_eq!(with_errors(&directory, targets), BTreeSet::new(), "{name}");
    }
}
