//! Whether a node fulfils a policy.

use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use cel::common::types::CelNull;

use super::declared::{Exception, Part, Policy, Select, fits};
use super::expression::{Expression, Trouble, Variables};
use super::value::{Boxed, SharedList, SharedMap, Values, text};
use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, LoadedDocument, Workspace};
use crate::finding::Target;
use crate::governance::{Governed, Origin};
use crate::project::{EnvironmentOf, Environments};
use crate::syntax::NodeId;

/// Which load and which project, with its value.
type Project = ((u64, usize), Boxed);

thread_local! {
    static PROJECT: RefCell<Option<Project>> = const { RefCell::new(None) };
}

/// A document under the eyes of policies, with what was made of it for them so far.
pub(super) struct Subject<'run> {
    pub(super) workspace: &'run Workspace,
    pub(super) document: &'run LoadedDocument,
    pub(super) target: Target,
    pub(super) facts: &'run mut Facts,
}

impl<'run> Subject<'run> {
    /// The document that rules look at.
    pub(super) fn of(checker: &Checker<'run>, facts: &'run mut Facts) -> Self {
        Self {
            workspace: checker.workspace,
            document: checker.document,
            target: checker.target,
            facts,
        }
    }
}

/// What was made of a document for policies.
#[derive(Debug, Default)]
pub(super) struct Facts {
    values: Values,
    flow: Option<Boxed>,
    tasks: Option<Boxed>,
    /// None in it where the document is no flow.
    governed: OnceCell<Option<Rc<Governed<'static>>>>,
}

impl Facts {
    /// The flow as it would run under Enterprise Policies.
    pub(super) fn governed(
        &self,
        document: &LoadedDocument,
        target: Target,
    ) -> Option<Rc<Governed<'static>>> {
        let govern = || document.governed(target).map(Rc::new);
        self.governed.get_or_init(govern).clone()
    }
}

/// A node that a policy may be about.
pub(super) struct Candidate {
    pub(super) node: NodeId,
    value: Boxed,
    pub(super) id: String,
}

/// What comes of looking at a node.
pub(super) enum Verdict {
    NotSelected,
    Fulfilled,
    Violated,
    Failed(Trouble),
}

