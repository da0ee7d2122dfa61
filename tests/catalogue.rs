//! The catalogue at the command line: looking things up, and the users' own types.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::program::Directory;

const FLOW: &str = "id: activate\nnamespace: company.team\ntasks:\n  - id: sync\n    type: com.acme.activation.Sync\n    tokn: secret\n    syncId: 42\n";

/// What a Kestra server answers, taken from the real schema generator.
fn answer(path: &str) -> Option<&'static str> {
    match path {
        "/api/v1/plugins" => Some(include_str!("data/server/plugins.json")),
        "/api/v1/plugins/com.acme.activation.Sync?all=true" => {
            Some(include_str!("data/server/com.acme.activation.Sync.json"))
        }
        _ => None,
    }
}

/// A server for some requests; it tells each request's path and authorization.
fn serve(token: Option<&'static str>) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else {
                continue;
            };
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let mut authorization = String::new();
            for line in lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
            {
                if let Some(value) = line.strip_prefix("Authorization: ") {
                    value.clone_into(&mut authorization);
                }
            }
            let (status, body) = match answer(&path) {
                _ if token.is_some_and(|token| authorization != format!("Bearer {token}")) => {
                    ("401 Unauthorized", "")
                }
                Some(body) => ("200 OK", body),
                None => ("404 Not Found", ""),
            };
            let _ = tell.send((path, authorization));
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (address, told)
}

#[test]
fn a_type_is_shown_with_its_properties_and_where_they_come_from() {
    let outcome = Directory::new().run(&["catalogue", "show", "io.kestra.plugin.core.log.Log"]);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    for part in [
        "kind         task",
        "released library",
        "message",
        "required, takes expressions",
    ] {
        assert!(
            outcome.out.contains(part),
            "{part} is not in\n{}",
            outcome.out
        );
    }
}

#[test]
fn an_alias_leads_to_its_type_in_the_version_that_knows_it() {
    let old = "io.kestra.core.tasks.log.Log";
    let known = Directory::new().run(&["catalogue", "show", old, "--target", "1.3"]);
    assert_eq!(known.status, 0);
    assert!(known.out.starts_with("io.kestra.plugin.core.log.Log\n"));
    let gone = Directory::new().run(&["catalogue", "show", old, "--target", "2.0"]);
    assert_eq!(gone.status, 2);
    assert!(gone.err.contains("--target 1.3"), "{}", gone.err);
}

#[test]
fn a_misspelt_type_is_suggested() {
    let outcome = Directory::new().run(&["catalogue", "show", "io.kestra.plugin.core.log.Lag"]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome
            .err
            .contains("did you mean `io.kestra.plugin.core.log.Log`"),
        "{}",
        outcome.err
    );
}

#[test]
fn types_are_listed_by_kind_and_text() {
    let outcome = Directory::new().run(&[
        "catalogue",
        "list",
        "--kind",
        "trigger",
        "--search",
        "core.trigger.schedule",
    ]);
    assert_eq!(
        outcome.out,
        "io.kestra.plugin.core.trigger.Schedule  (trigger)\nio.kestra.plugin.core.trigger.ScheduleOnDates  (trigger)\n"
    );
    assert_eq!(
        Directory::new()
            .run(&["catalogue", "list", "--kind", "thing"])
            .status,
        2
    );
}

#[test]
fn what_changed_between_versions_is_printed() {
    let outcome = Directory::new().run(&[
        "catalogue",
        "diff",
        "1.3",
        "2.0",
        "--search",
        "plugin.core.",
    ]);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    for line in [
        "- io.kestra.plugin.core.flow.ForEach",
        "+ io.kestra.plugin.core.flow.Loop",
        "  io.kestra.plugin.core.trigger.Schedule: - conditions",
        "  io.kestra.plugin.core.log.Log: the old name io.kestra.core.tasks.log.Log is gone",
    ] {
        assert!(
            outcome.out.lines().any(|found| found == line),
            "{line} is not in\n{}",
            outcome.out
        );
    }
}

