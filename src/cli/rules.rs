//! `kestralint rules`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::arguments::SettingsArguments;
use super::console::{self, Color, Failure};
use crate::engine::{OptionValue, Registry, Rule};
use crate::finding::{Group, OptionDescription, RuleMetadata, Target, Tier};
use crate::policy;

#[derive(Args)]
pub(super) struct RulesArguments {
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,

    /// When colours are used.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A table.
    Text,
    /// An array with one object a rule.
    Json,
}

pub(super) fn run(arguments: &RulesArguments) -> Result<u8, Failure> {
    let book = super::policy::rulebook(&SettingsArguments::default(), &[PathBuf::from(".")], &[])?;
    let registry = book.registry;
    match arguments.format {
        ListFormat::Text => console::print(|out| table(registry, arguments.color, out)),
        ListFormat::Json => console::print(|out| {
            let all: Vec<JsonRule> = registry.rules.iter().map(|rule| describe(*rule)).collect();
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)
        }),
    }
}

fn table(registry: Registry, color: Color, out: &mut dyn Write) -> std::io::Result<()> {
    let dress = console::style(color, console::is_terminal());
    let (bold, off) = if dress.color {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let all: Vec<&RuleMetadata> = registry.rules.iter().map(|rule| rule.metadata()).collect();
    let width = all.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for group in Group::ALL {
        let mut heading = Some(format!("{bold}{}{off}", group.as_str()));
        for rule in all.iter().filter(|rule| rule.group == group) {
            if let Some(heading) = heading.take() {
                writeln!(out, "{heading}")?;
            }
            writeln!(
                out,
                "  {:width$}  {:7}  {:7}  {}",
                rule.name,
                rule.severity.as_str(),
                rule.tier.as_str(),
                rule.summary,
            )?;
        }
    }
    writeln!(
        out,
        "\n{} rules; those of the tiers strict and preview run when they are selected. \
         `kestralint explain RULE` tells more.",
        all.len()
    )
}

#[derive(Serialize)]
struct JsonRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<&'static str>,
    name: &'static str,
    group: &'static str,
    summary: &'static str,
    severity: &'static str,
    tier: &'static str,
    default: bool,
    fix: &'static str,
    targets: Vec<&'static str>,
    options: Vec<Json>,
    since: &'static str,
    url: String,
}

fn describe(declared: &'static dyn Rule) -> JsonRule {
    let rule = declared.metadata();
    JsonRule {
        pack: declared
            .declaration()
            .and_then(|declaration| declaration.pack),
        name: rule.name,
        group: rule.group.as_str(),
        summary: rule.summary,
        severity: rule.severity.as_str(),
        tier: rule.tier.as_str(),
        default: rule.tier == Tier::Default,
        fix: rule.fix.as_str(),
        targets: rule.targets.iter().map(Target::as_str).collect(),
        options: rule.options.iter().map(describe_option).collect(),
        since: rule.since,
        url: policy::page_url(declared),
    }
}

fn describe_option(option: &OptionDescription) -> Json {
    let schema: Json = serde_json::from_str(option.schema).unwrap_or(Json::Null);
    let default: Option<toml_edit::Value> = option.default.parse().ok();
    let default = default.as_ref().and_then(OptionValue::from_toml);
    json!({
        "name": option.name,
        "summary": option.summary,
        "schema": schema,
        "default": default.as_ref().map(to_json),
    })
}

fn to_json(value: &OptionValue) -> Json {
    match value {
        OptionValue::Boolean(value) => json!(value),
        OptionValue::Integer(value) => json!(value),
        OptionValue::Text(value) => json!(value),
        OptionValue::List(values) => json!(values),
        // As deep as a default that we wrote.
        OptionValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), to_json(value)))
            .collect(),
    }
}
