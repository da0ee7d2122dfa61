//! `kestralint inventory`: what must exist on a server, with the places that need it.

use serde_json::Value as Json;

use crate::program::Directory;

const LOAD: &str = r#"id: load
namespace: company.team
variables:
  image: python:3.12
  secret_name: FOLDED
inputs:
  - id: name
    type: STRING
tasks:
  - id: é_call
    type: io.kestra.plugin.core.http.Request
    uri: https://example.com
    headers:
      key: "é {{ secret('API_KEY') }} {{ secret(inputs.name) }} {{ secret(vars.secret_name) }}"
      other: "{{ secret('SHARED', namespace='company') }} {{ secret(key='API_KEY') }}"
  - id: state
    type: io.kestra.plugin.core.log.Log
    message: "{{ kv('last_run') }} {{ kv('maybe', errorOnMissing=false) }} {{ kv('of_company', 'company') }}"
  - id: remember
    type: io.kestra.plugin.core.kv.Set
    key: last_run
    value: "{{ execution.startDate }}"
  - id: recall
    type: io.kestra.plugin.core.kv.Get
    key: "{{ flow.id }}_state"
  - id: script
    type: io.kestra.plugin.scripts.python.Script
    containerImage: "{{ vars.image }}"
    taskRunner:
      type: io.kestra.plugin.scripts.runner.docker.Docker
      image: "ubuntu:{{ inputs.name }}"
    inputFiles:
      main.sql: nsfile:///sql/main.sql
    script: |
      print("{{ read('notes.txt') }}")
      print("{{ read('kestra:///a/b.txt') }}")
  - id: own
    type: com.example.Task
  - id: known
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: publish
  - id: unknown
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: elsewhere
  - id: dynamic
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: "{{ inputs.name }}"
"#;

const PUBLISH: &str = "id: publish\nnamespace: company.team\ntasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: \"{{ secret('API_KEY') }}\"\n";

fn repository() -> Directory {
    let directory = Directory::repository();
    directory.write("flows/load.yaml", LOAD);
    directory.write("flows/publish.yaml", PUBLISH);
    directory
}

fn entries(directory: &Directory, more: &[&str]) -> Vec<Json> {
    let arguments = [&["inventory", "--format", "json"], more].concat();
    let run = directory.run(&arguments);
    assert_eq!(run.status, 0, "{}", run.err);
    let json: Json = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["target"], "2.0");
    json["entries"].as_array().unwrap().clone()
}

/// Kind, namespace, name or expression in braces, `required`, `in_repository`, number of places.
fn lines(entries: &[Json]) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
    let line = |entry: &Json| {
        let name = match entry["expression"].as_str() {
            Some(expression) => format!("{{{expression}}}"),
            None => text(&entry["name"]),
        };
        let places = entry["places"].as_array().unwrap().len();
        format!(
            "{} {} {name} {} {} {places}",
            text(&entry["kind"]),
            text(&entry["namespace"]),
            entry["required"],
            entry["in_repository"]
        )
    };
    entries.iter().map(line).collect()
}

#[test]
fn everything_that_is_needed_is_listed_once() {
    let found = lines(&entries(&repository(), &[]));
    let expected = [
        "secret company SHARED true null 1",
        "secret company.team {inputs.name} true null 1",
        "secret company.team API_KEY true null 3",
        "secret company.team FOLDED true null 1",
        "kv company of_company true null 1",
        "kv company.team last_run true true 1",
        "kv company.team load_state false null 1",
        "kv company.team maybe false null 1",
        "file company.team notes.txt true null 1",
        "file company.team sql/main.sql true null 1",
        "image - {ubuntu:{{ inputs.name }}} true null 1",
        "image - python:3.12 true null 1",
        "plugin - - true null 1",
        "plugin - io.kestra.plugin:plugin-script-python true null 1",
        "subflow company.team {{{ inputs.name }}} true null 1",
        "subflow company.team elsewhere true false 1",
        "subflow company.team publish true true 1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn places_are_exact() {
    let all = entries(&repository(), &["--secrets"]);
    let key = all.iter().find(|entry| entry["name"] == "API_KEY").unwrap();
    let places: Vec<String> = key["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            format!(
                "{} {}:{}:{}",
                place["flow"].as_str().unwrap(),
                place["path"].as_str().unwrap(),
                place["line"],
                place["column"]
            )
        })
        .collect();
    let expected = [
        "company.team.load flows/load.yaml:14:26",
        "company.team.load flows/load.yaml:15:74",
        "company.team.publish flows/publish.yaml:6:26",
    ];
    assert_eq!(places, expected);
}

#[test]
fn what_the_repository_brings_itself_can_be_left_out() {
    let directory = repository();
    let missing = lines(&entries(&directory, &["--missing", "--subflows", "--kv"]));
    assert!(missing.iter().all(|line| !line.contains(" true true ")));
    assert_eq!(missing.len(), 5, "{missing:?}");
    // A flow that was not asked about still counts as being there.
    let of_one = lines(&entries(&directory, &["flows/load.yaml", "--subflows"]));
    assert!(of_one.contains(&"subflow company.team publish true true 1".to_owned()));
}

#[test]
fn a_table_and_rows_say_the_same() {
    let directory = repository();
    let table = directory.run(&["inventory", "--plugins", "--secrets"]).out;
    for line in [
        "Secrets (4)",
        "  company       SHARED",
        "  company.team  inputs.name  (known only when the flow runs)",
        "                  company.team.load  flows/load.yaml:14:49",
        "Plugins (2)",
        "  com.example.Task  (of an unknown plugin)",
    ] {
        assert!(table.lines().any(|known| known == line), "{line}\n{table}");
    }
    let csv = directory
        .run(&["inventory", "--format", "csv", "--plugins"])
        .out;
    let expected = "kind,namespace,name,expression,required,in_repository,types,flow,path,line,column\n\
        plugin,,,,true,,com.example.Task,company.team.load,flows/load.yaml,38,11\n\
        plugin,,io.kestra.plugin:plugin-script-python,,true,,io.kestra.plugin.scripts.python.Script,company.team.load,flows/load.yaml,27,11\n";
    assert_eq!(csv, expected);
}

#[test]
fn patterns_of_namespace_files_are_there_where_a_file_matches() {
    let directory = Directory::repository();
    let flow = "id: load\nnamespace: company.team\ntasks:\n  - id: all\n    type: io.kestra.plugin.core.flow.WorkingDirectory\n    \
                namespaceFiles:\n      include: ['**/*.sql', '*.sql', 'regex:.*', /main.py]\n      exclude: ['**/*.md']\n    tasks: []\n";
    directory.write("_flows/load.yaml", flow);
    directory.write("_files/sql/load.sql", "");
    directory.write("_files/main.py", "");
    let found = lines(&entries(&directory, &["--files"]));
    assert_eq!(
        found,
        [
            "file company.team **/*.sql true true 1",
            "file company.team *.sql true false 1",
            "file company.team main.py true true 1",
            "file company.team regex:.* true null 1",
        ]
    );
}
