//! `variable-not-available`: a variable where Kestra does not set it.

use crate::analysis::{ExpressionSite, Owner, property_of};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &VariableNotAvailable;

struct VariableNotAvailable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "variable-not-available",
    summary: "A variable where Kestra does not set it",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for VariableNotAvailable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Some(place) = place(checker, site) else {
            return;
        };
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            let name = template.slice(reference.root);
            // A name alone may be a variable that the trigger itself sets.
            if path.is_empty()
                || !place.missing().contains(&name)
                || reference.is_root_guarded()
                || reference.in_macro
            {
                continue;
            }
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.root,
                    format!("There is no `{name}` {}", place.name()),
                )
                .help(place.help())
                .emit();
        }
    }
}

/// Where not all variables are set.
#[derive(Clone, Copy)]
enum Place {
    Trigger,
    Input,
    Output,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Trigger => "in a trigger: it is evaluated before there is an execution",
            Self::Input => "in an input: it is evaluated before the execution begins",
            Self::Output => "in an output of the flow: it is evaluated when no task runs",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Trigger => "A trigger can read `vars`, `labels`, `flow` and `envs`.",
            Self::Input => {
                "An input can read `vars`, `labels`, `flow`, `execution`, and the inputs that it depends on."
            }
            Self::Output => "An output can read `outputs`, `inputs`, `vars` and `execution`.",
        }
    }

    /// What is not set there, asked of 1.3.31 and 2.0.0.
    fn missing(self) -> &'static [&'static str] {
        match self {
            Self::Trigger => &[
                "inputs",
                "outputs",
                "execution",
                "taskrun",
                "task",
                "tasks",
                "parent",
                "parents",
            ],
            Self::Input => &["outputs", "taskrun", "task", "tasks", "parent", "parents"],
            Self::Output => &["taskrun", "task", "parent", "parents"],
        }
    }
}

fn place(checker: &Checker<'_>, site: &ExpressionSite) -> Option<Place> {
    match site.owner {
        Owner::Input(_) => Some(Place::Input),
        Owner::Output(_) => Some(Place::Output),
        Owner::Trigger(index) => {
            let trigger = checker.flow.triggers.get(index as usize)?;
            let property = property_of(checker.tree, trigger.node, site.node)?;
            // These may be rendered for the execution that the trigger starts.
            if matches!(property, "inputs" | "labels") {
                return None;
            }
            let facts = checker
                .catalogue
                .find(checker.type_text(trigger.type_node)?)?
                .facts;
            let runs_alone = facts.traits.polling()
                || facts.traits.realtime()
                || matches!(
                    facts.name,
                    "io.kestra.plugin.core.trigger.Schedule"
                        | "io.kestra.plugin.core.trigger.ScheduleOnDates"
                );
            runs_alone.then_some(Place::Trigger)
        }
        _ => None,
    }
}
