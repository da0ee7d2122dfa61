//! `kestralint explain RULE` and `kestralint explain --expression TEXT`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::arguments::{SettingsArguments, targets};
use super::console::{self, Color, Failure};
use super::expression::{self, Question};
use crate::finding::{FixKind, RuleMetadata, Target, Tier};
use crate::policy;
use crate::text::nearest;

const BOLD: &str = "\u{1b}[1m";
const HEADING: &str = "\u{1b}[1;4m";
const CODE: &str = "\u{1b}[36m";
const OFF: &str = "\u{1b}[0m";

#[derive(Args)]
pub(super) struct ExplainArguments {
    /// The rule's name.
    #[arg(required_unless_present = "expression")]
    rule: Option<String>,

    /// Explains a template instead: what it reads, its type, what is wrong with it.
    #[arg(long, value_name = "TEXT", conflicts_with = "rule")]
    expression: Option<String>,

    /// The flow in which the expression stands.
    #[arg(long, value_name = "FILE", requires = "expression")]
    flow: Option<PathBuf>,

    /// The id of the task in which the expression stands.
    #[arg(long, value_name = "TASK", requires = "flow")]
    at: Option<String>,

    /// The Kestra version that reads the expression.
    #[arg(long, value_name = "VERSION", requires = "expression")]
    target: Option<String>,

    /// When colours are used.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

pub(super) fn run(arguments: &ExplainArguments) -> Result<u8, Failure> {
    if let Some(expression) = &arguments.expression {
        let words: Vec<String> = arguments.target.iter().cloned().collect();
        let targets = targets(&words)?.unwrap_or_default();
        return expression::explain(&Question {
            expression,
            flow: arguments.flow.as_deref(),
            task: arguments.at.as_deref(),
            target: targets.last().copied().unwrap_or(Target::NEWEST),
        });
    }
    let book = super::policy::rulebook(&SettingsArguments::default(), &[PathBuf::from(".")], &[])?;
    let registry = book.registry;
    let name = arguments.rule.as_deref().unwrap_or_default().trim();
    let Some(position) = registry.position(name) else {
        let names = registry.rules.iter().map(|rule| rule.metadata().name);
        let failure = Failure::new(format!("there is no rule `{name}`"));
        return Err(failure.hint(match nearest(name, names) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "`kestralint rules` lists all rules".to_owned(),
        }));
    };
    let rule = registry.rules[position];
    let metadata = rule.metadata();
    let page = policy::page(rule);
    let dressed = console::style(arguments.color, console::is_terminal()).color;
    console::print(|out| {
        let mut lines = page.lines();
        if let Some(title) = lines.next() {
            write_line(title, dressed, out)?;
        }
        writeln!(out, "\n{}", facts(metadata))?;
        write_page(lines, dressed, out)?;
        writeln!(out, "\n{}", policy::page_url(rule))
    })
}

/// What stands in the rule's metadata and not on its page.
fn facts(rule: &RuleMetadata) -> String {
    let tier = match rule.tier {
        Tier::Default => "on by default",
        Tier::Strict => "opt-in",
        Tier::Preview => "opt-in while it is new",
    };
    let fix = match rule.fix {
        FixKind::None => "no fix",
        FixKind::Safe => "safe fixes",
        FixKind::Unsafe => "fixes to be reviewed",
    };
    let versions: Vec<&str> = rule.targets.iter().map(Target::as_str).collect();
    format!(
        "{} · {} · {tier} · {fix} · Kestra {} · since {}",
        rule.group.as_str(),
        rule.severity.as_str(),
        versions.join(" and "),
        rule.since
    )
}

fn write_page<'page>(
    lines: impl Iterator<Item = &'page str>,
    dressed: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut in_code = false;
    for line in lines {
        if line.starts_with("```") {
            in_code = !in_code;
            if !dressed {
                writeln!(out, "{line}")?;
            }
        } else if in_code && dressed {
            writeln!(out, "    {CODE}{line}{OFF}")?;
        } else if in_code {
            writeln!(out, "{line}")?;
        } else {
            write_line(line, dressed, out)?;
        }
    }
    Ok(())
}

fn write_line(line: &str, dressed: bool, out: &mut dyn Write) -> io::Result<()> {
    if !dressed {
        return writeln!(out, "{line}");
    }
    let heading = line.trim_start_matches('#');
    if heading.len() < line.len() {
        return writeln!(out, "{HEADING}{}{OFF}", heading.trim_start());
    }
    writeln!(out, "{}", marked(&marked(line, "**", BOLD), "`", CODE))
}

/// Text between two marks gets a style instead of the marks.
fn marked(line: &str, mark: &str, style: &str) -> String {
    let parts: Vec<&str> = line.split(mark).collect();
    if parts.len().is_multiple_of(2) {
        // A mark without its partner is text.
        return line.to_owned();
    }
    let styled = (0..).zip(parts).map(|(position, part)| {
        if position % 2 == 1 {
            format!("{style}{part}{OFF}")
        } else {
            part.to_owned()
        }
    });
    styled.collect()
}
