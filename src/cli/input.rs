//! What is to be checked: files, directories, standard input, and the projects around them.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::console::Failure;
use crate::config::{Configured, Places};
use crate::engine::{Overlay, SettingsSource};
use crate::source::{Candidate, DiscoveryProblem, DiscoverySettings, directories, discover};

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The name of standard input where `--stdin-filename` gives none.
const STANDARD_INPUT_NAME: &str = "stdin.yaml";

/// What is to be checked.
pub(super) struct Input {
    /// The paths as they were given, `-` replaced by its name.
    pub(super) paths: Vec<PathBuf>,
    /// The files, each once.
    pub(super) candidates: Vec<Candidate>,
    /// What discovery could not look at.
    pub(super) problems: Vec<DiscoveryProblem>,
    /// Standard input, under its name.
    pub(super) overlay: Overlay,
    /// Whether a path that was named is not there or cannot be looked into.
    pub(super) incomplete: bool,
}

impl Input {
    /// Finds the files of the paths, and reads standard input where it is one of them.
    pub(super) fn gather(
        paths: &[PathBuf],
        standard_input_name: Option<&Path>,
        discovery: &DiscoverySettings,
        places: &Places,
    ) -> Result<Self, Failure> {
        let is_standard_input = |path: &PathBuf| path == Path::new(STANDARD_INPUT);
        let mut overlay = Overlay::new();
        let mut candidates = Vec::new();
        if paths.iter().any(is_standard_input) {
            let name = standard_input_name.unwrap_or(Path::new(STANDARD_INPUT_NAME));
            let path = places.shown(name);
            overlay.insert(path.clone(), read_standard_input()?);
            candidates.push(Candidate { path, named: true });
        } else if standard_input_name.is_some() {
            let failure = Failure::new("--stdin-filename is for standard input");
            return Err(failure.hint("name - as the path to check"));
        }
        let mut paths: Vec<PathBuf> = paths.to_vec();
        paths.retain(|path| !is_standard_input(path));
        let (found, problems) = discover(&paths, discovery);
        let incomplete = problems.iter().any(|problem| paths.contains(&problem.path));
        candidates.extend(found);
        paths.extend(overlay.keys().cloned());
        Ok(Self {
            paths,
            candidates: tidy(candidates, places),
            problems,
            overlay,
            incomplete,
        })
    }

    /// The other flows of the projects that the checked files belong to: nothing is reported on them,
    /// but what one flow may ask of another must be known whole.
    pub(super) fn context(
        &self,
        discovery: &DiscoverySettings,
        settings: &Configured,
    ) -> Vec<Candidate> {
        let places = settings.places();
        let mut roots: Vec<PathBuf> = self
            .candidates
            .iter()
            .map(|candidate| settings.project_root(&candidate.path))
            .collect();
        roots.sort();
        roots.dedup_by(|inner, outer| inner.starts_with(outer));
        // A root that was searched already has nothing more to give.
        let directories = self.paths.iter().filter(|path| path.is_dir());
        let searched: HashSet<PathBuf> = directories.map(|path| places.directory(path)).collect();
        roots.retain(|root| !root.ancestors().any(|ancestor| searched.contains(ancestor)));
        if roots.is_empty() {
            return Vec::new();
        }
        let files = self.candidates.iter();
        let checked: HashSet<PathBuf> = files
            .map(|candidate| places.file(&candidate.path))
            .collect();
        // What keeps a file of the context from being read is no concern of this run.
        let (found, _) = discover(&roots, discovery);
        let mut found = tidy(found, places);
        found.retain(|candidate| !checked.contains(&places.file(&candidate.path)));
        found
    }
}

fn read_standard_input() -> Result<Arc<str>, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Failure::new(format!(
                "standard input is not UTF-8: the first wrong byte is at offset {at}"
            )))
        }
    }
}

/// Whether a file may be there twice: its path was given in two ways, or its directory was reached under two names.
fn may_repeat(candidates: &[Candidate], places: &Places) -> bool {
    if candidates
        .windows(2)
        .any(|pair| pair[0].path.as_os_str() == pair[1].path.as_os_str())
    {
        return true;
    }
    let mut reached: HashMap<PathBuf, &Path> = HashMap::new();
    directories(candidates).any(|directory| {
        let known = reached.entry(places.directory(directory));
        *known.or_insert(directory) != directory
    })
}

/// Paths as reports show them; each file once, also where it was reached on two ways.
fn tidy(candidates: Vec<Candidate>, places: &Places) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = candidates
        .into_iter()
        .map(|candidate| Candidate {
            path: places.shown(&candidate.path),
            ..candidate
        })
        .collect();
    candidates.sort_by(|one, other| (&one.path, !one.named).cmp(&(&other.path, !other.named)));
    let mut named: HashSet<PathBuf> = HashSet::new();
    let names = candidates.iter().filter(|candidate| candidate.named);
    named.extend(names.map(|candidate| places.file(&candidate.path)));
    if named.is_empty() && !may_repeat(&candidates, places) {
        return candidates;
    }
    let mut seen = HashSet::new();
    candidates.retain(|candidate| {
        let file = places.file(&candidate.path);
        (candidate.named || !named.contains(&file)) && seen.insert(file)
    });
    candidates
}
