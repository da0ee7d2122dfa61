//! `kestralint check`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use crate::engine::{self, LoadRequest, Overlay, Settings, SettingsSource};
use crate::finding::Severity;
use crate::rules;
use crate::source::{DiscoverySettings, discover};

#[derive(Args)]
pub(super) struct CheckArguments {
    /// Files and directories to check.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
}

struct Defaults(Arc<Settings>);

impl SettingsSource for Defaults {
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

pub(super) fn run(arguments: &CheckArguments) -> ExitCode {
    let (candidates, _problems) = discover(&arguments.paths, &DiscoverySettings::default());
    let registry = rules::registry();
    let settings = Defaults(Arc::new(Settings::defaults(registry)));
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &Overlay::new(),
        settings: &settings,
    });
    let report = engine::check(&workspace, registry);
    for finding in &report.findings {
        let file = workspace.files.get(finding.location.file);
        let place = file
            .line_index()
            .line_column(finding.location.range.start());
        println!(
            "{}:{}:{}: {}[{}] {}",
            file.path.display(),
            place.line,
            place.column,
            finding.severity.as_str(),
            finding.rule,
            finding.message
        );
    }
    match report.worst() {
        Some(Severity::Error | Severity::Warning) => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    }
}
