//! Policies: those that ship with the tool hold what their examples say, those of users get clear errors.

use std::path::Path;

use kestralint::policy::{self, Rulebook};

use crate::program::Directory;

#[test]
fn the_packs_can_be_read() {
    let problems: Vec<String> = policy::problems_of_packs()
        .iter()
        .map(|problem| format!("{}: {}", problem.path.display(), problem.message))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    assert!(policy::packs().contains(&"practice"));
}

#[test]
fn the_examples_of_the_packs_are_as_they_say() {
    let outcome = Rulebook::test_shipped();
    let problems: Vec<String> = outcome
        .problems
        .iter()
        .map(|problem| problem.message.clone())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    assert!(outcome.policies >= 12, "{}", outcome.policies);
    assert!(outcome.examples >= 2 * outcome.policies);
}

const FLOW: &str = "id: hello\nnamespace: company.team\ntasks:\n  - id: log\n    \
                    type: io.kestra.plugin.core.log.Log\n    message: Hello\n";

/// A policy with the lines of the four needed keys replaced where others are given.
fn policy_with(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in [
        "name: own",
        "summary: own",
        "select: task",
        "require: has(node.timeout)",
    ] {
        let key = line.split(':').next().unwrap();
        if !lines
            .iter()
            .any(|other| other.starts_with(&format!("{key}:")))
        {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + &lines.join("\n") + "\n"
}

fn repository(policy: &str) -> Directory {
    let here = Directory::repository();
    here.write("kestralint.toml", "policies = [\"p.yml\"]\n");
    here.write("p.yml", policy);
    here.write("flows/hello.yaml", FLOW);
    here
}

/// What `check` says in short, without the summary.
fn check(here: &Directory) -> (i32, String) {
    let outcome = here.run(&["check", "--format", "concise", "--quiet", "."]);
    (outcome.status, outcome.out + &outcome.err)
}

#[test]
fn each_mistake_in_a_policy_is_told_with_its_place() {
    for (lines, place, message) in [
        (vec!["wher: true"], "p.yml:5:1", "has no key `wher`"),
        (vec!["select: tsk"], "p.yml:4:9", "`select` cannot be `tsk`"),
        (vec!["name: Own"], "p.yml:4:7", "no name for a policy"),
        (vec!["name: missing-timeout"], "p.yml:4:7", "is taken"),
        (vec!["severity: bad"], "p.yml:5:11", "cannot be `bad`"),
        (vec!["targets: [\"9.9\"]"], "p.yml:5:11", "cannot be `9.9`"),
        (
            vec!["require: has(nod.timeout)"],
            "p.yml:4:14",
            "no variable `nod`",
        ),
        (vec!["require: node.id =="], "p.yml:4", "this is no CEL"),
        (
            vec!["require: \"'a' + 'b'\""],
            "p.yml:4:10",
            "never true or false",
        ),
        (vec!["require: [1]"], "p.yml:4:", "is an expression"),
        (
            vec!["require: upper(node.id)"],
            "p.yml:4:",
            "no function `upper`",
        ),
        (
            vec!["where: |", "  true", "  && flw.id == ''"],
            "p.yml:7:6",
            "no variable `flw`",
        ),
        (
            vec!["message: \"é {nod.id}\""],
            "p.yml:5:14",
            "no variable `nod`",
        ),
        (vec!["message: \"{node.id\""], "p.yml:5:11", "is not closed"),
        (vec!["allow: [{flow: a}]"], "p.yml:5:", "no `reason`"),
        (vec!["allow: [{reason: a}]"], "p.yml:5:", "where it holds"),
        (
            vec!["allow: [{flow: a, reason: b, until: 2024-13-01}]"],
            "p.yml:5:37",
            "no date",
        ),
        (
            vec!["fix: {safe: maybe, set: {a: 1}}"],
            "p.yml:5:13",
            "true or false",
        ),
        (vec!["fix: {change: 1}"], "p.yml:5:7", "a fix has no key"),
        (
            vec!["examples: {valid: text}"],
            "p.yml:5:19",
            "list of flows",
        ),
        (vec!["summary: [1]"], "p.yml:4:", "`summary` is a text"),
        (vec!["name: own", "name: own"], "p.yml:5:1", "there twice"),
        (vec!["help: \"open"], "p.yml:", "no YAML"),
        (
            vec!["require: flow.lables.team == 'a'"],
            "p.yml:4:15",
            "did you mean `labels`",
        ),
        (
            vec!["select: expression", "require: node.txt != ''"],
            "p.yml:4:15",
            "did you mean `text`",
        ),
        (
            vec!["require: size(project.flow) > 1"],
            "p.yml:4:23",
            "did you mean `flows`",
        ),
        (
            vec!["require: !has(node.x)"],
            "p.yml:4:",
            "put the expression in quotes",
        ),
        (
            vec!["select: [task, triger]"],
            "p.yml:4:16",
            "did you mean `trigger`",
        ),
    ] {
        let outcome = repository(&policy_with(&lines)).run(&["check", "."]);
        assert_eq!(outcome.status, 2, "{lines:?}: {}", outcome.out);
        let told = &outcome.err;
        assert!(
            told.contains(place) && told.contains(message),
            "{lines:?}: {told}"
        );
    }
    let outcome = repository("").run(&["check", "."]);
    assert!(
        outcome.status == 2 && outcome.err.contains("there is no policy"),
        "{}",
        outcome.err
    );
    let here = repository("");
    here.write("kestralint.toml", "policies = [\"none/*.yml\"]\n");
    let outcome = here.run(&["check", "."]);
    assert!(
        outcome.status == 2 && outcome.err.contains("no policy file"),
        "{}",
        outcome.err
    );
}

#[test]
fn a_policy_is_a_rule_like_any_other() {
    let here = repository(&policy_with(&[
        "message: '`{node.id}` of `{flow.id}`'",
        "fix: {add: {timeout: PT1H}}",
    ]));
    let (status, found) = check(&here);
    assert_eq!(status, 1, "{found}");
    assert!(
        found.contains("hello.yaml:4:9") && found.contains("`log` of `hello`"),
        "{found}"
    );
    let select = here.run(&["check", "--ignore", "own", "."]);
    assert_eq!(select.status, 0, "{}", select.out);
    here.write(
        "kestralint.toml",
        "policies = [\"p.yml\"]\n[severity]\nown = \"info\"\n",
    );
    assert_eq!(check(&here).0, 0);
    assert!(here.run(&["explain", "own"]).out.contains("Own."));
    assert!(here.run(&["rules"]).out.contains("  own "));
    assert_eq!(here.run(&["config", "show"]).status, 0);
    let sarif = here.run(&["check", "--format", "sarif", "."]).out;
    assert!(
        sarif.contains("\"ruleId\": \"own\"") || sarif.contains("\"ruleId\":\"own\""),
        "{sarif}"
    );
    here.run(&["check", "--fix", "--unsafe-fixes", "."]);
    assert!(here.read("flows/hello.yaml").contains("timeout: PT1H"));
    assert!(!check(&here).1.contains("`log`"));
}

#[test]
fn what_cannot_be_judged_is_an_error_on_the_node() {
    let (status, found) = check(&repository(&policy_with(&["require: node.id > 1"])));
    assert_eq!(status, 1);
    assert!(found.contains("cannot be judged"), "{found}");
}

#[test]
fn a_hostile_policy_ends() {
    let here = repository(&policy_with(&[
        "require: \"tasks.all(a, tasks.all(b, a in tasks && b in tasks))\"",
    ]));
    let task = "  - id: log\n    type: io.kestra.plugin.core.log.Log\n    message: Hello\n";
    here.write("flows/hello.yaml", FLOW.to_owned() + &task.repeat(2000));
    let begin = std::time::Instant::now();
    let outcome = here.run(&["check", "--select", "own", "--format", "concise", "."]);
    assert!(outcome.out.contains("too much work"), "{}", outcome.out);
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

#[test]
fn the_fixture_shows_exceptions_and_upkeep() {
    let here = Directory::repository();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies");
    for file in [
        "kestralint.toml",
        "policies/shell-timeout.yml",
        "policies/team-label.yml",
    ] {
        here.write(file, std::fs::read(source.join(file)).unwrap());
    }
    for name in ["borrowed", "good", "late", "slow"] {
        let file = format!("flows/{name}.yaml");
        here.write(&file, std::fs::read(source.join(&file)).unwrap());
    }
    let (_, found) = check(&here);
    let mut lines: Vec<&str> = found
        .lines()
        .filter(|line| {
            line.contains("shell-timeout")
                || line.contains("team-label")
                || line.contains("policy-")
        })
        .collect();
    lines.sort_unstable();
    let expected = [
        ("flows/late.yaml", "has no team that we know"),
        ("flows/slow.yaml", "`long` may run longer"),
        ("policies/team-label.yml", "excepts nothing"),
        ("policies/team-label.yml", "expired on 2024-01-31"),
        ("policies/team-label.yml", "selects nothing"),
    ];
    assert_eq!(lines.len(), expected.len(), "{found}");
    for (path, message) in expected {
        let told = lines
            .iter()
            .any(|line| line.contains(path) && line.contains(message));
        assert!(told, "{path}: {message}: {found}");
    }
}

#[test]
fn the_examples_of_a_policy_are_run() {
    let indented: String = FLOW
        .lines()
        .flat_map(|line| ["      ", line, "\n"])
        .collect();
    let right = policy_with(&["examples:", "  invalid:", "    - |", &indented]);
    let outcome = repository(&right).run(&["policy", "test"]);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""));
    let wrong = policy_with(&[
        "examples:",
        "  valid:",
        "    - |",
        &indented,
        "    - nothing",
    ]);
    let outcome = repository(&wrong).run(&["policy", "test", "p.yml"]);
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.err.contains("is refused") && outcome.err.contains("is no flow"),
        "{}",
        outcome.err
    );
}

