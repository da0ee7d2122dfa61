//! `taskrun-value-in-loop`: the value of an iteration as Kestra 1 named it, inside a Loop.

use crate::analysis::{ExpressionSite, Owner, enclosing_loop, is_loop};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Reference, Segment, SegmentKind, Template};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::model::TaskIndex;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TaskrunValueInLoop;

struct TaskrunValueInLoop;

static METADATA: RuleMetadata = RuleMetadata {
    name: "taskrun-value-in-loop",
    summary: "The value of an iteration as Kestra 1 named it, inside a Loop",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for TaskrunValueInLoop {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Owner::Task(task) = site.owner else {
            return;
        };
        if enclosing_loop(checker.tree, checker.flow, task).is_none() {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let Some(old) = old_name(template, reference, path) else {
                continue;
            };
            if reference.is_guarded() || reference.in_macro {
                continue;
            }
            let new = replacement(checker, task, &old);
            // As a key of outputs the value has no successor: outputs are not keyed any more.
            let is_key = references.iter().any(|(other, _)| {
                other.range != reference.range && other.range.contains_range(reference.range)
            });
            let map = checker.tree.offset_map(site.node);
            let edit = new
                .as_ref()
                .filter(|_| !is_key && map.is_verbatim(old.range))
                .map(|new| (map.source_range(old.range), new.clone()));
            let draft = checker
                .finding_within(
                    &METADATA,
                    site.node,
                    old.range,
                    format!("A Loop does not set `{}`", template.slice(old.range)),
                )
                .help(match &new {
                    _ if is_key => "Inside a Loop the outputs of its tasks are read without a key.".to_owned(),
                    Some(new) => format!("Write `{new}`."),
                    None => "Inside a Loop the value is `item.value`, of the Loop around it `item.parent.value`.".to_owned(),
                });
            match edit {
                Some((range, new)) => {
                    draft.fix(format!("Write `{new}`"), Applicability::Unsafe, range, new)
                }
                None => draft,
            }
            .emit();
        }
    }
}

/// A name of Kestra 1.
struct OldName {
    /// Its place, without what is read of the value.
    range: TextRange,
    /// `value` or `index` today.
    property: &'static str,
    /// The number of `parents[…]`; none for the task's own.
    parent: Option<i64>,
}

/// Reads `taskrun.value`, `parent.taskrun.value` and `parents[0].taskrun.value`.
fn old_name(template: &Template, reference: &Reference, path: &[Segment]) -> Option<OldName> {
    let (parent, rest) = match (template.slice(reference.root), path) {
        ("taskrun", rest) => (None, rest),
        ("parent", [taskrun, rest @ ..]) if is_named(template, taskrun, "taskrun") => {
            (Some(0), rest)
        }
        ("parents", [index, taskrun, rest @ ..]) if is_named(template, taskrun, "taskrun") => {
            match index.kind {
                SegmentKind::Index(number) => (Some(number), rest),
                _ => return None,
            }
        }
        _ => return None,
    };
    let last = rest.first()?;
    let property = match &*last.name(template)? {
        "value" => "value",
        "iteration" => "index",
        _ => return None,
    };
    Some(OldName {
        range: TextRange::new(reference.root.start(), last.range.end()),
        property,
        parent,
    })
}

fn is_named(template: &Template, step: &Segment, name: &str) -> bool {
    step.name(template).as_deref() == Some(name)
}

/// What says the same in Kestra 2. In Kestra 1 only the direct children of a loop had a value, so `parents[n]` names the loop of which
/// the n-th task around is a child.
fn replacement(checker: &Checker<'_>, task: TaskIndex, old: &OldName) -> Option<String> {
    let loops = |task: &TaskIndex| is_loop(checker.tree, checker.task(*task));
    let Some(parent) = old.parent else {
        return Some(format!("item.{}", old.property));
    };
    let around: Vec<TaskIndex> = checker.flow.ancestors(task).collect();
    let position = usize::try_from(parent).ok()?;
    around.get(position + 1).filter(|task| loops(task))?;
    let between = around
        .get(..=position)?
        .iter()
        .filter(|task| loops(task))
        .count();
    Some(match between {
        0 => format!("item.{}", old.property),
        1 => format!("item.parent.{}", old.property),
        more => format!("item.parents[{}].{}", more - 1, old.property),
    })
}
