//! `deprecated-type`: a type goes by an old name, or will be dropped.

use crate::analysis::{SchemaProblem, SchemaProblemKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &DeprecatedType;

struct DeprecatedType;

static METADATA: RuleMetadata = RuleMetadata {
    name: "deprecated-type",
    summary: "A type goes by an old name, or will be dropped",
    group: Group::Schema,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Safe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for DeprecatedType {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Schema]
    }

    fn schema(&self, checker: &mut Checker<'_>, problem: &SchemaProblem<'_>) {
        let SchemaProblemKind::DeprecatedType { found, is_alias } = problem.kind else {
            return;
        };
        let tree = checker.tree;
        let written = tree.scalar_text(problem.node).unwrap_or_default();
        // The rule `template-task` says more about those.
        if found.name == "io.kestra.plugin.core.flow.Template" {
            return;
        }
        if !is_alias {
            checker
                .finding(
                    &METADATA,
                    problem.node,
                    format!("`{written}` is deprecated"),
                )
                .maybe_help(successor(found.name).or_else(|| {
                    let page = found.url()?;
                    Some(format!("What replaces it stands on its page: {page}"))
                }))
                .emit();
            return;
        }
        let whole = TextRange::up_to(TextSize::of(written));
        checker
            .finding(
                &METADATA,
                problem.node,
                format!("`{written}` is an old name of `{}`", found.name),
            )
            .help(format!(
                "Write `{}`: Kestra 2.0 no longer knows the old names of its own types.",
                found.name
            ))
            .fix(
                format!("Write `{}`", found.name),
                Applicability::Safe,
                tree.source_range(problem.node, whole),
                found.name,
            )
            .emit();
    }
}

/// What to use instead, where Kestra's migration notes say it.
fn successor(name: &str) -> Option<String> {
    let now = match name {
        "io.kestra.plugin.core.flow.ForEach"
        | "io.kestra.plugin.core.flow.EachSequential"
        | "io.kestra.plugin.core.flow.EachParallel"
        | "io.kestra.plugin.core.flow.ForEachItem" => {
            "Kestra 2.0 has `io.kestra.plugin.core.flow.Loop` for it."
        }
        "io.kestra.plugin.core.storage.LocalFiles" => {
            "Use `inputFiles` and `outputFiles` of the task that needs the files."
        }
        "io.kestra.plugin.core.state.Get" => {
            "Use `io.kestra.plugin.core.kv.Get`, with `key` instead of `name`."
        }
        "io.kestra.plugin.core.state.Set" => {
            "Use `io.kestra.plugin.core.kv.Set`, with `key` instead of `name`."
        }
        "io.kestra.plugin.core.state.Delete" => {
            "Use `io.kestra.plugin.core.kv.Delete`, with `key` instead of `name`."
        }
        "io.kestra.core.tasks.scripts.Python" => "Use `io.kestra.plugin.scripts.python.Script`.",
        "io.kestra.core.tasks.scripts.Bash" => "Use `io.kestra.plugin.scripts.shell.Commands`.",
        "io.kestra.plugin.dbt.cli.Build" => {
            "Use `io.kestra.plugin.dbt.cli.DbtCLI` with `commands: [dbt build]`."
        }
        "io.kestra.plugin.core.debug.Echo" => {
            "Use `io.kestra.plugin.core.log.Log`, with `message` instead of `format`."
        }
        _ => return None,
    };
    Some(now.to_owned())
}
