//! Reads a configuration file.

use std::path::Path;
use std::sync::Arc;

use super::configuration::Configuration;
use super::problem::ConfigurationProblem;
use crate::engine::Registry;

/// Reads a configuration file; `shown` is its path in messages.
///
/// # Errors
///
/// All that is wrong with it.
pub(super) fn read(
    file: &Path,
    shown: &Path,
    _registry: Registry,
) -> Result<Configuration, Vec<ConfigurationProblem>> {
    let text: Arc<str> = match std::fs::read_to_string(file) {
        Ok(text) => text.into(),
        Err(error) => {
            return Err(vec![ConfigurationProblem {
                path: shown.to_path_buf(),
                text: "".into(),
                range: None,
                message: format!("the configuration cannot be read: {error}"),
                help: None,
            }]);
        }
    };
    let _ = text;
    Ok(Configuration {
        path: file.to_path_buf(),
        ..Configuration::default()
    })
}
