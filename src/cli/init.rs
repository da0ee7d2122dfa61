//! `kestralint init`

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::{Array, Key, Value};

use super::CLEAN;
use super::console::{self, Failure};
use super::input::Input;
use crate::config::{CommandLine, Configured, FILE_NAME, Places, Selection, Selector};
use crate::engine::{self, LoadRequest, Registry, Workspace};
use crate::finding::{Finding, Group, Severity, Target, Tier};
use crate::policy;
use crate::project::detect_environments;
use crate::source::DiscoverySettings;

/// Of the namespaces of a repository this many are named.
const MOST_NAMESPACES: usize = 12;

#[derive(Args)]
pub(super) struct InitArguments {
    /// The directory of the flows; kestralint.toml is written there.
    #[arg(default_value = ".")]
    directory: PathBuf,

    /// Write over a kestralint.toml that is there.
    #[arg(long)]
    force: bool,

    /// Print the file instead of writing it.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &InitArguments) -> Result<u8, Failure> {
    let directory = &arguments.directory;
    if !directory.is_dir() {
        return Err(Failure::new(format!(
            "{} is no directory",
            directory.display()
        )));
    }
    let file = directory.join(FILE_NAME);
    if !arguments.dry_run && !arguments.force && file.exists() {
        return Err(is_there(&file));
    }
    super::catalogue::install_user_catalogue()?;
    let text = Survey::of(directory)?.text();
    if arguments.dry_run {
        return console::print(|out| out.write_all(text.as_bytes()));
    }
    write(&file, &text, arguments.force)?;
    console::note(&format!(
        "{} was written; read it, then `kestralint check`",
        file.display()
    ));
    Ok(CLEAN)
}

fn is_there(file: &Path) -> Failure {
    let failure = Failure::new(format!("{} is there already", file.display()));
    failure.hint("--force writes over it; --dry-run only prints")
}

fn write(file: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => is_there(file),
        _ => Failure::new(format!("{} cannot be written: {error}", file.display())),
    })
}

/// What was seen of a repository.
struct Survey {
    target: Target,
    /// Why this target.
    reason: String,
    environments: BTreeMap<String, Vec<String>>,
    /// The number of flows by namespace.
    namespaces: BTreeMap<String, usize>,
    flows: usize,
    /// The rules that are on, with the number of their findings.
    found: Vec<(String, Severity, usize)>,
    /// The same of rules that a team may add.
    optional: Vec<(String, usize)>,
}

impl Survey {
    fn of(directory: &Path) -> Result<Self, Failure> {
        let registry = policy::registry();
        let (workspace, findings) = check(directory, registry, Target::ALL.to_vec(), true)?;
        let (target, reason) = detect_target(&workspace, &findings, registry);
        let (_, by_default) = check(directory, registry, vec![target], false)?;
        let summaries = workspace.documents.iter();
        let summaries: Vec<_> = summaries
            .filter_map(|document| Some((document, document.summary.as_deref()?)))
            .collect();
        let mut namespaces: BTreeMap<String, usize> = BTreeMap::new();
        for (_, summary) in &summaries {
            if let Some(namespace) = &summary.namespace {
                *namespaces.entry(namespace.clone()).or_default() += 1;
            }
        }
        let places = summaries.iter().map(|(document, summary)| {
            let path = workspace.deployment_path(document);
            let path = path.strip_prefix(directory).unwrap_or(path);
            (path, summary.namespace.as_deref())
        });
        let found = counts(&by_default, registry);
        let optional = counts(&findings, registry)
            .into_iter()
            .filter(|(rule, ..)| is_optional(registry, rule));
        Ok(Self {
            target,
            reason,
            environments: detect_environments(places),
            namespaces,
            flows: summaries.len(),
            optional: optional.map(|(rule, _, count)| (rule, count)).collect(),
            found,
        })
    }

    fn text(&self) -> String {
        let mut text = String::from(
            "# Written by `kestralint init`. All keys: docs/configuration.md; a schema for editors: `kestralint config schema`.\n\n",
        );
        text.push_str(&format!(
            "# The Kestra version to check against: {}.\ntarget = {}\n\n",
            self.reason,
            Value::from(self.target.as_str())
        ));
        text.push_str(
            "# From which severity on findings make the exit status 1: \"error\", \"warning\", \"info\" or \"never\".\nfail-on = \"warning\"\n\n",
        );
        self.found(&mut text);
        self.optional(&mut text);
        self.environments(&mut text);
        self.namespaces(&mut text);
        text
    }

    fn found(&self, text: &mut String) {
        if self.found.is_empty() {
            text.push_str("# Nothing is found today.\n# ignore = []\n\n");
            return;
        }
        let total: usize = self.found.iter().map(|(_, _, count)| count).sum();
        text.push_str(&format!("# Found today, {total} in all:\n"));
        for (rule, severity, count) in &self.found {
            text.push_str(&format!("#   {count:>5} {:<7} {rule}\n", severity.as_str()));
        }
        text.push_str(&format!(
            "# Rules that are not for you go here; `kestralint explain {}` says what one is about. To begin with what is\n\
             # new, accept these once: kestralint check --baseline kestralint-baseline.json --write-baseline\n# ignore = []\n\n",
            self.found[0].0
        ));
    }

    fn optional(&self, text: &mut String) {
        text.push_str("# Rules that nobody has to follow, with what they would find; `kestralint rules` lists all.\n");
        text.push_str("# extend-select = [\n");
        for (rule, count) in &self.optional {
            let name = format!("{},", Value::from(rule.as_str()));
            text.push_str(&format!("#     {name:<34} # {count}\n"));
        }
        text.push_str("# ]\n\n");
    }

