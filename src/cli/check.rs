//! `kestralint check`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use super::arguments::{self, SettingsArguments};
use super::baseline::{self, Baselines};
use super::console::{self, Color, Failure};
use super::input::Input;
use super::progress::ProgressBar;
use super::publish::{Destination, Publication};
use super::{CLEAN, FINDINGS, TROUBLE};
use crate::config::{Configured, FailOn, Places};
use crate::engine::{
    self, Change, Fixed, LoadRequest, Progress, Report, SettingsSource, Workspace,
};
use crate::finding::Applicability;
use crate::policy;
use crate::report::{Counts, FORMATS, Format, unified_diff};
use crate::source::DiscoverySettings;

#[derive(Args)]
pub(super) struct CheckArguments {
    /// Files and directories to check; - reads standard input.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// The path under which standard input is checked.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,

    #[command(flatten)]
    settings: SettingsArguments,

    /// The format of the report; FORMAT=FILE writes it to a file. May be repeated.
    #[arg(long, short, value_name = "FORMAT[=FILE]", default_value = "human", help = format_help())]
    format: Vec<String>,

    /// Write the report to this file.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// From which severity on findings make the exit status 1: error, warning (the default), info, never.
    #[arg(long, value_name = "SEVERITY", value_parser = arguments::fail_on)]
    fail_on: Option<FailOn>,

    /// Make the exit status 0 whatever is found.
    #[arg(long)]
    exit_zero: bool,

    /// Show findings that comments suppress, too.
    #[arg(long)]
    show_suppressed: bool,

    /// Check what .gitignore leaves out, too.
    #[arg(long)]
    no_gitignore: bool,

    /// Apply `exclude` of the configuration to files named here, too.
    #[arg(long)]
    force_exclude: bool,

    /// Mend what can be mended without changing the meaning of a flow, and report what is left.
    #[arg(long)]
    fix: bool,

    /// With --fix or --diff: mend also what needs a review afterwards.
    #[arg(long)]
    unsafe_fixes: bool,

    /// Show what --fix would change, and write nothing; the exit status is 1 if that is something.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,

    /// Tell only findings that are not in this file; those were accepted when it was written.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Tell all findings, whatever `baseline` of the configuration accepts.
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline"])]
    no_baseline: bool,

    /// Write all that is found to the baseline's file: from now on it is accepted.
    #[arg(long, conflicts_with = "diff")]
    write_baseline: bool,

    /// Print findings only.
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,

    /// Say what was looked at, and left alone.
    #[arg(long, short)]
    verbose: bool,

    /// When colours are used.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,

    /// The number of threads; 0 takes as many as there are processors.
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,
}

fn format_help() -> String {
    let formats: Vec<String> = FORMATS
        .iter()
        .map(|format| format!("{} ({})", format.name, format.summary))
        .collect();
    format!(
        "The format of the report; FORMAT=FILE writes it to a file; may be repeated: {}",
        formats.join(", ")
    )
}

pub(super) fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let begin = Instant::now();
    let destinations = destinations(arguments)?;
    let mut pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads);
    pool = pool.thread_name(|number| format!("check-{number}"));
    let pool = pool
        .build()
        .map_err(|error| Failure::new(format!("no threads can be had: {error}")))?;
    pool.install(|| check(arguments, &destinations, begin))
}

fn destinations(arguments: &CheckArguments) -> Result<Vec<Destination>, Failure> {
    let mut destinations = Vec::new();
    for word in &arguments.format {
        let (name, file) = match word.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (word.as_str(), None),
        };
        let Some(format) = Format::find(name) else {
            let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
            let failure = Failure::new(format!("--format: there is no format `{name}`"));
            return Err(failure.hint(format!("formats are {}", names.join(", "))));
        };
        destinations.push(Destination { format, file });
    }
    let without_file = destinations
        .iter_mut()
        .filter(|destination| destination.file.is_none());
    let mut without_file: Vec<&mut Destination> = without_file.collect();
    if without_file.len() > 1 {
        let failure = Failure::new("two reports would go to the same place");
        return Err(failure.hint("give all but one a file: --format sarif=report.sarif"));
    }
    if let (Some(output), Some(destination)) = (&arguments.output, without_file.first_mut()) {
        destination.file = Some(output.clone());
    } else if arguments.output.is_some() {
        return Err(Failure::new("--output: every format already has its file"));
    }
    Ok(destinations)
}

