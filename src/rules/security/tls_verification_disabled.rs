//! `tls-verification-disabled`: the identity of the other side is not checked.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{Entry, Tree, Value};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &TlsVerificationDisabled;

struct TlsVerificationDisabled;

static METADATA: RuleMetadata = RuleMetadata {
    name: "tls-verification-disabled",
    summary: "The identity of the other side is not checked",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for TlsVerificationDisabled {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        for mapping in tree.nodes().filter(|node| tree.is_mapping(*node)) {
            for entry in tree.entries(mapping) {
                if switches_off(tree, *entry) {
                    let key = tree.scalar_text(entry.key).unwrap_or_default();
                    checker
                        .finding(
                            &METADATA,
                            entry.value,
                            format!("`{key}` switches the check of the other side's identity off"),
                        )
                        .help(HELP)
                        .emit();
                }
            }
        }
        for found in IN_SCRIPTS_FINDER
            .iter()
            .flat_map(|finder| finder.find_iter(tree.source().as_bytes()))
        {
            if let Some(word) = IN_SCRIPTS.get(found.pattern().as_usize()) {
                report_in_script(checker, word, found.start());
            }
        }
    }
}

const HELP: &str = "Whoever is on the way can pass for the other side. Trust its certificate or key instead: give the authority's certificate, or a known_hosts file.";

/// What switches the check off in scripts and commands.
const IN_SCRIPTS: [&str; 14] = [
    "StrictHostKeyChecking=no",
    "StrictHostKeyChecking no",
    "--no-check-certificate",
    "--insecure-skip-tls-verify",
    "NODE_TLS_REJECT_UNAUTHORIZED=0",
    "PYTHONHTTPSVERIFY=0",
    "GIT_SSL_NO_VERIFY=true",
    "GIT_SSL_NO_VERIFY=1",
    "http.sslVerify=false",
    "verify=False",
    "ssl._create_unverified_context",
    "curl -k ",
    "curl --insecure",
    "trustServerCertificate=true",
];

/// All of them in one pass over a text; none begins another, and looking for the leftmost is fastest.
static IN_SCRIPTS_FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(IN_SCRIPTS)
        .ok()
});

/// Properties that switch it off when they are true, and when they are false.
fn switches_off(tree: &Tree, entry: Entry) -> bool {
    // The shortest of them, `trustAll`, has eight letters, and most keys have fewer.
    let key = tree.scalar_text(entry.key);
    let Some(key) = key.filter(|key| key.len() >= 8) else {
        return false;
    };
    let off = match key {
        "insecureTrustAllCertificates"
        | "trustAllCertificates"
        | "trustAllSslCertificates"
        | "trustAll"
        | "skipTlsVerify"
        | "skipTLSVerify"
        | "insecureSkipVerify"
        | "disableSslVerification"
        | "skipSslVerification"
        | "disableCertificateValidation" => true,
        "sslVerify"
        | "verifySsl"
        | "tlsVerify"
        | "verifyTls"
        | "verifyCertificates"
        | "hostKeyChecking"
        | "strictHostKeyChecking"
        | "verifyHostKey"
        | "ANSIBLE_HOST_KEY_CHECKING"
        | "GIT_SSL_VERIFY" => false,
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => {
            return tree.scalar_text(entry.value) == Some("0");
        }
        _ => return false,
    };
    match tree.value(entry.value) {
        Some(Value::Boolean(value)) => value == off,
        Some(Value::String(text)) => {
            text.eq_ignore_ascii_case(if off { "true" } else { "false" })
                || (!off && text.eq_ignore_ascii_case("no"))
        }
        _ => false,
    }
}

fn report_in_script(checker: &mut Checker<'_>, word: &str, start: usize) {
    let tree = checker.tree;
    let Ok(start) = TextSize::try_from(start) else {
        return;
    };
    let range = TextRange::at(start, TextSize::of(word.trim_end()));
    // Comments and keys do nothing.
    let Some(node) = tree.scalar_around(range).filter(|node| {
        tree.key_of(*node)
            .is_none_or(|key| !PROSE.contains(&tree.scalar_text(key).unwrap_or_default()))
    }) else {
        return;
    };
    checker
        .finding(
            &METADATA,
            node,
            format!(
                "`{}` switches the check of the other side's identity off",
                word.trim_end()
            ),
        )
        .range(range)
        .identity(word)
        .help(HELP)
        .emit();
}

const PROSE: [&str; 2] = ["description", "displayName"];