#[test]
fn types_of_a_server_are_imported_and_used() {
    let (address, told) = serve(Some("letmein"));
    let project = Directory::repository();
    project.write("flow.yaml", FLOW);
    let mut import = project.command(&["catalogue", "import", "--server", &address]);
    let refused = import.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("KESTRA_API_TOKEN"));
    let outcome = import.env("KESTRA_API_TOKEN", "letmein").output().unwrap();
    assert!(
        outcome.status.success(),
        "{}",
        String::from_utf8_lossy(&outcome.stderr)
    );
    // Core is known exactly already: nothing was asked about it.
    let asked: Vec<String> = told.try_iter().map(|(path, _)| path).collect();
    assert!(
        asked.iter().all(|path| !path.contains("log.Log")),
        "{asked:?}"
    );

    let shown = project.run(&["catalogue", "show", "com.acme.activation.Sync"]);
    assert!(
        shown.out.contains("the project's own catalogue"),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("Runs a sync."), "{}", shown.out);
    let checked = project.run(&[
        "check",
        "--format",
        "concise",
        "--select",
        "schema",
        "flow.yaml",
    ]);
    assert!(checked.out.contains("tokn"), "{}", checked.out);
    assert_eq!(checked.status, 1);

    // A second import changes nothing.
    let before = project.read(".kestralint/catalogue.json");
    assert!(import.output().unwrap().status.success());
    assert_eq!(project.read(".kestralint/catalogue.json"), before);
}

#[test]
fn saved_answers_are_imported_too() {
    let project = Directory::repository();
    project.write("answers/plugins.json", answer("/api/v1/plugins").unwrap());
    let body = answer("/api/v1/plugins/com.acme.activation.Sync?all=true").unwrap();
    project.write("answers/com.acme.activation.Sync.json", body);
    let outcome = project.run(&["catalogue", "import", "--from", "answers"]);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    assert!(
        project
            .read(".kestralint/catalogue.json")
            .contains("com.acme.activation.Sync")
    );
}

#[test]
fn a_damaged_catalogue_stops_the_run_with_its_name() {
    let project = Directory::repository();
    project.write(
        ".kestralint/catalogue.json",
        "{\"format\": 1, \"types\": {\"a.B\": {\"properties\": {\"x\": \"#no\"}}}}",
    );
    project.write("flow.yaml", FLOW);
    let outcome = project.run(&["check", "flow.yaml"]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.err.contains("catalogue.json") && outcome.err.contains("a.B"),
        "{}",
        outcome.err
    );
}

#[test]
fn an_unreachable_server_is_named() {
    let outcome = Directory::new().run(&["catalogue", "import", "--server", "http://127.0.0.1:9"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("127.0.0.1:9"), "{}", outcome.err);
    assert_eq!(
        Directory::new()
            .run(&["catalogue", "import", "--server", "ftp://x"])
            .status,
        2
    );
}

/// The signatures of expressions were written by hand from the engines; the exporter's facts keep them true.
#[test]
fn functions_filters_and_tests_are_those_of_the_engines() {
    use kestralint::expression::{InvocationKind, signatures};
    use kestralint::finding::Target;

    let facts = [
        (Target::V1_3, include_str!("../catalogue/1.3/language.json")),
        (Target::V2_0, include_str!("../catalogue/2.0/language.json")),
    ];
    for (target, text) in facts {
        let facts: serde_json::Value = serde_json::from_str(text).unwrap();
        let tables = [
            (InvocationKind::Function, "functions"),
            (InvocationKind::Filter, "filters"),
            (InvocationKind::Test, "tests"),
        ];
        for (kind, table) in tables {
            let mut theirs: Vec<&str> = facts[table]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let signatures =
                signatures(kind).filter(|signature| signature.targets.contains(target));
            // Inheritance of templates: the engine has these two outside its tables.
            let mut ours: Vec<&str> = signatures
                .map(|signature| signature.name)
                .filter(|name| !["block", "parent"].contains(name))
                .collect();
            theirs.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, theirs, "{table} of {target}");
        }
    }
}
