//! What has changed in what a flow offers to others.

use super::interface::{Accepted, is_needed, kind, takes_all_of, trigger_variables, webhooks};
use super::pairs::Pair;
use super::users::{Named, User, Users, fits, reads};
use super::{FlowOf, State};
use crate::finding::Location;
use crate::project::{InputSummary, OutputSummary, Summary};
use crate::text::closest;

/// The kinds of change, those that break something first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The flow is gone.
    FlowRemoved,
    /// The flow has another namespace or id.
    FlowRenamed,
    /// The flow does not start any more.
    FlowDisabled,
    /// An input is gone.
    InputRemoved,
    /// There is a new input that callers must pass.
    InputRequired,
    /// An input that could be left out must be passed.
    InputMadeRequired,
    /// An input has another type.
    InputRetyped,
    /// An input takes fewer values.
    InputNarrowed,
    /// An output is gone.
    OutputRemoved,
    /// An output has another type.
    OutputRetyped,
    /// The triggers bring fewer variables, and the flow reads one that is gone.
    TriggerOutputsChanged,
    /// A Webhook trigger has another key, and so another URL.
    WebhookKeyChanged,
    /// A Webhook trigger is gone or disabled.
    WebhookRemoved,
    /// There is a new flow.
    FlowAdded,
    /// The flow is not disabled any more.
    FlowEnabled,
    /// The flow stands in another file.
    FlowMoved,
    /// There is a new input that may be left out.
    InputAdded,
    /// An input may be left out.
    InputMadeOptional,
    /// An input takes more values than before.
    InputWidened,
    /// There is a new output.
    OutputAdded,
    /// There is a new Webhook trigger.
    WebhookAdded,
}

impl ChangeKind {
    /// The name for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlowRemoved => "flow-removed",
            Self::FlowRenamed => "flow-renamed",
            Self::FlowDisabled => "flow-disabled",
            Self::InputRemoved => "input-removed",
            Self::InputRequired => "input-required",
            Self::InputMadeRequired => "input-made-required",
            Self::InputRetyped => "input-retyped",
            Self::InputNarrowed => "input-narrowed",
            Self::OutputRemoved => "output-removed",
            Self::OutputRetyped => "output-retyped",
            Self::TriggerOutputsChanged => "trigger-outputs-changed",
            Self::WebhookKeyChanged => "webhook-key-changed",
            Self::WebhookRemoved => "webhook-removed",
            Self::FlowAdded => "flow-added",
            Self::FlowEnabled => "flow-enabled",
            Self::FlowMoved => "flow-moved",
            Self::InputAdded => "input-added",
            Self::InputMadeOptional => "input-made-optional",
            Self::InputWidened => "input-widened",
            Self::OutputAdded => "output-added",
            Self::WebhookAdded => "webhook-added",
        }
    }

    /// Whether somebody who relies on the flow as it was has to change something.
    pub fn is_breaking(self) -> bool {
        self < Self::FlowAdded
    }

    /// Who may break that no repository shows.
    pub fn outside(self) -> Option<&'static str> {
        match self {
            Self::FlowRemoved | Self::FlowRenamed | Self::FlowDisabled => {
                Some("other repositories, and whoever starts the flow through the API or by a link")
            }
            Self::InputRemoved
            | Self::InputRequired
            | Self::InputMadeRequired
            | Self::InputRetyped
            | Self::InputNarrowed => {
                Some("other repositories, and whoever starts the flow through the API with inputs")
            }
            Self::OutputRemoved | Self::OutputRetyped => Some(
                "other repositories, and whoever reads the outputs of an execution through the API",
            ),
            Self::WebhookKeyChanged | Self::WebhookRemoved => {
                Some("whoever calls the webhook's URL")
            }
            _ => None,
        }
    }
}

/// One change of a flow's interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind it is.
    pub kind: ChangeKind,
    /// In one sentence without a full stop.
    pub message: String,
    /// The place in the earlier state.
    pub base: Option<Location>,
    /// The place in the later state.
    pub head: Option<Location>,
    /// Who of the repository relies on what has changed, as of the later state.
    pub users: Vec<User>,
}

/// The changes of one flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowChanges {
    /// Namespace and id, as of the later state if it has the flow.
    pub name: String,
    /// Where its id stood.
    pub base: Option<Location>,
    /// Where it stands.
    pub head: Option<Location>,
    /// What has changed, sorted by kind.
    pub changes: Vec<Change>,
}

