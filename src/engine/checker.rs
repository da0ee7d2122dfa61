//! What rules see, and how they speak.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::settings::{OptionValue, Settings};
use super::{LoadedDocument, Workspace, fingerprint};
use crate::analysis::script::DataFix;
use crate::analysis::taint::{FlowView, Place, Tracer, Wanted};
use crate::analysis::{ExpressionSite, is_validated};
use crate::catalogue::Catalogue;
use crate::expression::{Problem, References};
use crate::finding::{
    Applicability, Edit, FileId, Finding, Fingerprint, Fix, Group, Location, RelatedLocation,
    RuleMetadata, Severity, Target, TargetSet,
};
use crate::model::{Flow, Task, TaskIndex};
use crate::project::{Environments, MemberIndex, ProjectIndex, Start};
use crate::syntax::{NodeId, ScalarStyle, Tree};
use crate::text::{TextRange, capitalised};

/// The one thing that rules of a kind make once and share among them.
#[derive(Default)]
pub(super) struct Memory(Option<Rc<dyn Any>>);

impl Memory {
    pub(super) fn known<T: 'static>(&self) -> Option<Rc<T>> {
        self.0.clone()?.downcast().ok()
    }

    pub(super) fn keep<T: 'static>(&mut self, made: T) -> Rc<T> {
        let made = Rc::new(made);
        self.0 = Some(Rc::<T>::clone(&made));
        made
    }
}

/// One document under the eyes of the rules, for one target.
pub struct Checker<'run> {
    /// The whole run, for places in other documents.
    pub workspace: &'run Workspace,
    /// The document.
    pub document: &'run LoadedDocument,
    /// Its number in the run.
    pub index: u32,
    /// Its tree.
    pub tree: &'run Tree,
    /// Its flow; empty where the text is none.
    pub flow: &'run Flow,
    /// All flows of its project.
    pub project: &'run ProjectIndex,
    /// The Kestra version checked against.
    pub target: Target,
    /// What Kestra of that version knows.
    pub catalogue: &'run Catalogue,
    pub(super) settings: &'run Settings,
    pub(super) rule: usize,
    pub(super) references: Rc<References>,
    pub(super) memory: Memory,
    pub(super) findings: Vec<Finding>,
}