fn check(
    arguments: &CheckArguments,
    destinations: &[Destination],
    begin: Instant,
) -> Result<u8, Failure> {
    if arguments.unsafe_fixes && !(arguments.fix || arguments.diff) {
        let failure = Failure::new("--unsafe-fixes changes nothing by itself");
        return Err(failure.hint("add --fix, or --diff to see the changes first"));
    }
    let places = Places::of_process().map_err(Failure::new)?;
    if !arguments.settings.isolated {
        super::catalogue::install_user_catalogue()?;
    }
    let discovery = DiscoverySettings {
        respect_gitignore: !arguments.no_gitignore,
    };
    let input = Input::gather(
        &arguments.paths,
        arguments.stdin_filename.as_deref(),
        &discovery,
        &places,
    )?;
    if arguments.fix && !input.overlay.is_empty() {
        let failure = Failure::new("standard input cannot be mended in place");
        return Err(failure.hint("use --diff, which prints the changes"));
    }
    let book = super::policy::rulebook(&arguments.settings, &input.paths, &input.candidates)?;
    let registry = book.registry;
    let mut command_line = arguments.settings.read(registry, &places)?;
    command_line.fail_on = arguments.fail_on;
    command_line.force_exclude = arguments.force_exclude;
    let settings = Configured::new(registry, places, command_line, &input.paths);
    read_configuration(&settings, &input)?;
    let wish = baseline::Wish {
        named: arguments.baseline.as_deref(),
        without: arguments.no_baseline,
        write: arguments.write_baseline,
        quiet: arguments.quiet,
    };
    let checked = input.candidates.iter();
    let checked = checked.map(|candidate| candidate.path.as_path());
    let baselines = Baselines::read(wish, &settings, checked)?;
    let context = input.context(&discovery, &settings);
    let progress = Arc::new(Progress::default());
    let bar = ProgressBar::start(&progress, arguments.quiet);
    let request = LoadRequest {
        candidates: &input.candidates,
        context: &context,
        overlay: &input.overlay,
        settings: &settings,
    };
    let workspace = engine::load_with(&request, &progress);
    let report = engine::check_with(&workspace, registry, &progress);
    drop(bar);
    let (workspace, mut report) = if arguments.fix || arguments.diff {
        let allowed = allowed(arguments);
        let secrets = secrets(&workspace, &report);
        let fixed = engine::fix(&request, registry, workspace, report, allowed);
        if arguments.diff {
            return show_changes(&fixed.changes, &secrets);
        }
        write_changes(&fixed, arguments.quiet)?;
        (fixed.workspace, fixed.report)
    } else {
        (workspace, report)
    };
    let run = baseline::Run {
        workspace: &workspace,
        settings: &settings,
        registry,
    };
    let accepted = baselines.accept(&run, &mut report)?;
    let publication = Publication {
        workspace: &workspace,
        report: &report,
        settings: &settings,
        registry,
        show_suppressed: arguments.show_suppressed,
        read_from_disk: input.overlay.is_empty(),
        color: arguments.color,
    };
    let reader_is_there = publication.publish(destinations)?;
    if reader_is_there && !arguments.quiet {
        tell(arguments, &input, &workspace, &settings);
        if destinations.iter().any(Destination::wants_summary) {
            console::say(&summary(&workspace, &report, accepted, begin.elapsed()));
        }
    }
    let status = status(arguments, &input, &workspace, &report, &settings);
    // The process ends: to give back a million pieces one by one would only take time.
    std::mem::forget((workspace, report));
    Ok(status)
}

/// The configuration of all that is checked is read, and its mistakes are told, before anything is
/// checked. Mistakes elsewhere in the project are somebody else's.
fn read_configuration(settings: &Configured, input: &Input) -> Result<(), Failure> {
    for path in &input.paths {
        settings.configuration_of(path);
    }
    for candidate in &input.candidates {
        settings.project_root(&candidate.path);
    }
    let problems = settings.problems();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::Configuration(problems))
    }
}

fn allowed(arguments: &CheckArguments) -> Applicability {
    if arguments.unsafe_fixes {
        Applicability::Unsafe
    } else {
        Applicability::Safe
    }
}

/// The lines of the texts that no output may show.
fn secrets(workspace: &Workspace, report: &engine::Report) -> Vec<String> {
    let all = report.findings.iter().chain(&report.suppressed);
    let texts = all.filter(|finding| finding.redact).filter_map(|finding| {
        let range = std::ops::Range::<usize>::from(finding.location.range);
        workspace.files.get(finding.location.file).text.get(range)
    });
    let mut lines: Vec<String> = texts
        .flat_map(str::lines)
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    // The longest first, so that none is covered in part.
    lines.sort_by_key(|line| std::cmp::Reverse(line.len()));
    lines
}