/// All changes between two states, sorted by flow; flows of which nothing has changed are left out.
pub fn compare(base: &State<'_>, head: &State<'_>) -> Vec<FlowChanges> {
    let users = Users::of(head);
    let mut all: Vec<FlowChanges> = super::pairs(base, head)
        .iter()
        .map(|pair| {
            let mut comparison = Comparison {
                base,
                head,
                users: &users,
                changes: Vec::new(),
            };
            comparison.pair(pair);
            comparison.changes.sort_by_key(|change| change.kind);
            let named = pair.head.or(pair.base).map(|flow| flow.summary());
            FlowChanges {
                name: named.map_or_else(String::new, Summary::full_name),
                base: pair.base.map(|flow| flow.summary().place),
                head: pair.head.map(|flow| flow.summary().place),
                changes: comparison.changes,
            }
        })
        .filter(|flow| !flow.changes.is_empty())
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name).then(one.head.cmp(&other.head)));
    all
}

struct Comparison<'run> {
    base: &'run State<'run>,
    head: &'run State<'run>,
    users: &'run Users<'run>,
    changes: Vec<Change>,
}

impl<'run> Comparison<'run> {
    fn pair(&mut self, pair: &Pair<'run>) {
        match (&pair.base, &pair.head) {
            (Some(old), Some(new)) => self.both(old, new),
            (Some(old), None) => {
                let summary = old.summary();
                let users = named_as(self.base, old, None)
                    .map_or_else(Vec::new, |named| self.users.all(named));
                let message = format!("The flow `{}` was removed", summary.full_name());
                let places = (Some(summary.place), None);
                self.break_users(ChangeKind::FlowRemoved, message, places, users);
            }
            (None, Some(new)) => {
                let summary = new.summary();
                let message = format!("The flow `{}` was added", summary.full_name());
                self.add(ChangeKind::FlowAdded, message, (None, Some(summary.place)));
            }
            (None, None) => {}
        }
    }

    fn both(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        // A text that is the same offers the same; namespace and id are a part of it, but a file may move.
        let is_same = old.document.document.text == new.document.document.text;
        self.place(old, new);
        if is_same {
            return;
        }
        self.name(old, new);
        // Of a flow that only Terraform knows whole, nothing can be said to be missing.
        if !old.summary().is_incomplete && !new.summary().is_incomplete {
            self.inputs(old, new);
            self.outputs(old, new);
        }
        self.triggers(old, new);
    }

    fn add(
        &mut self,
        kind: ChangeKind,
        message: String,
        (base, head): (Option<Location>, Option<Location>),
    ) {
        self.break_users(kind, message, (base, head), Vec::new());
    }

    fn break_users(
        &mut self,
        kind: ChangeKind,
        message: String,
        (base, head): (Option<Location>, Option<Location>),
        mut users: Vec<User>,
    ) {
        users.sort_by(|one, other| one.place.cmp(&other.place).then(one.flow.cmp(&other.flow)));
        self.changes.push(Change {
            kind,
            message,
            base,
            head,
            users,
        });
    }

    fn place(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        let (was, is) = (old.summary().place, new.summary().place);
        let (from, to) = (self.base.path(was.file), self.head.path(is.file));
        if from != to {
            let message = format!("The flow moved from {} to {}", from.display(), to.display());
            self.add(ChangeKind::FlowMoved, message, (Some(was), Some(is)));
        }
    }

    fn name(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        let (was, is) = (old.summary(), new.summary());
        let places = (Some(was.place), Some(is.place));
        let known = is.namespace.is_some() && is.id.is_some();
        if known && (&was.namespace, &was.id) != (&is.namespace, &is.id) {
            let webhook = if webhooks(old.document).is_empty() {
                ""
            } else {
                "; the URL of its webhook changes with it"
            };
            let message = format!(
                "The flow `{}` is now `{}`{webhook}",
                was.full_name(),
                is.full_name()
            );
            let users =
                named_as(self.base, old, None).map_or_else(Vec::new, |named| self.users.all(named));
            self.break_users(ChangeKind::FlowRenamed, message, places, users);
        }
        match (was.disabled, is.disabled) {
            (false, true) => {
                let users = named_as(self.head, new, Some(*new));
                let users = users.map_or_else(Vec::new, |named| self.users.all(named));
                let message = format!("The flow `{}` is disabled", is.full_name());
                self.break_users(ChangeKind::FlowDisabled, message, places, users);
            }
            (true, false) => {
                let message = format!("The flow `{}` is not disabled any more", is.full_name());
                self.add(ChangeKind::FlowEnabled, message, places);
            }
            _ => {}
        }
    }

