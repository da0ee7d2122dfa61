//! A policy is a rule like any other: the engine selects, suppresses, sorts and reports it alike.

use std::cell::RefCell;

use super::declared::{Change, Example, Exception, Mending, Policy, TeamPolicy};
use super::expression::{self, Trouble};
use super::judge::{Candidate, Facts, Subject, Verdict};
use crate::engine::{Checker, Declaration, Interest, Rule};
use crate::finding::{Applicability, RuleMetadata, Severity};
use crate::syntax::{NodeId, Position, Tree, TreeEdit};
use crate::text::TextRange;

/// What becomes of a node.
enum Said {
    Violation(Candidate, String),
    Failure(Candidate, Trouble),
}

impl Rule for Policy {
    fn metadata(&self) -> &'static RuleMetadata {
        self.metadata
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn declaration(&self) -> Option<&Declaration> {
        Some(&self.declaration)
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let facts = checker.remembered(RefCell::<Facts>::default);
        let said = self.look(checker, &mut facts.borrow_mut());
        for said in said {
            match said {
                Said::Violation(candidate, message) => self.report(checker, &candidate, message),
                Said::Failure(candidate, trouble) => self.fail(checker, &candidate, &trouble),
            }
        }
    }
}

impl TeamPolicy for Policy {
    fn origin(&self) -> &Declaration {
        &self.declaration
    }

    fn place(&self) -> TextRange {
        self.place
    }

    fn exceptions(&self) -> &[Exception] {
        &self.allow
    }

    fn examples(&self) -> &[Example] {
        &self.examples
    }

    fn is_about(&self, subject: &mut Subject<'_>) -> bool {
        expression::grant(expression::BUDGET);
        let candidates = subject.candidates(&self.select);
        candidates
            .iter()
            .any(|candidate| !matches!(subject.judge(self, candidate), Verdict::NotSelected))
    }

    fn refused(&self, subject: &mut Subject<'_>) -> Vec<String> {
        expression::grant(expression::BUDGET);
        let mut refused = Vec::new();
        for candidate in subject.candidates(&self.select) {
            let verdict = subject.judge(self, &candidate);
            if matches!(verdict, Verdict::Violated | Verdict::Failed(_)) {
                refused.push(candidate.id);
            }
        }
        refused
    }
}

impl Policy {
    fn look(&self, checker: &Checker<'_>, facts: &mut Facts) -> Vec<Said> {
        let mut subject = Subject::of(checker, facts);
        expression::grant(expression::BUDGET);
        let mut said = Vec::new();
        for candidate in subject.candidates(&self.select) {
            match subject.judge(self, &candidate) {
                Verdict::NotSelected | Verdict::Fulfilled => {}
                Verdict::Violated => {
                    if !self.is_allowed(&subject, &candidate.id) {
                        let message = subject.message(self, &candidate);
                        said.push(Said::Violation(candidate, message));
                    }
                }
                Verdict::Failed(trouble) => said.push(Said::Failure(candidate, trouble)),
            }
            if expression::left() == 0 {
                break;
            }
        }
        said
    }

    fn report(&self, checker: &mut Checker<'_>, candidate: &Candidate, message: String) {
        let tree = checker.tree;
        let place = self
            .at
            .as_deref()
            .and_then(|path| property(tree, candidate.node, path));
        let fix = self.mending.as_ref().and_then(|mending| {
            let edits = mending.edits(tree, candidate.node)?;
            Some((mending.title(), mending.applicability, edits))
        });
        let draft = checker
            .finding(self.metadata, place.unwrap_or(candidate.node), message)
            .maybe_help(self.help.clone());
        match fix {
            Some((title, applicability, edits)) => {
                draft.fix_all(title, applicability, edits).emit();
            }
            None => draft.emit(),
        }
    }

    /// A policy that cannot be judged is not passed over in silence.
    fn fail(&self, checker: &mut Checker<'_>, candidate: &Candidate, trouble: &Trouble) {
        let message = format!("This policy cannot be judged here: {}", trouble.message());
        checker
            .finding(self.metadata, candidate.node, message)
            .severity(Severity::Error)
            .help(format!(
                "Mend its expression in {}.",
                self.declaration.shown.display()
            ))
            .emit();
    }
}

/// The node of a property at a path; the nearest part of it that is there.
fn property(tree: &Tree, node: NodeId, path: &str) -> Option<NodeId> {
    let mut found = None;
    let mut at = node;
    for step in path.split('.') {
        let Some(next) = tree.get(at, step) else {
            break;
        };
        at = next;
        found = Some(next);
    }
    found
}

impl Mending {
    fn title(&self) -> String {
        let titles: Vec<String> = self
            .changes
            .iter()
            .map(|change| match change {
                Change::Set(name, value) | Change::Add(name, value) => {
                    format!("Set `{name}: {value}`")
                }
                Change::Remove(name) => format!("Remove `{name}`"),
                Change::Rename(old, new) => format!("Rename `{old}` to `{new}`"),
            })
            .collect();
        titles.join(", ")
    }

    fn edits(&self, tree: &Tree, node: NodeId) -> Option<Vec<(TextRange, String)>> {
        let mut edits = Vec::new();
        for change in &self.changes {
            if let Some(edit) = change.edit(tree, node)? {
                edits.push((edit.range, edit.content));
            }
        }
        Some(edits)
    }

    /// Whether it may be applied without a look.
    pub(super) fn is_safe(&self) -> bool {
        self.applicability == Applicability::Safe
    }
}

impl Change {
    /// The edit; nothing inside where nothing is to be done, and none where it cannot be done.
    #[allow(
        clippy::option_option,
        reason = "nothing to do differs from not possible"
    )]
    fn edit(&self, tree: &Tree, node: NodeId) -> Option<Option<TreeEdit>> {
        match self {
            Self::Add(name, _) if tree.get(node, name).is_some() => Some(None),
            Self::Add(name, value) | Self::Set(name, value) => match tree.get(node, name) {
                Some(old) if tree.is_scalar(old) && !tree.is_absent(old) => Some(Some(TreeEdit {
                    range: tree.range(old),
                    content: value.clone(),
                })),
                Some(_) => None,
                None => insert(tree, node, name, value).map(Some),
            },
            Self::Remove(name) => {
                let entries = tree.entries(node);
                let position = entries
                    .iter()
                    .position(|entry| tree.scalar_text(entry.key) == Some(name));
                match position {
                    Some(position) => tree.remove_entry(node, position).map(Some),
                    None => Some(None),
                }
            }
            Self::Rename(old, new) => match tree.entry(node, old) {
                Some(_) if tree.get(node, new).is_some() => None,
                Some(entry) => tree.rename_key(entry, new).map(Some),
                None => Some(None),
            },
        }
    }
}

/// Behind what names the node: there people look for its properties.
fn insert(tree: &Tree, node: NodeId, name: &str, value: &str) -> Option<TreeEdit> {
    let entries = tree.entries(node);
    let named = ["type", "namespace", "id"].iter().find_map(|key| {
        entries
            .iter()
            .position(|entry| tree.scalar_text(entry.key) == Some(key))
    });
    let position = named.or_else(|| entries.len().checked_sub(1))?;
    tree.insert_entry(node, Position::After(position), name, value)
}