impl<'run> Checker<'run> {
    /// What rules of a kind make of the document once and share among them.
    pub fn remembered<T: 'static>(&mut self, make: impl FnOnce() -> T) -> Rc<T> {
        self.memory
            .known()
            .unwrap_or_else(|| self.memory.keep(make()))
    }

    /// What the template reads that [`super::Rule::expression`] was called for.
    pub fn references(&self) -> Rc<References> {
        Rc::clone(&self.references)
    }

    /// The task of an index.
    pub fn task(&self, index: TaskIndex) -> &'run Task {
        self.flow.task(index)
    }

    /// How grave it is when bean validation finds fault with a task: where it does not look, Kestra saves the flow.
    pub fn severity_of_refusal(&self, task: TaskIndex) -> Severity {
        if is_validated(self.tree, self.flow, self.target, task) {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// The type of a task or trigger, as text.
    pub fn type_text(&self, type_node: Option<NodeId>) -> Option<&'run str> {
        type_node.and_then(|node| self.tree.scalar_text(node))
    }

    /// The flow's place in its project.
    pub fn member(&self) -> Option<MemberIndex> {
        self.project.member_of(self.index)
    }

    /// The path by which the environment of a document is told: of a flow that Terraform deploys the
    /// directory in which it is run.
    pub fn deployment_path(&self, document: &'run LoadedDocument) -> &'run Path {
        self.workspace.deployment_path(document)
    }

    /// The flow for those who follow its values.
    pub fn view(&self) -> FlowView<'run> {
        self.document.view(self.index)
    }

    /// Follows values through the flows of the project; it does nothing before it is asked.
    pub fn tracer(&self, wanted: Wanted<'run>) -> Tracer<'run> {
        Tracer::new(self.workspace, self.project, self.target, wanted)
    }

    /// Where a text stands through which a value came.
    pub fn place(&self, place: Place) -> Option<Location> {
        let document = self.workspace.documents.get(place.document as usize)?;
        let range = document.tree.source_range(place.node, place.range);
        Some(document.document.locate(range))
    }

    /// The templates of the document.
    pub fn expressions(&self) -> &'run [ExpressionSite] {
        &self.document.expressions
    }

    /// An option of the rule that runs now.
    pub fn option(&self, name: &str) -> Option<&'run OptionValue> {
        self.settings.option(self.rule, name)
    }

    /// The settings of the document.
    pub fn settings(&self) -> &'run Settings {
        self.settings
    }

    /// Begins a finding on a node: the whole of a scalar or key, of a mapping the line that names it.
    pub fn finding<'checker>(
        &'checker mut self,
        rule: &'static RuleMetadata,
        node: NodeId,
        message: impl Into<String>,
    ) -> Draft<'checker, 'run> {
        let range = if self.tree.is_scalar(node) {
            self.tree.first_line(self.tree.range(node))
        } else {
            self.tree.headline(node)
        };
        self.draft(rule, Some(node), range, message.into())
    }

    /// Begins a finding on a range of a scalar's decoded text.
    pub fn finding_within<'checker>(
        &'checker mut self,
        rule: &'static RuleMetadata,
        node: NodeId,
        decoded: TextRange,
        message: impl Into<String>,
    ) -> Draft<'checker, 'run> {
        let range = self.tree.source_range(node, decoded);
        let text = self.tree.scalar_text(node).unwrap_or_default();
        let part = text
            .get(std::ops::Range::<usize>::from(decoded))
            .unwrap_or_default()
            .to_owned();
        let mut draft = self.draft(rule, Some(node), range, message.into());
        draft.text = Some(part);
        draft
    }

    /// Begins a finding on what types prove to be wrong in a template, with its message, its help and, where
    /// a near name is probably meant, a fix.
    pub fn problem<'checker>(
        &'checker mut self,
        rule: &'static RuleMetadata,
        site: &ExpressionSite,
        problem: &Problem,
    ) -> Draft<'checker, 'run> {
        let (template, target) = (&site.template, self.target);
        let message = capitalised(&problem.message(template, target));
        let help = problem
            .help(template, target)
            .map(|help| format!("{}.", capitalised(&help)));
        let replacement = problem
            .replacement(template, target)
            .and_then(|replacement| {
                let map = self.tree.offset_map(site.node);
                let place = map.source_range(replacement.range);
                map.is_verbatim(replacement.range)
                    .then_some((place, replacement.text))
            });
        let draft = self
            .finding_within(rule, site.node, problem.range, message)
            .maybe_help(help.map(|help| help.replace("?.", "?")));
        match replacement {
            Some((place, text)) => draft.fix(
                format!("Write `{text}`"),
                Applicability::Unsafe,
                place,
                text,
            ),
            None => draft,
        }
    }

    /// Begins a finding on bytes of the document's text that belong to no node.
    pub fn finding_at<'checker>(
        &'checker mut self,
        rule: &'static RuleMetadata,
        range: TextRange,
        message: impl Into<String>,
    ) -> Draft<'checker, 'run> {
        self.draft(rule, None, range, message.into())
    }

    /// The place of a node of this document, for related locations.
    pub fn location(&self, node: NodeId) -> Location {
        let range = if self.tree.is_scalar(node) {
            self.tree.first_line(self.tree.range(node))
        } else {
            self.tree.headline(node)
        };
        self.document.document.locate(range)
    }

    fn draft<'checker>(
        &'checker mut self,
        rule: &'static RuleMetadata,
        node: Option<NodeId>,
        range: TextRange,
        message: String,
    ) -> Draft<'checker, 'run> {
        let finding = Finding {
            rule: rule.name,
            severity: rule.severity,
            location: self.document.document.locate(range),
            message,
            label: String::new(),
            help: None,
            related: Vec::new(),
            fix: None,
            targets: TargetSet::of(self.target),
            fingerprint: Fingerprint::default(),
            redact: false,
        };
        Draft {
            checker: self,
            group: rule.group,
            finding,
            node,
            range,
            text: None,
            is_elsewhere: false,
        }
    }
}

