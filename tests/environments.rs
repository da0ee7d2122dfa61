//! `environment-drift`: what it tells of the same flow in two environments, and what it does not.

use crate::program::Directory;

const CONFIGURATION: &str = "extend-select = [\"environment-drift\"]

[environments]
development = [\"dev/**\", \"dev.*\"]
production = [\"prod/**\", \"prod.*\"]
";

/// What is said of two flows, by messages.
fn told(configuration: &str, development: &str, production: &str) -> Vec<String> {
    let directory = Directory::repository();
    directory.write("kestralint.toml", configuration);
    directory.write("dev/flow.yaml", development);
    directory.write("prod/flow.yaml", production);
    let arguments = ["check", "--select", "environment-drift", "--format", "json"];
    let outcome = directory.run(&arguments);
    let report: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let messages = findings
        .iter()
        .map(|finding| finding["message"].as_str().unwrap());
    messages.map(str::to_owned).collect()
}

fn flow(namespace: &str, rest: &str) -> String {
    format!(
        "id: load\nnamespace: {namespace}\ntasks:\n  - id: get\n    type: io.kestra.plugin.core.http.Request\n{rest}"
    )
}

#[test]
fn layout_and_names_of_environments_are_no_drift() {
    let development = flow(
        "dev.sales",
        "    uri: \"https://dev.example.com\" # the test system\n    method: GET\n",
    );
    let production = flow(
        "prod.sales",
        "    method: 'GET'\n    uri: https://prod.example.com\n",
    );
    assert!(told(CONFIGURATION, &development, &production).is_empty());
    // Without a configuration the words of the namespaces tell.
    assert!(told("", &development, &production.replace("GET", "PUT")).len() == 1);
}

#[test]
fn each_difference_is_told_with_both_values() {
    let development = flow(
        "sales",
        "    uri: https://a.example.com\n    timeout: PT5S\n",
    );
    let production = flow(
        "sales",
        "    uri: https://b.example.com\n    method: PUT\n  - id: more\n    type: io.kestra.plugin.core.log.Log\n    message: More\n",
    );
    let expected = [
        "`tasks[more]` of `load` is in `production`, but not in `development`",
        "`tasks[get].method` of `load` is in `production`, but not in `development`",
        "`tasks[get].uri` of `load` is `https://a.example.com` in `development` and `https://b.example.com` in `production`",
        "`tasks[get].timeout` of `load` is in `development`, but not in `production`",
    ];
    assert_eq!(told(CONFIGURATION, &development, &production), expected);
    let allowed = format!(
        "{CONFIGURATION}\n[rules.environment-drift]\nallowed = [\"tasks.more\", \"tasks.*.uri\", \"**.method\"]\nreference = \"development\"\n"
    );
    assert_eq!(
        told(&allowed, &development, &production),
        ["`tasks[get].timeout` of `load` is in `development`, but not in `production`"]
    );
}

#[test]
fn no_credential_is_shown() {
    let of = |password: &str| {
        flow(
            "sales",
            &format!(
                "    uri: https://example.com\n    options:\n      auth:\n        type: BASIC\n        password: {password}\n"
            ),
        )
    };
    let messages = told(CONFIGURATION, &of("hunter2hunter2"), &of("correcthorse9"));
    assert_eq!(
        messages,
        [
            "`tasks[get].options.auth.password` of `load` differs between `development` and `production`"
        ]
    );
}

#[test]
fn flows_that_have_little_in_common_are_told_once() {
    let lines = |word: &str| {
        let tasks = (0..12).map(|number| {
            format!("  - id: show{number}\n    type: io.kestra.plugin.core.log.Log\n    message: {word}\n")
        });
        flow(
            "sales",
            &format!(
                "    uri: https://example.com\n{}",
                tasks.collect::<String>()
            ),
        )
    };
    assert_eq!(
        told(CONFIGURATION, &lines("one"), &lines("two")),
        ["`load` of `development` differs from that of `production` in 12 places"]
    );
}
