//! Who relies on a flow, and on which part of it.

use std::collections::HashMap;
use std::path::Path;

use super::interface::target_of;
use super::{FlowOf, State};
use crate::finding::Location;
use crate::model::fits_input_type;
use crate::project::{Call, CallKind, FlowTrigger, MemberIndex, UpstreamFlow};
use crate::syntax::{NodeId, Value};

/// How a flow relies on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reliance {
    /// A task of it starts the other, or the function `subflow()` in one of its inputs.
    Calls,
    /// A Flow trigger of it waits for the other.
    WaitsFor,
    /// An expression of it reads what the other, or its own trigger, gives.
    Reads,
}

impl Reliance {
    /// The word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::WaitsFor => "waits for",
            Self::Reads => "reads",
        }
    }
}

/// A place of the later state that relies on what has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Namespace and id of its flow.
    pub flow: String,
    /// How.
    pub reliance: Reliance,
    /// The task or trigger; empty where it has no id.
    pub by: String,
    /// Where.
    pub place: Location,
    /// Whether it breaks for sure; else it depends on a value that only a run knows.
    pub certain: bool,
}

/// A call or trigger that names a flow.
#[derive(Clone, Copy)]
enum Use<'run> {
    Call(&'run Call),
    Upstream(&'run FlowTrigger, &'run UpstreamFlow),
}

/// All that names flows in a state.
pub(super) struct Users<'run> {
    state: &'run State<'run>,
    by_name: HashMap<(&'run str, &'run str), Vec<(FlowOf<'run>, Use<'run>)>>,
}

/// A flow as others name it, and which it is in the later state, if it is in it.
#[derive(Clone, Copy)]
pub(super) struct Named<'run> {
    pub(super) namespace: &'run str,
    pub(super) id: &'run str,
    pub(super) flow: Option<FlowOf<'run>>,
    /// The file in which it stood or stands.
    pub(super) path: &'run Path,
}

