//! Applies fixes: all of one or none, over and over until nothing changes, and never one that breaks a
//! text or loses a comment that is not its own.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{LoadRequest, Overlay, Registry, Report, Workspace, check, load};
use crate::finding::{Applicability, Edit, FileId, Finding, Fix};
use crate::source::Files;
use crate::syntax::{self, Tree};

/// More rounds than any set of fixes needs; two rules that undo each other must not go on for ever.
const MOST_ROUNDS: usize = 20;

/// A text before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file, as reports show it.
    pub path: PathBuf,
    /// Its text as it was read.
    pub before: Arc<str>,
    /// Its text with the fixes.
    pub after: Arc<str>,
}

/// What became of the fixes of a run.
#[derive(Debug)]
pub struct Fixed {
    /// The files that change, by path.
    pub changes: Vec<Change>,
    /// How many fixes were applied, by rule.
    pub applied: BTreeMap<&'static str, usize>,
    /// Fixes that would have broken a text or lost a comment, by rule: a mistake of ours.
    pub refused: BTreeMap<&'static str, usize>,
    /// All that is known once the fixes are applied.
    pub workspace: Workspace,
    /// What is still found.
    pub report: Report,
}

/// Applies the fixes of the findings of a run until none is left that may be applied. Nothing is written.
pub fn fix(
    request: &LoadRequest<'_>,
    registry: Registry,
    workspace: Workspace,
    report: Report,
    allowed: Applicability,
) -> Fixed {
    let originals: HashMap<PathBuf, Arc<str>> = workspace
        .files
        .iter()
        .map(|(_, file)| (file.path.clone(), Arc::clone(&file.text)))
        .collect();
    let mut overlay: Overlay = request.overlay.clone();
    let mut fixed = Fixed {
        changes: Vec::new(),
        applied: BTreeMap::new(),
        refused: BTreeMap::new(),
        workspace,
        report,
    };
    let mut touched: HashSet<PathBuf> = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        let round = Round::of(&fixed.workspace.files, &fixed.report.findings, allowed);
        fixed.refused = round.refused;
        if round.texts.is_empty() {
            break;
        }
        for (rule, count) in round.applied {
            *fixed.applied.entry(rule).or_default() += count;
        }
        for (file, text) in round.texts {
            let path = fixed.workspace.files.get(file).path.clone();
            touched.insert(path.clone());
            overlay.insert(path, text);
        }
        let again = LoadRequest {
            candidates: request.candidates,
            context: request.context,
            overlay: &overlay,
            settings: request.settings,
        };
        fixed.workspace = load(&again);
        fixed.report = check(&fixed.workspace, registry);
    }
    let mut changes: Vec<Change> = touched
        .into_iter()
        .filter_map(|path| {
            let before = Arc::clone(originals.get(&path)?);
            let after = Arc::clone(overlay.get(&path)?);
            (before != after).then_some(Change {
                path,
                before,
                after,
            })
        })
        .collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    fixed.changes = changes;
    fixed
}

/// One pass over the findings: the fixes that can be applied together.
#[derive(Debug, Default)]
struct Round {
    texts: HashMap<FileId, Arc<str>>,
    applied: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
}

impl Round {
    fn of(files: &Files, findings: &[Finding], allowed: Applicability) -> Self {
        let mut round = Self::default();
        let mut pending: HashMap<FileId, Pending> = HashMap::new();
        let mut seen: HashSet<&Fix> = HashSet::new();
        for finding in findings {
            let Some(fix) = finding
                .fix
                .as_ref()
                .filter(|fix| fix.applicability <= allowed && seen.insert(fix))
            else {
                continue;
            };
            match Pending::with(&pending, files, fix) {
                Ok(with) => {
                    pending.extend(with);
                    *round.applied.entry(finding.rule).or_default() += 1;
                }
                // The next round sees the text anew.
                Err(Objection::Overlap) => {}
                Err(Objection::Damage) => *round.refused.entry(finding.rule).or_default() += 1,
            }
        }
        round.texts = pending
            .into_iter()
            .map(|(file, pending)| (file, pending.text.into()))
            .collect();
        round
    }
}

/// Why a fix is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Objection {
    /// Another one changes the same bytes.
    Overlap,
    /// The text would no longer parse, or a comment would be lost.
    Damage,
}

/// A file with the edits that were accepted for it, in order of their places.
#[derive(Debug, Clone, Default)]
struct Pending {
    edits: Vec<Edit>,
    text: String,
}

