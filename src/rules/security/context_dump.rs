//! `context-dump`: the whole context of an execution is printed.

use crate::analysis::{ExpressionSite, Owner};
use crate::engine::{Checker, Interest, Rule};
use crate::expression::InvocationKind;
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &ContextDump;

struct ContextDump;

static METADATA: RuleMetadata = RuleMetadata {
    name: "context-dump",
    summary: "The whole context of an execution is printed",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for ContextDump {
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
        let template = &site.template;
        for call in template.invocations() {
            let name = template.slice(call.name);
            if call.kind == InvocationKind::Function && DUMPS.contains(&name) {
                let range = template.expression(call.expression).range;
                checker
                    .finding_within(&METADATA, site.node, range, format!("`{name}()` prints everything that the execution knows"))
                    .help("Print only the values that you need. The context holds inputs, outputs, variables and the server's environment.")
                    .emit();
            }
        }
        let kind = checker
            .type_text(checker.task(task).type_node)
            .unwrap_or_default();
        if !(kind.ends_with("log.Log")
            || kind.ends_with("debug.Return")
            || kind.ends_with("debug.Echo"))
        {
            return;
        }
        for (reference, path) in checker.references().iter() {
            let root = template.slice(reference.root);
            if path.is_empty()
                && WHOLE.contains(&root)
                && is_printed_whole(template.text(), reference.range)
            {
                checker
                    .finding_within(&METADATA, site.node, reference.range, format!("All of `{root}` is printed"))
                    .help("Print only the values that you need: headers, parameters and the server's environment hold credentials.")
                    .emit();
            }
        }
    }
}

const DUMPS: [&str; 2] = ["printContext", "fetchContext"];

/// Roots that hold more than the author of the flow put there.
const WHOLE: [&str; 2] = ["trigger", "envs"];

/// Whether `{{ root }}` stands alone, or goes through nothing but a filter that prints it.
fn is_printed_whole(text: &str, range: TextRange) -> bool {
    let before = text
        .get(..usize::from(range.start()))
        .unwrap_or_default()
        .trim_end();
    let after = text
        .get(usize::from(range.end())..)
        .unwrap_or_default()
        .trim_start();
    let filtered = after.strip_prefix('|').map(str::trim_start);
    let printed = filtered.is_some_and(|rest| {
        rest.starts_with("toJson") || rest.starts_with("json") || rest.starts_with("string")
    });
    (before.ends_with("{{") || before.ends_with("{{-"))
        && (after.starts_with("}}") || after.starts_with("-}}") || printed)
}
