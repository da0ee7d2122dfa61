//! `kestralint diff` and `graph --since`: what a change of a flow breaks, held against Git.

use std::process::Command;

use crate::program::{Directory, Outcome, flow};

/// A repository with everything committed.
struct Repository(Directory);

impl Repository {
    fn of(files: &[(&str, &str)]) -> Self {
        let repository = Self(Directory::new());
        for (path, text) in files {
            repository.0.write(path, text);
        }
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.commit();
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.current_dir(self.0.path());
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]);
        command.args(["-c", "commit.gpgsign=false"]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Change"]);
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.0.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.0.write(path, text.replace(from, to));
    }

    fn remove(&self, path: &str) {
        std::fs::remove_file(self.0.path().join(path)).unwrap();
    }

    fn diff(&self, more: &[&str]) -> Outcome {
        self.0.run(&[&["diff", "HEAD"], more].concat())
    }

    /// Lines `kind` and, below it, `breaks path:line` or `may break path:line`.
    fn changes(&self) -> Vec<String> {
        let outcome = self.diff(&["--format", "json", "--compatible"]);
        let report: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
        let mut lines = Vec::new();
        for flow in report["flows"].as_array().unwrap() {
            for change in flow["changes"].as_array().unwrap() {
                lines.push(change["kind"].as_str().unwrap().to_owned());
                for user in change["users"].as_array().unwrap() {
                    let certain = user["certain"].as_bool().unwrap();
                    let verb = if certain { "breaks" } else { "may break" };
                    let path = user["path"].as_str().unwrap();
                    lines.push(format!("  {verb} {path}:{}", user["line"]));
                }
            }
        }
        let breaks = report["summary"]["breaking"].as_u64().unwrap() > 0;
        assert_eq!(outcome.status, i32::from(breaks), "{}", outcome.err);
        lines
    }
}

const LOAD: &str = "id: load
namespace: company.data
inputs:
  - id: day
    type: STRING
  - id: size
    type: INT
    defaults: 10
    max: 100
  - id: mode
    type: SELECT
    values: [full, delta, none]
    defaults: full
triggers:
  - id: called
    type: io.kestra.plugin.core.trigger.Webhook
    key: \"{{ secret('LOAD_KEY') }}\"
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: \"{{ inputs.day }} {{ trigger.headers ?? '' }}\"
outputs:
  - id: rows
    type: INT
    value: 1
";

const ORDER: &str = "id: order
namespace: company.sales
inputs:
  - id: mode
    type: STRING
tasks:
  - id: first
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.data
    flowId: load
    inputs:
      day: today
      size: 20
      mode: delta
  - id: second
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.data
    flowId: load
    inputs:
      day: today
      mode: \"{{ inputs.mode }}\"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: \"{{ outputs.first.outputs.rows }} {{ outputs.second.outputs.rows ?? 0 }}\"
";

const AFTER: &str = "id: after
namespace: company.sales
triggers:
  - id: loaded
    type: io.kestra.plugin.core.trigger.Flow
    dependsOn:
      - namespace: company.data
        flowId: load
        states: [SUCCESS]
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: \"{{ trigger.outputs.rows }}\"
";

fn sales() -> Repository {
    Repository::of(&[
        ("data/load.yaml", LOAD),
        ("sales/order.yaml", ORDER),
        ("sales/after.yaml", AFTER),
    ])
}

#[test]
fn nothing_has_changed() {
    let repository = sales();
    assert!(repository.changes().is_empty());
    let outcome = repository.diff(&[]);
    assert_eq!(
        (outcome.status, outcome.out.trim()),
        (0, "no breaking change")
    );
}

