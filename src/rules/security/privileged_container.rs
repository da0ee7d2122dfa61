//! `privileged-container`: a container gets power over its host.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::{NodeId, Value};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &PrivilegedContainer;

struct PrivilegedContainer;

static METADATA: RuleMetadata = RuleMetadata {
    name: "privileged-container",
    summary: "A container gets power over its host",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for PrivilegedContainer {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let tree = checker.tree;
        let node = checker.task(task).node;
        for key in ["taskRunner", "docker"] {
            let Some(runner) = tree
                .get(node, key)
                .filter(|runner| tree.is_mapping(*runner))
            else {
                continue;
            };
            if let Some(value) = tree
                .get(runner, "privileged")
                .filter(|value| is_true(tree.value(*value)))
            {
                report(
                    checker,
                    value,
                    "`privileged` gives the container all the rights of its host",
                );
            }
            let volumes = tree.get(runner, "volumes").into_iter();
            for volume in volumes.flat_map(|volumes| tree.items(volumes)) {
                let text = tree.scalar_text(volume).unwrap_or_default();
                if let Some(what) = mounted(text) {
                    report(
                        checker,
                        volume,
                        &format!("`{what}` of the host is mounted into the container"),
                    );
                }
            }
        }
    }
}

fn is_true(value: Option<Value<'_>>) -> bool {
    match value {
        Some(Value::Boolean(value)) => value,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The part of the host that a volume opens, where that is as good as the whole host.
fn mounted(volume: &str) -> Option<&str> {
    let source = volume.split(':').next()?;
    let is_host = matches!(
        source.trim_end_matches('/'),
        "" | "/etc"
            | "/root"
            | "/proc"
            | "/sys"
            | "/boot"
            | "/var/run"
            | "/run"
            | "/var/lib/docker"
    );
    (volume.contains(':')
        && (is_host && source.starts_with('/')
            || source.ends_with("docker.sock")
            || source.ends_with("containerd.sock")))
    .then_some(source)
}

fn report(checker: &mut Checker<'_>, node: NodeId, message: &str) {
    checker
        .finding(&METADATA, node, message)
        .help("A script that is taken over in this container takes over the worker. Give it only what it needs; to build images, use a builder that needs no such rights.")
        .emit();
}

#[cfg(test)]
mod tests {
    use super::mounted;

    #[test]
    fn the_host_is_told_from_its_directories() {
        assert_eq!(
            mounted("/var/run/docker.sock:/var/run/docker.sock"),
            Some("/var/run/docker.sock")
        );
        assert_eq!(mounted("/:/host"), Some("/"));
        assert_eq!(mounted("/etc:/etc:ro"), Some("/etc"));
        assert_eq!(mounted("/data/exports:/data"), None);
        assert_eq!(mounted("named:/data"), None);
        assert_eq!(mounted("/etc"), None);
    }
}