/// A finding under construction; [`Draft::emit`] hands it in.
#[must_use = "a draft says nothing until it is emitted"]
pub struct Draft<'checker, 'run> {
    checker: &'checker mut Checker<'run>,
    group: Group,
    finding: Finding,
    node: Option<NodeId>,
    range: TextRange,
    text: Option<String>,
    /// Whether it is about a place that was named outright, and so about no node of the text.
    is_elsewhere: bool,
}

impl Draft<'_, '_> {
    /// Shows these bytes of the document's text instead of the node's own.
    pub fn range(mut self, range: TextRange) -> Self {
        self.range = range;
        self.finding.location = self.checker.document.document.locate(range);
        self
    }

    /// Shows this place, which may be in another file than the text.
    pub fn location(mut self, location: Location) -> Self {
        self.finding.location = location;
        self.is_elsewhere = true;
        self
    }

    /// Offers a fix of one edit in a file.
    pub fn fix_in_file(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        location: Location,
        content: impl Into<String>,
    ) -> Self {
        let content = content.into();
        self.finding.fix = Some(Fix {
            title: title.into(),
            applicability,
            edits: vec![Edit { location, content }],
        });
        self
    }

    /// Sets the severity, where it differs from the rule's.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Says under the carets why here.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.finding.label = label.into();
        self
    }

    /// Says under the carets why here, if there is something to say.
    pub fn maybe_label(mut self, label: Option<String>) -> Self {
        self.finding.label = label.unwrap_or(self.finding.label);
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    /// Says how to mend it, if there is something to say.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.finding.help = help.or(self.finding.help);
        self
    }

    /// Points at another place.
    pub fn related(mut self, location: Location, message: impl Into<String>) -> Self {
        self.finding.related.push(RelatedLocation {
            location,
            message: message.into(),
        });
        self
    }

    /// Says that the text at the location is a secret, which no report may show.
    pub fn redact(mut self) -> Self {
        self.finding.redact = true;
        self
    }

    /// Uses this text for the fingerprint instead of the node's; needed where the node's text says too
    /// little or too much.
    pub fn identity(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Offers a fix of one edit in the document's text. It is dropped where the bytes do not stand in
    /// one file as they are.
    pub fn fix(
        self,
        title: impl Into<String>,
        applicability: Applicability,
        range: TextRange,
        content: impl Into<String>,
    ) -> Self {
        self.fix_all(title, applicability, vec![(range, content.into())])
    }

    /// Offers a fix of edits in the decoded text of the finding's scalar. It is dropped where that text
    /// does not stand in the source as it is, or where the new text could mean something to YAML.
    pub fn fix_within(
        self,
        title: impl Into<String>,
        applicability: Applicability,
        edits: Vec<(TextRange, String)>,
    ) -> Self {
        let Some(node) = self.node else { return self };
        let tree = self.checker.tree;
        let map = tree.offset_map(node);
        let special: &[char] = match tree.scalar_style(node) {
            Some(ScalarStyle::SingleQuoted) => &['\''],
            Some(ScalarStyle::DoubleQuoted) => &['"', '\\'],
            Some(ScalarStyle::Plain) => &['#', ':'],
            _ => &[],
        };
        let fits = edits
            .iter()
            .all(|(range, text)| map.is_verbatim(*range) && !text.contains(special));
        if !fits {
            return self;
        }
        let edits = edits
            .into_iter()
            .map(|(range, text)| (map.source_range(range), text))
            .collect();
        self.fix_all(title, applicability, edits)
    }

    /// Offers a fix of several edits in the document's text.
    pub fn fix_all(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        edits: Vec<(TextRange, String)>,
    ) -> Self {
        let document = &self.checker.document.document;
        let edits: Option<Vec<Edit>> = edits
            .into_iter()
            .map(|(range, content)| {
                document
                    .locate_exactly(range)
                    .map(|location| Edit { location, content })
            })
            .collect();
        if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
            self.finding.fix = Some(Fix {
                title: title.into(),
                applicability,
                edits,
            });
        }
        self
    }

    /// Offers to pass a value in as data, where that is possible.
    pub fn pass_as_data(self, fix: Option<DataFix>) -> Self {
        let Some(DataFix { title, edits }) = fix else {
            return self;
        };
        let edits = edits.into_iter().map(|edit| (edit.range, edit.content));
        self.fix_all(title, Applicability::Unsafe, edits.collect())
    }

    /// Whether the finding is about something that Terraform knows only when it runs.
    fn is_unfounded(&self) -> bool {
        if self.is_elsewhere {
            return false;
        }
        let document = &self.checker.document.document;
        let about_the_whole = matches!(
            self.group,
            Group::Schema | Group::Correctness | Group::Project
        );
        (document.is_incomplete && about_the_whole) || document.is_unknown(self.range)
    }

    /// Hands the finding in.
    pub fn emit(mut self) {
        if self.is_unfounded() {
            return;
        }
        let tree = self.checker.tree;
        let source = tree.source();
        let node_text = self.node.and_then(|node| tree.scalar_text(node));
        let text = self.text.as_deref().or(node_text).unwrap_or_else(|| {
            source
                .get(std::ops::Range::<usize>::from(self.range))
                .unwrap_or_default()
        });
        self.finding.fingerprint =
            fingerprint::of_node(self.finding.rule, tree, self.checker.flow, self.node, text);
        self.checker.findings.push(self.finding);
    }
}

