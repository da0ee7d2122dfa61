//! The hall that every front door leads to: files are loaded, rules run, findings selected and sorted.

mod baseline;
mod checker;
mod fingerprint;
mod fix;
mod hashed;
mod load;
mod namespace_files;
mod order;
mod owners;
mod progress;
mod rule;
mod run;
mod settings;
mod suppression;
mod walk;

pub use baseline::{Baseline, BaselineEntry};
pub use checker::{Checker, Draft, ProjectChecker};
pub use fix::{Change, Fixed, WriteProblem, fix, write};
pub use hashed::{Hashed, HashedMember};
pub use load::{LoadRequest, LoadedDocument, Overlay, Workspace, load, load_with, reload};
pub use owners::Owners;
pub use progress::Progress;
pub use rule::{Declaration, Interest, Rule};
pub use run::{Report, Statistics, check, check_with};
pub use settings::{OptionValue, Registry, RuleSettings, Settings, SettingsSource};