    fn inputs(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        let (was, is) = (&old.summary().inputs, &new.summary().inputs);
        for input in was {
            match is.iter().find(|other| other.id == input.id) {
                Some(other) => self.input(old, new, input, other),
                None => self.input_removed(new, input, was, is),
            }
        }
        for input in is {
            if was.iter().any(|other| other.id == input.id) {
                continue;
            }
            let places = (None, Some(input.place));
            if is_needed(input) {
                let message = format!("The new input `{}` is required", input.id);
                let users = self.ask(new, |users, named| users.without_input(named, &input.id));
                self.break_users(ChangeKind::InputRequired, message, places, users);
            } else {
                let message = format!("The input `{}` was added", input.id);
                self.add(ChangeKind::InputAdded, message, places);
            }
        }
    }

    fn input_removed(
        &mut self,
        new: &FlowOf<'run>,
        input: &InputSummary,
        was: &[InputSummary],
        is: &[InputSummary],
    ) {
        let renamed = renamed(input, was, is, |input| (&input.id, kind(&input.kind)));
        let message = match renamed {
            Some(other) => format!("The input `{}` is now `{}`", input.id, other.id),
            None => format!("The input `{}` was removed", input.id),
        };
        let users = self.ask(new, |users, named| users.with_input(named, &input.id));
        let places = (Some(input.place), renamed.map(|other| other.place));
        self.break_users(ChangeKind::InputRemoved, message, places, users);
    }

    fn input(
        &mut self,
        old: &FlowOf<'run>,
        new: &FlowOf<'run>,
        was: &InputSummary,
        is: &InputSummary,
    ) {
        let places = (Some(was.place), Some(is.place));
        let id = &is.id;
        match (is_needed(was), is_needed(is)) {
            (false, true) => {
                let message = format!("The input `{id}` must be passed now");
                let users = self.ask(new, |users, named| users.without_input(named, id));
                self.break_users(ChangeKind::InputMadeRequired, message, places, users);
            }
            (true, false) => {
                let message = format!("The input `{id}` may be left out now");
                self.add(ChangeKind::InputMadeOptional, message, places);
            }
            _ => {}
        }
        let (before, after) = (kind(&was.kind), kind(&is.kind));
        if before == after {
            self.values(old, new, was, is);
            return;
        }
        let message = format!("The input `{id}` was {} and is {}", was.kind, is.kind);
        if takes_all_of(after, before) {
            self.add(ChangeKind::InputWidened, message, places);
            return;
        }
        let values = Accepted::of(new.document, is).values();
        let users = self.ask(new, |users, named| {
            users.with_value(named, id, |flow, value| match &values {
                Some(values) => listed(flow, value, values),
                None => fits(flow, value, after),
            })
        });
        self.break_users(ChangeKind::InputRetyped, message, places, users);
    }

    /// Holds against each other what an input of the same type takes.
    fn values(
        &mut self,
        old: &FlowOf<'run>,
        new: &FlowOf<'run>,
        was: &InputSummary,
        is: &InputSummary,
    ) {
        let places = (Some(was.place), Some(is.place));
        let id = &is.id;
        let (before, after) = (
            Accepted::of(old.document, was),
            Accepted::of(new.document, is),
        );
        if let Some(values) = after.values() {
            let known = before.values();
            let gone: Option<Vec<String>> = known.as_ref().map(|known| {
                let gone = known.iter().filter(|value| !values.contains(value));
                gone.map(|value| format!("`{value}`")).collect()
            });
            let message = match &gone {
                None => Some(format!(
                    "The input `{id}` takes only values of its list now"
                )),
                Some(gone) if gone.is_empty() => None,
                Some(gone) => Some(format!(
                    "The input `{id}` does not take {} any more",
                    gone.join(", ")
                )),
            };
            if let Some(message) = message {
                let users = self.ask(new, |users, named| {
                    users.with_value(named, id, |flow, value| listed(flow, value, &values))
                });
                self.break_users(ChangeKind::InputNarrowed, message, places, users);
            } else if known.is_some_and(|known| known.len() < values.len()) {
                let message = format!("The input `{id}` takes more values");
                self.add(ChangeKind::InputWidened, message, places);
            }
        } else if before.values().is_some() {
            let message = format!("The input `{id}` takes values that are not in a list");
            self.add(ChangeKind::InputWidened, message, places);
        }
        for key in ["min", "max", "after", "before", "validator", "itemType"] {
            self.limit(new, is, places, key, (before.limit(key), after.limit(key)));
        }
    }