#[test]
fn the_first_policy_of_the_documentation_works() {
    let page = include_str!("../docs/policies.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (policy, _) = rest.split_once("```").unwrap();
    let outcome = repository(policy).run(&["policy", "test"]);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""));
    let schema = Directory::new().run(&["policy", "schema"]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::validator_for(&schema).is_ok());
}

#[test]
fn packs_are_off_until_they_are_extended() {
    let here = Directory::repository();
    here.write("flows/hello.yaml", FLOW);
    assert_eq!(check(&here), (0, String::new()));
    here.write(
        "kestralint.toml",
        "extends = [\"practice\"]\nfail-on = \"info\"\n",
    );
    let (status, found) = check(&here);
    assert!(
        status == 1 && found.contains("missing-description"),
        "{found}"
    );
    here.write("kestralint.toml", "extends = [\"practise\"]\n");
    let outcome = here.run(&["check", "."]);
    assert!(
        outcome.status == 2 && outcome.err.contains("no pack `practise`"),
        "{}",
        outcome.err
    );
}

/// What a policy with these lines finds in a flow, as `line:column message`.
fn found_by(lines: &[&str], flow: &str) -> Vec<String> {
    let here = repository(&policy_with(lines));
    here.write("flows/hello.yaml", flow);
    let (status, found) = check(&here);
    assert!(status < 2, "{found}");
    let lines = found.lines().filter(|line| line.contains("[own]"));
    let lines = lines.map(|line| line.trim_start_matches("flows/hello.yaml:").to_owned());
    lines.collect()
}

#[test]
fn several_kinds_and_all_plugins_can_be_selected() {
    let flow = format!(
        "{FLOW}  - id: run\n    type: io.kestra.plugin.scripts.shell.Commands\n    commands: [ls]\n    \
         taskRunner:\n      type: io.kestra.plugin.core.runner.Process\ntriggers:\n  - id: every\n    \
         type: io.kestra.plugin.core.trigger.Schedule\n    cron: 0 1 * * *\n"
    );
    let never = "require: \"false\"";
    let found = found_by(&["select: [task, trigger]", never], &flow);
    assert_eq!(found.len(), 3, "{found:#?}");
    let found = found_by(
        &["select: plugin", never, "message: \"{node.type}\""],
        &flow,
    );
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("11:13") && line.contains("runner.Process"))
    );
}

#[test]
fn labels_are_a_mapping_however_they_are_written() {
    for labels in ["{team: data}", "[{key: team, value: data}]"] {
        let flow = format!("labels: {labels}\n{FLOW}");
        let lines = ["select: flow", "require: flow.labels.team == \"data\""];
        assert_eq!(found_by(&lines, &flow), Vec::<String>::new(), "{labels}");
        let lines = [
            "select: flow",
            "require: project.flows.all(f, f.labels.team == \"x\")",
        ];
        assert_eq!(found_by(&lines, &flow).len(), 1, "{labels}");
    }
}

#[test]
fn an_expression_knows_whose_it_is() {
    let flow = FLOW.replace("Hello", "\"{{ flow.id }}\"");
    let lines = [
        "select: expression",
        "where: node.owner.type.endsWith(\".Log\") && node.property == \"message\"",
        "require: \"false\"",
        "message: \"`{node.owner.id}` says {{ flow.id }}\"",
    ];
    let found = found_by(&lines, &flow);
    assert!(
        found.len() == 1 && found[0].contains("`log` says {{ flow.id }}"),
        "{found:?}"
    );
    let allow = "allow: [{node: log, reason: it may}]";
    assert_eq!(
        found_by(&[&lines[..], &[allow]].concat(), &flow),
        Vec::<String>::new()
    );
}
