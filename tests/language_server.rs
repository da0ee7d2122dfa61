//! `kestralint lsp`: what an editor sees.

use std::path::PathBuf;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings, Workspace};
use kestralint::rules;
use kestralint::source::Candidate;
use serde_json::{Value, json};

use crate::editor_client::{Editor, edited};
use crate::program::{Directory, broken_flow, doubtful_flow, flow};
use crate::rule_pages::Fixed;

/// A flow with one mistake, behind characters of one to four bytes.
const MISTAKEN: &str = "id: greet\nnamespace: company.team\ninputs:\n  - id: name\n    type: STRING\ntasks:\n  - \
    id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: \"é ✓ 😀 {{ inputs.nam }}\"\n";

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    let codes = diagnostics.iter();
    codes.map(|one| one["code"].as_str().unwrap()).collect()
}

fn caller(callee: &str) -> String {
    format!(
        "id: caller\nnamespace: company.team\ntasks:\n  - id: call\n    type: io.kestra.plugin.core.flow.Subflow\n    \
         namespace: company.team\n    flowId: {callee}\n"
    )
}

fn whole(text: &str) -> Value {
    json!([{"text": text}])
}

#[test]
fn a_mistake_is_shown_at_its_columns_until_it_is_mended() {
    let directory = Directory::repository();
    directory.write("flow.yaml", flow("greet"));
    let (mut editor, answer) = Editor::open_folder(directory.path(), &json!({}));
    assert_eq!(answer["serverInfo"]["name"], "kestralint");
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");

    editor.open("flow.yaml", MISTAKEN);
    let found = editor.published("flow.yaml", Some(1));
    assert_eq!(codes(&found), ["undefined-input"], "{found:#?}");
    let one = &found[0];
    let line = MISTAKEN.lines().nth(8).unwrap();
    let column = line[..line.find("nam ").unwrap()].encode_utf16().count();
    let expected = json!({
        "start": {"line": 8, "character": column},
        "end": {"line": 8, "character": column + 3},
    });
    assert_eq!(one["range"], expected);
    assert_eq!(one["severity"], 1);
    assert_eq!(one["source"], "kestralint");
    let page = one["codeDescription"]["href"].as_str().unwrap();
    assert!(
        page.ends_with("/rules/correctness/undefined-input.md"),
        "{page}"
    );
    assert!(one["message"].as_str().unwrap().contains("nam"), "{one}");

    // One letter is put in, as an editor does.
    let end = json!({"line": 8, "character": column + 3});
    let letter = json!([{"range": {"start": end, "end": end}, "text": "e"}]);
    editor.change("flow.yaml", 2, &letter);
    assert_eq!(editor.published("flow.yaml", Some(2)), Vec::<Value>::new());
    editor.tell("textDocument/didSave", "flow.yaml");
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn columns_are_bytes_for_editors_that_want_bytes() {
    let directory = Directory::repository();
    let wants_bytes = json!({"general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]}});
    let (mut editor, answer) = Editor::open_folder(directory.path(), &wants_bytes);
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    editor.open("new.yaml", MISTAKEN);
    let found = editor.published("new.yaml", Some(1));
    let column = MISTAKEN.lines().nth(8).unwrap().find("nam ").unwrap();
    assert_eq!(
        found[0]["range"]["start"],
        json!({"line": 8, "character": column})
    );
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn what_the_editor_offers_mends_or_silences_the_finding() {
    let directory = Directory::repository();
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    let uri = editor.uri("flow.yaml");
    editor.open("flow.yaml", MISTAKEN);
    let found = editor.published("flow.yaml", Some(1));
    let actions = editor.actions("flow.yaml", &found[0]);
    let ignore = actions
        .iter()
        .find(|action| action["title"] == "Ignore `undefined-input` here")
        .unwrap_or_else(|| panic!("{actions:#?}"));
    let silenced = edited(MISTAKEN, ignore, &uri);
    assert!(silenced.contains("\n    # kestralint: ignore[undefined-input]\n    message:"));
    editor.change("flow.yaml", 2, &whole(&silenced));
    assert_eq!(editor.published("flow.yaml", Some(2)), Vec::<Value>::new());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn fixes_are_offered_one_by_one_and_all_at_once() {
    let directory = Directory::repository();
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    let uri = editor.uri("flow.yaml");
    let comment = "# kestralint: ignore[duplicate-key] no longer\n";
    let text = format!("{comment}{}", flow("greet"));
    editor.open("flow.yaml", &text);
    let found = editor.published("flow.yaml", Some(1));
    assert_eq!(codes(&found), ["unused-suppression"]);
    assert_eq!(found[0]["tags"], json!([1]), "faded");
    assert_eq!(found[0]["data"]["fixable"], true);
    let actions = editor.actions("flow.yaml", &found[0]);
    let with_kind = |kind: &str| {
        let mut actions = actions.iter();
        let action = actions.find(|action| action["kind"] == kind);
        action.unwrap_or_else(|| panic!("{actions:#?}"))
    };
    let fix = with_kind("quickfix");
    assert_eq!(fix["isPreferred"], true);
    assert_eq!(fix["diagnostics"][0]["code"], "unused-suppression");
    assert_eq!(edited(&text, fix, &uri), flow("greet"));
    let all = with_kind("source.fixAll.kestralint");
    let mended = edited(&text, all, &uri);
    editor.change("flow.yaml", 2, &whole(&mended));
    assert_eq!(editor.published("flow.yaml", Some(2)), Vec::<Value>::new());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn a_suppression_stands_above_a_text_of_several_lines() {
    let directory = Directory::repository();
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    let uri = editor.uri("flow.yaml");
    let text = MISTAKEN.replace(
        "\"é ✓ 😀 {{ inputs.nam }}\"",
        "|\n      é\n      {{ inputs.nam }}",
    );
    editor.open("flow.yaml", &text);
    let found = editor.published("flow.yaml", Some(1));
    assert_eq!(codes(&found), ["undefined-input"]);
    let actions = editor.actions("flow.yaml", &found[0]);
    let ignore = actions.last().unwrap();
    let silenced = edited(&text, ignore, &uri);
    assert!(
        silenced.contains("ignore[undefined-input]\n    message: |\n      é"),
        "{silenced}"
    );
    editor.change("flow.yaml", 2, &whole(&silenced));
    assert_eq!(editor.published("flow.yaml", Some(2)), Vec::<Value>::new());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn renaming_a_flow_is_told_on_its_callers_open_or_not() {
    let directory = Directory::repository();
    directory.write("callee.yaml", flow("callee"));
    directory.write("caller.yaml", caller("callee"));
    directory.write(
        "other.yaml",
        caller("callee").replace("id: caller", "id: other"),
    );
    directory.write("old.yaml", caller("gone").replace("id: caller", "id: old"));
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.open("callee.yaml", &flow("callee"));
    editor.open("caller.yaml", &caller("callee"));
    assert_eq!(
        editor.published("caller.yaml", Some(1)),
        Vec::<Value>::new()
    );

    editor.change("callee.yaml", 2, &whole(&flow("renamed")));
    let found = editor.published("caller.yaml", Some(1));
    assert_eq!(codes(&found), ["subflow-not-found"]);
    let found = editor.published("other.yaml", None);
    assert_eq!(
        codes(&found),
        ["subflow-not-found"],
        "not open, but broken by the change"
    );

    editor.change("callee.yaml", 3, &whole(&flow("callee")));
    assert_eq!(
        editor.published("caller.yaml", Some(1)),
        Vec::<Value>::new()
    );
    assert_eq!(editor.published("other.yaml", None), Vec::<Value>::new());
    // What was wrong before is not thrown at the user who has not opened it.
    assert!(editor.is_silent());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn what_comes_from_the_disk_is_not_thrown_at_the_user() {
    let directory = Directory::repository();
    directory.write("kestralint.toml", "ignore = [\"duplicate-key\"]\n");
    directory.write("old.yaml", doubtful_flow("old"));
    directory.write("other.yaml", flow("other"));
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.open("open.yaml", &doubtful_flow("open"));
    assert_eq!(editor.published("open.yaml", Some(1)), Vec::<Value>::new());

    let events = |editor: &mut Editor, paths: &[(&str, i32)]| {
        let changes: Vec<Value> = paths
            .iter()
            .map(|(path, kind)| json!({"uri": editor.uri(path), "type": kind}))
            .collect();
        editor.notify(
            "workspace/didChangeWatchedFiles",
            &json!({"changes": changes}),
        );
    };
    directory.write("kestralint.toml", "");
    events(&mut editor, &[("kestralint.toml", 2)]);
    let found = editor.published("open.yaml", Some(1));
    assert_eq!(codes(&found), ["duplicate-key"]);
    directory.write("other.yaml", doubtful_flow("other"));
    directory.write("new.yaml", doubtful_flow("new"));
    events(&mut editor, &[("other.yaml", 2), ("new.yaml", 1)]);
    // A change of an interface has all files checked, and still those findings are old.
    editor.change("open.yaml", 2, &whole(&doubtful_flow("renamed")));
    let found = editor.published("open.yaml", Some(2));
    assert_eq!(codes(&found), ["duplicate-key"]);
    assert!(editor.is_silent());
    editor.open("other.yaml", &doubtful_flow("other"));
    let found = editor.published("other.yaml", Some(1));
    assert!(codes(&found).contains(&"duplicate-key"), "{found:#?}");
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn what_several_files_have_in_common_is_told_on_the_open_one() {
    let directory = Directory::repository();
    let text = caller("caller");
    directory.write(
        "a.yaml",
        text.replace("id: caller\n", "id: a\n")
            .replace("flowId: caller", "flowId: b"),
    );
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    let text = text
        .replace("id: caller\n", "id: b\n")
        .replace("flowId: caller", "flowId: a");
    editor.open("b.yaml", &text);
    let found = editor.published("b.yaml", Some(1));
    assert_eq!(codes(&found), ["subflow-cycle"]);
    let labelled = text.replace("tasks:", "labels:\n  team: x\ntasks:");
    editor.change("b.yaml", 2, &whole(&labelled));
    let found = editor.published("b.yaml", Some(2));
    assert_eq!(
        codes(&found),
        ["subflow-cycle"],
        "also where all files are checked"
    );
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn a_closed_buffer_gives_way_to_the_disk() {
    let directory = Directory::repository();
    directory.write("callee.yaml", flow("callee"));
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.open("never-saved.yaml", MISTAKEN);
    assert_eq!(editor.published("never-saved.yaml", Some(1)).len(), 1);
    editor.tell("textDocument/didClose", "never-saved.yaml");
    assert_eq!(
        editor.published("never-saved.yaml", None),
        Vec::<Value>::new()
    );

    editor.open("caller.yaml", &caller("callee"));
    assert_eq!(
        editor.published("caller.yaml", Some(1)),
        Vec::<Value>::new()
    );
    editor.open("callee.yaml", &flow("renamed"));
    assert_eq!(
        codes(&editor.published("caller.yaml", Some(1))),
        ["subflow-not-found"]
    );
    editor.tell("textDocument/didClose", "callee.yaml");
    assert_eq!(
        editor.published("caller.yaml", Some(1)),
        Vec::<Value>::new()
    );
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn files_and_configuration_that_change_on_disk_are_read_again() {
    let directory = Directory::repository();
    let watches = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let (mut editor, _) = Editor::open_folder(directory.path(), &watches);
    let asked = editor.wait_for(|message| message["method"] == "client/registerCapability");
    let registration = &asked["params"]["registrations"][0];
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles");

    editor.open("caller.yaml", &caller("callee"));
    let found = editor.published("caller.yaml", Some(1));
    assert_eq!(codes(&found), ["subflow-not-found"]);
    let event = |editor: &Editor, path: &str, kind: i32| json!({"changes": [{"uri": editor.uri(path), "type": kind}]});
    directory.write("callee.yaml", flow("callee"));
    let created = event(&editor, "callee.yaml", 1);
    editor.notify("workspace/didChangeWatchedFiles", &created);
    assert_eq!(
        editor.published("caller.yaml", Some(1)),
        Vec::<Value>::new()
    );

    editor.open("flow.yaml", MISTAKEN);
    assert_eq!(
        codes(&editor.published("flow.yaml", Some(1))),
        ["undefined-input"]
    );
    directory.write("kestralint.toml", "ignore = [\"undefined-input\"]\n");
    let changed = event(&editor, "kestralint.toml", 1);
    editor.notify("workspace/didChangeWatchedFiles", &changed);
    assert_eq!(editor.published("flow.yaml", Some(1)), Vec::<Value>::new());

    directory.write("kestralint.toml", "é = 1\nignroe = []\n");
    let changed = event(&editor, "kestralint.toml", 2);
    editor.notify("workspace/didChangeWatchedFiles", &changed);
    let found = editor.published("kestralint.toml", None);
    assert!(
        codes(&found).iter().all(|code| *code == "configuration"),
        "{found:#?}"
    );
    assert!(!found.is_empty());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn hovering_tells_about_types_and_rules() {
    let directory = Directory::repository();
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.open("flow.yaml", MISTAKEN);
    assert_eq!(editor.published("flow.yaml", Some(1)).len(), 1);
    let of_type = editor.hover("flow.yaml", 7, 20);
    assert!(of_type.contains("https://kestra.io/plugins/"), "{of_type}");
    assert!(of_type.contains("known from:"), "{of_type}");
    let line = MISTAKEN.lines().nth(8).unwrap();
    let column = line[..line.find("nam ").unwrap()].encode_utf16().count();
    let of_rule = editor.hover("flow.yaml", 8, u32::try_from(column).unwrap());
    assert!(of_rule.starts_with("# "), "{of_rule}");
    assert!(of_rule.contains("Why it matters"), "{of_rule}");
    assert_eq!(editor.hover("flow.yaml", 0, 0), "");
    assert_eq!(editor.hover("not-open.yaml", 99, 99), "");
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn odd_messages_are_answered_or_ignored() {
    let directory = Directory::repository();
    let mut editor = Editor::start(directory.path());
    let early = editor.request("textDocument/hover", &json!({}));
    assert_eq!(early["error"]["code"], -32002, "not initialized");
    let wrong = editor.request("initialize", &json!({"capabilities": 7}));
    assert_eq!(wrong["error"]["code"], -32602, "wrong parameters");
    let right = json!({"processId": null, "rootUri": null, "capabilities": {}});
    let answer = editor.request("initialize", &right);
    assert!(answer["result"]["capabilities"].is_object(), "{answer}");
    editor.notify("initialized", &json!({}));

    let unknown = editor.request("textDocument/unheardOf", &json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    let wrong = editor.request("textDocument/hover", &json!({"position": "here"}));
    assert_eq!(wrong["error"]["code"], -32602);
    editor.notify("textDocument/unheardOf", &json!([]));
    editor.notify("textDocument/didOpen", &json!({"textDocument": 1}));
    editor.notify("$/cancelRequest", &json!({"id": 5}));
    editor.change("never-opened.yaml", 9, &whole("id: x"));
    editor.tell("textDocument/didClose", "never-opened.yaml");
    let other = json!({"textDocument": {
        "uri": "git:/flow.yaml?HEAD", "languageId": "yaml", "version": 1, "text": MISTAKEN,
    }});
    editor.notify("textDocument/didOpen", &other);

    editor.open("flow.yaml", "id: x\nnamespace: y\ntasks: []\n");
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    let near = json!({"line": 0, "character": 2});
    let backwards = json!([
        {"range": {"start": far, "end": near}, "text": "\u{0}😀"},
        {"range": {"start": {"line": 0, "character": 4}, "end": far}, "text": ""},
    ]);
    editor.change("flow.yaml", 2, &backwards);
    assert_eq!(editor.published("flow.yaml", Some(2)), Vec::<Value>::new());
    assert_eq!(editor.shut_down(), Some(0));
}

#[test]
fn a_session_that_is_not_shut_down_ends_with_1() {
    let directory = Directory::repository();
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.end().0, Some(1));

    let (editor, _) = Editor::open_folder(directory.path(), &json!({}));
    assert_eq!(editor.end().0, Some(1), "the connection is closed");

    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.send_bytes(b"Content-Length: 3\r\n\r\n{]}");
    let (status, said) = editor.end();
    assert_eq!(status, Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

const TERRAFORM: &str = "resource \"kestra_flow\" \"one\" {\n  flow_id   = \"one\"\n  namespace = \"company.team\"\n  \
    content   = file(\"${path.module}/0.yaml\")\n}\n";

#[test]
fn what_is_kept_comes_to_the_same_as_what_is_made_anew() {
    let settings = Fixed(Arc::new(Settings::defaults(rules::registry())));
    let texts = [
        flow("a"),
        caller("a"),
        caller("b"),
        broken_flow("b"),
        doubtful_flow("a"),
        format!("# moves all that follows\n{}", caller("a")),
        MISTAKEN.to_owned(),
        "services: []\n".to_owned(),
        String::new(),
    ];
    let mut paths: Vec<PathBuf> = (0..6)
        .map(|number| format!("{number}.yaml").into())
        .collect();
    paths.push("main.tf".into());
    let candidates: Vec<Candidate> = paths
        .iter()
        .map(|path| Candidate {
            path: path.clone(),
            named: false,
        })
        .collect();
    let mut overlay = Overlay::new();
    let mut kept = Workspace::default();
    let mut dice: u64 = 7;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(dice >> 33).unwrap() % sides
    };
    let mut seen = 0;
    for path in &paths {
        overlay.insert(path.clone(), Arc::from(""));
    }
    for _ in 0..200 {
        let path = paths[roll(paths.len())].clone();
        let is_terraform = path.extension().is_some_and(|extension| extension == "tf");
        let text = if is_terraform {
            [TERRAFORM, ""][roll(2)]
        } else {
            texts[roll(texts.len())].as_str()
        };
        overlay.insert(path, Arc::from(text));
        let request = LoadRequest {
            candidates: &candidates,
            context: &[],
            overlay: &overlay,
            settings: &settings,
        };
        kept = engine::reload(&request, kept);
        let anew = engine::load(&request);
        let findings = |workspace: &Workspace| {
            let report = engine::check(workspace, rules::registry());
            format!("{:#?}", report.findings)
        };
        let found = findings(&anew);
        assert_eq!(findings(&kept), found);
        seen += found.matches("rule:").count();
    }
    assert!(seen > 500, "{seen}");
}

const OWN_POLICY: &str =
    "name: own\nsummary: tasks have a timeout\nselect: task\nrequire: has(node.timeout)\n";

#[test]
fn policies_of_the_team_hold_and_are_read_again_when_they_change() {
    let directory = Directory::repository();
    directory.write("kestralint.toml", "policies = [\"policies/*.yml\"]\n");
    directory.write("policies/own.yml", OWN_POLICY);
    directory.write("flow.yaml", flow("greet"));
    let (mut editor, _) = Editor::open_folder(directory.path(), &json!({}));
    editor.open("flow.yaml", &flow("greet"));
    let found = editor.published("flow.yaml", Some(1));
    assert_eq!(codes(&found), ["own"], "{found:#?}");
    let line = u32::try_from(found[0]["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    let column = u32::try_from(found[0]["range"]["start"]["character"].as_u64().unwrap()).unwrap();
    let page = editor.hover("flow.yaml", line, column);
    assert!(page.contains("Tasks have a timeout."), "{page}");

    // The policy is edited and not yet saved: first with a mistake, which changes nothing else.
    editor.open("policies/own.yml", OWN_POLICY);
    let mistaken = OWN_POLICY.replace("node", "nod");
    editor.change("policies/own.yml", 2, &whole(&mistaken));
    let found = editor.published("policies/own.yml", Some(2));
    assert_eq!(codes(&found), ["policy"], "{found:#?}");
    let told = found[0]["message"].as_str().unwrap();
    assert!(told.contains("did you mean `node`"), "{told}");
    assert_eq!(
        found[0]["range"]["start"],
        json!({"line": 3, "character": 13})
    );
    let other = OWN_POLICY.replace("timeout)", "retry) || true");
    editor.change("policies/own.yml", 3, &whole(&other));
    assert_eq!(editor.published("flow.yaml", Some(1)), Vec::<Value>::new());

    // A file of an Enterprise Policy comes along on the disk.
    let rules = "[{type: io.kestra.plugin.ee.rules.Require, on: FLOW, properties: [labels.team]}]";
    let path = directory.write("policies/team.yml", format!("id: team\nrules: {rules}\n"));
    let uri = editor.uri(
        path.strip_prefix(directory.path())
            .unwrap()
            .to_str()
            .unwrap(),
    );
    editor.notify(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": [{"uri": uri, "type": 1}]}),
    );
    let found = editor.published("flow.yaml", Some(1));
    assert_eq!(codes(&found), ["team"], "{found:#?}");
    directory.write(
        "policies/team.yml",
        format!("id: team\nenforcement: DISABLED\nrules: {rules}\n"),
    );
    editor.notify(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": [{"uri": uri, "type": 2}]}),
    );
    assert_eq!(editor.published("flow.yaml", Some(1)), Vec::<Value>::new());
    assert_eq!(editor.shut_down(), Some(0));
}