impl<'run> Users<'run> {
    pub(super) fn of(state: &'run State<'run>) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for flow in state.flows() {
            let summary = flow.summary();
            for call in summary.all_enabled_calls() {
                if let (Some(namespace), Some(id)) = (&call.namespace, &call.flow_id) {
                    let users = by_name.entry((namespace.as_str(), id.as_str()));
                    users.or_default().push((flow, Use::Call(call)));
                }
            }
            for trigger in summary.enabled_flow_triggers() {
                for upstream in &trigger.upstream {
                    if let (Some(namespace), Some(id)) = (&upstream.namespace, &upstream.flow_id) {
                        let users = by_name.entry((namespace.as_str(), id.as_str()));
                        users
                            .or_default()
                            .push((flow, Use::Upstream(trigger, upstream)));
                    }
                }
            }
        }
        Self { state, by_name }
    }

    /// Those that mean this flow, and no other of its name.
    fn using(&self, named: Named<'run>) -> impl Iterator<Item = (FlowOf<'run>, Use<'run>)> {
        let all = self.by_name.get(&(named.namespace, named.id));
        let all = all.map_or(&[][..], Vec::as_slice).iter().copied();
        all.filter(move |(user, how)| {
            let reached = match how {
                Use::Call(call) => user.project.callees(user.member, call),
                Use::Upstream(_, upstream) => user.project.upstream_flows(user.member, upstream),
            };
            if let Some(flow) = named.flow {
                return std::ptr::eq(flow.project, user.project) && reached.contains(&flow.member);
            }
            // One of the same name that lies farther off, in another environment, is no replacement.
            let nearness = |path: &Path| shared(self.path(user), path);
            let mut others = reached.iter().map(|member| self.path_of(user, *member));
            let lost = nearness(named.path);
            others.all(|path| path.is_some_and(|path| nearness(path) < lost))
        })
    }

    fn path(&self, flow: &FlowOf<'run>) -> &'run Path {
        self.state.path(flow.document.document.file)
    }

    /// The file of another flow of the same project.
    fn path_of(&self, flow: &FlowOf<'run>, member: MemberIndex) -> Option<&'run Path> {
        let document = flow.project.document(member) as usize;
        let document = self.state.workspace.documents.get(document)?;
        Some(self.state.path(document.document.file))
    }

    /// All that start the flow or wait for it.
    pub(super) fn all(&self, named: Named<'run>) -> Vec<User> {
        let using = self.using(named);
        using
            .map(|(flow, how)| match how {
                Use::Call(call) => of_call(&flow, call, call.place, true),
                Use::Upstream(trigger, upstream) => User {
                    flow: flow.summary().full_name(),
                    reliance: Reliance::WaitsFor,
                    by: trigger.id.clone(),
                    place: upstream.place.unwrap_or(trigger.place),
                    certain: true,
                },
            })
            .collect()
    }

    fn calls(&self, named: Named<'run>) -> impl Iterator<Item = (FlowOf<'run>, &'run Call)> {
        self.using(named).filter_map(|(flow, how)| match how {
            // What an older revision takes has not changed; a model chooses what an agent passes.
            Use::Call(call) if !call.is_pinned => Some((flow, call)),
            _ => None,
        })
    }

    /// The calls that do not pass an input.
    pub(super) fn without_input(&self, named: Named<'run>, input: &str) -> Vec<User> {
        let calls = self.calls(named);
        calls
            .filter(|(_, call)| call.kind != CallKind::AgentTool)
            .filter(|(_, call)| {
                call.inputs.as_ref().is_none_or(|inputs| {
                    !inputs
                        .iter()
                        .any(|(key, _)| crate::project::covers(key, input))
                })
            })
            .map(|(flow, call)| of_call(&flow, call, call.place, call.inputs.is_some()))
            .collect()
    }

    /// The calls that pass an input.
    pub(super) fn with_input(&self, named: Named<'run>, input: &str) -> Vec<User> {
        let calls = self.calls(named);
        let passing = calls.filter_map(|(flow, call)| {
            let mut inputs = call.inputs.iter().flatten();
            let (_, place) = inputs.find(|(key, _)| key == input)?;
            Some(of_call(&flow, call, *place, true))
        });
        passing.collect()
    }

    /// The calls that pass an input a value that is not known to fit any more.
    pub(super) fn with_value(
        &self,
        named: Named<'run>,
        input: &str,
        fits: impl Fn(&FlowOf<'run>, NodeId) -> Option<bool>,
    ) -> Vec<User> {
        let calls = self.calls(named);
        let passing = calls.filter_map(|(flow, call)| {
            let mut inputs = call.inputs.iter().flatten();
            let (_, place) = inputs.find(|(key, _)| key == input)?;
            let tree = &flow.document.tree;
            // What the function passes is a value of an expression.
            let fits = if call.kind == CallKind::Function {
                None
            } else {
                let inputs = tree.get(call.node, "inputs");
                let value = inputs.and_then(|inputs| tree.get(inputs, input))?;
                let known = is_known(&flow, value);
                known.then(|| fits(&flow, value)).flatten()
            };
            (fits != Some(true)).then(|| of_call(&flow, call, *place, fits == Some(false)))
        });
        passing.collect()
    }

    /// The expressions that read an output: behind the calls, and where Flow triggers bring it.
    pub(super) fn readers(&self, named: Named<'run>, output: &str, certain: bool) -> Vec<User> {
        let mut readers = Vec::new();
        for (flow, how) in self.using(named) {
            match how {
                Use::Call(call) if !call.is_pinned && call.kind == CallKind::Subflow => {
                    // Kestra 1 lets the calling task name the outputs.
                    if flow.document.tree.get(call.node, "outputs").is_none() {
                        let path = [call.task.as_str(), "outputs", output];
                        readers.extend(reads(&flow, "outputs", &[&path], certain));
                    }
                }
                Use::Upstream(trigger, _) => {
                    let plain = ["outputs", output];
                    let by_id = ["outputs", named.id, output];
                    let by_name = ["outputs", named.namespace, named.id, output];
                    readers.extend(reads(&flow, "trigger", &[&by_name], certain));
                    // Of several flows that are waited for, any may have an output of this name.
                    let only = trigger.upstream.len() == 1;
                    readers.extend(reads(&flow, "trigger", &[&plain, &by_id], certain && only));
                }
                Use::Call(call) if !call.is_pinned => {
                    let read = call.outputs_read.iter().filter(|(name, _)| name == output);
                    readers.extend(read.map(|(_, place)| of_function(&flow, output, *place)));
                }
                Use::Call(_) => {}
            }
        }
        readers.sort_by_key(|user| user.place);
        readers.dedup_by_key(|user| user.place);
        readers
    }
}

/// The number of directories that two paths have in common.
fn shared(one: &Path, other: &Path) -> usize {
    let pairs = one.components().zip(other.components());
    pairs.take_while(|(one, other)| one == other).count()
}

fn of_call(flow: &FlowOf<'_>, call: &Call, place: Location, certain: bool) -> User {
    User {
        flow: flow.summary().full_name(),
        reliance: Reliance::Calls,
        by: call.task.clone(),
        place,
        certain,
    }
}

/// What reads an output of a call of the function. What is missing is null to most expressions.
fn of_function(flow: &FlowOf<'_>, output: &str, place: Location) -> User {
    User {
        flow: flow.summary().full_name(),
        reliance: Reliance::Reads,
        by: format!("subflow().outputs.{output}"),
        place,
        certain: false,
    }
}

/// Whether a value is the same in every run.
fn is_known(flow: &FlowOf<'_>, value: NodeId) -> bool {
    let tree = &flow.document.tree;
    let text = tree.scalar_text(value).unwrap_or_default();
    !text.contains("{{")
        && !text.contains("{%")
        && tree.value(value) != Some(Value::Null)
        && !flow.document.document.is_unknown(tree.range(value))
}

/// Whether a value that is written out fits a type; not known for structures with expressions in them.
pub(super) fn fits(flow: &FlowOf<'_>, value: NodeId, kind: &str) -> Option<bool> {
    let tree = &flow.document.tree;
    if fits_input_type(tree, value, kind) {
        // A type that has no form of its own tells nothing.
        let has_form = !matches!(kind, "FILE" | "JSON" | "YAML" | "URI" | "EMAIL" | "TIME");
        return has_form.then_some(true);
    }
    Some(false)
}

/// The places where a flow reads one of some paths below a root name, and may not do without.
pub(super) fn reads(flow: &FlowOf<'_>, root: &str, paths: &[&[&str]], certain: bool) -> Vec<User> {
    let document = flow.document;
    let target = target_of(document);
    let mut found = Vec::new();
    for site in &document.expressions {
        let template = &site.template;
        let references = template.references(target);
        for (reference, segments) in references.iter() {
            if template.slice(reference.root) != root {
                continue;
            }
            let is_read = |path: &&&[&str]| {
                segments.len() >= path.len()
                    && path
                        .iter()
                        .zip(segments)
                        .all(|(name, segment)| segment.name(template).as_deref() == Some(*name))
            };
            let Some(path) = paths.iter().find(is_read) else {
                continue;
            };
            let last = path.len() - 1;
            let range = segments[last].name_range(template);
            let range = document.tree.source_range(site.node, range);
            found.push(User {
                flow: flow.summary().full_name(),
                reliance: Reliance::Reads,
                by: segments[..=last]
                    .iter()
                    .filter_map(|segment| segment.name(template))
                    .fold(root.to_owned(), |path, name| format!("{path}.{name}")),
                place: document.document.locate(range),
                certain: certain && !reference.is_guarded_at(last),
            });
        }
    }
    found
}
