//! `kestralint rules`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::arguments::SettingsArguments;
use super::console::{self, Color, Failure};
use super::rulebook_page;
use crate::config::pack;
use crate::engine::{OptionValue, Registry, Rule, Settings};
use crate::finding::{Group, OptionDescription, Severity, Target, Tier};
use crate::policy;
use crate::text::nearest;

#[derive(Args)]
pub(super) struct RulesArguments {
    /// Only the rules that a pack switches on, with the severities that it gives them.
    #[arg(long, value_name = "NAME")]
    pack: Option<String>,

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
    /// A page with a table a group.
    Markdown,
}

pub(super) fn run(arguments: &RulesArguments) -> Result<u8, Failure> {
    let book = super::policy::rulebook(&SettingsArguments::default(), &[PathBuf::from(".")], &[])?;
    let registry = book.registry;
    let rows = match &arguments.pack {
        Some(pack) => rows_of_pack(pack, registry)?,
        None => registry.rules.iter().map(|rule| Row::of(*rule)).collect(),
    };
    match arguments.format {
        ListFormat::Text => console::print(|out| {
            table(&rows, arguments.color, out)?;
            match &arguments.pack {
                Some(pack) => end_of_pack(pack, &rows, registry, out),
                None => end_of_all(&rows, registry, out),
            }
        }),
        ListFormat::Markdown => console::print(|out| rulebook_page::markdown(&rows, out)),
        ListFormat::Json => console::print(|out| {
            let all: Vec<JsonRule> = rows.iter().map(describe).collect();
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)
        }),
    }
}

/// A rule with the severity that is shown.
pub(super) struct Row {
    pub(super) rule: &'static dyn Rule,
    pub(super) severity: Severity,
}

impl Row {
    fn of(rule: &'static dyn Rule) -> Self {
        let severity = rule.metadata().severity;
        Self { rule, severity }
    }
}

/// What a pack switches on.
fn rows_of_pack(name: &str, registry: Registry) -> Result<Vec<Row>, Failure> {
    let known = pack::pack_names(registry);
    if !known.contains(&name) {
        let failure = Failure::new(format!("there is no pack `{name}`"));
        return Err(failure.hint(match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("packs are {}", known.join(", ")),
        }));
    }
    let mut settings = Settings::defaults(registry);
    let mut enabled = vec![false; registry.rules.len()];
    pack::apply(name, registry, &mut enabled, &mut settings);
    let rules = registry.rules.iter().zip(enabled).zip(&settings.rules);
    Ok(rules
        .filter(|((_, enabled), _)| *enabled)
        .map(|((rule, _), decided)| Row {
            rule: *rule,
            severity: decided.severity.unwrap_or(rule.metadata().severity),
        })
        .collect())
}

fn table(rows: &[Row], color: Color, out: &mut dyn Write) -> std::io::Result<()> {
    let dress = console::style(color, console::is_terminal());
    let (bold, off) = if dress.color {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let width = rows
        .iter()
        .map(|row| row.rule.metadata().name.len())
        .max()
        .unwrap_or(0);
    for group in Group::ALL {
        let mut heading = Some(format!("{bold}{}{off}", group.as_str()));
        for row in rows.iter().filter(|row| row.rule.metadata().group == group) {
            let rule = row.rule.metadata();
            if let Some(heading) = heading.take() {
                writeln!(out, "{heading}")?;
            }
            writeln!(
                out,
                "  {:width$}  {:7}  {:7}  {}",
                rule.name,
                row.severity.as_str(),
                rule.tier.as_str(),
                rule.summary,
            )?;
        }
    }
    Ok(())
}

fn end_of_all(rows: &[Row], registry: Registry, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "\n{} rules; those of the tiers strict and preview run when they are selected. \
         `kestralint explain RULE` tells more.\nPacks: {}; `kestralint rules --pack NAME` shows one.",
        rows.len(),
        pack::pack_names(registry).join(", ")
    )
}

fn end_of_pack(
    name: &str,
    rows: &[Row],
    registry: Registry,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    writeln!(
        out,
        "\n{} rules. {}.\n`extends = [\"{name}\"]` in kestralint.toml adds them to the default ones.",
        rows.len(),
        pack::summary(name, registry)
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

fn describe(row: &Row) -> JsonRule {
    let declared = row.rule;
    let rule = declared.metadata();
    JsonRule {
        pack: declared
            .declaration()
            .and_then(|declaration| declaration.pack),
        name: rule.name,
        group: rule.group.as_str(),
        summary: rule.summary,
        severity: row.severity.as_str(),
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
