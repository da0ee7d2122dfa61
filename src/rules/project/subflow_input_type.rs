//! `subflow-input-type`: a value that the called flow cannot take.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::{fits_input_type, listed_values};
use crate::project::{Call, CallKind, InputSummary, MemberIndex};
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SubflowInputType;

struct SubflowInputType;

static METADATA: RuleMetadata = RuleMetadata {
    name: "subflow-input-type",
    summary: "A subflow call passes a value that does not fit the type of the input",
    group: Group::Project,
    severity: Severity::Error,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SubflowInputType {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let Some((summary, member)) = checker.document.summary.as_deref().zip(checker.member())
        else {
            return;
        };
        let (project, tree) = (checker.project, checker.tree);
        for call in &summary.calls {
            if call.disabled || call.is_pinned || call.kind == CallKind::AgentTool {
                continue;
            }
            let callees = project.callees(member, call);
            let inputs = tree.get(call.node, "inputs");
            let entries = inputs.map_or(&[][..], |inputs| tree.entries(inputs));
            for entry in entries.iter().filter(|_| !callees.is_empty()) {
                let Some(key) = tree.scalar_text(entry.key) else {
                    continue;
                };
                let misfits: Option<Vec<Misfit<'_>>> = callees
                    .iter()
                    .map(|callee| misfit(checker, *callee, key, entry.value))
                    .collect();
                if let Some(misfit) = misfits.and_then(|misfits| misfits.into_iter().next()) {
                    report(checker, call, entry.value, &misfit);
                }
            }
        }
    }
}

/// Why a value does not fit an input.
struct Misfit<'run> {
    input: &'run InputSummary,
    wanted: String,
}

fn misfit<'run>(
    checker: &Checker<'run>,
    callee: MemberIndex,
    key: &str,
    value: NodeId,
) -> Option<Misfit<'run>> {
    let project = checker.project;
    let mut inputs = project.summary(callee).inputs.iter();
    let input = inputs.find(|input| input.id == key)?;
    let wanted = wanted_instead(checker, callee, input, value)?;
    Some(Misfit { input, wanted })
}

/// What the input takes, if the value is surely something else.
fn wanted_instead(
    checker: &Checker<'_>,
    callee: MemberIndex,
    input: &InputSummary,
    value: NodeId,
) -> Option<String> {
    let tree = checker.tree;
    let is_structure = !tree.is_scalar(value);
    let text = tree.scalar_text(value).unwrap_or_default();
    // An expression, an unknown of Terraform and nothing at all may become anything.
    if text.contains("{{") || text.contains("{%") || (!is_structure && text.is_empty()) {
        return None;
    }
    if checker.document.document.is_unknown(tree.range(value))
        || tree.value(value) == Some(Value::Null)
    {
        return None;
    }
    if matches!(input.kind.as_str(), "SELECT" | "ENUM") {
        return unlisted(checker, callee, input, value);
    }
    let fits = fits_input_type(tree, value, &input.kind);
    let kind = &input.kind;
    (!fits).then(|| format!("of type {kind}"))
}

/// The values of a SELECT, if the value is none of them.
fn unlisted(
    checker: &Checker<'_>,
    callee: MemberIndex,
    input: &InputSummary,
    value: NodeId,
) -> Option<String> {
    let document = checker.project.document(callee);
    let callee = &checker.workspace.documents.get(document as usize)?.tree;
    let names = listed_values(callee, input.node)?;
    let text = checker.tree.scalar_text(value)?;
    (!names.contains(&text)).then(|| {
        let names: Vec<String> = names
            .iter()
            .take(8)
            .map(|name| format!("`{name}`"))
            .collect();
        format!("one of {}", names.join(", "))
    })
}

fn report(checker: &mut Checker<'_>, call: &Call, value: NodeId, misfit: &Misfit<'_>) {
    let (input, id) = (misfit.input, call.flow_id.as_deref().unwrap_or_default());
    let tree = checker.tree;
    let given = match tree.scalar_text(value) {
        Some(text) => format!("`{text}`"),
        None if tree.is_sequence(value) => "A list".to_owned(),
        None => "A mapping".to_owned(),
    };
    let message = format!(
        "{given} does not fit the input `{}` of `{id}`, which is {}",
        input.id, misfit.wanted
    );
    let draft = checker
        .finding(&METADATA, value, message)
        .label("does not fit")
        .related(input.place, format!("`{}` is declared here", input.id))
        .help("Kestra checks the value when the call runs, and the task fails. Pass a value that fits, or change the type of the input.");
    // Kestra takes any other word for false.
    let is_lenient = matches!(input.kind.as_str(), "BOOL" | "BOOLEAN");
    let draft = if is_lenient {
        draft
            .severity(Severity::Warning)
            .help("Pass `true` or `false`.")
    } else {
        draft
    };
    draft.emit();
}
