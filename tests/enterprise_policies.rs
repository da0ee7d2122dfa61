//! Kestra Enterprise Policies, checked offline: what a server would refuse, and nothing else.

use crate::program::Directory;

const FLOW: &str = "\
id: nightly
namespace: company.team
tasks:
  - id: both
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - id: hello
        type: io.kestra.plugin.core.log.Log
        message: Hello
  - id: run
    type: io.kestra.plugin.scripts.shell.Commands
    commands: [./run.sh]
    containerImage: ubuntu:24.04
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
triggers:
  - id: every
    type: io.kestra.plugin.core.trigger.Schedule
    cron: 0 1 * * *
";

fn rule(lines: &str) -> String {
    let kind = lines.trim_start();
    format!("  - type: io.kestra.plugin.ee.rules.{kind}\n")
}

/// A policy with these rules, their lines indented by four.
fn policy(rules: &[&str]) -> String {
    let rules: String = rules.iter().map(|lines| rule(lines)).collect();
    format!("id: guard\nrules:\n{rules}")
}

fn repository(policy: &str, flow: &str) -> Directory {
    let here = Directory::repository();
    here.write(
        "kestralint.toml",
        "target = \"2.0\"\npolicies = [\"policies/*.yml\"]\n",
    );
    here.write("policies/guard.yml", policy);
    here.write("flows/nightly.yaml", flow);
    here
}

/// The lines of `check` about a rule.
fn about(here: &Directory, rule: &str) -> Vec<String> {
    let outcome = here.run(&["check", "--format", "concise", "--quiet", "."]);
    assert!(outcome.status < 2, "{}", outcome.err);
    let lines = outcome.out.lines().filter(|line| line.contains(rule));
    lines.map(str::to_owned).collect()
}

fn guard(policy: &str, flow: &str) -> Vec<String> {
    about(&repository(policy, flow), "[guard]")
}

#[track_caller]
fn assert_found(found: &[String], expected: &[(&str, &str)]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (line, (place, message)) in found.iter().zip(expected) {
        assert!(
            line.contains(place) && line.contains(message),
            "{place} {message}: {line}"
        );
    }
}

#[test]
fn what_a_server_refuses_is_told_with_its_place() {
    let deny = "Deny\n    on: PLUGIN\n    where:\n      - {field: type, operator: STARTS_WITH, value: io.kestra.plugin.core}\n    errorMessage: Not here";
    assert_found(
        &guard(&policy(&[deny]), FLOW),
        &[
            (
                ":5:11: error",
                "(rule 1) denies `io.kestra.plugin.core.flow.Sequential`",
            ),
            (":8:15: error", "denies `io.kestra.plugin.core.log.Log`"),
            (
                ":15:13: error",
                "denies `io.kestra.plugin.core.runner.Process`",
            ),
            (
                ":18:11: error",
                "denies `io.kestra.plugin.core.trigger.Schedule`",
            ),
        ],
    );
    let require = "Require\n    on: flow\n    properties: [labels.team, id]";
    assert_found(
        &guard(&policy(&[require]), FLOW),
        &[(":1:5: error", "(rule 1) requires `labels.team`")],
    );
    let runner = "Restrict\n    on: PLUGIN\n    property: taskRunner.type\n    enum: [io.kestra.plugin.scripts.runner.docker.Docker]";
    let image = "Restrict\n    on: PLUGIN\n    property: containerImage\n    regex: ^registry\\.internal/.*\n    action: warn";
    assert_found(
        &guard(&policy(&[runner, image]), FLOW),
        &[
            (
                ":13:21: warning",
                "(rule 2) wants `containerImage` to be a match of",
            ),
            (
                ":15:13: error",
                "wants `taskRunner.type` to be `io.kestra.plugin.scripts.runner.docker.Docker`, not",
            ),
        ],
    );
}

