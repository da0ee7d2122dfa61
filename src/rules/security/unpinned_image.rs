//! `unpinned-image`: a container image has no fixed version.

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::model::TaskIndex;
use crate::syntax::NodeId;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &UnpinnedImage;

struct UnpinnedImage;

static METADATA: RuleMetadata = RuleMetadata {
    name: "unpinned-image",
    summary: "A container image has no fixed version",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for UnpinnedImage {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Task]
    }

    fn task(&self, checker: &mut Checker<'_>, task: TaskIndex) {
        let tree = checker.tree;
        let node = checker.task(task).node;
        let places = [
            ("containerImage", None),
            ("image", Some("taskRunner")),
            ("image", Some("docker")),
        ];
        for (key, holder) in places {
            let holder = holder.map_or(Some(node), |holder| tree.get(node, holder));
            if let Some(image) = holder.and_then(|holder| tree.get(holder, key)) {
                check(checker, image);
            }
        }
    }
}

fn check(checker: &mut Checker<'_>, node: NodeId) {
    let Some(image) = checker
        .tree
        .string(node)
        .map(str::trim)
        .filter(|image| !image.is_empty())
    else {
        return;
    };
    let Some(what) = weakness(image) else {
        return;
    };
    checker
        .finding(&METADATA, node, format!("The image `{image}` {what}"))
        .help("Name a version (`python:3.12.4-slim`), or for certain the digest (`@sha256:…`).")
        .emit();
}

/// What is loose about an image's name; nothing where the end is an expression.
fn weakness(image: &str) -> Option<&'static str> {
    if image.contains('@') {
        return None;
    }
    // A colon before the last slash is that of a port.
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains("}}") && !last.ends_with(":latest") {
        return None;
    }
    match last.rsplit_once(':') {
        None => Some("has no tag: it is whatever `latest` is today"),
        Some((_, "latest")) => Some("is whatever `latest` is today"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn versions_and_digests_are_told_from_loose_names() {
        for image in [
            "python",
            "python:latest",
            "registry:5000/team/tool",
            "ghcr.io/team/tool:latest",
            "{{ vars.registry }}/tool:latest",
        ] {
            assert!(weakness(image).is_some(), "{image}");
        }
        for image in [
            "python:3.12",
            "registry:5000/team/tool:1",
            "tool@sha256:0123",
            "{{ inputs.image }}",
            "tool:{{ inputs.version }}",
        ] {
            assert!(weakness(image).is_none(), "{image}");
        }
    }
}
