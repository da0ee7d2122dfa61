//! `secret-in-script-text`: a secret becomes part of the text of a script.

use crate::analysis::ExpressionSite;
use crate::analysis::script::{Environment, Language, data_fix};
use crate::analysis::taint::{CodeSink, Insertion, Wanted, code_sink};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &SecretInScriptText;

struct SecretInScriptText;

static METADATA: RuleMetadata = RuleMetadata {
    name: "secret-in-script-text",
    summary: "A secret becomes part of the text of a script",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for SecretInScriptText {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Expression]
    }

    fn expression(&self, checker: &mut Checker<'_>, site: &ExpressionSite) {
        let Some(sink) = code_sink(checker.tree, checker.flow, checker.catalogue, site)
            .filter(|sink| sink.language != Language::Sql)
        else {
            return;
        };
        let template = &site.template;
        let prints = checker.tracer(Wanted::Secret).prints(checker.view(), site);
        for insertion in Insertion::of(template, &prints, |print| print.origins.first()) {
            let range = insertion.origin.range;
            let embedded = insertion.embedded(checker.view(), checker.catalogue, site, &sink);
            let (fix, advice) = (data_fix(&embedded), advice(checker, &sink));
            let message = format!(
                "`{}` becomes part of the text of a script",
                template.slice(range)
            );
            checker
                .finding_within(&METADATA, site.node, range, message)
                .help(format!("{advice} The text of a script stands in files, process lists and error messages, and a character of the secret may mean something to the language."))
                .maybe_label(insertion.others())
                .pass_as_data(fix)
                .emit();
        }
    }
}

/// How else the program can get at the secret.
fn advice(checker: &Checker<'_>, sink: &CodeSink<'_>) -> &'static str {
    match Environment::of(checker.catalogue, sink.type_name, sink.language) {
        Environment::Readable | Environment::Unknown => {
            "Pass it under `env` and read the variable in the script."
        }
        Environment::Forbidden => {
            "Pass it under `env` of a task `deno.Commands` that runs the program with `deno run --allow-env …`: here Deno may not read its environment."
        }
        Environment::Remote => {
            "Keep it on the machine that runs the commands: that takes no variables from here, unless the `AcceptEnv` of its SSH server names them."
        }
        Environment::Absent => {
            "Run the program with a task that has `env`, and read the variable there."
        }
    }
}