#[test]
fn changes_of_a_flow_break_those_that_rely_on_it() {
    let cases: [(&str, &str, &[&str]); 14] = [
        (
            "- id: day\n",
            "- id: date\n",
            &[
                "input-removed",
                "  breaks sales/order.yaml:12",
                "  breaks sales/order.yaml:20",
                "input-required",
                "  breaks sales/order.yaml:10",
                "  breaks sales/order.yaml:18",
            ],
        ),
        (
            "    defaults: 10\n",
            "",
            &["input-made-required", "  breaks sales/order.yaml:18"],
        ),
        (
            "  - id: size\n    type: INT\n    defaults: 10\n    max: 100",
            "  - id: size\n    type: DURATION\n    defaults: PT1H",
            &["input-retyped", "  breaks sales/order.yaml:13"],
        ),
        (
            "max: 100",
            "max: 15",
            &["input-narrowed", "  breaks sales/order.yaml:13"],
        ),
        ("max: 100", "max: 50", &["input-narrowed"]),
        ("max: 100", "max: 500", &["input-widened"]),
        (
            "[full, delta, none]",
            "[full, none]",
            &[
                "input-narrowed",
                "  breaks sales/order.yaml:14",
                "  may break sales/order.yaml:21",
            ],
        ),
        (
            "[full, delta, none]",
            "[full, delta, none, all]",
            &["input-widened"],
        ),
        (
            "  - id: rows\n",
            "  - id: count\n",
            &[
                "output-removed",
                "  breaks sales/after.yaml:13",
                "  breaks sales/order.yaml:24",
                "  may break sales/order.yaml:24",
                "output-added",
            ],
        ),
        (
            "type: INT\n    value: 1",
            "type: STRING\n    value: one",
            &[
                "output-retyped",
                "  may break sales/after.yaml:13",
                "  may break sales/order.yaml:24",
                "  may break sales/order.yaml:24",
            ],
        ),
        (
            "id: load\n",
            "id: load_all\n",
            &[
                "flow-renamed",
                "  breaks sales/after.yaml:8",
                "  breaks sales/order.yaml:10",
                "  breaks sales/order.yaml:18",
            ],
        ),
        (
            "namespace: company.data\n",
            "namespace: company.data\ndisabled: true\n",
            &[
                "flow-disabled",
                "  breaks sales/after.yaml:8",
                "  breaks sales/order.yaml:10",
                "  breaks sales/order.yaml:18",
            ],
        ),
        ("LOAD_KEY", "OTHER_KEY", &["webhook-key-changed"]),
        (
            "  - id: size\n    type: INT\n",
            "  - id: note\n    type: STRING\n    required: false\n  - id: size\n    type: FLOAT\n",
            &["input-added", "input-widened"],
        ),
    ];
    for (from, to, expected) in cases {
        let repository = sales();
        repository.edit("data/load.yaml", from, to);
        assert_eq!(repository.changes(), expected, "{from:?} → {to:?}");
    }
}

#[test]
fn a_removed_flow_breaks_its_callers_and_a_moved_file_nobody() {
    let repository = sales();
    repository.remove("data/load.yaml");
    let expected = [
        "flow-removed",
        "  breaks sales/after.yaml:8",
        "  breaks sales/order.yaml:10",
        "  breaks sales/order.yaml:18",
    ];
    assert_eq!(repository.changes(), expected);
    repository.0.write("elsewhere/load.yaml", LOAD);
    assert_eq!(repository.changes(), ["flow-moved"]);
    repository.0.write(
        "elsewhere/load.yaml",
        LOAD.replace("company.data", "company.lake"),
    );
    assert_eq!(
        repository.changes(),
        [&["flow-renamed"], &expected[1..], &["flow-moved"]].concat()
    );
    repository.0.write("elsewhere/load.yaml", flow("other"));
    assert_eq!(
        repository.changes(),
        [&expected[..], &["flow-added"]].concat()
    );
}

#[test]
fn outputs_of_several_flows_are_read_by_their_names() {
    let other = "      - namespace: company.sales
        flowId: order
        states: [SUCCESS]
";
    let after = AFTER.replace("tasks:", &format!("{other}tasks:")).replace(
        "trigger.outputs.rows",
        "trigger.outputs['company.data'].load.rows",
    );
    let repository = Repository::of(&[("load.yaml", LOAD), ("after.yaml", &after)]);
    repository.edit("load.yaml", "  - id: rows\n", "  - id: count\n");
    assert_eq!(
        repository.changes(),
        ["output-removed", "  breaks after.yaml:16", "output-added"]
    );
}

/// A flow whose form offers what others give, and which asks in vain where Kestra does not run them.
const FORM: &str = "id: form
namespace: company.sales
variables:
  loader: load
inputs:
  - id: rows
    type: SELECT
    expression: \"{{ [subflow('company.data', vars.loader, inputs={'day': 'today', 'mode': 'full'}).outputs.rows] }}\"
  - id: old
    type: SELECT
    expression: |
      {{ subflow(namespace='company.' ~ 'data', id='load', inputs={'day': 'today'}, revision=3).outputs.rows }}
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: \"{{ inputs.rows }} {{ inputs.old }} {{ subflow('company.data', 'load') }}\"
";