    fn environments(&self, text: &mut String) {
        text.push_str("# Environments by name: patterns of paths (with a /) and of namespaces.\n");
        if self.environments.is_empty() {
            text.push_str("# None was seen.\n# [environments]\n# production = [\"environment/production/**\"]\n\n");
            return;
        }
        text.push_str("[environments]\n");
        for (name, patterns) in &self.environments {
            let patterns: Array = patterns.iter().map(String::as_str).collect();
            text.push_str(&format!(
                "{} = {}\n",
                Key::new(name),
                Value::Array(patterns)
            ));
        }
        text.push('\n');
    }

    fn namespaces(&self, text: &mut String) {
        let flows = plural(self.flows, "flow");
        let namespaces = plural(self.namespaces.len(), "namespace");
        text.push_str(&format!("# Seen: {flows} in {namespaces}.\n"));
        let mut by_number: Vec<(&String, &usize)> = self.namespaces.iter().collect();
        by_number.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        for (name, count) in by_number.iter().take(MOST_NAMESPACES) {
            text.push_str(&format!(
                "#   {count:>5} {}\n",
                crate::report::printable(name)
            ));
        }
        let more = by_number.len().saturating_sub(MOST_NAMESPACES);
        if more > 0 {
            text.push_str(&format!("#   …and {more} more\n"));
        }
    }
}

fn plural(count: usize, name: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {name}{s}")
}

/// Checks a directory as if there were no configuration, with the default rules or with all.
fn check(
    directory: &Path,
    registry: Registry,
    targets: Vec<Target>,
    everything: bool,
) -> Result<(Workspace, Vec<Finding>), Failure> {
    let places = Places::of_process().map_err(Failure::new)?;
    let paths = [directory.to_path_buf()];
    let input = Input::gather(&paths, None, &DiscoverySettings::default(), &places)?;
    let command_line = CommandLine {
        selection: Selection {
            select: everything.then(|| vec![Selector::All]),
            ..Selection::default()
        },
        targets: Some(targets),
        isolated: true,
        ..CommandLine::default()
    };
    let settings = Configured::new(registry, places, command_line, &paths);
    let workspace = engine::load(&LoadRequest {
        candidates: &input.candidates,
        context: &[],
        overlay: &input.overlay,
        settings: &settings,
    });
    let report = engine::check(&workspace, registry);
    Ok((workspace, report.findings))
}

/// The version that the repository is written for: what Terraform's provider says, else the one that
/// refuses less of it, else the newest.
fn detect_target(
    workspace: &Workspace,
    findings: &[Finding],
    registry: Registry,
) -> (Target, String) {
    let providers = &workspace.terraform.providers;
    if let Some(provider) = providers.first() {
        let all_allow = |major| {
            providers
                .iter()
                .all(|provider| provider.allows_major(major))
        };
        let constraint = &provider.constraint;
        match (all_allow(1) || all_allow(0), all_allow(2)) {
            (true, false) => {
                let reason = format!("Terraform asks for the provider {constraint}");
                return (Target::V1_3, reason);
            }
            (false, true) => {
                let reason = format!("Terraform asks for the provider {constraint}");
                return (Target::V2_0, reason);
            }
            _ => {}
        }
    }
    let refused = |target: Target| {
        let of_target = findings.iter().filter(|finding| {
            let group = group_of(registry, finding.rule);
            finding.severity == Severity::Error
                && group == Some(Group::Schema)
                && finding.targets.contains(target)
        });
        of_target.count()
    };
    let (old, new) = (refused(Target::V1_3), refused(Target::V2_0));
    match old.cmp(&new) {
        std::cmp::Ordering::Less => {
            let reason = format!(
                "2.0 would refuse {} in these flows, 1.3 {old}",
                plural(new, "thing")
            );
            (Target::V1_3, reason)
        }
        std::cmp::Ordering::Greater => {
            let reason = format!(
                "1.3 would refuse {} in these flows, 2.0 {new}",
                plural(old, "thing")
            );
            (Target::V2_0, reason)
        }
        std::cmp::Ordering::Equal => {
            let reason = "the newest, since these flows suit 1.3 as well as 2.0".to_owned();
            (Target::NEWEST, reason)
        }
    }
}

fn group_of(registry: Registry, rule: &str) -> Option<Group> {
    let position = registry.position(rule)?;
    registry
        .rules
        .get(position)
        .map(|rule| rule.metadata().group)
}

/// Whether a rule is a team's choice: rules of migration are for a change of version, policies have packs.
fn is_optional(registry: Registry, rule: &str) -> bool {
    let position = registry.position(rule);
    let rule = position.and_then(|position| registry.rules.get(position));
    rule.is_some_and(|rule| {
        rule.declaration().is_none()
            && rule.metadata().tier != Tier::Default
            && rule.metadata().group != Group::Migration
    })
}

/// The findings by rule, the gravest and most frequent first.
fn counts(findings: &[Finding], registry: Registry) -> Vec<(String, Severity, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut counts: Vec<(String, Severity, usize)> = counts
        .into_iter()
        .filter_map(|(rule, count)| {
            let metadata = registry.rules.get(registry.position(rule)?)?.metadata();
            Some((rule.to_owned(), metadata.severity, count))
        })
        .collect();
    counts.sort_by_key(|(_, severity, count)| std::cmp::Reverse((*severity, *count)));
    counts
}
