//! `kestralint check --baseline FILE [--write-baseline]`, and `baseline` of the configuration.

use std::collections::{BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::console::{self, Failure};
use super::publish::repository_path;
use crate::config::{Configured, Places};
use crate::engine::{Baseline, BaselineEntry, Registry, Report, Workspace};
use crate::finding::{FileId, Finding};

/// Beyond this many unused entries the rest is only counted.
const MOST_UNUSED: usize = 10;

/// What the command line says about baselines.
#[derive(Clone, Copy)]
pub(super) struct Wish<'run> {
    /// The file to use instead of those of the configurations.
    pub(super) named: Option<&'run Path>,
    /// Whether none is used.
    pub(super) without: bool,
    /// Whether what is found is written to it.
    pub(super) write: bool,
    /// Whether nothing more is said than has to be.
    pub(super) quiet: bool,
}

/// The baselines of a run.
pub(super) struct Baselines<'run> {
    wish: Wish<'run>,
    /// The files as they are shown, with what they hold; none where they are still to be written.
    files: Vec<(PathBuf, Option<Baseline>)>,
}

impl<'run> Baselines<'run> {
    /// Reads the baselines for some files.
    pub(super) fn read<'file>(
        wish: Wish<'run>,
        settings: &Configured,
        checked: impl Iterator<Item = &'file Path>,
    ) -> Result<Self, Failure> {
        let paths: BTreeSet<PathBuf> = match wish.named {
            _ if wish.without => BTreeSet::new(),
            Some(named) => BTreeSet::from([named.to_owned()]),
            None => checked.filter_map(|path| settings.baseline(path)).collect(),
        };
        if paths.is_empty() && wish.write {
            let failure = Failure::new("--write-baseline: there is no file to write to");
            return Err(
                failure.hint("name it with --baseline, or with `baseline` in kestralint.toml")
            );
        }
        let mut files = Vec::new();
        for path in paths {
            let baseline = read(&path)?;
            if baseline.is_none() && !wish.write {
                let failure = Failure::new(format!("there is no baseline {}", path.display()));
                return Err(failure.hint("`--write-baseline` writes what is found today to it"));
            }
            files.push((path, baseline));
        }
        Ok(Self { wish, files })
    }

    /// Takes what is accepted out of the report, or writes the report to the baselines; gives back the number
    /// of findings that are accepted.
    pub(super) fn accept(&self, run: &Run<'_>, report: &mut Report) -> Result<usize, Failure> {
        let mut accepted = 0;
        for (path, baseline) in &self.files {
            let is_for = |file: FileId| {
                let file = &run.workspace.files.get(file).path;
                self.wish.named.is_some() || run.settings.baseline(file).as_ref() == Some(path)
            };
            let before = report.findings.len();
            if self.wish.write {
                let written = run.write(path, report, baseline.as_ref(), is_for)?;
                if !self.wish.quiet {
                    let s = if written == 1 { "" } else { "s" };
                    let path = path.display();
                    console::note(&format!("{written} finding{s} accepted in {path}"));
                }
                let findings = &mut report.findings;
                findings.retain(|finding| !is_for(finding.location.file));
            } else if let Some(baseline) = baseline {
                let unused = run.apply(baseline, report, is_for);
                if !self.wish.quiet {
                    tell_unused(path, &unused);
                }
            }
            accepted += before - report.findings.len();
        }
        Ok(accepted)
    }
}

/// Reads the baseline of a file; `None` where there is no file.
fn read(path: &Path) -> Result<Option<Baseline>, Failure> {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new(format!("{shown} cannot be read: {error}"))),
    };
    Baseline::read(&text).map(Some).map_err(|problem| {
        let failure = Failure::new(format!("{shown} is no baseline: {problem}"));
        failure.hint("`--write-baseline` makes it anew")
    })
}

/// What a run has to do with baselines.
pub(super) struct Run<'run> {
    pub(super) workspace: &'run Workspace,
    pub(super) settings: &'run Configured,
    pub(super) registry: Registry,
}

