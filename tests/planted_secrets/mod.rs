//! How many planted credentials `hardcoded-secret` finds, and how many look-alikes it takes for one.

mod samples;

use std::path::PathBuf;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings};
use kestralint::finding::Finding;
use kestralint::rules;
use kestralint::source::Candidate;
use samples::{ADDRESSES, LOOK_ALIKES, PROPERTIES, TOKENS};

use crate::rule_pages::Fixed;

/// Where a token may stand in a task; `%` is the token.
const PLACES: [&str; 6] = [
    "key: \"%\"",
    "# it was % once",
    "script: |\n      export X=%",
    "commands:\n      - ./run --with %",
    "env:\n      VALUE: '%'",
    "headers:\n      X-Custom: %",
];

fn findings(part: &str) -> Vec<Finding> {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    for (rule, row) in registry.rules.iter().zip(&mut settings.rules) {
        row.enabled = rule.metadata().name == "hardcoded-secret";
    }
    let settings = Fixed(Arc::new(settings.finish(registry)));
    let text = format!(
        "id: planted\nnamespace: company.team\ntasks:\n  - id: one\n    type: io.kestra.plugin.scripts.shell.Script\n    {part}\n"
    );
    let path = PathBuf::from("planted.yml");
    let overlay: Overlay = [(path.clone(), Arc::from(text.as_str()))].into();
    let workspace = engine::load(&LoadRequest {
        candidates: &[Candidate { path, named: true }],
        context: &[],
        overlay: &overlay,
        settings: &settings,
    });
    engine::check(&workspace, registry).findings
}

/// Planted parts with the credential in each.
fn positives() -> Vec<(String, String)> {
    let tokens = TOKENS.iter().enumerate().map(|(index, token)| {
        let place = PLACES[index % PLACES.len()];
        (place.replace('%', token), (*token).to_owned())
    });
    let properties = PROPERTIES
        .iter()
        .map(|(name, value)| (format!("{name}: \"{value}\""), (*value).to_owned()));
    let addresses = ADDRESSES.iter().map(|address| {
        let password = "winter-rose-42";
        (
            format!("uri: \"{}\"", address.replace('%', password)),
            password.to_owned(),
        )
    });
    tokens.chain(properties).chain(addresses).collect()
}

#[test]
fn planted_credentials_are_found() {
    let positives = positives();
    let missed: Vec<&str> = positives
        .iter()
        .filter(|(part, _)| findings(part).is_empty())
        .map(|(part, _)| part.as_str())
        .collect();
    eprintln!(
        "{} of {} are missed: {missed:?}",
        missed.len(),
        positives.len()
    );
    assert!(positives.len() >= 150, "{}", positives.len());
    let allowed = positives.len() * 3 / 100;
    assert!(
        missed.len() <= allowed,
        "{} of {}: {missed:#?}",
        missed.len(),
        positives.len()
    );
}

#[test]
fn look_alikes_are_no_findings() {
    let wrong: Vec<&str> = LOOK_ALIKES
        .into_iter()
        .filter(|part| !findings(part).is_empty())
        .collect();
    eprintln!(
        "{} of {} look-alikes are findings",
        wrong.len(),
        LOOK_ALIKES.len()
    );
    assert!(LOOK_ALIKES.len() >= 150, "{}", LOOK_ALIKES.len());
    let allowed = LOOK_ALIKES.len() * 3 / 100;
    assert!(
        wrong.len() <= allowed,
        "{} of {}: {wrong:#?}",
        wrong.len(),
        LOOK_ALIKES.len()
    );
}

#[test]
fn no_message_shows_a_credential() {
    for (part, credential) in positives() {
        for finding in findings(&part) {
            let shown = format!(
                "{} {} {}",
                finding.message,
                finding.label,
                finding.help.unwrap_or_default()
            );
            let beginning: String = credential.chars().take(8).collect();
            assert!(finding.redact, "{part}");
            assert!(!shown.contains(&beginning), "{shown}");
        }
    }
}