impl Subject<'_> {
    fn path(&self) -> &Path {
        &self.workspace.files.get(self.document.document.file).path
    }

    /// `namespace.id` of the flow.
    pub(super) fn flow_name(&self) -> String {
        let (flow, tree) = (&self.document.flow, &self.document.tree);
        let namespace = flow.namespace_text(tree).unwrap_or_default();
        format!("{namespace}.{}", flow.id_text(tree).unwrap_or_default())
    }

    /// The nodes of some kinds.
    pub(super) fn candidates(&mut self, select: &[Select]) -> Vec<Candidate> {
        self.prepare();
        let kinds = select.iter();
        kinds.flat_map(|select| self.of_kind(*select)).collect()
    }

    fn of_kind(&mut self, select: Select) -> Vec<Candidate> {
        let document = self.document;
        let flow = &document.flow;
        let nodes: Vec<NodeId> = match select {
            Select::Flow => flow.root.into_iter().collect(),
            Select::Task => flow.tasks.iter().map(|task| task.node).collect(),
            Select::Trigger => flow.triggers.iter().map(|trigger| trigger.node).collect(),
            Select::Plugin => self.plugins(),
            Select::Input => flow.inputs.iter().map(|input| input.node).collect(),
            Select::Output => flow.outputs.iter().map(|output| output.node).collect(),
            Select::Expression => {
                let sites = document.expressions.iter();
                return sites.map(|site| self.template(site)).collect();
            }
        };
        nodes.into_iter().map(|node| self.entity(node)).collect()
    }

    /// Properties that Enterprise Policies or the flow's own plugin defaults give are seen by all policies.
    fn prepare(&mut self) {
        let mut governance = self.document.settings.governance.iter();
        let defaults = &self.document.flow.plugin_defaults;
        let has_defaults = self.target == Target::V1_3 && !defaults.is_empty();
        if has_defaults || governance.any(|policy| policy.changes_flows()) {
            self.facts.values.governed = self.governed();
        }
    }

    fn entity(&mut self, node: NodeId) -> Candidate {
        let tree = &self.document.tree;
        let always = vec![("id", text("")), ("type", text(""))];
        Candidate {
            node,
            value: self.facts.values.entity(tree, node, always),
            id: tree.get_text(node, "id").unwrap_or_default().to_owned(),
        }
    }

    /// The mappings that are instances of plugins: tasks, triggers, task runners and all others.
    fn plugins(&mut self) -> Vec<NodeId> {
        let governed = self.governed();
        let plugins = governed.iter().flat_map(|governed| governed.plugins());
        let written = plugins.filter_map(|plugin| match plugin.value.origin {
            Origin::Written(node) => Some(node),
            Origin::Given => None,
        });
        written.collect()
    }

    fn template(&mut self, site: &ExpressionSite) -> Candidate {
        let (tree, node) = (&self.document.tree, site.node);
        let key = tree.key_of(node).and_then(|key| tree.scalar_text(key));
        let property = key.unwrap_or_default();
        let flow = &self.document.flow;
        let owner = match site.owner {
            Owner::Task(task) => Some(flow.task(task).node),
            Owner::Trigger(trigger) => flow.triggers.get(trigger as usize).map(|one| one.node),
            _ => None,
        };
        let owner = owner.map(|owner| self.entity(owner));
        let none = || Candidate {
            node,
            value: Box::new(SharedMap::new([
                ("id".to_owned(), text("")),
                ("type".to_owned(), text("")),
            ])),
            id: property.to_owned(),
        };
        let owner = owner.unwrap_or_else(none);
        let written = tree.scalar_text(node).unwrap_or_default();
        let value = SharedMap::new([
            ("text".to_owned(), text(written)),
            ("property".to_owned(), text(property)),
            ("owner".to_owned(), owner.value),
        ]);
        Candidate {
            node,
            value: Box::new(value),
            id: owner.id,
        }
    }

    /// Looks at a node.
    pub(super) fn judge(&mut self, policy: &Policy, candidate: &Candidate) -> Verdict {
        match policy
            .condition
            .as_ref()
            .map(|condition| self.holds(condition, candidate))
        {
            None | Some(Ok(true)) => {}
            // What is not there, or only known when it runs, is not selected.
            Some(Ok(false) | Err(Trouble::Absent | Trouble::Unknown)) => {
                return Verdict::NotSelected;
            }
            Some(Err(trouble)) => return Verdict::Failed(trouble),
        }
        match self.holds(&policy.require, candidate) {
            Ok(true) | Err(Trouble::Unknown) => Verdict::Fulfilled,
            Ok(false) | Err(Trouble::Absent) => Verdict::Violated,
            Err(trouble) => Verdict::Failed(trouble),
        }
    }

    /// The namespace of the flow.
    pub(super) fn namespace(&self) -> &str {
        let namespace = self.document.flow.namespace_text(&self.document.tree);
        namespace.unwrap_or_default()
    }

    /// The flow as it would run under Enterprise Policies.
    pub(super) fn governed(&self) -> Option<Rc<Governed<'static>>> {
        self.facts.governed(self.document, self.target)
    }

    /// Whether an exception is about what has an id.
    pub(super) fn excepts(&self, exception: &Exception, id: &str) -> bool {
        let holds = |pattern: &Option<String>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| fits(pattern, text))
        };
        holds(&exception.flow, &self.flow_name())
            && holds(&exception.node, id)
            && holds(
                &exception.path,
                &self.path().to_string_lossy().replace('\\', "/"),
            )
    }

    /// The message of a policy about a node.
    pub(super) fn message(&mut self, policy: &Policy, candidate: &Candidate) -> String {
        let mut message = String::new();
        for part in &policy.message {
            match part {
                Part::Text(text) => message.push_str(text),
                Part::Expression(expression) => {
                    let values = self.gather(expression, candidate);
                    let of = |name: &str| lookup(&values, name);
                    let shown = expression.text(&Variables { of: &of });
                    message.push_str(shown.as_deref().unwrap_or("…"));
                }
            }
        }
        message
    }

    fn holds(&mut self, expression: &Expression, candidate: &Candidate) -> Result<bool, Trouble> {
        let values = self.gather(expression, candidate);
        let of = |name: &str| lookup(&values, name);
        expression.holds(&Variables { of: &of })
    }

    /// The values of the variables that an expression reads.
    fn gather(
        &mut self,
        expression: &Expression,
        candidate: &Candidate,
    ) -> Vec<(&'static str, Boxed)> {
        let mut values: Vec<(&'static str, Boxed)> = Vec::new();
        for (name, _) in super::expression::VARIABLES {
            if !expression.reads(name) {
                continue;
            }
            let value = match name {
                "node" => candidate.value.clone(),
                "flow" => self.flow(),
                "tasks" => self.tasks(),
                "project" => self.project(),
                "path" => text(&self.path().to_string_lossy().replace('\\', "/")),
                "environment" => text(self.environment()),
                _ => text(self.target.as_str()),
            };
            values.push((name, value));
        }
        values
    }

    fn flow(&mut self) -> Boxed {
        if self.facts.flow.is_none() {
            let always = vec![("id", text("")), ("namespace", text(""))];
            self.prepare();
            let value = match self.document.flow.root {
                Some(root) => self.facts.values.entity(&self.document.tree, root, always),
                None => Box::new(CelNull),
            };
            self.facts.flow = Some(value);
        }
        self.facts.flow.clone().unwrap_or_else(|| Box::new(CelNull))
    }

    fn tasks(&mut self) -> Boxed {
        if self.facts.tasks.is_none() {
            let tasks = self.of_kind(Select::Task);
            let values = tasks.into_iter().map(|task| task.value).collect();
            self.facts.tasks = Some(Box::new(SharedList::new(values)));
        }
        self.facts
            .tasks
            .clone()
            .unwrap_or_else(|| Box::new(CelNull))
    }

    /// Made once a thread: each of thousands of flows may ask for all of them.
    fn project(&self) -> Boxed {
        let key = (self.workspace.generation, self.document.project);
        PROJECT.with_borrow_mut(|known| match known {
            Some((known, project)) if *known == key => project.clone(),
            _ => {
                let project = self.make_project();
                *known = Some((key, project.clone()));
                project
            }
        })
    }

    fn make_project(&self) -> Boxed {
        let documents = self.workspace.documents.iter();
        let own = documents.filter(|other| other.project == self.document.project);
        let flows = own.filter(|other| other.is_flow()).map(|other| {
            let path = &self.workspace.files.get(other.document.file).path;
            let path = path.to_string_lossy().replace('\\', "/");
            let (flow, tree) = (&other.flow, &other.tree);
            let labels = flow.labels.map(|node| Values::default().labels(tree, node));
            let labels = labels.unwrap_or_else(|| Box::new(SharedMap::new([])));
            Box::new(SharedMap::new([
                (
                    "id".to_owned(),
                    text(flow.id_text(tree).unwrap_or_default()),
                ),
                (
                    "namespace".to_owned(),
                    text(flow.namespace_text(tree).unwrap_or_default()),
                ),
                ("path".to_owned(), text(&path)),
                ("labels".to_owned(), labels),
            ])) as Boxed
        });
        let flows: Boxed = Box::new(SharedList::new(flows.collect()));
        Box::new(SharedMap::new([("flows".to_owned(), flows)]))
    }

    fn environment(&self) -> &str {
        let namespace = self.document.flow.namespace_text(&self.document.tree);
        let environments = Environments::new(&self.document.settings.environments);
        match environments.of(Some(self.path()), namespace) {
            EnvironmentOf::Configured(name) => name,
            EnvironmentOf::Outside | EnvironmentOf::Unknown => "",
        }
    }
}

fn lookup(values: &[(&'static str, Boxed)], name: &str) -> Boxed {
    let found = values.iter().find(|(known, _)| *known == name);
    found.map_or_else(|| Box::new(CelNull) as Boxed, |(_, value)| value.clone())
}

impl Trouble {
    /// What to tell people.
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Absent => "a property is not there",
            Self::Unknown => "it depends on an expression",
            Self::TooMuch => "it is too much work",
            Self::Wrong(reason) => reason,
        }
    }
}

impl Exception {
    /// Whether its time is over.
    pub(super) fn is_expired(&self) -> bool {
        self.until.as_ref().is_some_and(|(day, _)| *day < today())
    }
}

/// The days since 1970, in UTC.
fn today() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_secs() / 86_400).unwrap_or(i64::MAX)
}
