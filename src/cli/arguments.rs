//! Arguments that several subcommands take, and how their words are read.

use std::path::PathBuf;

use clap::Args;

use super::console::Failure;
use crate::config::{CommandLine, FailOn, Places, Selection, Selector, selector_names};
use crate::engine::Registry;
use crate::finding::Target;
use crate::text::nearest;

/// What decides about settings.
#[derive(Args, Debug, Clone, Default)]
pub(super) struct SettingsArguments {
    /// The Kestra versions to check against, such as 2.0 or 1.3,2.0.
    #[arg(long, value_delimiter = ',', value_name = "VERSION")]
    pub(super) target: Vec<String>,

    /// Run exactly these rules: names, groups or ALL. Opt-in rules run when they are named.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(super) select: Vec<String>,

    /// Run these rules too.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(super) extend_select: Vec<String>,

    /// Leave these rules out.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(super) ignore: Vec<String>,

    /// Use this configuration file instead of looking for kestralint.toml.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration file.
    #[arg(long)]
    pub(super) isolated: bool,
}

impl SettingsArguments {
    /// The words, understood.
    pub(super) fn read(&self, registry: Registry, places: &Places) -> Result<CommandLine, Failure> {
        if let Some(config) = &self.config
            && !places.file(config).is_file()
        {
            let message = format!("there is no configuration file {}", config.display());
            return Err(Failure::new(message));
        }
        Ok(CommandLine {
            selection: Selection {
                select: if self.select.is_empty() {
                    None
                } else {
                    Some(selectors("--select", &self.select, registry)?)
                },
                extend_select: selectors("--extend-select", &self.extend_select, registry)?,
                ignore: selectors("--ignore", &self.ignore, registry)?,
            },
            targets: targets(&self.target)?,
            fail_on: None,
            config: self.config.clone(),
            isolated: self.isolated,
            force_exclude: false,
        })
    }
}

fn selectors(flag: &str, words: &[String], registry: Registry) -> Result<Vec<Selector>, Failure> {
    words
        .iter()
        .map(|word| {
            Selector::parse(word.trim(), registry).ok_or_else(|| {
                let failure = Failure::new(format!("{flag}: there is no rule or group `{word}`"));
                failure.hint(match nearest(word, selector_names(registry)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "`kestralint rules` lists all rules and groups".to_owned(),
                })
            })
        })
        .collect()
}

pub(super) fn targets(words: &[String]) -> Result<Option<Vec<Target>>, Failure> {
    let mut targets = words
        .iter()
        .map(|word| {
            Target::parse(word.trim()).ok_or_else(|| {
                let failure =
                    Failure::new(format!("--target: the Kestra version `{word}` is unknown"));
                failure.hint(format!("known versions are {}", known_targets()))
            })
        })
        .collect::<Result<Vec<Target>, Failure>>()?;
    targets.sort();
    targets.dedup();
    Ok((!targets.is_empty()).then_some(targets))
}

/// The versions that can be checked against, for messages.
pub(super) fn known_targets() -> String {
    let names: Vec<&str> = Target::ALL.into_iter().map(Target::as_str).collect();
    names.join(" and ")
}

/// Reads the word of `--fail-on`, for clap.
pub(super) fn fail_on(word: &str) -> Result<FailOn, String> {
    FailOn::parse(word).ok_or_else(|| {
        let words: Vec<&str> = FailOn::ALL.iter().map(|(_, word)| *word).collect();
        format!("one of {} is wanted", words.join(", "))
    })
}