impl Pending {
    /// The files of a fix with its edits added, if all of them can be.
    fn with(
        pending: &HashMap<FileId, Self>,
        files: &Files,
        fix: &Fix,
    ) -> Result<HashMap<FileId, Self>, Objection> {
        let mut changed: HashMap<FileId, Self> = HashMap::new();
        for edit in &fix.edits {
            let file = edit.location.file;
            let known = || pending.get(&file).cloned().unwrap_or_default();
            changed.entry(file).or_insert_with(known).add(edit)?;
        }
        for (file, pending) in &mut changed {
            let file = files.get(*file);
            pending.text = apply(&file.text, &pending.edits).ok_or(Objection::Damage)?;
            if is_yaml(&file.path) && !is_sound(&file.text, pending) {
                return Err(Objection::Damage);
            }
        }
        Ok(changed)
    }

    fn add(&mut self, edit: &Edit) -> Result<(), Objection> {
        let range = edit.location.range;
        let at = self
            .edits
            .partition_point(|known| known.location.range.start() < range.start());
        let overlaps = |known: &Edit| {
            let known = known.location.range;
            let is_apart = known.end() <= range.start() || range.end() <= known.start();
            // Two insertions at one place have no order.
            !is_apart || known.start() == range.start()
        };
        let neighbours = at.saturating_sub(1)..(at + 1).min(self.edits.len());
        if self.edits[neighbours].iter().any(overlaps) {
            return Err(Objection::Overlap);
        }
        self.edits.insert(at, edit.clone());
        Ok(())
    }
}

/// The text with edits, which are in order and do not overlap. None where one does not fit the text.
fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let line_feed = if text
        .find('\n')
        .is_some_and(|feed| text[..feed].ends_with('\r'))
    {
        "\r\n"
    } else {
        "\n"
    };
    let mut changed = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let range: std::ops::Range<usize> = edit.location.range.into();
        changed.push_str(text.get(done..range.start)?);
        let content = edit.content.replace("\r\n", "\n");
        changed.push_str(&content.replace('\n', line_feed));
        text.get(range.clone())?;
        done = range.end;
    }
    changed.push_str(text.get(done..)?);
    Some(changed)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")
    })
}

/// Whether a change leaves no more mistakes of syntax than there were, and all comments that it did not
/// touch.
fn is_sound(before: &Arc<str>, pending: &Pending) -> bool {
    let old = syntax::parse(Arc::clone(before));
    let new = syntax::parse(pending.text.as_str().into());
    let mistakes = |tree: &Tree| (tree.errors().len(), tree.refusals().len());
    let (old_mistakes, new_mistakes) = (mistakes(&old), mistakes(&new));
    let parses = new_mistakes.0 <= old_mistakes.0
        && new_mistakes.1 <= old_mistakes.1
        && (new.documents().len() == old.documents().len() || old_mistakes.0 > 0);
    // Where a document is broken, not all comments are known.
    parses && (new_mistakes.0 < old_mistakes.0 || keeps_comments(&old, &new, &pending.edits))
}

fn keeps_comments(old: &Tree, new: &Tree, edits: &[Edit]) -> bool {
    let mut left = new.comments().iter().map(|comment| &new.source()[*comment]);
    old.comments()
        .iter()
        .filter(|comment| {
            !edits.iter().any(|edit| {
                let range = edit.location.range;
                range.start() < comment.end() && comment.start() < range.end()
            })
        })
        .all(|comment| left.any(|known| known == &old.source()[*comment]))
}

/// Why a file was not written.
#[derive(Debug)]
pub enum WriteProblem {
    /// The file changed since it was read.
    Changed,
    /// The system refused.
    System(io::Error),
}

impl std::fmt::Display for WriteProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed => formatter.write_str("the file has changed since it was read"),
            Self::System(error) => error.fmt(formatter),
        }
    }
}

