//! `kestralint config show [PATH]` and `kestralint config schema`

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use toml_edit::{Array, InlineTable, Key, Value};

use super::arguments::SettingsArguments;
use super::console::{self, Failure};
use crate::config::{Configuration, Configured, FILE_NAME, Places, schema};
use crate::engine::{OptionValue, Registry, Settings, SettingsSource};
use crate::finding::Target;
use crate::policy;

#[derive(Args)]
pub(super) struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the settings that a file or directory is checked with, as a configuration file.
    Show(ShowArguments),
    /// Print the JSON Schema of kestralint.toml.
    Schema,
}

#[derive(Args)]
struct ShowArguments {
    /// The file or directory.
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    settings: SettingsArguments,
}

pub(super) fn run(arguments: &ConfigArguments) -> Result<u8, Failure> {
    match &arguments.command {
        ConfigCommand::Show(arguments) => show(arguments),
        ConfigCommand::Schema => console::print(|out| {
            serde_json::to_writer_pretty(&mut *out, &schema(policy::registry()))?;
            writeln!(out)
        }),
    }
}

fn show(arguments: &ShowArguments) -> Result<u8, Failure> {
    let paths = [arguments.path.clone()];
    let book = super::policy::rulebook(&arguments.settings, &paths, &[])?;
    let registry = book.registry;
    let places = Places::of_process().map_err(Failure::new)?;
    let command_line = arguments.settings.read(registry, &places)?;
    if !arguments.path.exists() {
        let path = arguments.path.display();
        return Err(Failure::new(format!("{path}: there is no such file")));
    }
    // A directory is looked at as a file in it would be.
    let file = if arguments.path.is_dir() {
        arguments.path.join("flow.yaml")
    } else {
        arguments.path.clone()
    };
    let source = Configured::new(registry, places, command_line, &paths);
    let settings = source.settings(&file);
    let configuration = source.configuration_of(file.parent().unwrap_or(Path::new("")));
    let problems = source.problems();
    if !problems.is_empty() {
        return Err(Failure::Configuration(problems));
    }
    console::print(|out| {
        heading(&source, configuration.as_deref(), &file, out)?;
        write_settings(
            &source,
            configuration.as_deref(),
            &settings,
            registry,
            &file,
            out,
        )
    })
}

fn heading(
    source: &Configured,
    configuration: Option<&Configuration>,
    file: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    match configuration {
        Some(configuration) => {
            writeln!(out, "# from {}", configuration.path.display())?;
            if !configuration.extends.is_empty() {
                writeln!(out, "# with the packs {}", configuration.extends.join(", "))?;
            }
        }
        None => writeln!(out, "# no {FILE_NAME} was found: these are the defaults")?,
    }
    let root = source.project_root(file);
    writeln!(out, "# the project is {}", root.display())?;
    if source.is_excluded(file, false) {
        writeln!(out, "# this path is excluded")?;
    }
    writeln!(out)
}

fn write_settings(
    source: &Configured,
    configuration: Option<&Configuration>,
    settings: &Settings,
    registry: Registry,
    file: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let targets = settings
        .targets
        .iter()
        .map(|target| Target::as_str(*target));
    writeln!(out, "target = {}", list(targets))?;
    writeln!(out, "fail-on = {}", text(source.fail_on(file).as_str()))?;
    if let Some(baseline) =
        configuration.and_then(|configuration| configuration.baseline.as_deref())
    {
        writeln!(out, "baseline = {}", text(&baseline.to_string_lossy()))?;
    }
    if let Some(configuration) = configuration
        && !configuration.policies.is_empty()
    {
        let files: Vec<_> = configuration
            .policies
            .iter()
            .map(|file| file.to_string_lossy())
            .collect();
        writeln!(out, "policies = {}", list(files.iter().map(AsRef::as_ref)))?;
    }
    if let Some(configuration) = configuration
        && !configuration.exclude.written().is_empty()
    {
        let patterns = configuration.exclude.written().iter();
        writeln!(out, "exclude = {}", list(patterns.map(String::as_str)))?;
    }
    let all = registry.rules.iter().zip(&settings.rules);
    let enabled: Vec<_> = all
        .filter(|(_, rule)| rule.enabled)
        .map(|(rule, settings)| (rule.metadata(), settings))
        .collect();
    writeln!(out, "select = [")?;
    for (rule, _) in &enabled {
        writeln!(out, "    {},", text(rule.name))?;
    }
    writeln!(out, "]\n\n[severity]")?;
    for (rule, settings) in &enabled {
        let severity = settings.severity.unwrap_or(rule.severity);
        writeln!(out, "{} = {}", rule.name, text(severity.as_str()))?;
    }
    for (rule, settings) in &enabled {
        if !settings.options.is_empty() {
            writeln!(out, "\n[rules.{}]", rule.name)?;
        }
        for (option, value) in &settings.options {
            writeln!(out, "{option} = {}", toml_value(value))?;
        }
    }
    write_lists("environments", &settings.environments, out)?;
    let directories = settings.namespace_files.iter();
    let directories = directories
        .map(|(namespace, paths)| {
            let paths = paths.iter().map(|path| path.to_string_lossy().into_owned());
            (namespace.clone(), paths.collect())
        })
        .collect();
    write_lists("namespace-files", &directories, out)
}

fn write_lists(
    key: &str,
    lists: &BTreeMap<String, Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !lists.is_empty() {
        writeln!(out, "\n[{key}]")?;
    }
    for (name, texts) in lists {
        let name = Key::new(name);
        let texts = list(texts.iter().map(String::as_str));
        writeln!(out, "{name} = {texts}")?;
    }
    Ok(())
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn list<'text>(texts: impl Iterator<Item = &'text str>) -> Value {
    Value::Array(texts.collect::<Array>())
}

fn toml_value(value: &OptionValue) -> Value {
    match value {
        OptionValue::Boolean(value) => Value::from(*value),
        OptionValue::Integer(value) => Value::from(*value),
        OptionValue::Text(value) => Value::from(value.as_str()),
        OptionValue::List(values) => list(values.iter().map(String::as_str)),
        // As deep as the file that it was read from, which the TOML parser bounds.
        OptionValue::Table(entries) => {
            let entries = entries.iter();
            let table: InlineTable = entries
                .map(|(key, value)| (key.as_str(), toml_value(value)))
                .collect();
            Value::InlineTable(table)
        }
    }
}