#[test]
fn forms_that_run_a_flow_are_its_callers() {
    let repository = Repository::of(&[("load.yaml", LOAD), ("form.yaml", FORM)]);
    let graph = |more: &[&str]| {
        let outcome = repository.0.run(&[&["graph"], more].concat());
        assert_eq!(outcome.status, 0, "{}", outcome.err);
        outcome.out
    };
    let json: serde_json::Value = serde_json::from_str(&graph(&["--format", "json"])).unwrap();
    let edges = json["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 1, "{edges:?}");
    assert_eq!(
        (&edges[0]["kind"], &edges[0]["by"]),
        (&"function".into(), &"old".into())
    );
    let impacted = graph(&["--format", "list", "--impacted-by", "load.yaml"]);
    assert_eq!(impacted.lines().count(), 2, "{impacted}");

    repository.edit("load.yaml", "id: rows", "id: lines");
    assert_eq!(
        repository.changes(),
        ["output-removed", "  may break form.yaml:8", "output-added"]
    );
    let since = graph(&["--format", "list", "--since", "HEAD"]);
    assert_eq!(since.lines().count(), 2, "{since}");
    repository.edit("load.yaml", "id: lines", "id: rows");

    repository.edit(
        "load.yaml",
        "id: day\n    type: STRING",
        "id: day\n    type: INT",
    );
    assert_eq!(
        repository.changes(),
        ["input-retyped", "  may break form.yaml:8"]
    );
    repository.edit(
        "load.yaml",
        "id: day\n    type: INT",
        "id: date\n    type: STRING",
    );
    repository.edit("load.yaml", "inputs.day", "inputs.date");
    assert_eq!(
        repository.changes(),
        [
            "input-removed",
            "  breaks form.yaml:8",
            "input-required",
            "  breaks form.yaml:8"
        ]
    );

    repository.remove("load.yaml");
    assert_eq!(
        repository.changes(),
        [
            "flow-removed",
            "  breaks form.yaml:8",
            "  breaks form.yaml:12"
        ]
    );
    // Where other flows of the namespace are here, `check` tells it, too.
    repository.0.write(
        "load.yaml",
        flow("other").replace("company.team", "company.data"),
    );
    let outcome = repository.0.run(&[
        "check",
        "--format",
        "concise",
        "--select",
        "subflow-not-found",
    ]);
    insta::assert_snapshot!(outcome.out, @r"
    form.yaml:8:46: warning[subflow-not-found] There is no flow `load` in the namespace `company.data`
    form.yaml:12:53: warning[subflow-not-found] There is no flow `load` in the namespace `company.data`
    ");
}

#[test]
fn a_flow_of_another_environment_is_no_replacement() {
    let repository = Repository::of(&[
        ("dev/load.yaml", LOAD),
        ("dev/order.yaml", ORDER),
        ("prod/load.yaml", LOAD),
        ("prod/order.yaml", ORDER),
    ]);
    repository.remove("prod/load.yaml");
    let expected = [
        "flow-removed",
        "  breaks prod/order.yaml:10",
        "  breaks prod/order.yaml:18",
    ];
    assert_eq!(repository.changes(), expected);
}

#[test]
fn variables_of_triggers_that_are_gone_break_the_flow_itself() {
    let text = LOAD.replace("trigger.headers ?? ''", "trigger.headers");
    let repository = Repository::of(&[("load.yaml", &text)]);
    let webhook =
        "type: io.kestra.plugin.core.trigger.Webhook\n    key: \"{{ secret('LOAD_KEY') }}\"";
    let schedule = "type: io.kestra.plugin.core.trigger.Schedule\n    cron: \"@daily\"";
    repository.edit("load.yaml", webhook, schedule);
    assert_eq!(
        repository.changes(),
        [
            "trigger-outputs-changed",
            "  breaks load.yaml:21",
            "webhook-removed"
        ]
    );
}

#[test]
fn callers_that_change_with_the_flow_do_not_break() {
    let repository = sales();
    repository.edit("data/load.yaml", "- id: mode", "- id: kind");
    repository.edit("sales/order.yaml", "      mode:", "      kind:");
    assert_eq!(repository.changes(), ["input-removed", "input-added"]);
    let outcome = repository.diff(&["--fail-on", "broken"]);
    assert_eq!(outcome.status, 0, "{}", outcome.out);
}

#[test]
fn two_revisions_are_compared_without_the_working_tree() {
    let repository = sales();
    repository.edit("data/load.yaml", "id: load\n", "id: load_all\n");
    repository.commit();
    repository.remove("sales/order.yaml");
    let outcome = repository.0.run(&["diff", "HEAD~1", "HEAD"]);
    assert!(
        outcome.out.contains("breaks: sales/order.yaml:10"),
        "{}",
        outcome.out
    );
    // A branch is compared with the commit that it came from.
    repository.git(&["checkout", "--quiet", "-b", "feature", "HEAD~1"]);
    let directly = repository.0.run(&["diff", "main", "feature"]);
    assert_eq!(directly.status, 1, "{}", directly.out);
    let from_base = repository
        .0
        .run(&["diff", "--merge-base", "main", "feature"]);
    assert_eq!(from_base.status, 0, "{}", from_base.out);
}

#[test]
fn flows_of_terraform_are_read_as_of_their_revision() {
    let main = "resource \"kestra_flow\" \"load\" {\n  namespace = \"company.data\"\n  flow_id   = \"load\"\n  \
                content   = file(\"${path.module}/load.yaml\")\n}\n";
    let repository = Repository::of(&[
        ("main.tf", main),
        ("load.yaml", LOAD),
        ("order.yaml", ORDER),
        (".kestralintignore", "vendor\n"),
        ("vendor/copy.yaml", LOAD),
    ]);
    repository.edit("load.yaml", "[full, delta, none]", "[full]");
    let expected = [
        "input-narrowed",
        "  breaks order.yaml:14",
        "  may break order.yaml:21",
    ];
    assert_eq!(repository.changes(), expected);
    repository.remove("load.yaml");
    repository.edit("main.tf", "load.yaml", "other.yaml");
    repository.0.write("other.yaml", LOAD);
    assert_eq!(repository.changes(), ["flow-moved"]);
}

#[test]
fn the_reports_say_what_breaks() {
    let repository = sales();
    repository.edit("data/load.yaml", "- id: day\n", "- id: date\n");
    repository.edit("data/load.yaml", "LOAD_KEY", "OTHER_KEY");
    let human = repository.diff(&[]).out;
    insta::assert_snapshot!(human);
    let markdown = repository
        .diff(&["--format", "markdown", "--compatible"])
        .out;
    let commit = markdown.split(['(', ')']).nth(1).unwrap().to_owned();
    insta::assert_snapshot!(markdown.replace(&commit, "0123456789"));
    assert!(!markdown.contains("_KEY"), "{markdown}");
}

#[test]
fn a_configuration_may_speak_of_the_policies_of_the_team() {
    let policy = "name: guard\nsummary: Nothing\nselect: task\nrequire: 'true'\nmessage: Nothing\n";
    let repository = Repository::of(&[
        ("a.yaml", flow("a").as_str()),
        ("sub/policies/guard.yml", policy),
        (
            "sub/kestralint.toml",
            "policies = [\"policies/*.yml\"]\nignore = [\"guard\"]\n",
        ),
        ("sub/b.yaml", flow("b").as_str()),
    ]);
    for arguments in [
        &["diff", "HEAD"][..],
        &["inventory"],
        &["graph"],
        &["check"],
    ] {
        let outcome = repository.0.run(arguments);
        assert_eq!(outcome.status, 0, "{arguments:?}: {}", outcome.err);
    }
}

#[test]
fn what_git_cannot_tell_is_an_error() {
    let repository = sales();
    let outcome = repository.0.run(&["diff", "nowhere"]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.err.contains("`nowhere` is no commit"),
        "{}",
        outcome.err
    );
    let outcome = repository.0.run(&["diff", "--output=elsewhere"]);
    assert_eq!(outcome.status, 2);
    let outside = Directory::new();
    let outcome = outside.run(&["diff", "HEAD"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("no Git repository"), "{}", outcome.err);
    let mut without_git = repository.0.command(&["diff", "HEAD"]);
    let output = without_git.env("PATH", outside.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("git cannot be run"), "{words}");
}

#[test]
fn a_shallow_clone_is_told() {
    let repository = sales();
    repository.edit("data/load.yaml", "id: load\n", "id: load_all\n");
    repository.commit();
    let clone = Directory::new();
    let url = format!("file://{}", repository.0.path().display());
    repository.git(&[
        "clone",
        "--quiet",
        "--depth",
        "1",
        &url,
        clone.path().to_str().unwrap(),
    ]);
    let outcome = clone.run(&["diff", "HEAD~1"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("--unshallow"), "{}", outcome.err);
    assert_eq!(clone.run(&["diff", "HEAD"]).status, 0);
}

#[test]
fn the_graph_shows_what_changes_since_a_revision_can_break() {
    let repository = sales();
    repository.0.write("other.yaml", flow("other"));
    repository.commit();
    let list = || {
        let outcome = repository
            .0
            .run(&["graph", "--since", "HEAD", "--format", "list"]);
        assert_eq!(outcome.status, 0, "{}", outcome.err);
        let names = outcome.out.lines();
        let names: Vec<String> = names
            .map(|line| line.split('\t').next().unwrap().to_owned())
            .collect();
        names
    };
    assert!(list().is_empty());
    repository.0.write("notes.md", "Nothing that a flow reads.");
    repository.edit("sales/after.yaml", "SUCCESS", "FAILED");
    assert_eq!(list(), ["company.sales.after"]);
    repository.remove("data/load.yaml");
    assert_eq!(
        list(),
        [
            "company.data.load",
            "company.sales.after",
            "company.sales.order"
        ]
    );
    let outcome = repository.0.run(&["graph", "--since", "nowhere"]);
    assert_eq!(outcome.status, 2);
}
