//! Runs the examples of policies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::declared::TeamPolicy;
use super::problem::PolicyProblem;
use crate::engine::{self, LoadRequest, Overlay, Registry, Settings, SettingsSource};
use crate::source::Candidate;

/// What running the examples of some policies came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The policies.
    pub policies: usize,
    /// The examples that were run.
    pub examples: usize,
    /// Those that were not as they should be.
    pub problems: Vec<PolicyProblem>,
}

struct Only(Arc<Settings>);

impl SettingsSource for Only {
    fn settings(&self, _path: &Path) -> Arc<Settings> {
        Arc::clone(&self.0)
    }

    fn project_root(&self, _path: &Path) -> PathBuf {
        PathBuf::new()
    }

    fn is_excluded(&self, _path: &Path, _named: bool) -> bool {
        false
    }
}

/// Runs the examples of these policies, which are part of the registry.
pub(super) fn run(policies: &[(usize, &'static dyn TeamPolicy)], registry: Registry) -> Outcome {
    let mut outcome = Outcome::default();
    for (position, policy) in policies {
        outcome.policies += 1;
        let mut settings = Settings::defaults(registry);
        for (other, rule) in settings.rules.iter_mut().enumerate() {
            rule.enabled = other == *position;
        }
        settings.targets = policy.metadata().targets.iter().collect();
        let settings = Only(Arc::new(settings.finish(registry)));
        for example in policy.examples() {
            outcome.examples += 1;
            let found = findings(&example.text, &settings, registry);
            let message = match (found, example.is_valid) {
                (None, _) => "this example is no flow".to_owned(),
                (Some(found), true) => match found.first() {
                    Some(message) => format!("this valid example is refused: {message}"),
                    None => continue,
                },
                (Some(found), false) if found.is_empty() => {
                    "this invalid example is accepted".to_owned()
                }
                (Some(_), false) => continue,
            };
            let (shown, text) = policy.file_of_exceptions();
            outcome.problems.push(PolicyProblem {
                path: shown.to_path_buf(),
                text: Arc::clone(text),
                range: Some(example.place),
                message: format!("`{}`: {message}", policy.metadata().name),
                help: None,
            });
        }
    }
    outcome
}

/// The messages about an example; none where it is no flow. A policy that cannot be judged passes nothing.
fn findings(text: &Arc<str>, settings: &Only, registry: Registry) -> Option<Vec<String>> {
    let path = PathBuf::from("example.yaml");
    let overlay = Overlay::from([(path.clone(), Arc::clone(text))]);
    let candidates = [Candidate { path, named: true }];
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings,
    });
    if !workspace
        .documents
        .iter()
        .any(engine::LoadedDocument::is_flow)
    {
        return None;
    }
    let report = engine::check(&workspace, registry);
    Some(
        report
            .findings
            .into_iter()
            .map(|finding| finding.message)
            .collect(),
    )
}
