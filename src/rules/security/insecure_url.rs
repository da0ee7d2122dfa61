//! `insecure-url`: data goes over the network without encryption.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{Applicability, FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::syntax::{Entry, Tree};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &InsecureUrl;

struct InsecureUrl;

static METADATA: RuleMetadata = RuleMetadata {
    name: "insecure-url",
    summary: "Data goes over the network without encryption",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::Unsafe,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for InsecureUrl {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        // Most flows have none.
        let source = tree.source().as_bytes();
        if FINDERS.iter().all(|finder| finder.find(source).is_none()) {
            return;
        }
        for mapping in tree.nodes().filter(|node| tree.is_mapping(*node)) {
            for entry in tree.entries(mapping) {
                if let Some((scheme, host)) = insecure(tree, *entry) {
                    report(checker, *entry, scheme, host);
                }
            }
        }
    }
}

const SCHEMES: [&str; 2] = ["http://", "ftp://"];

static FINDERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| SCHEMES.map(Finder::new));

/// The scheme and host of a property that is an address without encryption, on a machine elsewhere.
fn insecure(tree: &Tree, entry: Entry) -> Option<(&'static str, &str)> {
    let value = tree.scalar_text(entry.value)?;
    let scheme = SCHEMES
        .into_iter()
        .find(|scheme| value.starts_with(scheme))?;
    let key = tree.scalar_text(entry.key)?.to_ascii_lowercase();
    let is_address = [
        "url", "uri", "endpoint", "host", "server", "address", "urls",
    ]
    .iter()
    .any(|end| key.ends_with(end));
    let rest = value.get(scheme.len()..)?;
    let host = rest
        .split(['/', '?', '#', ' ', '\n'])
        .next()
        .unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    (is_address && is_elsewhere(host)).then_some((scheme, host))
}

/// Whether a host is reached over a network that others share.
fn is_elsewhere(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let is_near = [
        "localhost",
        ".local",
        ".localhost",
        ".internal",
        ".svc",
        ".lan",
        ".home",
        ".test",
        ".cluster",
        ".docker.internal",
    ]
    .iter()
    .any(|end| lower.ends_with(end));
    let octets: Vec<Option<u8>> = lower.split('.').map(|part| part.parse().ok()).collect();
    let is_private = match octets[..] {
        [Some(10 | 127), _, _, Some(_)]
        | [Some(192), Some(168), _, Some(_)]
        | [Some(169), Some(254), _, Some(_)]
        | [Some(0), Some(0), Some(0), Some(0)] => true,
        [Some(172), Some(second), _, Some(_)] => (16..32).contains(&second),
        _ => false,
    };
    // A name without a dot is that of a neighbour: a container, a service.
    lower.contains('.') && !lower.contains("{{") && !is_near && !is_private
}

fn report(checker: &mut Checker<'_>, entry: Entry, scheme: &str, host: &str) {
    let name = scheme.trim_end_matches("://");
    let message = format!("`{host}` is asked by {name}, without encryption");
    let range = TextRange::up_to(TextSize::of(scheme));
    let source = checker.tree.source_range(entry.value, range);
    let draft = checker
        .finding_within(&METADATA, entry.value, range, message)
        .identity(host)
        .help(if name == "http" {
            "Write `https://`, if the host has it."
        } else {
            "Use SFTP or FTPS."
        });
    if name == "http" {
        draft
            .fix(
                "Write `https://`",
                Applicability::Unsafe,
                source,
                "https://",
            )
            .emit();
    } else {
        draft.emit();
    }
}

#[cfg(test)]
mod tests {
    use super::is_elsewhere;

    #[test]
    fn hosts_nearby_are_left_alone() {
        for host in [
            "localhost",
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.20.0.1",
            "kestra",
            "host.docker.internal",
            "api.team.svc",
            "{{ vars.host }}",
            "x.svc.cluster.local",
            "",
        ] {
            assert!(!is_elsewhere(host), "{host}");
        }
        for host in ["example.com", "api.example.com", "8.8.8.8", "172.40.0.1"] {
            assert!(is_elsewhere(host), "{host}");
        }
    }
}
