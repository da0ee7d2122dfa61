//! What has changed between two states of a repository: for people, for programs, for a pull request.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::place::slashed;
use super::{Style, printable};
use crate::comparison::{Change, FlowChanges, Reliance, State, User};
use crate::finding::Location;

/// The version of the JSON form.
const VERSION: u32 = 1;
/// A comment on a pull request holds 65,536 characters; a little less is written.
const LONGEST_COMMENT: usize = 60_000;
/// Of the places that one change breaks a comment names this many.
const MOST_USERS: usize = 20;

/// What two states differ in, and how to say it.
pub struct Comparison<'run> {
    /// The earlier state.
    pub base: &'run State<'run>,
    /// The later state.
    pub head: &'run State<'run>,
    /// The name and the commit of the earlier state.
    pub base_name: (&'run str, &'run str),
    /// The same of the later one; none for the working tree.
    pub head_name: Option<(&'run str, &'run str)>,
    /// The flows that have changed.
    pub flows: &'run [FlowChanges],
    /// Whether changes that break nothing are told, too.
    pub with_compatible: bool,
    /// The dress of the report for people.
    pub style: Style,
}

/// The number of changes, and of the places that they break.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Changes that break whoever relies on what was.
    pub breaking: usize,
    /// Other changes.
    pub compatible: usize,
    /// Places of the repository that break.
    pub broken: usize,
    /// Places of the repository that may break.
    pub at_risk: usize,
}

impl Comparison<'_> {
    /// Counts the changes.
    pub fn counts(&self) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        for change in self.flows.iter().flat_map(|flow| &flow.changes) {
            if change.kind.is_breaking() {
                counts.breaking += 1;
            } else {
                counts.compatible += 1;
            }
            let broken = change.users.iter().filter(|user| user.certain).count();
            counts.broken += broken;
            counts.at_risk += change.users.len() - broken;
        }
        counts
    }

    /// The changes of a flow that are told, those that break something first.
    fn told<'flow>(&self, flow: &'flow FlowChanges) -> impl Iterator<Item = &'flow Change> {
        let all = self.with_compatible;
        let changes = flow.changes.iter();
        changes.filter(move |change| all || change.kind.is_breaking())
    }

    fn place(&self, flow: &FlowChanges) -> Option<String> {
        let head = flow.head.map(|place| at(self.head, place));
        head.or_else(|| flow.base.map(|place| at(self.base, place)))
    }

    fn summary(&self) -> String {
        let counts = self.counts();
        let mut text = match counts.breaking {
            0 => "no breaking change".to_owned(),
            count => plural(count, "breaking change"),
        };
        if counts.breaking > 0 {
            let broken = match counts.broken {
                0 => "nothing in this repository breaks".to_owned(),
                1 => "1 place in this repository breaks".to_owned(),
                count => format!("{count} places in this repository break"),
            };
            text.push_str(&format!(", {broken}"));
            if counts.at_risk > 0 {
                text.push_str(&format!(", {} may", counts.at_risk));
            }
        }
        if counts.compatible > 0 {
            let changes = plural(counts.compatible, "compatible change");
            text.push_str(&format!("; {changes}"));
        }
        text
    }
}

fn plural(count: usize, name: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {name}{s}")
}

fn at(state: &State<'_>, place: Location) -> String {
    let (path, line) = state.line(place);
    format!("{}:{line}", slashed(path))
}

/// What a user does, and where in its flow.
fn what(user: &User) -> String {
    let (flow, by) = (&user.flow, &user.by);
    match user.reliance {
        Reliance::Reads => format!("`{flow}` reads `{by}`"),
        reliance if by.is_empty() => format!("`{flow}` {} it", reliance.as_str()),
        reliance => format!("`{flow}` {} it in `{by}`", reliance.as_str()),
    }
}

/// Who else may break, said once for a flow.
fn outside<'change>(changes: impl Iterator<Item = &'change Change>) -> Vec<&'static str> {
    let mut outside: Vec<&str> = changes.filter_map(|change| change.kind.outside()).collect();
    outside.sort_unstable();
    outside.dedup();
    outside
}

