//! `kestralint init` looks at a repository and writes a configuration that can be read.

use crate::program::{Directory, doubtful_flow, flow};

const FILE: &str = "kestralint.toml";

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|known| known == line)
}

#[test]
fn what_is_written_is_a_configuration() {
    let directory = Directory::repository();
    directory.write("environment/dev/a.yaml", doubtful_flow("a"));
    directory.write("environment/prod/a.yaml", flow("a"));
    let trigger = "triggers:\n  - id: daily\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: \"@daily\"\n";
    let other = flow("b").replace("company.team", "company.data") + trigger;
    directory.write("other/b.yaml", other);
    let printed = directory.run(&["init", "--dry-run"]);
    assert_eq!(printed.status, 0, "{}", printed.err);
    assert!(!directory.path().join(FILE).exists());
    let outcome = directory.run(&["init"]);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let text = directory.read(FILE);
    assert_eq!(text, printed.out);
    for line in [
        "target = \"2.0\"",
        "# Found today, 1 in all:",
        "#       1 warning duplicate-key",
        "development = [\"environment/dev/**\"]",
        "production = [\"environment/prod/**\"]",
        "# Seen: 3 flows in 2 namespaces.",
        "#       2 company.team",
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
    let shown = directory.run(&["config", "show"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
    // The commented parts can be taken in as they are.
    let keys = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if rest.starts_with("extend-select") || rest.starts_with("ignore") => rest,
        Some(rest) if rest.starts_with("    \"") || rest == "]" => rest,
        _ => line,
    });
    directory.write(FILE, keys.collect::<Vec<_>>().join("\n"));
    let shown = directory.run(&["config", "show"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
    assert!(directory.read(FILE).contains("\nextend-select = [\n    \""));
}

#[test]
fn a_file_that_is_there_stays() {
    let directory = Directory::repository();
    directory.write("a.yaml", flow("a"));
    directory.write(FILE, "target = \"1.3\"\n");
    let outcome = directory.run(&["init"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("--force"), "{}", outcome.err);
    assert_eq!(directory.read(FILE), "target = \"1.3\"\n");
    assert_eq!(directory.run(&["init", "--force"]).status, 0);
    assert!(directory.read(FILE).contains("# Nothing is found today."));
}

#[test]
fn the_target_is_that_for_which_the_flows_are_written() {
    let target = |path: &str, text: &str| {
        let directory = Directory::repository();
        directory.write(path, text);
        let text = directory.run(&["init", "--dry-run"]).out;
        let line = text
            .lines()
            .find(|line| line.starts_with("target"))
            .unwrap();
        line.to_owned()
    };
    let old = flow("a")
        + "pluginDefaults:\n  - type: io.kestra.plugin.core.log.Log\n    values:\n      level: INFO\n";
    assert_eq!(target("a.yaml", &old), "target = \"1.3\"");
    let new = flow("a")
        + "triggers:\n  - id: after\n    type: io.kestra.plugin.core.trigger.Flow\n    dependsOn:\n      - namespace: company.team\n        flowId: b\n";
    assert_eq!(target("a.yaml", &new), "target = \"2.0\"");
    let terraform = "terraform {\n  required_providers {\n    kestra = {\n      source  = \"kestra-io/kestra\"\n      version = \"~> 1.0\"\n    }\n  }\n}\nresource \"kestra_namespace\" \"team\" {\n  namespace_id = \"company.team\"\n}\n";
    assert_eq!(target("main.tf", terraform), "target = \"1.3\"");
}