/// All flows of a project under the eyes of the rules, for one target.
pub struct ProjectChecker<'run> {
    /// The whole run.
    pub workspace: &'run Workspace,
    /// All flows of the project.
    pub project: &'run ProjectIndex,
    /// The Kestra version checked against.
    pub target: Target,
    pub(super) settings: Arc<Settings>,
    pub(super) environments: &'run BTreeMap<String, Vec<String>>,
    pub(super) index: usize,
    pub(super) rule: usize,
    pub(super) memory: Memory,
    pub(super) findings: Vec<Finding>,
}

impl<'run> ProjectChecker<'run> {
    /// Whether a `.tf` file belongs to the project.
    pub fn has_terraform_file(&self, file: FileId) -> bool {
        self.workspace.terraform_projects.get(&file) == Some(&self.index)
    }

    /// The environments of the configuration.
    pub fn environments(&self) -> Environments<'run> {
        Environments::new(self.environments)
    }

    /// The flow's id, with its namespace where the flows of a circle are of several.
    pub fn name(&self, member: MemberIndex, cycle: &[Start]) -> String {
        let summary = self.project.summary(member);
        let one = |start: &Start| self.project.summary(start.from).namespace == summary.namespace;
        match &summary.id {
            Some(id) if cycle.iter().all(one) => format!("`{id}`"),
            _ => format!("`{}`", summary.full_name()),
        }
    }

    /// A circle in words: `a` → `b` → `a`.
    pub fn way(&self, cycle: &[Start]) -> String {
        let back = cycle.first().map(|start| start.from);
        let members = cycle.iter().map(|start| start.from).chain(back);
        let names: Vec<String> = members.map(|member| self.name(member, cycle)).collect();
        names.join(" → ")
    }

    /// The first of some documents on which findings are reported.
    pub fn first_reported(&self, mut documents: impl Iterator<Item = u32>) -> Option<usize> {
        documents.position(|document| {
            let document = self.workspace.documents.get(document as usize);
            document.is_some_and(|document| document.is_reported)
        })
    }

    /// An option of the rule that runs now.
    pub fn option(&self, name: &str) -> Option<&OptionValue> {
        self.settings.option(self.rule, name)
    }

    /// Hands a finding in. `identity` tells it apart from others of the rule: names, not places.
    pub fn emit(
        &mut self,
        rule: &'static RuleMetadata,
        location: Location,
        identity: &[&str],
        message: impl Into<String>,
        complete: impl FnOnce(&mut Finding),
    ) {
        let hash = identity.iter().fold(
            fingerprint::StableHash::new().text(rule.name),
            |hash, text| hash.text(text),
        );
        let mut finding = Finding {
            rule: rule.name,
            severity: rule.severity,
            location,
            message: message.into(),
            label: String::new(),
            help: None,
            related: Vec::new(),
            fix: None,
            targets: TargetSet::of(self.target),
            fingerprint: hash.finish(),
            redact: false,
        };
        complete(&mut finding);
        self.findings.push(finding);
    }
}
