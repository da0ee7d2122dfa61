//! `unknown-output-property`: a property that a value does not have.

use crate::analysis::{ExpressionSite, is_part_of_hyphenated_name};
use crate::catalogue::Provenance;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{Problem, ProblemKind};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnknownOutputProperty;

struct UnknownOutputProperty;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unknown-output-property",
    summary: "A property that a value does not have",
    group: Group::Correctness,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnknownOutputProperty {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Typing]
    }

    fn typing(&self, checker: &mut Checker<'_>, site: &ExpressionSite, problem: &Problem) {
        if !matches!(
            problem.kind,
            ProblemKind::UnknownEntry { .. } | ProblemKind::NoAttributes { .. }
        ) || is_part_of_hyphenated_name(&site.template, problem.range)
        {
            return;
        }
        let is_certain = is_certain(checker, site, problem);
        let is_near = problem
            .replacement(&site.template, checker.target)
            .is_some();
        // The class of a plugin's task may give more than its declaration says.
        if !is_certain && !is_near {
            return;
        }
        checker
            .problem(&METADATA, site, problem)
            .severity(if is_certain {
                Severity::Error
            } else {
                Severity::Warning
            })
            .emit();
    }
}

/// Whether what is read comes from a type whose outputs are known exactly, or from no task at all.
fn is_certain(checker: &Checker<'_>, site: &ExpressionSite, problem: &Problem) -> bool {
    let template = &site.template;
    let references = checker.references();
    let reference = references
        .iter()
        .find(|(reference, _)| reference.range.contains_range(problem.range));
    let Some((reference, path)) = reference else {
        return true;
    };
    if template.slice(reference.root) != "outputs" {
        return true;
    }
    let task = path
        .first()
        .and_then(|step| step.name(template))
        .and_then(|id| checker.flow.task_by_id(checker.tree, &id));
    let facts = task
        .and_then(|task| checker.type_text(checker.task(task).type_node))
        .and_then(|name| checker.catalogue.find(name));
    facts.is_none_or(|found| found.facts.provenance == Provenance::Library)
}
