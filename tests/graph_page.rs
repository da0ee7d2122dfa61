//! The page of `graph --format html`: what it holds, that texts of flows stay texts, and that it needs nothing else.

use serde_json::Value as Json;

use crate::program::Directory;
use crate::repositories::fixture;

fn page(directory: &Directory, more: &[&str]) -> String {
    let arguments = [&["graph", "--format", "html"], more].concat();
    let outcome = directory.run(&arguments);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    outcome.out
}

/// What the page's script reads.
fn data(page: &str) -> Json {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn flow<'data>(data: &'data Json, id: &str) -> &'data Json {
    let mut flows = data["flows"].as_array().unwrap().iter();
    flows.find(|flow| flow["id"] == id).unwrap()
}

fn rules_of(findings: &Json) -> Vec<&str> {
    let findings = findings.as_array().into_iter().flatten();
    findings
        .filter_map(|finding| finding["rule"].as_str())
        .collect()
}

#[test]
fn findings_stand_at_the_flows_that_they_belong_to() {
    let data = data(&page(&fixture("terraform"), &[]));
    // A mistake in a template is one of each flow that is made from it.
    for id in ["load_customers", "load_orders"] {
        let rules = rules_of(&flow(&data, id)["findings"]);
        assert!(rules.contains(&"undefined-input"), "{id}: {rules:?}");
    }
    // What is said of a resource or of the call of its module is said of its flow.
    for id in ["cleanup", "load_customers"] {
        let rules = rules_of(&flow(&data, id)["findings"]);
        let rule = "terraform-missing-depends-on";
        assert!(rules.contains(&rule), "{id}: {rules:?}");
    }
    assert_eq!(flow(&data, "query").get("findings"), None);
    let others = rules_of(&data["otherFindings"]);
    assert!(
        others.contains(&"terraform-deprecated-resource"),
        "{others:?}"
    );
    assert!(!others.contains(&"undefined-input"), "{others:?}");
    let page_of = data["rules"]["undefined-input"].as_str().unwrap();
    assert!(page_of.starts_with("https://"), "{page_of}");
}

#[test]
fn what_a_change_can_break_is_all_that_is_shown() {
    let data = data(&page(
        &fixture("terraform"),
        &["--impacted-by", "modules/load_table/tasks.yaml"],
    ));
    let ids: Vec<&Json> = data["flows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| &flow["id"])
        .collect();
    assert_eq!(ids, ["load_customers", "load_orders"]);
    assert!(!rules_of(&data["otherFindings"]).contains(&"subflow-unknown-input"));
}

#[test]
fn texts_of_flows_stay_texts() {
    let directory = Directory::repository();
    let hostile =
        "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> \u{2028} &lt;";
    // A line separator breaks lines in YAML.
    let quoted = serde_json::to_string(hostile)
        .unwrap()
        .replace('\u{2028}', "\\u2028");
    directory.write(
        "a.yaml",
        format!(
            "id: {quoted}\nnamespace: {quoted}\ndescription: {quoted}\ntasks:\n  - id: {quoted}\n    \
             type: io.kestra.plugin.core.flow.Subflow\n    namespace: {quoted}\n    flowId: other{quoted}\n  \
             - id: b\n    type: {quoted}\n"
        ),
    );
    let page = page(&directory, &[]);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!--"));
    let data = data(&page);
    assert_eq!(flow(&data, hostile)["id"], hostile);
    assert_eq!(data["namespaces"][0], hostile);
    // No word of the data is ever made markup by the page's own script.
    for way in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ] {
        assert!(!page.contains(way), "{way}");
    }
}

#[test]
fn the_page_needs_nothing_else_and_is_the_same_each_time() {
    let directory = fixture("terraform");
    let first = page(&directory, &[]);
    assert_eq!(first, page(&directory, &[]));
    assert!(first.contains("default-src 'none'"));
    for way in [
        " src=",
        "@import",
        "url(",
        "<link",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
    ] {
        assert!(!first.contains(way), "{way}");
    }
    let outcome = directory.run(&["graph", "--format", "html", "--output", "graph.html"]);
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""));
    assert_eq!(directory.read("graph.html"), first);
}
