//! `secret-in-script-text`: a secret becomes part of the text of a script.

use crate::analysis::ExpressionSite;
use crate::analysis::script::{Embedded, Language, environment_fix};
use crate::analysis::taint::{Wanted, code_sink};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::TextRange;

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
        // An expression that stands there several times is one finding, mended at once.
        let mut groups: Vec<(TextRange, TextRange, Vec<TextRange>)> = Vec::new();
        for print in &prints {
            let Some(origin) = print.origins.first() else {
                continue;
            };
            let expression = template.expression(print.expression).range;
            let known = groups
                .iter_mut()
                .find(|(known, ..)| template.slice(*known) == template.slice(expression));
            match known {
                Some((.., places)) => places.push(print.range),
                None => groups.push((expression, origin.range, vec![print.range])),
            }
        }
        for (expression, range, prints) in groups {
            let what = template.slice(range);
            let embedded = Embedded {
                tree: checker.tree,
                flow: checker.flow,
                catalogue: checker.catalogue,
                task: checker.task(sink.task).node,
                type_name: sink.type_name,
                property: sink.property,
                language: sink.language,
                site,
                prints: &prints,
                expression: template.slice(expression),
                named_after: what,
            };
            let fix = environment_fix(&embedded);
            let mut draft = checker
                .finding_within(&METADATA, site.node, range, format!("`{what}` becomes part of the text of a script"))
                .help("Pass it under `env` and read the variable in the script. The text of a script stands in files, process lists and error messages, and a character of the secret may mean something to the language.");
            if prints.len() > 1 {
                draft = draft.label(format!("and {} more in this text", prints.len() - 1));
            }
            if let Some((name, edits)) = fix {
                let edits = edits.into_iter().map(|edit| (edit.range, edit.content));
                draft = draft.fix_all(
                    format!("Pass it in the variable `{name}` of the environment"),
                    Applicability::Unsafe,
                    edits.collect(),
                );
            }
            draft.emit();
        }
    }
}
