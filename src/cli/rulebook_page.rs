//! The rulebook as a page of Markdown.

use std::io::{self, Write};

use super::rules::Row;
use crate::finding::{FixKind, Group, Target, Tier};
use crate::policy;

/// Writes a table a group. The page in `docs/` is what this writes.
pub(super) fn markdown(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let by_default = rows
        .iter()
        .filter(|row| row.rule.metadata().tier == Tier::Default);
    writeln!(
        out,
        "# The rulebook\n\n{} rules, {} of them on by default; the others run when they, their group or a pack is selected \
         ([configuration](configuration.md)).\n`kestralint explain RULE` prints a rule's page. Written by \
         `kestralint rules --format markdown`.\n",
        rows.len(),
        by_default.count()
    )?;
    let groups = Group::ALL.into_iter().filter(|group| has(rows, *group));
    let links: Vec<String> = groups
        .clone()
        .map(|group| format!("[{0}](#{0})", group.as_str()))
        .collect();
    writeln!(out, "{}", links.join(" · "))?;
    for group in groups {
        writeln!(
            out,
            "\n## {}\n\n{}\n\n| rule | what it finds | severity | on | fix | Kestra |\n|---|---|---|---|---|---|",
            group.as_str(),
            group.summary()
        )?;
        for row in rows.iter().filter(|row| row.rule.metadata().group == group) {
            line(row, out)?;
        }
    }
    Ok(())
}

fn has(rows: &[Row], group: Group) -> bool {
    rows.iter().any(|row| row.rule.metadata().group == group)
}

fn line(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let rule = row.rule.metadata();
    let url = policy::page_url(row.rule);
    // From the directory of documents, a page of the repository is near.
    let link = url
        .strip_prefix(concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"))
        .map_or(url.clone(), |path| format!("../{path}"));
    let fix = match rule.fix {
        FixKind::None => "",
        kind => kind.as_str(),
    };
    let declaration = row.rule.declaration();
    let on = match (
        rule.tier,
        declaration.and_then(|declaration| declaration.pack),
    ) {
        (Tier::Default, _) => "by default".to_owned(),
        (_, Some(pack)) => format!("pack `{pack}`"),
        (tier, None) => tier.as_str().to_owned(),
    };
    let targets: Vec<&str> = rule.targets.iter().map(Target::as_str).collect();
    writeln!(
        out,
        "| [{}]({link}) | {} | {} | {on} | {fix} | {} |",
        rule.name,
        rule.summary.replace('|', "\\|"),
        row.severity.as_str(),
        targets.join(", ")
    )
}
