//! `hardcoded-secret`: a credential stands in clear where `secret()` belongs.

use crate::analysis::credentials::{self, Credential, PropertyKind};
use crate::engine::{Checker, Interest, Rule};
use crate::finding::{
    Applicability, FixKind, Group, OptionDescription, RuleMetadata, Severity, TargetSet, Tier,
};
use crate::syntax::{Entry, NodeId, Tree, Value};
use crate::text::TextRange;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &HardcodedSecret;

struct HardcodedSecret;

static METADATA: RuleMetadata = RuleMetadata {
    name: "hardcoded-secret",
    summary: "A credential stands in clear where `secret()` belongs",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "ignore-properties",
        summary: "Names of properties whose values are not looked at",
        schema: r#"{"type": "array", "items": {"type": "string"}}"#,
        default: "[]",
    }],
    since: "0.1.0",
};

impl Rule for HardcodedSecret {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Document]
    }

    fn document(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        let found = credentials::find(tree.source());
        for credential in &found {
            report_form(checker, credential);
        }
        if !checker.document.is_flow() {
            return;
        }
        let is_within = |credential: &Credential, range: TextRange| {
            let common = credential.range.intersect(range);
            credential.assignment.is_none() && common.is_some_and(|common| !common.is_empty())
        };
        let covered =
            |range: TextRange| found.iter().any(|credential| is_within(credential, range));
        for mapping in tree.nodes().filter(|node| tree.is_mapping(*node)) {
            for entry in tree.entries(mapping) {
                let Some(property) = named_property(tree, mapping, *entry) else {
                    continue;
                };
                if !covered(tree.range(entry.value)) && !is_ignored(checker, property.name) {
                    report_property(checker, &property);
                }
            }
        }
    }
}

/// A property that is there for a credential.
struct Property<'tree> {
    name: &'tree str,
    value: NodeId,
    kind: PropertyKind,
}

/// `password: x`; also `{name: PASSWORD, value: x}`, and the default of an input called so.
fn named_property<'tree>(
    tree: &'tree Tree,
    mapping: NodeId,
    entry: Entry,
) -> Option<Property<'tree>> {
    let key = tree.scalar_text(entry.key)?;
    let name = match key {
        "value" => tree
            .get_text(mapping, "name")
            .or_else(|| tree.get_text(mapping, "key"))?,
        // What a SECRET input has for default is the concern of `secret-input-default`.
        "defaults" | "prefill" if tree.get_text(mapping, "type") != Some("SECRET") => {
            tree.get_text(mapping, "id")?
        }
        _ => key,
    };
    let kind = credentials::kind_of_property(name)?;
    let value = entry.value;
    let text = tree.scalar_text(value)?;
    let is_text = match tree.value(value)? {
        Value::String(_) => true,
        Value::Integer(_) => kind == PropertyKind::Password && text.len() >= 4,
        _ => false,
    };
    (is_text && credentials::is_credential(kind, name, text)).then_some(Property {
        name,
        value,
        kind,
    })
}

fn is_ignored(checker: &Checker<'_>, name: &str) -> bool {
    let ignored = checker.option("ignore-properties");
    ignored.is_some_and(|list| list.as_list().iter().any(|ignored| ignored == name))
}

fn report_form(checker: &mut Checker<'_>, credential: &Credential) {
    let tree = checker.tree;
    let shown = if credential.shown.is_empty() {
        String::new()
    } else {
        format!(" (`{}…`)", credential.shown)
    };
    let message = format!("Here stands {}{shown} in clear", credential.what);
    let extent = credential.assignment.unwrap_or(credential.range);
    let holder = tree.scalar_around(extent);
    if holder.is_none() && credential.assignment.is_some() {
        return;
    }
    let draft = match holder {
        Some(node) => checker
            .finding(&METADATA, node, message)
            .range(tree.first_line(credential.range)),
        None => checker.finding_at(&METADATA, tree.first_line(credential.range), message),
    };
    // The fingerprint must not be made of the secret: short ones could be guessed from it.
    draft.identity(credential.what).redact().help(HELP).emit();
}

fn report_property(checker: &mut Checker<'_>, property: &Property<'_>) {
    let tree = checker.tree;
    let what = match property.kind {
        PropertyKind::Password => "a password",
        PropertyKind::Token => "a token or key",
        PropertyKind::Authorization => "a credential",
    };
    let replacement = format!("\"{{{{ secret('{}') }}}}\"", secret_name(property.name));
    let title = format!("Read it by `secret('{}')`", secret_name(property.name));
    let mut draft = checker
        .finding(
            &METADATA,
            property.value,
            format!("`{}` holds {what} in clear", property.name),
        )
        .identity(property.name)
        .redact()
        .help(HELP);
    if property.kind != PropertyKind::Authorization {
        draft = draft.fix(
            title,
            Applicability::Unsafe,
            tree.range(property.value),
            replacement,
        );
    }
    draft.emit();
}

const HELP: &str = "Keep it as a secret of Kestra, write `{{ secret('NAME') }}` here, and replace it where it is valid: whoever reads the repository's history has it.";

/// `dbPassword` becomes `DB_PASSWORD`.
fn secret_name(property: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in property.chars() {
        if letter.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.push(if letter.is_ascii_alphanumeric() {
            letter.to_ascii_uppercase()
        } else {
            '_'
        });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_follow_the_property() {
        assert_eq!(secret_name("dbPassword"), "DB_PASSWORD");
        assert_eq!(secret_name("GITHUB_TOKEN"), "GITHUB_TOKEN");
        assert_eq!(secret_name("X-Api-Key"), "X_API_KEY");
    }
}