#[test]
fn limits_hold_for_numbers_and_durations_but_not_for_templates() {
    let limit = "Restrict\n    on: FLOW\n    property: concurrency.limit\n    min: 2\n    max: 10";
    for (value, expected) in [
        ("20", Some("at most 10, not `20`")),
        ("1", Some("at least 2, not `1`")),
        ("10", None),
        ("\"11\"", Some("at most 10")),
        ("\"{{ vars.limit }}\"", None),
    ] {
        let flow = format!("{FLOW}concurrency:\n  limit: {value}\n");
        let found = guard(&policy(&[limit]), &flow);
        assert_eq!(
            found.len(),
            usize::from(expected.is_some()),
            "{value}: {found:?}"
        );
        assert!(
            found.iter().all(|line| line.contains(expected.unwrap())),
            "{found:?}"
        );
    }
    assert_eq!(guard(&policy(&[limit]), FLOW), Vec::<String>::new());
    let limit = "Restrict\n    on: PLUGIN\n    property: timeout\n    max: PT1H";
    let flow = FLOW.replace("message: Hello", "message: Hello\n        timeout: PT90M");
    assert_found(
        &guard(&policy(&[limit]), &flow),
        &[(":10:18", "at most PT1H, not `PT90M`")],
    );
}

#[test]
fn conditions_choose_plugins() {
    for (condition, expected) in [
        (
            "{field: type, operator: EQUAL_TO, value: io.kestra.plugin.core.log.Log}",
            1,
        ),
        (
            "{field: type, operator: NOT_EQUAL_TO, value: io.kestra.plugin.core.log.Log}",
            4,
        ),
        ("{field: type, operator: ENDS_WITH, value: .Commands}", 1),
        ("{field: type, operator: CONTAINS, value: .core.}", 4),
        (
            "{field: type, operator: IN, value: [a.B, io.kestra.plugin.core.log.Log]}",
            1,
        ),
        ("{field: id, operator: NOT_IN, value: [run]}", 4),
        (
            "{field: type, operator: REGEX, value: 'io\\.kestra\\.plugin\\.core'}",
            0,
        ),
        (
            "{field: type, operator: REGEX, value: '^(?!.*\\.core\\.).*$'}",
            1,
        ),
        ("{field: id, operator: IS_NULL}", 1),
        ("{field: taskRunner.type, operator: IS_NOT_NULL}", 1),
    ] {
        let rule = format!("Deny\n    on: PLUGIN\n    where: [{condition}]");
        assert_eq!(
            guard(&policy(&[&rule]), FLOW).len(),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn what_a_policy_adds_is_there_before_anything_is_checked() {
    let flow = FLOW.replace("        message: Hello\n", "");
    let add = "Add\n    on: PLUGIN\n    where: [{field: type, operator: EQUAL_TO, value: io.kestra.plugin.core.log.Log}]\n    values: {message: Hi}";
    let require = "Require\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: .Log}]\n    properties: [message]";
    let here = repository(&policy(&[require]), &flow);
    assert_eq!(about(&here, "missing-required-property").len(), 1);
    assert_eq!(about(&here, "[guard]").len(), 1);
    here.write("policies/guard.yml", policy(&[add, require]));
    assert_eq!(about(&here, "yaml:"), Vec::<String>::new());
    // Kestra 1.3 has no policies: there the property is missing.
    here.write(
        "kestralint.toml",
        "target = \"1.3\"\npolicies = [\"policies/*.yml\"]\n",
    );
    assert_eq!(about(&here, "missing-required-property").len(), 1);
}

#[test]
fn what_a_policy_takes_away_or_replaces_is_nobodys_mistake() {
    let flow = FLOW.replace("message: Hello", "message: Hello\n        mesage: Hello");
    let delete = "Delete\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: .Log}]\n    properties: [mesage]";
    let here = repository(&policy(&[delete]), &flow);
    assert_eq!(about(&here, "yaml:"), Vec::<String>::new());
    let force = "Add\n    on: FLOW\n    override: true\n    values: {concurrency: {limit: 5}}";
    let limit = "Restrict\n    on: FLOW\n    property: concurrency.limit\n    max: 10";
    let flow = format!("{FLOW}concurrency:\n  limit: 20\n");
    assert_eq!(guard(&policy(&[limit]), &flow).len(), 1);
    assert_eq!(guard(&policy(&[force, limit]), &flow), Vec::<String>::new());
    let offer = force.replace("true", "false");
    assert_eq!(guard(&policy(&[&offer, limit]), &flow).len(), 1);
    // What a policy gives is held against the others as well.
    let force = force.replace('5', "50");
    assert_found(
        &guard(&policy(&[&force, limit]), FLOW),
        &[("nightly.yaml:1:5", "the value comes from a policy")],
    );
}

#[test]
fn adding_what_is_deleted_is_refused() {
    let add = "Add\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: .Log}]\n    values: {level: INFO}";
    let delete = "Delete\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: .Log}]\n    properties: [level]";
    assert_found(
        &guard(&policy(&[add, delete]), FLOW),
        &[(
            ":7:13: error",
            "(rule 2) deletes `level`, which the policy `guard` (rule 1) adds",
        )],
    );
}

#[test]
fn a_policy_governs_where_it_says() {
    let require = "Require\n    on: FLOW\n    properties: [labels.team]";
    let rules = policy(&[require]);
    for (namespaces, expected) in [
        ("[company]", 1),
        ("[company.team]", 1),
        ("[company.te]", 0),
        ("[other, company.team.sub]", 0),
    ] {
        let text = format!("target: {{namespaces: {namespaces}}}\n{rules}");
        let found = guard(&text, FLOW);
        assert_eq!(found.len(), expected, "{namespaces}: {found:?}");
    }
    let here = repository(&rules, FLOW);
    here.write("policies/beside.yml", "policy: guard\nnamespace: other\n");
    assert_eq!(about(&here, "[guard]"), Vec::<String>::new());
}

#[test]
fn enforcement_decides_what_comes_of_it() {
    let require = "Require\n    on: FLOW\n    properties: [labels.team]";
    let add = "Add\n    on: FLOW\n    values: {labels: {team: data}}";
    for (enforcement, expected) in [
        ("ACTIVE", ": error"),
        ("active", ": error"),
        ("EVALUATE", ": info"),
        ("DISABLED", ""),
        ("REFERENCE", ""),
    ] {
        let text = format!("enforcement: {enforcement}\n{}", policy(&[require]));
        let found = guard(&text, FLOW);
        assert_eq!(
            found.is_empty(),
            expected.is_empty(),
            "{enforcement}: {found:?}"
        );
        assert!(
            found.iter().all(|line| line.contains(expected)),
            "{found:?}"
        );
    }
    // What is only evaluated changes nothing.
    let text = format!("enforcement: EVALUATE\n{}", policy(&[add, require]));
    assert_eq!(guard(&text, FLOW).len(), 1);
    assert_eq!(guard(&policy(&[add, require]), FLOW), Vec::<String>::new());
}

#[test]
fn who_opts_in_gets_what_a_reference_policy_gives() {
    let add = "Add\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: .Log}]\n    values: {message: Hi}";
    let text = format!("enforcement: REFERENCE\n{}", policy(&[add]));
    let flow = FLOW.replace("        message: Hello\n", "");
    let missing = "missing-required-property";
    assert_eq!(about(&repository(&text, &flow), missing).len(), 1);
    let whole = format!("policyRefs: [guard]\n{flow}");
    assert_eq!(about(&repository(&text, &whole), missing).len(), 0);
    let task = FLOW.replace("message: Hello", "policyRefs: [guard]");
    assert_eq!(about(&repository(&text, &task), missing).len(), 0);
    let other = FLOW.replace("message: Hello", "policyRefs: [other]");
    assert_eq!(about(&repository(&text, &other), missing).len(), 1);
}

#[test]
fn exceptions_and_examples_stand_beside() {
    let deny =
        "Deny\n    on: PLUGIN\n    where: [{field: type, operator: CONTAINS, value: .scripts.}]";
    let here = repository(&policy(&[deny]), FLOW);
    assert_eq!(about(&here, "[guard]").len(), 1);
    let flow: String = FLOW
        .lines()
        .flat_map(|line| ["      ", line, "\n"])
        .collect();
    let flow = flow.replace("company.team", "example");
    let good = flow.replace("scripts.shell.Commands", "core.log.Log");
    let beside = |allow: &str| {
        format!(
            "policy: guard\nallow:\n  - {allow}\nexamples:\n  invalid:\n    - |\n{flow}  valid:\n    - |\n{good}"
        )
    };
    here.write(
        "policies/beside.yml",
        beside(
            "{flow: company.team.*, node: run, reason: until it is rewritten, until: 2999-01-01}",
        ),
    );
    assert_eq!(about(&here, "guard"), Vec::<String>::new());
    let tested = here.run(&["policy", "test"]);
    assert_eq!((tested.status, tested.err.as_str()), (0, ""));
    assert!(
        tested.out.contains("2 examples, 0 of them wrong"),
        "{}",
        tested.out
    );
    here.write(
        "policies/beside.yml",
        beside("{flow: company.team.*, reason: over, until: 2020-01-01}"),
    );
    assert_eq!(about(&here, "[guard]").len(), 1);
    assert_found(
        &about(&here, "policy-exception-expired"),
        &[("policies/beside.yml:3:6", "expired on 2020-01-01")],
    );
    here.write(
        "policies/beside.yml",
        beside("{flow: other.*, reason: nothing}"),
    );
    assert_found(
        &about(&here, "policy-exception-unused"),
        &[("policies/beside.yml:3:6", "excepts nothing")],
    );
    here.write(
        "policies/beside.yml",
        format!("policy: guard\nexamples:\n  invalid:\n    - |\n{good}"),
    );
    let tested = here.run(&["policy", "test"]);
    assert!(
        tested.status == 1
            && tested.err.contains("accepted")
            && tested.err.contains("beside.yml:4"),
        "{}",
        tested.err
    );
}

#[test]
fn an_enterprise_policy_is_a_rule_like_any_other() {
    let require = "Require\n    on: FLOW\n    properties: [labels.team]";
    let here = repository(&policy(&[require]), FLOW);
    assert_eq!(here.run(&["check", "--ignore", "guard", "."]).status, 0);
    let page = here.run(&["explain", "guard"]).out;
    assert!(
        page.contains("Requires `labels.team` of the flow"),
        "{page}"
    );
    let suppressed = format!("# kestralint: ignore[guard] it has one soon\n{FLOW}");
    here.write("flows/nightly.yaml", suppressed);
    assert_eq!(about(&here, "guard"), Vec::<String>::new());
    let nothing =
        "Deny\n    on: PLUGIN\n    where: [{field: type, operator: EQUAL_TO, value: a.b.C}]";
    assert_eq!(
        about(
            &repository(&policy(&[nothing]), FLOW),
            "policy-selects-nothing"
        )
        .len(),
        1
    );
    // A name that is taken is changed beside, not on the server.
    here.write(
        "policies/guard.yml",
        policy(&[require]).replace("guard", "missing-labels"),
    );
    let outcome = here.run(&["check", "."]);
    assert!(
        outcome.status == 2 && outcome.err.contains("give it another name"),
        "{}",
        outcome.err
    );
    here.write(
        "policies/beside.yml",
        "policy: missing-labels\nname: guard\n",
    );
    here.write("flows/nightly.yaml", FLOW);
    assert_eq!(about(&here, "[guard]").len(), 1);
}

#[test]
fn our_own_policies_see_what_is_added() {
    let add = "Add\n    on: PLUGIN\n    where: [{field: type, operator: CONTAINS, value: .scripts.}]\n    values: {timeout: PT1H}";
    let own = "---\nname: own\nsummary: own\nselect: task\nwhere: node.type.contains(\".scripts.\")\nrequire: has(node.timeout)\n";
    let here = repository(own, FLOW);
    assert_eq!(about(&here, "[own]").len(), 1);
    here.write("policies/guard.yml", policy(&[add]) + own);
    assert_eq!(about(&here, "[own]"), Vec::<String>::new());
}

#[test]
fn the_flows_own_defaults_count_where_kestra_has_them() {
    let rules = "Require\n    on: PLUGIN\n    where: [{field: type, operator: CONTAINS, value: .scripts.}]\n    properties: [timeout]";
    let own = "---\nname: own\nsummary: own\nselect: task\nwhere: node.type.contains(\".scripts.\")\nrequire: has(node.timeout)\n";
    let flow = format!(
        "{FLOW}pluginDefaults:\n  - type: io.kestra.plugin.scripts.shell.Commands\n    values: {{timeout: PT1H}}\n"
    );
    let here = repository(&(policy(&[rules]) + own), &flow);
    for (target, expected) in [("1.3", 0), ("2.0", 1)] {
        here.write(
            "kestralint.toml",
            format!("target = \"{target}\"\npolicies = [\"policies/*.yml\"]\n"),
        );
        for rule in ["[guard]", "[own]"] {
            assert_eq!(about(&here, rule).len(), expected, "{target} {rule}");
        }
    }
}

#[test]
fn policies_of_a_servers_configuration_are_read() {
    let rules = policy(&["Require\n    on: FLOW\n    properties: [labels.team]"]);
    let rules: String = rules
        .lines()
        .flat_map(|line| ["      ", line, "\n"])
        .collect();
    let text = format!("kestra:\n  policies:\n    - description: x\n{rules}");
    assert_eq!(guard(&text, FLOW).len(), 1);
}

#[test]
fn a_fix_writes_the_only_value_that_is_allowed() {
    let limit = "Restrict\n    on: PLUGIN\n    property: containerImage\n    equals: debian";
    let here = repository(&policy(&[limit]), FLOW);
    here.run(&["check", "--fix", "--unsafe-fixes", "."]);
    assert!(
        here.read("flows/nightly.yaml")
            .contains("containerImage: debian\n")
    );
}

#[test]
fn each_mistake_in_an_enterprise_policy_is_told_with_its_place() {
    let base = "id: guard\nrules:\n  - type: io.kestra.plugin.ee.rules.Require\n    on: FLOW\n    properties: [a]\n";
    for (old, new, place, message) in [
        ("id: guard", "id: Guard", "1:5", "no id of a policy"),
        ("id: guard", "displayName: x", "1:1", "has no `id`"),
        (
            "id: guard",
            "id: guard\nenforcment: ACTIVE",
            "2:1",
            "did you mean `enforcement`",
        ),
        (
            "id: guard",
            "id: guard\nenforcement: ACTVE",
            "2:14",
            "did you mean `ACTIVE`",
        ),
        (
            "id: guard",
            "id: guard\nnamespace: a",
            "2:1",
            "say it in a file beside",
        ),
        (
            "id: guard",
            "id: guard\ntarget: {namespace: [a]}",
            "2:10",
            "did you mean `namespaces`",
        ),
        (
            "rules.Require",
            "rules.Requre",
            "3:11",
            "did you mean `io.kestra.plugin.ee.rules.Require`",
        ),
        (
            "io.kestra.plugin.ee.rules.Require",
            "Require",
            "3:11",
            "did you mean `io.kestra.plugin.ee.rules.Require`",
        ),
        ("on: FLOW", "on: TASK", "4:9", "`on` cannot be `TASK`"),
        ("on: FLOW", "one: FLOW", "4:5", "`Require` has no key `one`"),
        ("    on: FLOW\n", "", "3:11", "the rule has no `on`"),
        (
            "properties: [a]",
            "properties: []",
            "5:17",
            "with something in it",
        ),
        (
            "properties: [a]",
            "property: a",
            "5:5",
            "`Require` has no key `property`",
        ),
        (
            "properties: [a]",
            "properties: [a]\n    where: []",
            "6:5",
            "`where` is for rules `on: PLUGIN`",
        ),
        (
            "properties: [a]",
            "properties: [a]\n    action: stop",
            "6:13",
            "`action` cannot be `stop`",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Deny\n    on: FLOW",
            "4:9",
            "`Deny` is about plugins",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Restrict\n    on: FLOW\n    property: a",
            "3:11",
            "restricts nothing",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Restrict\n    on: FLOW\n    property: a\n    regex: '('",
            "6:12",
            "the pattern is wrong",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Restrict\n    on: FLOW\n    property: a\n    max: much",
            "6:10",
            "`max` is a number",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Add\n    on: FLOW\n    values: {}",
            "5:13",
            "a mapping of properties",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Deny\n    on: PLUGIN\n    where: [{field: type, operator: EQUALS, value: a}]",
            "5:37",
            "`operator` cannot be `EQUALS`",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Deny\n    on: PLUGIN\n    where: [{field: type, operator: EQUAL_TO}]",
            "5:14",
            "has no `value`",
        ),
        (
            "Require\n    on: FLOW\n    properties: [a]",
            "Deny\n    on: PLUGIN\n    where: [{feld: type, operator: IS_NULL}]",
            "5:14",
            "did you mean `field`",
        ),
        (
            "properties: [a]",
            "properties: [a]\n---\npolicy: gard",
            "7:9",
            "did you mean `guard`",
        ),
    ] {
        assert!(base.contains(old), "{old}");
        let here = repository(&base.replacen(old, new, 1), FLOW);
        let outcome = here.run(&["check", "."]);
        assert_eq!(outcome.status, 2, "{new}: {}", outcome.out);
        assert!(
            outcome.err.contains(&format!("guard.yml:{place}")) && outcome.err.contains(message),
            "{new}: wanted {place} {message}: {}",
            outcome.err
        );
    }
}

#[test]
fn the_schema_knows_enterprise_policies() {
    let schema = Directory::new().run(&["policy", "schema"]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let rule = |kind: &str, rest: serde_json::Value| {
        let mut rule = serde_json::json!({
            "type": format!("io.kestra.plugin.ee.rules.{kind}"), "on": "PLUGIN",
        });
        rule.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        serde_json::json!({"id": "guard", "rules": [rule]})
    };
    for (policy, is_valid) in [
        (rule("Deny", serde_json::json!({})), true),
        (rule("Deny", serde_json::json!({"values": {}})), false),
        (rule("Add", serde_json::json!({"values": {"a": 1}})), true),
        (
            rule("Requre", serde_json::json!({"properties": ["a"]})),
            false,
        ),
        (
            serde_json::json!({"policy": "guard", "namespace": "a"}),
            true,
        ),
        (
            serde_json::json!({"policy": "guard", "nmespace": "a"}),
            false,
        ),
    ] {
        assert_eq!(validator.is_valid(&policy), is_valid, "{policy}");
    }
}

#[test]
fn the_policy_of_the_documentation_works() {
    let page = include_str!("../docs/enterprise-policies.md");
    let blocks: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let here = Directory::repository();
    here.write("kestralint.toml", "policies = [\"policies/*.yml\"]\n");
    for (file, text) in ["policies/a.yml", "policies/b.yml"].iter().zip(&blocks) {
        here.write(file, text);
    }
    let outcome = here.run(&["policy", "test"]);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""));
    assert!(
        outcome.out.contains("1 policies, 1 examples"),
        "{}",
        outcome.out
    );
}

/// A repository whose policies are resources of Terraform; the flow is in `company.team`.
fn with_terraform(files: &[(&str, &str)]) -> Directory {
    let here = Directory::repository();
    here.write(
        "kestralint.toml",
        "target = \"2.0\"\npolicies = [\"infra/*.tf\"]\n",
    );
    here.write("flows/nightly.yaml", FLOW);
    for (path, text) in files {
        here.write(path, text);
    }
    here
}

#[test]
fn policies_of_terraform_are_applied_where_it_creates_them() {
    let guard = policy(&[
        "Deny\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: Commands}]",
    ]);
    let main = "variable \"team\" { default = \"other\" }\n\
                resource \"kestra_policy\" \"guard\" {\n  scope     = \"NAMESPACE\"\n  namespace = \"company.${var.team}\"\n  \
                policy_id = \"guard\"\n  content   = file(\"${path.module}/policies/guard.yml\")\n}\n";
    let here = with_terraform(&[
        ("infra/main.tf", main),
        ("infra/policies/guard.yml", &guard),
    ]);
    assert!(about(&here, "[guard]").is_empty());
    here.write("infra/terraform.tfvars", "team = \"team\"\n");
    let found = about(&here, "[guard]");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("nightly.yaml:11:11: error[guard]"),
        "{found:?}"
    );
    // The file may be named, too: it is one policy, and holds where the resource says.
    here.write(
        "kestralint.toml",
        "target = \"2.0\"\npolicies = [\"infra/policies/*.yml\", \"infra/*.tf\"]\n",
    );
    assert_eq!(about(&here, "[guard]"), found);
    here.write("infra/terraform.tfvars", "team = \"other\"\n");
    assert!(about(&here, "[guard]").is_empty());
    // What is said about the policy itself stands at its place.
    let outcome = here.run(&["check", "--format", "concise", "--quiet", "."]);
    let nothing = "infra/policies/guard.yml:1:5: warning[policy-selects-nothing]";
    assert!(outcome.out.contains(nothing), "{}", outcome.out);
}

#[test]
fn a_policy_may_be_created_in_several_namespaces() {
    let guard = policy(&[
        "Deny\n    on: PLUGIN\n    where: [{field: type, operator: ENDS_WITH, value: Commands}]",
    ]);
    let main = "resource \"kestra_policy\" \"guard\" {\n  for_each  = toset([\"company.other\", \"company.team\", \"elsewhere\"])\n  \
                scope     = \"NAMESPACE\"\n  namespace = each.key\n  policy_id = \"guard\"\n  content   = file(\"guard.yml\")\n}\n";
    let here = with_terraform(&[("infra/main.tf", main), ("infra/guard.yml", &guard)]);
    assert_eq!(about(&here, "[guard]").len(), 1);
    here.write("infra/main.tf", main.replace("company.team", "company.too"));
    assert!(about(&here, "[guard]").is_empty());
}

#[test]
fn policies_of_terraform_are_repeated_called_and_written_out() {
    let heredoc = "resource \"kestra_policy\" \"label\" {\n  scope     = \"TENANT\"\n  policy_id = \"label\"\n  content   = <<-EOT\n    \
                   id: label\n    rules:\n      - type: io.kestra.plugin.ee.rules.Require\n        on: FLOW\n        properties: [labels.team]\n  EOT\n}\n\
                   module \"each\" {\n  source = \"../modules/each\"\n  words  = [\"a\", \"b\"]\n}\n";
    let each = "variable \"words\" {}\nresource \"kestra_policy\" \"each\" {\n  for_each  = toset(var.words)\n  scope     = \"INSTANCE\"\n  \
                policy_id = \"word-${each.key}\"\n  content   = templatefile(\"${path.module}/word.yml\", { word = each.key })\n}\n";
    let word = "id: word-${word}\nrules:\n  - type: io.kestra.plugin.ee.rules.Require\n    on: FLOW\n    properties: [labels.${word}]\n";
    let here = with_terraform(&[
        ("infra/main.tf", heredoc),
        ("modules/each/main.tf", each),
        ("modules/each/word.yml", word),
    ]);
    for name in ["[label]", "[word-a]", "[word-b]"] {
        assert_eq!(about(&here, name).len(), 1, "{name}");
    }
}

#[test]
fn what_is_wrong_with_policies_of_terraform_is_told_at_its_place() {
    let told = |files: &[(&str, &str)]| {
        let outcome = with_terraform(files).run(&["check", "."]);
        assert_eq!(outcome.status, 2, "{}", outcome.out);
        outcome.err
    };
    let resource = |content: &str| {
        format!(
            "variable \"asked\" {{}}\nresource \"kestra_policy\" \"guard\" {{\n  scope = \"TENANT\"\n  content = {content}\n}}\n"
        )
    };
    let err = told(&[(
        "infra/main.tf",
        &resource("<<EOT\nid: guard\nrulez: []\nEOT"),
    )]);
    assert!(err.contains("infra/main.tf:6:1"), "{err}");
    let err = told(&[("infra/main.tf", &resource("var.asked"))]);
    assert!(err.contains("infra/main.tf:2:26"), "{err}");
    assert!(err.contains("is not known before Terraform runs"), "{err}");
    let err = told(&[("infra/main.tf", &resource("file(\"gone.yml\")"))]);
    assert!(err.contains("there is no file `gone.yml`"), "{err}");
    let err = told(&[("infra/main.tf", "resource \"kestra_policy\" {")]);
    assert!(err.contains("this is no Terraform"), "{err}");
    let err = told(&[("infra/main.tf", "locals {}\n")]);
    assert!(err.contains("there is no `kestra_policy`"), "{err}");
    let err = told(&[("infra/main.tf", &resource("\"name: a\\nselect: task\\n\""))]);
    assert!(err.contains("infra/main.tf"), "{err}");
}
