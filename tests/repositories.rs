//! Whole repositories: each mistake planted in `fixtures/repositories/<name>` is found at its place, and
//! nothing else is. `expected.txt` has a line a finding: path, line, column and rule. Adding a case needs
//! no code.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings};
use kestralint::finding::Group;
use kestralint::rules;
use kestralint::source::{DiscoverySettings, discover};

use crate::program::Directory;
use crate::rule_pages::Fixed;

fn repositories() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repositories");
    let mut found: Vec<PathBuf> = fs::read_dir(all)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn copy(from: &Path, to: &Directory, below: &Path) {
    for entry in fs::read_dir(from.join(below)).unwrap() {
        let name = below.join(entry.unwrap().file_name());
        if from.join(&name).is_dir() {
            copy(from, to, &name);
        } else {
            to.write(name.to_str().unwrap(), fs::read(from.join(&name)).unwrap());
        }
    }
}

/// `path:line:column rule`, without severity and message.
fn findings(directory: &Directory, more: &[&str]) -> Vec<String> {
    let arguments = [&["check", "--format", "concise"], more].concat();
    let lines = directory.run(&arguments).out;
    let mut found: Vec<String> = lines
        .lines()
        .map(|line| {
            let (place, rest) = line.split_once(": ").unwrap();
            let rule = rest.split_once('[').unwrap().1.split_once(']').unwrap().0;
            format!("{place} {rule}")
        })
        .collect();
    found.sort();
    found
}

#[test]
fn planted_mistakes_are_found_and_nothing_else() {
    let repositories = repositories();
    assert!(!repositories.is_empty());
    for repository in repositories {
        let directory = Directory::repository();
        copy(&repository, &directory, Path::new(""));
        let expected = fs::read_to_string(repository.join("expected.txt")).unwrap();
        let mut expected: Vec<&str> = expected.lines().collect();
        expected.sort_unstable();
        assert_eq!(
            findings(&directory, &[]),
            expected,
            "{}",
            repository.display()
        );
    }
}

#[test]
fn each_mistake_between_flows_is_planted_somewhere() {
    let planted: String = repositories()
        .iter()
        .map(|repository| fs::read_to_string(repository.join("expected.txt")).unwrap())
        .collect();
    let missing: Vec<&str> = rules::registry()
        .rules
        .iter()
        .map(|rule| rule.metadata())
        .filter(|rule| rule.group == Group::Project)
        .map(|rule| rule.name)
        .filter(|name| {
            !planted
                .lines()
                .any(|line| line.ends_with(&format!(" {name}")))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "in no fixtures/repositories: {missing:?}"
    );
}

#[test]
fn the_fix_adds_what_a_resource_depends_on() {
    let directory = Directory::repository();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repositories/terraform");
    copy(&source, &directory, Path::new(""));
    let registry = rules::registry();
    let settings = Fixed(Arc::new(Settings::defaults(registry)));
    let (candidates, _) = discover(
        &[directory.path().to_owned()],
        &DiscoverySettings::default(),
    );
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &Overlay::new(),
        settings: &settings,
    });
    let report = engine::check(&workspace, registry);
    let rule = "terraform-missing-depends-on";
    let fixes = report
        .findings
        .iter()
        .filter(|finding| finding.rule == rule);
    let fixes: Vec<_> = fixes.map(|finding| finding.fix.as_ref().unwrap()).collect();
    assert_eq!(fixes.len(), 2);
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        let file = workspace.files.get(edit.location.file);
        let mut text = file.text.to_string();
        text.replace_range(
            std::ops::Range::<usize>::from(edit.location.range),
            &edit.content,
        );
        fs::write(&file.path, text).unwrap();
    }
    assert_eq!(
        findings(&directory, &["--select", rule]),
        Vec::<String>::new()
    );
    let main = directory.read("environment/production/main.tf");
    assert!(
        main.contains("  table     = \"customers\"\n  depends_on = [module.subflows]\n}"),
        "{main}"
    );
    let sales = directory.read("environment/production/sales/main.tf");
    assert!(
        sales.contains("  EOT\n  depends_on = [kestra_flow.report]\n}"),
        "{sales}"
    );
}

/// A copy of a repository of the fixtures.
pub fn fixture(name: &str) -> Directory {
    let directory = Directory::repository();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repositories");
    copy(&source.join(name), &directory, Path::new(""));
    directory
}

