//! Fixes: on every bad example of the rule pages they end, leave nothing to fix, find nothing new, and
//! never break a text or lose a comment. On the command line they are written, or shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings};
use kestralint::finding::{Applicability, FixKind, Target};
use kestralint::rules;
use kestralint::source::Candidate;

use crate::program::Directory;
use crate::rule_pages::{Example, Fixed, examples};

/// What fixing an example comes to.
struct Outcome {
    changes: usize,
    refused: usize,
    before: BTreeSet<&'static str>,
    after: BTreeSet<&'static str>,
    overlay: Overlay,
}

fn fix(name: &str, example: &Example, overlay: &Overlay, target: Target) -> Outcome {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    settings.targets = vec![target];
    settings.rules[registry.position(name).unwrap()].enabled = true;
    let settings = Fixed(Arc::new(settings.finish(registry)));
    let candidates: Vec<Candidate> = example
        .files
        .keys()
        .map(|path| Candidate {
            path: path.clone(),
            named: true,
        })
        .collect();
    let request = LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay,
        settings: &settings,
    };
    let workspace = engine::load(&request);
    let report = engine::check(&workspace, registry);
    let before = report.findings.iter().map(|finding| finding.rule).collect();
    let fixed = engine::fix(&request, registry, workspace, report, Applicability::Unsafe);
    let mut overlay = overlay.clone();
    for change in &fixed.changes {
        overlay.insert(change.path.clone(), Arc::clone(&change.after));
    }
    Outcome {
        changes: fixed.changes.len(),
        refused: fixed.refused.values().sum(),
        before,
        after: fixed
            .report
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect(),
        overlay,
    }
}

#[test]
fn fixes_of_the_rule_pages_end_and_break_nothing() {
    let mut wrong = Vec::new();
    for rule in rules::registry().rules {
        let metadata = rule.metadata();
        let page = rules::page(metadata.name).unwrap();
        let mut any_change = false;
        for example in examples(page).iter().filter(|example| example.bad) {
            let targets: Vec<Target> = match example.target {
                Some(target) => vec![target],
                None => metadata.targets.iter().collect(),
            };
            for target in targets {
                let place = format!("{}: line {}, for {target}", metadata.name, example.line);
                let overlay: Overlay = example
                    .files
                    .iter()
                    .map(|(path, text)| (path.clone(), text.as_str().into()))
                    .collect();
                let once = fix(metadata.name, example, &overlay, target);
                any_change |= once.changes > 0;
                if once.refused > 0 {
                    wrong.push(format!("{place}: a fix would break the text"));
                }
                // Of a text that could not be read, nothing else was known before.
                let was_read = !once.before.contains("syntax-error");
                let new = once.after.difference(&once.before).next();
                if let Some(new) = new.filter(|_| was_read) {
                    wrong.push(format!("{place}: the fix makes a finding of {new}"));
                }
                if fix(metadata.name, example, &once.overlay, target).changes > 0 {
                    wrong.push(format!("{place}: there is still something to fix"));
                }
            }
        }
        if any_change && metadata.fix == FixKind::None {
            wrong.push(format!("{}: it says that it has no fix", metadata.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const UNUSED: &str = "id: greet\r\nnamespace: company.team\r\ntasks:\r\n  # kestralint: ignore[duplicate-key] for the demo\r\n  - id: hello # keep\r\n    type: io.kestra.plugin.core.log.Log\r\n    message: Hello\r\n";

#[test]
fn fix_writes_and_diff_only_shows() {
    let here = Directory::repository();
    here.write("a.yaml", UNUSED);
    let path = here.path().join("a.yaml");
    let shown = here.run(&["check", "--diff"]);
    assert_eq!(shown.status, 1);
    assert!(
        shown
            .out
            .starts_with("--- a/a.yaml\n+++ b/a.yaml\n@@ -1,7 +1,6 @@\n"),
        "{}",
        shown.out
    );
    assert!(
        shown
            .out
            .contains("-  # kestralint: ignore[duplicate-key] for the demo")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), UNUSED);

    let fixed = here.run(&["check", "--fix"]);
    assert_eq!(fixed.status, 0, "{}", fixed.out);
    assert!(fixed.err.contains("1 fix in 1 file"), "{}", fixed.err);
    let expected = UNUSED.replace("  # kestralint: ignore[duplicate-key] for the demo\r\n", "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(here.run(&["check", "--diff"]).status, 0);
}

#[test]
fn a_diff_covers_secrets() {
    let here = Directory::repository();
    let secret = "Tr0ub4dor-and-3";
    here.write(
        "a.yaml",
        format!(
            "id: greet\nnamespace: company.team\ntasks:\n  - id: page\n    type: io.kestra.plugin.core.http.Request\n    uri: https://example.com\n    options:\n      auth:\n        type: BASIC\n        username: greeter\n        password: {secret}\n"
        ),
    );
    let shown = here.run(&["check", "--diff", "--unsafe-fixes"]);
    assert!(
        shown.out.contains("-        password: ********"),
        "{}",
        shown.out
    );
    assert!(!shown.out.contains(secret), "{}", shown.out);
}

#[test]
fn of_several_suppressions_only_the_unused_goes() {
    let here = Directory::repository();
    let flow = "id: greet\nnamespace: company.team\ntasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: Hello\n    # kestralint: ignore[document-dropped, duplicate-key, syntax-error] two are enough\n    message: Again\n";
    here.write("a.yaml", flow);
    assert_eq!(here.run(&["check", "--fix"]).status, 0);
    let fixed = std::fs::read_to_string(here.path().join("a.yaml")).unwrap();
    assert!(
        fixed.contains("# kestralint: ignore[duplicate-key] two are enough\n"),
        "{fixed}"
    );
}

#[test]
fn fixing_nothing_is_an_error_of_usage() {
    let here = Directory::repository();
    assert_eq!(here.run(&["check", "--unsafe-fixes"]).status, 2);
    assert_eq!(here.run(&["check", "--fix", "--diff"]).status, 2);
    assert_eq!(here.run(&["check", "--fix", "-"]).status, 2);
}

#[test]
fn what_kestra_cannot_read_is_mended_where_the_meaning_is_plain() {
    let here = Directory::repository();
    let broken = "id: greet\nnamespace: company.team\ntasks:\n  - id: hello\n    type:\tio.kestra.plugin.core.log.Log\n    message: {{ flow.id }} # the id\n    description: \"a\\/b\"\n";
    here.write("a.yaml", broken);
    assert_eq!(here.run(&["check", "--fix"]).status, 0);
    let mended = broken
        .replace('\t', " ")
        .replace("{{ flow.id }}", "\"{{ flow.id }}\"")
        .replace("\\/", "/");
    assert_eq!(here.read("a.yaml"), mended);
    here.write(
        "a.yaml",
        "id:greet\nnamespace: company.team\ntasks:\n  - id: hello\n    type: io.kestra.plugin.core.log.Log\n    message: {{ flow.id }} is here\n",
    );
    assert_eq!(here.run(&["check", "--fix"]).status, 1);
    let outcome = here.run(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(outcome.status, 0, "{}", outcome.out);
    assert!(here.read("a.yaml").starts_with("id: greet\n"));
}
