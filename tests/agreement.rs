//! Agreement with the real Kestra on the corpora: what it accepts gets no error of the groups `syntax`
//! and `schema`, what it refuses gets one. Runs where `../shared` is present.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use kestralint::engine::{self, LoadRequest, Overlay};
use kestralint::finding::{Group, Severity, Target};
use kestralint::rules;
use kestralint::source::Candidate;

use super::apart::Apart;

/// At least this share of accepted flows must be free of errors.
const ACCEPTED: f64 = 0.995;
/// At least this share of refused flows must have one.
const REFUSED: f64 = 0.99;

struct Verdict {
    file: String,
    ok: bool,
    unknown_type: bool,
    message: String,
}

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    shared.is_dir().then_some(shared)
}

fn verdicts(shared: &Path, version: &str) -> Vec<Verdict> {
    let text =
        std::fs::read_to_string(shared.join(format!("oracle/verdicts/{version}.jsonl"))).unwrap();
    text.lines()
        .map(|line| {
            let verdict: serde_json::Value = serde_json::from_str(line).unwrap();
            let message = verdict["messages"][0].as_str().unwrap_or_default();
            Verdict {
                file: verdict["file"].as_str().unwrap().to_owned(),
                ok: verdict["ok"].as_bool().unwrap(),
                unknown_type: verdict["unknown_type"].as_bool().unwrap_or_default(),
                message: message.chars().take(200).collect(),
            }
        })
        .collect()
}

/// The messages of all errors of the groups `syntax` and `schema`, by file.
fn errors(shared: &Path, verdicts: &[Verdict], target: Target) -> HashMap<String, Vec<String>> {
    let registry = rules::registry();
    let corpora = shared.join("corpora");
    let candidates: Vec<Candidate> = verdicts
        .iter()
        .map(|verdict| Candidate {
            path: corpora.join(&verdict.file),
            named: true,
        })
        .collect();
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &Overlay::new(),
        // Each file is judged alone, as the server does.
        settings: &Apart::new(target),
    });
    let mut errors: HashMap<String, Vec<String>> = HashMap::new();
    for finding in engine::check(&workspace, registry).findings {
        let rule = registry.rules[registry.position(finding.rule).unwrap()].metadata();
        if finding.severity == Severity::Error
            && matches!(rule.group, Group::Syntax | Group::Schema)
        {
            let file = workspace.files.get(finding.location.file);
            let name = file
                .path
                .strip_prefix(&corpora)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let place = file
                .line_index()
                .line_column(finding.location.range.start());
            let text = format!(
                "{}:{} {}: {}",
                place.line, place.column, finding.rule, finding.message
            );
            errors.entry(name).or_default().push(text);
        }
    }
    for path in &workspace.other_named {
        // What is no flow to us is no flow to the server.
        let name = path
            .strip_prefix(&corpora)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        errors.entry(name).or_default().push("no flow".to_owned());
    }
    errors
}

fn agree(version: &str, target: Target) {
    let Some(shared) = shared() else {
        eprintln!("../shared is not present: nothing compared");
        return;
    };
    let verdicts = verdicts(&shared, version);
    let errors = errors(&shared, &verdicts, target);
    let (mut accepted, mut accepted_right, mut refused, mut refused_right) =
        (0_u32, 0_u32, 0_u32, 0_u32);
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for verdict in &verdicts {
        let found = errors.get(&verdict.file);
        if verdict.ok {
            accepted += 1;
            match found {
                None => accepted_right += 1,
                Some(found) => {
                    wrong.insert(&verdict.file, format!("accepted, and we say {found:?}"));
                }
            }
        } else if !verdict.unknown_type {
            refused += 1;
            match found {
                Some(_) => refused_right += 1,
                None => {
                    wrong.insert(
                        &verdict.file,
                        format!("refused, and we say nothing: {}", verdict.message),
                    );
                }
            }
        }
    }
    let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
    let (accepted_share, refused_share) = (
        share(accepted_right, accepted),
        share(refused_right, refused),
    );
    eprintln!(
        "{version}: accepted {accepted_right}/{accepted} = {accepted_share:.4}, refused {refused_right}/{refused} = {refused_share:.4}"
    );
    for (file, why) in &wrong {
        eprintln!("  {file}: {why}");
    }
    let files: Vec<_> = wrong.keys().collect();
    assert!(
        accepted_share >= ACCEPTED && refused_share >= REFUSED,
        "{version}: {accepted_share:.4} of the accepted, {refused_share:.4} of the refused; {files:#?}"
    );
}

#[test]
fn agrees_with_kestra_1_3() {
    agree("1.3.31", Target::V1_3);
}

#[test]
fn agrees_with_kestra_2_0() {
    agree("2.0.0", Target::V2_0);
}
