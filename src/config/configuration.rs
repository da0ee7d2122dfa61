//! What a configuration file says, once it is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::selection::Selection;
use crate::engine::OptionValue;
use crate::finding::{Severity, Target};

/// The name of the file that is looked for.
pub const FILE_NAME: &str = "kestralint.toml";

/// From which severity on findings make the program fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// From this one on.
    #[default]
    Warning,
    /// Errors only.
    Error,
    /// Any finding.
    Info,
    /// None.
    Never,
}

impl FailOn {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Error, "error"),
        (Self::Warning, "warning"),
        (Self::Info, "info"),
        (Self::Never, "never"),
    ];

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == word);
        known.map(|(value, _)| value)
    }

    /// The word used on the command line and in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Never => "never",
        }
    }

    /// Whether a finding of this severity makes the program fail.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Info => true,
            Self::Never => false,
        }
    }
}

/// Patterns of paths, relative to the directory of the configuration file.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    written: Vec<String>,
    set: GlobSet,
}

impl Patterns {
    /// Patterns in the manner of `.gitignore`: one without a slash matches at any depth, one that names
    /// a directory all that it holds.
    ///
    /// # Errors
    ///
    /// The position of the pattern that cannot be read, and why.
    pub fn new(written: Vec<String>) -> Result<Self, (usize, String)> {
        let mut builder = GlobSetBuilder::new();
        for (position, pattern) in written.iter().enumerate() {
            let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
            let anchored = match trimmed.strip_prefix('/') {
                Some(rest) => rest.to_owned(),
                None if trimmed.contains('/') => trimmed.to_owned(),
                None => format!("**/{trimmed}"),
            };
            for glob in [format!("{anchored}/**"), anchored] {
                let glob = GlobBuilder::new(&glob).literal_separator(true).build();
                builder.add(glob.map_err(|error| (position, error.kind().to_string()))?);
            }
        }
        let set = builder.build().map_err(|error| (0, error.to_string()))?;
        Ok(Self { written, set })
    }

    /// Whether a relative path matches one of them.
    pub fn matches(&self, path: &Path) -> bool {
        self.set.is_match(path)
    }

    /// The patterns as they were written.
    pub fn written(&self) -> &[String] {
        &self.written
    }
}

/// What is decided otherwise for some paths.
#[derive(Debug, Clone, Default)]
pub struct Override {
    /// The paths.
    pub paths: Patterns,
    /// The selection, on top of the file's.
    pub selection: Selection,
    /// Severities of rules, by their index in the registry.
    pub severities: Vec<(usize, Severity)>,
}

/// What a configuration file says.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// The file, absolute.
    pub path: PathBuf,
    /// `target`.
    pub targets: Option<Vec<Target>>,
    /// `select`, `extend-select` and `ignore`.
    pub selection: Selection,
    /// `severity`: by the rule's index in the registry.
    pub severities: Vec<(usize, Severity)>,
    /// `[rules.<name>]`: the rule's index in the registry, the option, its value.
    pub options: Vec<(usize, &'static str, OptionValue)>,
    /// `[[overrides]]`; later ones win.
    pub overrides: Vec<Override>,
    /// `exclude`.
    pub exclude: Patterns,
    /// `fail-on`.
    pub fail_on: Option<FailOn>,
    /// `baseline`: the file, absolute.
    pub baseline: Option<PathBuf>,
    /// `extends`: packs of policies that ship with the tool.
    pub extends: Vec<String>,
    /// `policies`: the files, absolute.
    pub policies: Vec<PathBuf>,
    /// `[environments]`.
    pub environments: BTreeMap<String, Vec<String>>,
    /// `[namespace-files]`: by namespace the directories of its files, absolute.
    pub namespace_files: BTreeMap<String, Vec<PathBuf>>,
}

impl Configuration {
    /// The directory that its patterns are relative to.
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_gitignore() {
        let written = ["*.tmp.yaml", "legacy", "dev/*.yaml", "/top.yaml"];
        let patterns = Patterns::new(written.map(str::to_owned).to_vec()).unwrap();
        for path in [
            "a/b.tmp.yaml",
            "legacy/x.yaml",
            "a/legacy/b/x.yaml",
            "dev/x.yaml",
            "top.yaml",
        ] {
            assert!(patterns.matches(Path::new(path)), "{path}");
        }
        for path in ["a/x.yaml", "dev/sub/x.yaml", "a/top.yaml", "legacy.yaml"] {
            assert!(!patterns.matches(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_broken_pattern_is_named_by_its_position() {
        let written = vec!["a".to_owned(), "b{".to_owned()];
        assert_eq!(Patterns::new(written).unwrap_err().0, 1);
    }
}