/// Prints what would change, with the secrets covered: the old lines go to terminals and logs, too.
fn show_changes(changes: &[Change], secrets: &[String]) -> Result<u8, Failure> {
    let status = if changes.is_empty() { CLEAN } else { FINDINGS };
    console::print(|output| {
        changes.iter().try_for_each(|change| {
            let diff = unified_diff(&change.path, &change.before, &change.after);
            let covered = secrets
                .iter()
                .fold(diff, |diff, secret| diff.replace(secret, "********"));
            output.write_all(covered.as_bytes())
        })
    })?;
    Ok(status)
}

fn write_changes(fixed: &Fixed, quiet: bool) -> Result<(), Failure> {
    for change in &fixed.changes {
        engine::write(change)
            .map_err(|problem| Failure::new(format!("{}: {problem}", change.path.display())))?;
    }
    for (rule, count) in &fixed.refused {
        console::note(&format!(
            "{} of `{rule}` would have broken the file and was not applied; please report it",
            if *count == 1 {
                "a fix".to_owned()
            } else {
                format!("{count} fixes")
            }
        ));
    }
    let count: usize = fixed.applied.values().sum();
    if count > 0 && !quiet {
        let fixes = if count == 1 {
            "1 fix".to_owned()
        } else {
            format!("{count} fixes")
        };
        console::note(&format!(
            "{fixes} in {}",
            plural(fixed.changes.len(), "file")
        ));
    }
    Ok(())
}

/// Says on standard error what the report does not.
fn tell(arguments: &CheckArguments, input: &Input, workspace: &Workspace, settings: &Configured) {
    for problem in &input.problems {
        let line = format!("{}: {}", problem.path.display(), problem.message);
        if input.paths.contains(&problem.path) {
            console::error(&line);
        } else {
            console::note(&line);
        }
    }
    for candidate in input.candidates.iter().filter(|candidate| candidate.named) {
        if settings.is_excluded(&candidate.path, true) {
            let path = candidate.path.display();
            console::note(&format!("{path} is excluded by the configuration"));
        }
    }
    let unchecked = unparsed_without_finding(workspace);
    if unchecked > 0 {
        console::note(&format!(
            "{unchecked} files cannot be parsed and were not checked; the rule `syntax-error`, which says              why, is not selected"
        ));
    }
    if arguments.verbose {
        for path in &workspace.other_named {
            console::note(&format!("{} is no flow", path.display()));
        }
        console::note(&format!(
            "{} other YAML files were left alone",
            workspace.other_yaml
        ));
    }
}

/// The number of reported files that no parser can read and whose error nobody wants to hear.
fn unparsed_without_finding(workspace: &Workspace) -> usize {
    let position = policy::registry().position("syntax-error");
    workspace
        .documents
        .iter()
        .filter(|document| {
            let rule = position.and_then(|position| document.settings.rules.get(position));
            document.is_reported
                && !document.tree.errors().is_empty()
                && !document.is_flow()
                && !rule.is_some_and(|rule| rule.enabled)
        })
        .count()
}

fn summary(workspace: &Workspace, report: &Report, accepted: usize, time: Duration) -> String {
    let counts = Counts::of(&report.findings);
    let documents = workspace.documents.iter();
    let flows = documents.filter(|document| document.is_reported).count();
    let mut found = Vec::new();
    for (count, name) in [
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.infos, "info"),
    ] {
        if count > 0 {
            found.push(plural(count, name));
        }
    }
    let found = if found.is_empty() {
        "nothing found".to_owned()
    } else {
        found.join(", ")
    };
    let mut left_out = Vec::new();
    for (count, why) in [
        (report.suppressed.len(), "suppressed"),
        (accepted, "in the baseline"),
    ] {
        if count > 0 {
            left_out.push(format!("{count} {why}"));
        }
    }
    let left_out = if left_out.is_empty() {
        String::new()
    } else {
        format!(" ({})", left_out.join(", "))
    };
    format!(
        "{found}{left_out} in {} in {:.2} s",
        plural(flows, "flow"),
        time.as_secs_f64()
    )
}

fn plural(count: usize, name: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {name}{s}")
}

fn status(
    arguments: &CheckArguments,
    input: &Input,
    workspace: &Workspace,
    report: &Report,
    settings: &Configured,
) -> u8 {
    if input.incomplete {
        return TROUBLE;
    }
    let fails = report.findings.iter().any(|finding| {
        let path = &workspace.files.get(finding.location.file).path;
        settings.fail_on(path).fails(finding.severity)
    });
    if fails && !arguments.exit_zero {
        FINDINGS
    } else {
        CLEAN
    }
}
