//! Writes the reports of a run to where they belong.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use super::console::{self, Color, Failure};
use crate::config::{Configured, Places};
use crate::engine::{Registry, Report, Rule, Workspace};
use crate::finding::TargetSet;
use crate::policy;
use crate::report::{Format, RuleDescription, Run};

/// Where one report goes.
pub(super) struct Destination {
    pub(super) format: &'static Format,
    /// A file; none for standard output.
    pub(super) file: Option<PathBuf>,
}

impl Destination {
    /// Whether a summary on standard error helps.
    pub(super) fn wants_summary(&self) -> bool {
        self.format.for_people || self.file.is_some()
    }
}

/// A run's result on its way out.
pub(super) struct Publication<'run> {
    pub(super) workspace: &'run Workspace,
    pub(super) report: &'run Report,
    pub(super) settings: &'run Configured,
    pub(super) registry: Registry,
    pub(super) show_suppressed: bool,
    pub(super) read_from_disk: bool,
    pub(super) color: Color,
}

impl Publication<'_> {
    /// Writes the reports; says whether somebody still reads standard output.
    pub(super) fn publish(&self, destinations: &[Destination]) -> Result<bool, Failure> {
        let rules = self.registry.rules;
        let urls: Vec<String> = rules.iter().map(|rule| policy::page_url(*rule)).collect();
        let descriptions: Vec<RuleDescription<'_>> = rules
            .iter()
            .zip(&urls)
            .map(|(rule, url)| describe(*rule, url))
            .collect();
        let places = self.settings.places();
        let repository_path = |path: &Path| repository_path(places, path);
        let mut run = Run {
            findings: &self.report.findings,
            suppressed: self
                .show_suppressed
                .then_some(self.report.suppressed.as_slice()),
            files: &self.workspace.files,
            rules: &descriptions,
            statistics: self.report.statistics,
            targets: self.targets(),
            read_from_disk: self.read_from_disk,
            repository_path: &repository_path,
            style: console::style(self.color, console::is_terminal()),
        };
        let mut reader_is_there = true;
        for destination in destinations {
            match &destination.file {
                None => reader_is_there = write_to_standard_output(destination.format, &run)?,
                Some(path) => {
                    let dressed = run.style;
                    run.style = console::style(self.color, false);
                    write_to_file(destination.format, &run, path)?;
                    run.style = dressed;
                }
            }
        }
        Ok(reader_is_there)
    }

    fn targets(&self) -> TargetSet {
        let documents = self.workspace.documents.iter();
        documents
            .filter(|document| document.is_reported)
            .flat_map(|document| document.settings.targets.iter().copied())
            .collect()
    }
}

/// The path of a file from the root of its repository, outside one from the working directory;
/// absolute where it lies below neither. Links are resolved, but a link out of all that is known is
/// named as it was reached.
pub(super) fn repository_path(places: &Places, path: &Path) -> PathBuf {
    let file = places.file(path);
    let here = places.working_directory();
    let repository = places.repository(&places.directory_of(path));
    let base = repository.as_deref().unwrap_or(here);
    if let Ok(below) = file.strip_prefix(base) {
        return below.to_path_buf();
    }
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if path.is_absolute() || climbs {
        return file;
    }
    let base = places.repository(here);
    let from_base = here.strip_prefix(base.as_deref().unwrap_or(here));
    from_base.unwrap_or(Path::new("")).join(path)
}

pub(super) fn describe<'run>(declared: &'static dyn Rule, url: &'run str) -> RuleDescription<'run> {
    let rule = declared.metadata();
    RuleDescription {
        name: rule.name,
        summary: rule.summary,
        group: rule.group,
        severity: rule.severity,
        tier: rule.tier,
        page: policy::page(declared),
        url,
    }
}

fn write_to_standard_output(format: &Format, run: &Run<'_>) -> Result<bool, Failure> {
    match write_to(format, run, io::stdout().lock()) {
        Ok(()) => Ok(true),
        Err(error) if console::reader_has_gone(&error) => Ok(false),
        Err(error) => Err(Failure::new(format!(
            "standard output cannot be written: {error}"
        ))),
    }
}

fn write_to_file(format: &Format, run: &Run<'_>, path: &Path) -> Result<(), Failure> {
    let written = File::create(path).and_then(|file| write_to(format, run, file));
    written.map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
}

fn write_to(format: &Format, run: &Run<'_>, stream: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(stream);
    (format.write)(run, &mut out)?;
    out.flush()
}