impl Run<'_> {
    /// Takes the accepted findings out of the report; gives back the entries of which nothing is left,
    /// though it would have been found.
    fn apply<'baseline>(
        &self,
        baseline: &'baseline Baseline,
        report: &mut Report,
        is_for: impl Fn(FileId) -> bool,
    ) -> Vec<&'baseline BaselineEntry> {
        let is_for = |finding: &Finding| is_for(finding.location.file);
        let (_, mut unused) = baseline.apply(&mut report.findings, is_for);
        if !unused.is_empty() {
            let looked_for = self.looked_for();
            unused.retain(|entry| looked_for.holds(entry));
        }
        unused
    }

    /// Writes findings of the report to a baseline, with the entries of an older one about files that
    /// this run did not look at.
    fn write(
        &self,
        path: &Path,
        report: &Report,
        older: Option<&Baseline>,
        is_for: impl Fn(FileId) -> bool,
    ) -> Result<usize, Failure> {
        let places = self.settings.places();
        let mut entries: Vec<BaselineEntry> = report
            .findings
            .iter()
            .filter(|finding| is_for(finding.location.file))
            .map(|finding| BaselineEntry {
                path: self.path(places, finding.location.file),
                rule: finding.rule.to_owned(),
                fingerprint: finding.fingerprint,
            })
            .collect();
        if let Some(older) = older {
            let looked_for = self.looked_for();
            let others = older.entries().iter();
            entries.extend(others.filter(|entry| !looked_for.holds(entry)).cloned());
        }
        let baseline = Baseline::new(entries);
        std::fs::write(path, baseline.text()).map_err(|error| {
            Failure::new(format!("{} cannot be written: {error}", path.display()))
        })?;
        Ok(baseline.entries().len())
    }

    fn path(&self, places: &Places, file: FileId) -> String {
        let path = repository_path(places, &self.workspace.files.get(file).path);
        path.to_string_lossy().replace('\\', "/")
    }

    /// What this run would have found.
    fn looked_for(&self) -> LookedFor {
        let places = self.settings.places();
        let documents = self.workspace.documents.iter();
        let reported = documents.filter(|document| document.is_reported);
        let mut rules = BTreeSet::new();
        let mut files = HashSet::new();
        for document in reported {
            for (rule, settings) in self.registry.rules.iter().zip(&document.settings.rules) {
                if settings.enabled {
                    rules.insert(rule.metadata().name);
                }
            }
            let origins = document.document.segments.iter();
            let origins = origins.filter_map(|segment| segment.origin.map(|origin| origin.file));
            files.extend(origins.chain([document.document.file]));
        }
        files.extend(&self.workspace.also_reported);
        let names = files.into_iter().map(|file| self.path(places, file));
        LookedFor {
            rules,
            files: names.collect(),
            root: places.repository(places.working_directory()),
        }
    }
}

/// The files and rules of a run.
struct LookedFor {
    rules: BTreeSet<&'static str>,
    files: HashSet<String>,
    root: Option<std::path::PathBuf>,
}

impl LookedFor {
    /// Whether an accepted finding would have been found again: its rule ran, on its file or where that
    /// file is not any more.
    fn holds(&self, entry: &BaselineEntry) -> bool {
        let is_gone = || {
            let root = self.root.as_deref().unwrap_or(Path::new(""));
            !root.join(&entry.path).exists()
        };
        self.rules.contains(entry.rule.as_str()) && (self.files.contains(&entry.path) || is_gone())
    }
}

/// Says which entries are of no use any more.
fn tell_unused(path: &Path, unused: &[&BaselineEntry]) {
    for entry in unused.iter().take(MOST_UNUSED) {
        console::note(&format!(
            "{}: `{}` in {} is not found any more",
            path.display(),
            entry.rule,
            entry.path
        ));
    }
    let more = unused.len().saturating_sub(MOST_UNUSED);
    if more > 0 {
        console::note(&format!("{more} more entries are not found any more"));
    }
    if !unused.is_empty() {
        console::note("`--write-baseline` takes them out");
    }
}