    fn limit(
        &mut self,
        new: &FlowOf<'run>,
        input: &InputSummary,
        places: (Option<Location>, Option<Location>),
        key: &str,
        (before, after): (Option<&'run str>, Option<&'run str>),
    ) {
        if before == after {
            return;
        }
        let id = &input.id;
        let Some(after) = after else {
            let message = format!("The input `{id}` has no `{key}` any more");
            self.add(ChangeKind::InputWidened, message, places);
            return;
        };
        let was = before.and_then(|before| order(before, after));
        let is_wider = match key {
            "min" | "after" => was == Some(std::cmp::Ordering::Greater),
            "max" | "before" => was == Some(std::cmp::Ordering::Less),
            _ => false,
        };
        let message = match before {
            Some(before) => format!("The input `{id}` has `{key}: {after}`, it had `{before}`"),
            None => format!("The input `{id}` has `{key}: {after}` now"),
        };
        if is_wider {
            self.add(ChangeKind::InputWidened, message, places);
            return;
        }
        let users = self.ask(new, |users, named| {
            users.with_value(named, id, |flow, value| {
                let text = flow.document.tree.scalar_text(value)?;
                let order = order(text, after)?;
                match key {
                    "min" => Some(order != std::cmp::Ordering::Less),
                    "max" => Some(order != std::cmp::Ordering::Greater),
                    _ => None,
                }
            })
        });
        self.break_users(ChangeKind::InputNarrowed, message, places, users);
    }

    fn outputs(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        let (was, is) = (&old.summary().outputs, &new.summary().outputs);
        for output in was {
            match is.iter().find(|other| other.id == output.id) {
                Some(other) if kind(&other.kind) != kind(&output.kind) => {
                    let message = format!(
                        "The output `{}` was {} and is {}",
                        output.id,
                        or_untyped(output),
                        or_untyped(other)
                    );
                    let users =
                        self.ask(new, |users, named| users.readers(named, &output.id, false));
                    let places = (Some(output.place), Some(other.place));
                    self.break_users(ChangeKind::OutputRetyped, message, places, users);
                }
                Some(_) => {}
                None => {
                    let renamed =
                        renamed(output, was, is, |output| (&output.id, kind(&output.kind)));
                    let message = match renamed {
                        Some(other) => format!("The output `{}` is now `{}`", output.id, other.id),
                        None => format!("The output `{}` was removed", output.id),
                    };
                    let users =
                        self.ask(new, |users, named| users.readers(named, &output.id, true));
                    let places = (Some(output.place), renamed.map(|other| other.place));
                    self.break_users(ChangeKind::OutputRemoved, message, places, users);
                }
            }
        }
        for output in is {
            if !was.iter().any(|other| other.id == output.id) {
                let message = format!("The output `{}` was added", output.id);
                self.add(ChangeKind::OutputAdded, message, (None, Some(output.place)));
            }
        }
    }

    fn triggers(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        self.webhooks(old, new);
        let (Some(was), Some(is)) = (
            trigger_variables(old.document),
            trigger_variables(new.document),
        ) else {
            return;
        };
        let gone: Vec<&str> = was.into_iter().filter(|name| !is.contains(name)).collect();
        let paths: Vec<[&str; 1]> = gone.iter().map(|name| [*name]).collect();
        let paths: Vec<&[&str]> = paths.iter().map(<[&str; 1]>::as_slice).collect();
        if paths.is_empty() {
            return;
        }
        let users = reads(new, "trigger", &paths, true);
        if !users.is_empty() {
            let names: Vec<String> = gone
                .iter()
                .filter(|name| {
                    let path = format!("trigger.{name}");
                    users.iter().any(|user| user.by == path)
                })
                .map(|name| format!("`trigger.{name}`"))
                .collect();
            let message = format!(
                "The triggers of the flow do not bring {} any more",
                names.join(", ")
            );
            let places = (Some(old.summary().place), Some(new.summary().place));
            self.break_users(ChangeKind::TriggerOutputsChanged, message, places, users);
        }
    }

