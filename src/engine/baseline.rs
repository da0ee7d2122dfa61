//! A baseline: findings that were accepted as they were, so that only new ones are told.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use crate::finding::{Finding, Fingerprint};

/// The version of the file's form.
const VERSION: u64 = 1;

/// A finding that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BaselineEntry {
    /// The path of its file from the root of the repository, for people: files may move.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// What identifies it.
    pub fingerprint: Fingerprint,
}

/// Findings that were accepted, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    entries: Vec<BaselineEntry>,
}

impl Baseline {
    /// A baseline of these entries.
    pub fn new(mut entries: Vec<BaselineEntry>) -> Self {
        entries.sort();
        entries.dedup();
        Self { entries }
    }

    /// Reads the text of a baseline's file.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file["version"].as_u64() != Some(VERSION) {
            return Err(format!("`version` is not {VERSION}"));
        }
        let Some(rows) = file["findings"].as_array() else {
            return Err("there is no list `findings`".to_owned());
        };
        let entries: Result<Vec<BaselineEntry>, String> = (0..)
            .zip(rows)
            .map(|(position, row)| {
                entry(row).ok_or_else(|| {
                    format!("`findings[{position}]` lacks `path`, `rule` or a `fingerprint` of 16 hexadecimal digits")
                })
            })
            .collect();
        Ok(Self::new(entries?))
    }

    /// The text of its file: an entry a line, so that changes of it can be reviewed.
    pub fn text(&self) -> String {
        let rows: Vec<String> = self
            .entries
            .iter()
            .map(|entry| {
                let row = json!({
                    "path": entry.path,
                    "rule": entry.rule,
                    "fingerprint": entry.fingerprint.to_string(),
                });
                format!("\n    {row}")
            })
            .collect();
        let end = if rows.is_empty() { "" } else { "\n  " };
        let rows = rows.join(",");
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": [{rows}{end}]\n}}\n")
    }

    /// The entries, sorted by path, rule and fingerprint.
    pub fn entries(&self) -> &[BaselineEntry] {
        &self.entries
    }

    /// Takes the accepted findings out of those that it is for. Gives back their number, and the entries of
    /// which none was found.
    pub fn apply(
        &self,
        findings: &mut Vec<Finding>,
        is_for: impl Fn(&Finding) -> bool,
    ) -> (usize, Vec<&BaselineEntry>) {
        let known: HashSet<Fingerprint> = self.fingerprints().collect();
        let mut found = HashSet::new();
        let before = findings.len();
        findings.retain(|finding| {
            let is_known = known.contains(&finding.fingerprint) && is_for(finding);
            if is_known {
                found.insert(finding.fingerprint);
            }
            !is_known
        });
        let entries = self.entries.iter();
        let unused = entries.filter(|entry| !found.contains(&entry.fingerprint));
        (before - findings.len(), unused.collect())
    }

    fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> + '_ {
        self.entries.iter().map(|entry| entry.fingerprint)
    }
}

fn entry(row: &Json) -> Option<BaselineEntry> {
    let fingerprint = row["fingerprint"].as_str()?;
    let is_whole = fingerprint.len() == 16;
    Some(BaselineEntry {
        path: row["path"].as_str()?.to_owned(),
        rule: row["rule"].as_str()?.to_owned(),
        fingerprint: Fingerprint(
            u64::from_str_radix(fingerprint, 16)
                .ok()
                .filter(|_| is_whole)?,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let entry = |path: &str, fingerprint: u64| BaselineEntry {
            path: path.to_owned(),
            rule: "duplicate-key".to_owned(),
            fingerprint: Fingerprint(fingerprint),
        };
        let baseline = Baseline::new(vec![entry("b.yaml", 1), entry("a \"x\".yaml", u64::MAX)]);
        let text = baseline.text();
        assert_eq!(Baseline::read(&text), Ok(baseline));
        assert_eq!(text.lines().count(), 7, "{text}");
        let empty = Baseline::default();
        assert_eq!(Baseline::read(&empty.text()), Ok(empty));
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for text in [
            "",
            "{}",
            "{\"version\": 2, \"findings\": []}",
            "{\"version\": 1}",
            "{\"version\": 1, \"findings\": [{\"path\": \"a\", \"rule\": \"b\", \"fingerprint\": \"12\"}]}",
        ] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }
}