#[test]
fn the_graph_shows_who_starts_whom() {
    let directory = fixture("terraform");
    let mermaid = directory.run(&["graph"]).out;
    let expected = [
        "flowchart LR",
        "  subgraph s0[\"prod.sales\"]",
        "    f0[\"cleanup\"]",
        "    f1[\"load_customers\"]",
        "    f2[\"load_orders\"]",
        "    f3[\"report\"]",
        "  end",
        "  subgraph s1[\"prod.subflows\"]",
        "    f4[\"query\"]",
        "  end",
        "  f0 --> f3",
        "  f1 --> f4",
        "  f2 --> f4",
    ];
    assert_eq!(mermaid.lines().collect::<Vec<_>>(), expected);
    let json = fixture("namespaces")
        .run(&["graph", "--format", "json"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let missing = |flow: &&serde_json::Value| flow["missing"] == true;
    let flows = json["flows"].as_array().unwrap();
    let missing: Vec<&str> = flows
        .iter()
        .filter(missing)
        .filter_map(|flow| flow["name"].as_str())
        .collect();
    assert_eq!(missing, ["company.data.cleaned", "company.data.laod"]);
    let edges = json["edges"].as_array().unwrap();
    assert_eq!(
        edges
            .iter()
            .filter(|edge| edge["kind"] == "trigger")
            .count(),
        3
    );
}

#[test]
fn what_a_change_can_break_is_listed() {
    let directory = fixture("terraform");
    let list = |file: &str| {
        let arguments = ["graph", "--format", "list", "--impacted-by", file];
        let lines = directory.run(&arguments).out;
        let names = lines
            .lines()
            .map(|line| line.split_once('\t').unwrap().0.to_owned());
        names.collect::<Vec<_>>()
    };
    // A template is a part of every flow made from it; a subflow matters to its callers.
    let loads = ["prod.sales.load_customers", "prod.sales.load_orders"];
    assert_eq!(list("modules/load_table/tasks.yaml"), loads);
    let query = [&loads[..], &["prod.subflows.query"]].concat();
    assert_eq!(list("subflows/query.yaml"), query);
    let unknown = directory.run(&["graph", "--impacted-by", "subflows/variables.yaml"]);
    assert_eq!(unknown.status, 2);
}

#[test]
fn comments_in_terraform_and_templates_suppress() {
    let directory = fixture("terraform");
    let before = findings(&directory, &[]);
    let main = directory.read("environment/production/sales/main.tf");
    let main = main.replace(
        "resource \"kestra_flow\" \"cleanup\"",
        "# kestralint: ignore[terraform-missing-depends-on] deployed together\nresource \"kestra_flow\" \"cleanup\"",
    );
    directory.write("environment/production/sales/main.tf", main);
    let tasks = directory.read("modules/load_table/tasks.yaml");
    let tasks = tasks.replace(
        "{{ inputs.missing }}\"",
        "{{ inputs.missing }}\" # kestralint: ignore[undefined-input] later",
    );
    directory.write("modules/load_table/tasks.yaml", tasks);
    let after = findings(&directory, &[]);
    assert_eq!(after.len() + 2, before.len(), "{after:#?}");
    let stale = directory.read("environment/production/sales/main.tf");
    let stale = stale.replace(
        "ignore[terraform-missing-depends-on]",
        "ignore[terraform-missing-depends-on, duplicate-key]",
    );
    directory.write("environment/production/sales/main.tf", stale);
    assert_eq!(
        findings(
            &directory,
            &["--select", "unused-suppression,duplicate-key"]
        )
        .len(),
        1
    );
}

#[test]
fn the_fix_puts_in_what_a_flow_includes() {
    let directory = Directory::repository();
    directory.write("flows/sql/query.sql", "SELECT 1\nFROM a\n");
    directory.write("flows/name.txt", "Ada");
    let flow = |query: &str, name: &str| {
        format!(
            "id: a\nnamespace: b\ntasks:\n  - id: c\n    type: io.kestra.plugin.core.log.Log\n    \
             message:\n      - |\n{query}\n      - \"{name}\"\n"
        )
    };
    directory.write(
        "flows/a.yaml",
        flow("        [[> sql/query.sql ]]", "[[> name.txt]]!"),
    );
    let fix = ["check", "--target", "2.0", "--fix", "--unsafe-fixes"];
    assert_eq!(directory.run(&fix).status, 0);
    let fixed = flow("        SELECT 1\n        FROM a", "Ada!");
    assert_eq!(directory.read("flows/a.yaml"), fixed);
}

#[test]
fn an_include_is_checked_once_for_both_versions() {
    let directory = fixture("includes");
    let both = findings(&directory, &["--target", "1.3,2.0"]);
    let has = |line: &str| both.contains(&line.to_owned());
    assert!(has("flows/sql/query.sql:3:27 undefined-input"), "{both:?}");
    assert!(has("flows/report.yaml:11:7 include-helper"), "{both:?}");
    assert!(
        !both.iter().any(|line| line.ends_with("syntax-error")),
        "{both:?}"
    );
    // What is named alone is the flow's own file; its parts are reported with it.
    let of_flow = findings(&directory, &["flows/report.yaml"]);
    assert_eq!(of_flow.len(), 5, "{of_flow:?}");
}
