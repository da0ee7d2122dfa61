//! Texts checked apart: each is a project of its own, as for a server that gets one flow. And the flows that the
//! real Kestra accepts, where `../shared` is present.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings, SettingsSource};
use kestralint::finding::{Finding, Target};
use kestralint::rules;
use kestralint::source::Candidate;

/// The default rules for one target; each file is a project.
pub struct Apart(Arc<Settings>);

impl Apart {
    pub fn new(target: Target) -> Self {
        let registry = rules::registry();
        let mut settings = Settings::defaults(registry);
        settings.targets = vec![target];
        Self(Arc::new(settings.finish(registry)))
    }
}

impl SettingsSource for Apart {
    fn settings(&self, _path: &Path) -> Arc<Settings> {
        Arc::clone(&self.0)
    }
    fn project_root(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
    fn is_excluded(&self, _path: &Path, _named: bool) -> bool {
        false
    }
}

/// What is found in each of some texts.
pub fn check<'a>(texts: impl Iterator<Item = &'a str>, target: Target) -> Vec<Vec<Finding>> {
    let overlay: Overlay = texts
        .enumerate()
        .map(|(index, text)| (PathBuf::from(format!("text-{index:06}.yaml")), text.into()))
        .collect();
    let candidates: Vec<Candidate> = overlay
        .keys()
        .map(|path| Candidate {
            path: path.clone(),
            named: true,
        })
        .collect();
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings: &Apart::new(target),
    });
    let mut found = vec![Vec::new(); candidates.len()];
    for finding in engine::check(&workspace, rules::registry()).findings {
        let path = &workspace.files.get(finding.location.file).path;
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        let index: usize = name["text-".len()..].parse().unwrap();
        found[index].push(finding);
    }
    found
}

/// Names and texts of the flows that a version accepts; none where `../shared` is not present.
pub fn accepted_flows(version: &str) -> Vec<(String, String)> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let verdicts = shared.join(format!("oracle/verdicts/{version}.jsonl"));
    let Ok(text) = std::fs::read_to_string(verdicts) else {
        eprintln!("../shared is not present: there are no accepted flows");
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|verdict| verdict["ok"] == true)
        .map(|verdict| {
            let file = verdict["file"].as_str().unwrap().to_owned();
            let text = std::fs::read_to_string(shared.join("corpora").join(&file)).unwrap();
            (file, text)
        })
        .collect()
}