/// Writes a change to disk: a new file takes the place of the old one at once, with its permissions. A
/// link is followed, not replaced.
///
/// # Errors
///
/// Says why the file is as it was.
pub fn write(change: &Change) -> Result<(), WriteProblem> {
    let path = std::fs::canonicalize(&change.path).map_err(WriteProblem::System)?;
    let on_disk = std::fs::read(&path).map_err(WriteProblem::System)?;
    if on_disk != change.before.as_bytes() {
        return Err(WriteProblem::Changed);
    }
    replace(&path, change.after.as_bytes()).map_err(WriteProblem::System)
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let permissions = std::fs::metadata(path)?.permissions();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.set_permissions(permissions)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The old file is untouched; what is left of the new one helps nobody.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Fingerprint, Location, Severity, TargetSet};
    use crate::source::File;
    use crate::text::TextRange;

    fn finding(
        rule: &'static str,
        applicability: Applicability,
        edits: &[(u32, u32, &str)],
    ) -> Finding {
        let location = |start: u32, end: u32| Location {
            file: FileId(0),
            range: TextRange::new(start.into(), end.into()),
        };
        Finding {
            rule,
            severity: Severity::Warning,
            location: location(0, 0),
            message: "m".to_owned(),
            label: String::new(),
            help: None,
            related: Vec::new(),
            fix: Some(Fix {
                title: format!("{edits:?}"),
                applicability,
                edits: edits
                    .iter()
                    .map(|(start, end, content)| Edit {
                        location: location(*start, *end),
                        content: (*content).to_owned(),
                    })
                    .collect(),
            }),
            targets: TargetSet::ALL,
            fingerprint: Fingerprint::default(),
            redact: false,
        }
    }

    fn round(text: &str, findings: &[Finding], allowed: Applicability) -> (Option<String>, Round) {
        let mut files = Files::default();
        files.add(File::new("a.yaml".into(), text.into()));
        let round = Round::of(&files, findings, allowed);
        (round.texts.get(&FileId(0)).map(ToString::to_string), round)
    }

    #[test]
    fn fixes_are_applied_together_and_each_once() {
        let safe = Applicability::Safe;
        let findings = [
            finding("one", safe, &[(3, 4, "x")]),
            finding("one", safe, &[(3, 4, "x")]),
            finding("two", safe, &[(8, 9, "y"), (0, 1, "k")]),
        ];
        let (text, round) = round("a: 1\nb: 2\n", &findings, safe);
        assert_eq!(text.as_deref(), Some("k: x\nb: y\n"));
        assert_eq!(round.applied, BTreeMap::from([("one", 1), ("two", 1)]));
    }

    #[test]
    fn a_fix_is_applied_whole_or_not_at_all() {
        let safe = Applicability::Safe;
        let findings = [
            finding("one", safe, &[(3, 4, "x")]),
            finding("two", safe, &[(0, 1, "k"), (3, 4, "y")]),
        ];
        let (text, round) = round("a: 1\nb: 2\n", &findings, safe);
        assert_eq!(text.as_deref(), Some("a: x\nb: 2\n"));
        assert!(round.refused.is_empty());
    }

    #[test]
    fn unsafe_fixes_want_to_be_asked_for() {
        let findings = [finding("one", Applicability::Unsafe, &[(3, 4, "x")])];
        assert_eq!(round("a: 1\n", &findings, Applicability::Safe).0, None);
        let (text, _) = round("a: 1\n", &findings, Applicability::Unsafe);
        assert_eq!(text.as_deref(), Some("a: x\n"));
    }

    #[test]
    fn damage_is_refused() {
        let safe = Applicability::Safe;
        for (text, edit) in [
            ("a: 1\n", (3, 4, "[")),
            ("a: 1\n", (3, 4, "\tx")),
            ("a: 1 # c\n", (3, 4, "'")),
            ("a: 1\n  # c\nb: 2\n", (3, 4, "|\n  x")),
            ("a: é\n", (3, 4, "x")),
            ("a: 1\n", (3, 400, "x")),
        ] {
            let (changed, round) = round(text, &[finding("one", safe, &[edit])], safe);
            assert_eq!(changed, None, "{text:?}");
            assert_eq!(round.refused, BTreeMap::from([("one", 1)]), "{text:?}");
        }
    }

    #[test]
    fn line_ends_and_byte_order_marks_stay() {
        let safe = Applicability::Safe;
        let text = "\u{feff}a: 1\r\nb: 2\r\n";
        let (changed, _) = round(text, &[finding("one", safe, &[(7, 7, "\nk: x")])], safe);
        assert_eq!(changed.as_deref(), Some("\u{feff}a: 1\r\nk: x\r\nb: 2\r\n"));
    }

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        std::fs::write(&path, "a: 1\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        }
        let change = Change {
            path: path.clone(),
            before: "a: 1\n".into(),
            after: "a: 2\n".into(),
        };
        write(&change).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a: 2\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
        assert!(matches!(write(&change), Err(WriteProblem::Changed)));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