/// Writes the changes for people.
///
/// # Errors
///
/// Those of the writer.
pub fn human(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (bold, red, green, off) = if comparison.style.color {
        ("\u{1b}[1m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[0m")
    } else {
        ("", "", "", "")
    };
    for flow in comparison.flows {
        let changes: Vec<&Change> = comparison.told(flow).collect();
        if changes.is_empty() {
            continue;
        }
        let place = comparison.place(flow).unwrap_or_default();
        let (name, place) = (printable(&flow.name), printable(&place));
        writeln!(out, "{bold}{name}{off} ({place})")?;
        for change in changes {
            let color = if change.kind.is_breaking() {
                red
            } else {
                green
            };
            let word = if change.kind.is_breaking() {
                "breaking"
            } else {
                "compatible"
            };
            writeln!(
                out,
                "  {color}{word}[{}]{off} {}",
                change.kind.as_str(),
                printable(&change.message)
            )?;
            for user in &change.users {
                let verb = if user.certain { "breaks" } else { "may break" };
                let place = at(comparison.head, user.place);
                writeln!(
                    out,
                    "    {verb}: {}, {}",
                    printable(&place),
                    printable(&what(user))
                )?;
            }
        }
        for outside in outside(comparison.told(flow)) {
            writeln!(out, "  not seen from here: {outside}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", comparison.summary())
}

/// Writes the changes for programs.
///
/// # Errors
///
/// Those of the writer.
pub fn json(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = comparison.counts();
    let flows: Vec<Json> = comparison
        .flows
        .iter()
        .filter_map(|flow| {
            let changes: Vec<Json> = comparison
                .told(flow)
                .map(|change| change_as_json(comparison, change))
                .collect();
            (!changes.is_empty()).then(|| {
                json!({
                    "name": flow.name,
                    "base": place_as_json(comparison.base, flow.base),
                    "head": place_as_json(comparison.head, flow.head),
                    "changes": changes,
                })
            })
        })
        .collect();
    let state = |(name, commit): (&str, &str)| json!({ "name": name, "commit": commit });
    let all = json!({
        "version": VERSION,
        "base": state(comparison.base_name),
        "head": comparison.head_name.map(state),
        "summary": {
            "breaking": counts.breaking,
            "compatible": counts.compatible,
            "broken": counts.broken,
            "at_risk": counts.at_risk,
        },
        "flows": flows,
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn change_as_json(comparison: &Comparison<'_>, change: &Change) -> Json {
    let users: Vec<Json> = change
        .users
        .iter()
        .map(|user| {
            let (path, line) = comparison.head.line(user.place);
            json!({
                "flow": user.flow,
                "reliance": user.reliance.as_str(),
                "by": user.by,
                "path": slashed(path),
                "line": line,
                "certain": user.certain,
            })
        })
        .collect();
    json!({
        "kind": change.kind.as_str(),
        "breaking": change.kind.is_breaking(),
        "message": change.message,
        "base": place_as_json(comparison.base, change.base),
        "head": place_as_json(comparison.head, change.head),
        "users": users,
        "outside": change.kind.outside(),
    })
}

fn place_as_json(state: &State<'_>, place: Option<Location>) -> Json {
    place.map_or(Json::Null, |place| {
        let (path, line) = state.line(place);
        json!({ "path": slashed(path), "line": line })
    })
}

/// Writes the changes as a comment on a pull request.
///
/// # Errors
///
/// Those of the writer.
pub fn markdown(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (name, commit) = comparison.base_name;
    let short = commit.get(..10).unwrap_or(commit);
    let mut text = format!(
        "### Flow interfaces: {}\n\nCompared with `{}` ({short}).\n",
        comparison.summary(),
        inline(name)
    );
    let of_kind = |breaking: bool| {
        comparison.flows.iter().filter(move |flow| {
            let mut changes = flow.changes.iter();
            changes.any(|change| change.kind.is_breaking() == breaking)
        })
    };
    let mut left_out = 0;
    for flow in of_kind(true) {
        let section = section(comparison, flow, true);
        if text.len() + section.len() > LONGEST_COMMENT {
            left_out += 1;
        } else {
            text.push_str(&section);
        }
    }
    let compatible = comparison.counts().compatible;
    if comparison.with_compatible && compatible > 0 {
        let summary = plural(compatible, "compatible change");
        text.push_str(&format!("\n<details><summary>{summary}</summary>\n"));
        for flow in of_kind(false) {
            let section = section(comparison, flow, false);
            if text.len() + section.len() > LONGEST_COMMENT {
                left_out += 1;
            } else {
                text.push_str(&section);
            }
        }
        text.push_str("\n</details>\n");
    }
    if left_out > 0 {
        let flows = plural(left_out, "more flow");
        text.push_str(&format!("\n…and {flows}: `kestralint diff` shows them.\n"));
    }
    out.write_all(text.as_bytes())
}

fn section(comparison: &Comparison<'_>, flow: &FlowChanges, breaking: bool) -> String {
    let place = comparison.place(flow).unwrap_or_default();
    let mut text = format!("\n#### `{}` · `{}`\n\n", inline(&flow.name), inline(&place));
    let changes = flow.changes.iter();
    for change in changes.filter(|change| change.kind.is_breaking() == breaking) {
        let message = escaped(&change.message);
        text.push_str(&format!("- {message} (`{}`)\n", change.kind.as_str()));
        for user in change.users.iter().take(MOST_USERS) {
            let verb = if user.certain {
                "**breaks**"
            } else {
                "may break"
            };
            let place = at(comparison.head, user.place);
            let what = escaped(&what(user));
            text.push_str(&format!("  - {verb} `{}`: {what}\n", inline(&place)));
        }
        let more = change.users.len().saturating_sub(MOST_USERS);
        if more > 0 {
            text.push_str(&format!("  - …and {}\n", plural(more, "more place")));
        }
    }
    let changes = flow.changes.iter();
    for outside in outside(changes.filter(|change| change.kind.is_breaking() == breaking)) {
        text.push_str(&format!("- not seen from here: {outside}\n"));
    }
    text
}

/// A text for a code span.
fn inline(text: &str) -> String {
    printable(text).replace(['`', '\n', '\t'], " ")
}

/// A text in which backticks mark code, so that nothing else in it means something to Markdown.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let is_even = text.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    let mut written = String::new();
    for character in text.chars() {
        match character {
            '`' if !is_even => continue,
            '`' => in_code = !in_code,
            '<' | '>' | '*' | '_' | '[' | ']' | '\\' | '#' | '@' | '!' | '~' | '|' if !in_code => {
                written.push('\\');
            }
            _ => {}
        }
        written.push(character);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_backticks_mean_something_in_a_comment() {
        assert_eq!(escaped("from a_b to `c_d`"), "from a\\_b to `c_d`");
        assert_eq!(escaped("one ` <img>"), "one  \\<img\\>");
        assert_eq!(inline("a`b\nc"), "a b␊c");
    }
}
