//! `unrendered-variable`: a variable that holds an expression and is not rendered.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{ExpressionKind, InvocationKind, Segment, Template, has_template};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnrenderedVariable;

struct UnrenderedVariable;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unrendered-variable",
    summary: "A variable that holds an expression and is not rendered",
    group: Group::Correctness,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnrenderedVariable {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        if !matches!(site.owner, Owner::Task(_) | Owner::Output(_)) {
            return;
        }
        let template = &site.template;
        let references = checker.references();
        for (reference, path) in references.iter() {
            if template.slice(reference.root) != "vars"
                || !holds_template(checker, template, path)
                || is_set_by_a_task(checker, template, path)
                || is_rendered(template, reference.range)
            {
                continue;
            }
            let written = template.slice(reference.range).to_owned();
            let map = checker.tree.offset_map(site.node);
            let edit = map
                .is_verbatim(reference.range)
                .then(|| map.source_range(reference.range));
            let draft = checker
                .finding_within(
                    &METADATA,
                    site.node,
                    reference.range,
                    format!("`{written}` holds an expression, which stays as it is written"),
                )
                .help(format!("Write `render({written})`."));
            match edit {
                Some(range) => draft.fix(
                    format!("Write `render({written})`"),
                    Applicability::Unsafe,
                    range,
                    format!("render({written})"),
                ),
                None => draft,
            }
            .emit();
        }
    }
}

/// The task that sets variables of the execution.
const SET_VARIABLES: &str = "io.kestra.plugin.core.execution.SetVariables";

/// Whether a path below `vars` leads to a text with a template in it.
fn holds_template(checker: &Checker<'_>, template: &Template, path: &[Segment]) -> bool {
    let tree = checker.tree;
    let mut at = checker.flow.variables;
    for step in path {
        let Some(name) = step.name(template) else {
            return false;
        };
        at = at.and_then(|mapping| tree.get(mapping, &name));
    }
    !path.is_empty()
        && at
            .and_then(|value| tree.scalar_text(value))
            .is_some_and(has_template)
}

/// Whether a task sets the variable anew while the flow runs.
fn is_set_by_a_task(checker: &Checker<'_>, template: &Template, path: &[Segment]) -> bool {
    let tree = checker.tree;
    let Some(name) = path.first().and_then(|step| step.name(template)) else {
        return true;
    };
    checker.flow.tasks.iter().any(|task| {
        checker.type_text(task.type_node) == Some(SET_VARIABLES)
            && tree
                .get(task.node, "variables")
                .is_some_and(|set| !tree.is_mapping(set) || tree.get(set, &name).is_some())
    })
}

/// Whether a reference stands inside a call that renders.
fn is_rendered(template: &Template, reference: TextRange) -> bool {
    let by_call = template.invocations().any(|call| {
        call.kind == InvocationKind::Function
            && matches!(template.slice(call.name), "render" | "renderOnce")
            && template
                .expression(call.expression)
                .range
                .contains_range(reference)
    });
    by_call || is_inside_macro_call(template, reference)
}

/// A macro of the template may render its arguments.
fn is_inside_macro_call(template: &Template, reference: TextRange) -> bool {
    template.expressions().any(|(_, expression)| {
        matches!(expression.kind, ExpressionKind::Call { name, .. } if template.is_macro(name))
            && expression.range.contains_range(reference)
    })
}
