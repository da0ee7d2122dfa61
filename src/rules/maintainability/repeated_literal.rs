//! `repeated-literal`: an image, a host or a name of the cloud is written out many times.

use std::collections::BTreeMap;

use crate::engine::{Interest, OptionValue, ProjectChecker, Rule};
use crate::expression::has_template;
use crate::finding::{
    FixKind, Group, OptionDescription, RelatedLocation, RuleMetadata, Severity, TargetSet, Tier,
};
use crate::syntax::{NodeId, Tree, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &RepeatedLiteral;

struct RepeatedLiteral;

static METADATA: RuleMetadata = RuleMetadata {
    name: "repeated-literal",
    summary: "An image, a host or a name of the cloud is written out many times",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "minimum-occurrences",
        summary: "How often a literal must stand",
        schema: r#"{"type": "integer", "minimum": 2}"#,
        default: "3",
    }],
    since: "0.1.0",
};

/// Properties whose values belong to where a flow runs rather than to what it does.
const KEYS: [&str; 20] = [
    "account",
    "baseUrl",
    "bucket",
    "bucketName",
    "clusterId",
    "containerImage",
    "database",
    "dataset",
    "endpoint",
    "endpointOverride",
    "host",
    "hostname",
    "image",
    "projectId",
    "region",
    "serverUrl",
    "uri",
    "url",
    "warehouse",
    "workspaceId",
];

/// Hosts that are the same everywhere, and for good.
const PUBLIC_HOSTS: [&str; 6] = [
    "bitbucket.org",
    "github.com",
    "gitlab.com",
    "huggingface.co",
    "localhost",
    "raw.githubusercontent.com",
];

impl Rule for RepeatedLiteral {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Project]
    }

    fn project(&self, checker: &mut ProjectChecker<'_>) {
        let option = checker.option("minimum-occurrences");
        let minimum = option.and_then(OptionValue::as_integer).unwrap_or(3);
        let workspace = checker.workspace;
        let mut found: BTreeMap<&str, Vec<(usize, NodeId)>> = BTreeMap::new();
        for (_, document, _) in checker.project.members() {
            let document = document as usize;
            let Some(loaded) = workspace.documents.get(document) else {
                continue;
            };
            // What Terraform makes of one text several times is written once.
            if loaded.terraform.is_some() {
                continue;
            }
            let tree = &loaded.tree;
            for node in tree.nodes() {
                if let Some(literal) = literal(tree, node) {
                    found.entry(literal).or_default().push((document, node));
                }
            }
        }
        for (literal, places) in found {
            if places.len() >= minimum {
                report(checker, literal, &places);
            }
        }
    }
}

/// What a property of the kind says; of an address only scheme and host.
fn literal(tree: &Tree, node: NodeId) -> Option<&str> {
    let text = tree.scalar_text(node)?;
    if text.len() < 6 || text.contains('\n') || has_template(text) {
        return None;
    }
    let key = tree.key_of(node).and_then(|key| tree.scalar_text(key))?;
    if !KEYS.contains(&key) || !matches!(tree.value(node), Some(Value::String(_))) {
        return None;
    }
    let Some((_, rest)) = text.split_once("://") else {
        return (!text.contains([' ', '/']) || key.to_ascii_lowercase().ends_with("image"))
            .then_some(text);
    };
    let host = rest.find(['/', '?', ';']).unwrap_or(rest.len());
    // A password may stand before the host.
    let name = rest[..host].split(':').next().unwrap_or_default();
    let is_plain = !rest[..host].contains('@') && !PUBLIC_HOSTS.contains(&name);
    is_plain.then(|| &text[..text.len() - rest.len() + host])
}

fn report(checker: &mut ProjectChecker<'_>, literal: &str, places: &[(usize, NodeId)]) {
    let workspace = checker.workspace;
    let Some(shown) = places
        .iter()
        .position(|(document, _)| workspace.documents[*document].is_reported)
    else {
        return;
    };
    let locate = |(document, node): &(usize, NodeId)| {
        let loaded = &workspace.documents[*document];
        loaded.document.locate(loaded.tree.range(*node))
    };
    let mut flows: Vec<usize> = places.iter().map(|(document, _)| *document).collect();
    flows.dedup();
    let spread = match flows.len() {
        1 => String::new(),
        flows => format!(" in {flows} flows"),
    };
    let tree = &workspace.documents[places[shown].0].tree;
    let key = tree
        .key_of(places[shown].1)
        .and_then(|key| tree.scalar_text(key))
        .unwrap_or("value");
    let help = if flows.len() == 1 {
        format!("Write it once under `variables`, and here `{{{{ vars.{key} }}}}`.")
    } else {
        format!(
            "Write it once in the key-value store of the namespace, and here `{{{{ kv('{key}') }}}}`; Kestra Enterprise also has variables of namespaces."
        )
    };
    let related: Vec<RelatedLocation> = places
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != shown)
        .map(|(_, place)| RelatedLocation {
            location: locate(place),
            message: "and here".to_owned(),
        })
        .collect();
    checker.emit(
        &METADATA,
        locate(&places[shown]),
        &[literal],
        format!("`{literal}` is written out {} times{spread}", places.len()),
        |finding| {
            finding.help = Some(help);
            finding.related = related;
        },
    );
}