    fn webhooks(&mut self, old: &FlowOf<'run>, new: &FlowOf<'run>) {
        let (was, mut is) = (webhooks(old.document), webhooks(new.document));
        // The URL holds the key and no id: an equal key is the same webhook.
        let mut left = Vec::new();
        for webhook in was {
            match is.iter().position(|other| other.key == webhook.key) {
                Some(position) => drop(is.remove(position)),
                None => left.push(webhook),
            }
        }
        for webhook in left {
            let position = is.iter().position(|other| other.id == webhook.id);
            let other = position.map(|position| is.remove(position));
            let places = (Some(webhook.place), other.as_ref().map(|other| other.place));
            if other.is_some() {
                let message = format!("The key of the webhook `{}` changed", webhook.id);
                self.add(ChangeKind::WebhookKeyChanged, message, places);
            } else {
                let message = format!("The webhook `{}` was removed or disabled", webhook.id);
                self.add(ChangeKind::WebhookRemoved, message, places);
            }
        }
        for webhook in is {
            let message = format!("The webhook `{}` was added", webhook.id);
            self.add(
                ChangeKind::WebhookAdded,
                message,
                (None, Some(webhook.place)),
            );
        }
    }

    /// Asks who uses a flow under the name that it has now.
    fn ask(
        &self,
        flow: &FlowOf<'run>,
        question: impl FnOnce(&Users<'run>, Named<'run>) -> Vec<User>,
    ) -> Vec<User> {
        named_as(self.head, flow, Some(*flow))
            .map_or_else(Vec::new, |named| question(self.users, named))
    }
}

/// A flow under its name, as others call it.
fn named_as<'run>(
    state: &'run State<'run>,
    flow: &FlowOf<'run>,
    head: Option<FlowOf<'run>>,
) -> Option<Named<'run>> {
    let summary = flow.summary();
    Some(Named {
        namespace: summary.namespace.as_deref()?,
        id: summary.id.as_deref()?,
        flow: head,
        path: state.path(summary.place.file),
    })
}

/// What a part that is gone is probably called now: of the new ones that with the nearest name, or the only
/// one, if it is of the same type and nothing else is gone.
fn renamed<'part, T>(
    gone: &T,
    was: &[T],
    is: &'part [T],
    id_and_kind: impl Fn(&T) -> (&str, &str),
) -> Option<&'part T> {
    let missing_in = |part: &T, others: &[T]| {
        let id = id_and_kind(part).0;
        !others.iter().any(|other| id_and_kind(other).0 == id)
    };
    let added = || is.iter().filter(|part| missing_in(part, was));
    let (id, kind) = id_and_kind(gone);
    if let Some(near) = closest(id, added(), |part| id_and_kind(part).0) {
        return Some(near);
    }
    let only_gone = was.iter().filter(|part| missing_in(part, is)).count() == 1;
    let mut added = added();
    let only = added
        .next()
        .filter(|_| only_gone && added.next().is_none())?;
    (id_and_kind(only).1 == kind).then_some(only)
}

fn or_untyped(output: &OutputSummary) -> &str {
    if output.kind.is_empty() {
        "untyped"
    } else {
        &output.kind
    }
}

/// Whether a value that is written out is one of a list; of several all.
fn listed(flow: &FlowOf<'_>, value: crate::syntax::NodeId, values: &[&str]) -> Option<bool> {
    let tree = &flow.document.tree;
    if let Some(text) = tree.scalar_text(value) {
        return Some(values.contains(&text));
    }
    let items: Option<Vec<&str>> = tree
        .items(value)
        .map(|item| tree.scalar_text(item))
        .collect();
    let items = items.filter(|items| items.iter().all(|text| !text.contains("{{")))?;
    Some(items.iter().all(|text| values.contains(text)))
}

/// Numbers by their size, dates by their text; none for what cannot be compared.
fn order(one: &str, other: &str) -> Option<std::cmp::Ordering> {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.partial_cmp(&other),
        (Err(_), Err(_)) if one.len() == other.len() => Some(one.cmp(other)),
        _ => None,
    }
}
