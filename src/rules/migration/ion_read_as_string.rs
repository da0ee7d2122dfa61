//! `ion-read-as-string`: a file of rows is read as text, which Kestra 2.0 writes in a binary form.

use crate::analysis::ExpressionSite;
use crate::engine::{Checker, Interest, Rule};
use crate::expression::{ExpressionId, ExpressionKind, Invocation, InvocationKind, Template};
use crate::finding::{
    Applicability, FixKind, Group, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::model::TaskIndex;
use crate::syntax::Value;
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &IonReadAsString;

struct IonReadAsString;

static METADATA: RuleMetadata = RuleMetadata {
    name: "ion-read-as-string",
    summary: "A file of rows is read as text, which Kestra 2.0 writes in a binary form",
    group: Group::Migration,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::of(Target::V2_0),
    options: &[],
    since: "0.1.0",
};

impl Rule for IonReadAsString {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let template = &site.template;
        for call in template.invocations() {
            let is_read =
                call.kind == InvocationKind::Function && template.slice(call.name) == "read";
            if !is_read || is_parsed(template, call.expression) {
                continue;
            }
            let Some(task) = producer(checker, template, call) else {
                continue;
            };
            if !writes_rows(checker, task) {
                continue;
            }
            let range = template.expression(call.expression).range;
            let id = checker
                .type_text(checker.task(task).id)
                .unwrap_or_default()
                .to_owned();
            checker
                .finding_within(
                    &METADATA,
                    site.node,
                    range,
                    format!("The file of `{id}` is binary in Kestra 2.0: `read` gives no text"),
                )
                .help("Read its rows with `fromIon(read(…))`.")
                .fix_within(
                    "Read the rows with `fromIon`",
                    Applicability::Unsafe,
                    vec![
                        (TextRange::empty(range.start()), "fromIon(".to_owned()),
                        (TextRange::empty(range.end()), ")".to_owned()),
                    ],
                )
                .emit();
        }
    }
}

/// Whether a call stands inside of `fromIon(…)`.
fn is_parsed(template: &Template, call: ExpressionId) -> bool {
    let range = template.expression(call).range;
    template
        .expressions()
        .any(|(_, expression)| match expression.kind {
            ExpressionKind::Call { name, .. } => {
                template.slice(name) == "fromIon" && expression.range.contains_range(range)
            }
            _ => false,
        })
}

/// The task whose file is read: `read(outputs.task.uri)`.
fn producer(checker: &Checker<'_>, template: &Template, call: Invocation) -> Option<TaskIndex> {
    let argument = template.arguments(call.arguments).first()?.value;
    let argument = template.without_parentheses(argument);
    let references = checker.references();
    let (reference, path) = references
        .iter()
        .find(|(reference, _)| reference.expression == argument)?;
    let is_file = template.slice(reference.root) == "outputs"
        && path.last()?.name(template).as_deref() == Some("uri");
    let id = path.first()?.name(template).filter(|_| is_file)?;
    checker.flow.task_by_id(checker.tree, &id)
}

/// Whether a task writes rows to a file of Kestra's own form, Ion: queries that store what they find, and the tasks
/// that convert to it.
fn writes_rows(checker: &Checker<'_>, task: TaskIndex) -> bool {
    let tree = checker.tree;
    let task = checker.task(task);
    let Some(name) = checker.type_text(task.type_node) else {
        return false;
    };
    let class = name.rsplit('.').next().unwrap_or_default();
    let stores = tree.get_text(task.node, "fetchType") == Some("STORE")
        || tree
            .get(task.node, "store")
            .is_some_and(|store| tree.value(store) == Some(Value::Boolean(true)));
    let has_rows = || {
        let outputs = checker
            .catalogue
            .find(name)
            .and_then(|found| found.facts.outputs.as_ref());
        outputs.is_some_and(|outputs| outputs.property("rows").is_some())
    };
    class.ends_with("ToIon") || class == "FileTransform" || (stores && has_rows())
}
