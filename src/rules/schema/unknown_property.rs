//! `unknown-property`: a property that the type does not have.

use crate::analysis::{SchemaProblem, SchemaProblemKind, Within};
use crate::catalogue::{Catalogue, Provenance, nearest_property};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::text::{TextRange, capitalised};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownProperty;

struct UnknownProperty;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-property",
    summary: "A property that the type does not have",
    group: Group::Schema,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownProperty {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let owner = match &problem.kind {
            SchemaProblemKind::UnknownProperty => owner_name(&problem.within),
            SchemaProblemKind::UnknownDefault { facts } => format!("`{}`", facts.class_name()),
            _ => return,
        };
        let key = checker.tree.scalar_text(problem.node).unwrap_or_default();
        let mut message = format!("{} has no property `{key}`", capitalised(&owner));
        if !problem.is_certain {
            message.push_str(" that the catalogue knows");
        }
        let advice = advise(checker, problem, key);
        let draft = checker
            .finding(&METADATA, problem.node, message)
            .severity(if problem.is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .maybe_help(advice.help.or_else(|| provenance(problem)));
        match advice.rename {
            Some((range, name)) => draft.fix(
                format!("Rename to `{name}`"),
                Applicability::Unsafe,
                range,
                name,
            ),
            None => draft,
        }
        .emit();
    }
}

struct Advice {
    help: Option<String>,
    rename: Option<(TextRange, String)>,
}

/// What the writer may have meant: a near name, or the same name one level up or down.
fn advise(checker: &Checker<'_>, problem: &SchemaProblem<'_>, key: &str) -> Advice {
    let only_help = |help: String| Advice {
        help: Some(help),
        rename: None,
    };
    let properties = &problem.within.properties.properties;
    if let Some(near) = nearest_property(key, properties) {
        let taken = checker.tree.get(problem.within.node, near.name).is_some();
        return Advice {
            help: Some(format!("Did you mean `{}`?", near.name)),
            rename: (!taken).then(|| (checker.tree.range(problem.node), near.name.to_owned())),
        };
    }
    if let Some(help) = removed(checker, problem, key) {
        return only_help(help);
    }
    if let Some(help) = elsewhere(checker, problem, key) {
        return only_help(help);
    }
    Advice {
        help: None,
        rename: None,
    }
}

/// Properties that another version of Kestra has.
fn removed(checker: &Checker<'_>, problem: &SchemaProblem<'_>, key: &str) -> Option<String> {
    let advice = match (problem.within.plugin, key) {
        (None, "pluginDefaults" | "taskDefaults") => {
            "Kestra 2.0 has no plugin defaults in flows: write the values into the tasks."
        }
        (None, "listeners") => {
            "Kestra 2.0 has no listeners: use a flow with a Flow trigger, or `afterExecution`."
        }
        (Some(_), "conditions" | "preconditions") if checker.target == Target::V2_0 => {
            "Kestra 2.0 replaced conditions by `when`, and for Flow triggers by `dependsOn`."
        }
        (_, "workerGroup") if checker.target == Target::V2_0 => {
            "Kestra 2.0 replaced `workerGroup` by `workerSelector`."
        }
        (Some(_), "when") => "The property that skips a task is `runIf`.",
        _ => "",
    };
    if !advice.is_empty() {
        return Some(advice.to_owned());
    }
    let plugin = problem.within.plugin?;
    let other = Target::ALL
        .into_iter()
        .find(|target| *target != checker.target)?;
    let found = Catalogue::of(other).find(plugin.name)?;
    found
        .facts
        .property(key)
        .map(|_| format!("Kestra {other} has it, {} has not.", checker.target))
}

/// The same name where it would be right.
fn elsewhere(checker: &Checker<'_>, problem: &SchemaProblem<'_>, key: &str) -> Option<String> {
    let tree = checker.tree;
    let runner = tree
        .get(problem.within.node, "taskRunner")
        .and_then(|runner| tree.get_text(runner, "type"))
        .and_then(|name| checker.catalogue.find(name));
    if runner.is_some_and(|runner| runner.facts.property(key).is_some()) {
        return Some(format!("`{key}` belongs under `taskRunner`."));
    }
    let parent = tree.parent(problem.within.node)?;
    let parent_type = tree
        .get_text(parent, "type")
        .and_then(|name| checker.catalogue.find(name));
    if parent_type.is_some_and(|parent| parent.facts.property(key).is_some()) {
        return Some(format!("`{key}` belongs one level up."));
    }
    let of_flow =
        problem.within.plugin.is_some() && checker.catalogue.flow().property(key).is_some();
    of_flow.then(|| format!("`{key}` is a property of the flow, not of its parts."))
}

fn provenance(problem: &SchemaProblem<'_>) -> Option<String> {
    let plugin = problem.within.plugin.filter(|_| !problem.is_certain)?;
    let source = match plugin.provenance {
        Provenance::Library => return None,
        ref other => other,
    };
    Some(format!("What is known of this type rests on: {source}."))
}

fn owner_name(within: &Within<'_>) -> String {
    match within.plugin {
        Some(plugin) => format!("`{}`", plugin.class_name()),
        None if within.name.contains('.') => {
            format!(
                "`{}`",
                within.name.rsplit(['.', '$']).next().unwrap_or(within.name)
            )
        }
        None if within.name.starts_with("the ") => within.name.to_owned(),
        None => format!("`{}`", within.name),
    }
}
