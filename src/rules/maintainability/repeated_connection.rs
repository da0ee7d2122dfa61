//! `repeated-connection`: tasks of one plugin repeat how they connect.

use std::collections::BTreeMap;

use crate::engine::{Checker, Interest, OptionValue, Rule};
use crate::finding::{
    FixKind, Group, OptionDescription, RuleMetadata, Severity, Target, TargetSet, Tier,
};
use crate::model::TaskIndex;

/// The rule, for the registry.
pub static RULE: &dyn Rule = &RepeatedConnection;

struct RepeatedConnection;

static METADATA: RuleMetadata = RuleMetadata {
    name: "repeated-connection",
    summary: "Tasks of one plugin repeat how they connect",
    group: Group::Maintainability,
    severity: Severity::Info,
    tier: Tier::Strict,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[OptionDescription {
        name: "minimum-occurrences",
        summary: "How many tasks must repeat it",
        schema: r#"{"type": "integer", "minimum": 2}"#,
        default: "3",
    }],
    since: "0.1.0",
};

/// Properties that say where to connect, and as whom.
const KEYS: [&str; 24] = [
    "accessKeyId",
    "account",
    "accountName",
    "apiKey",
    "auth",
    "connection",
    "connectionString",
    "database",
    "endpoint",
    "endpointOverride",
    "host",
    "password",
    "port",
    "projectId",
    "region",
    "role",
    "secretKeyId",
    "serviceAccount",
    "stsRoleArn",
    "token",
    "url",
    "username",
    "warehouse",
    "workspaceId",
];

/// A plugin, and what its tasks say of their connection.
type Connection<'tree> = (&'tree str, Vec<(&'tree str, &'tree str)>);

impl Rule for RepeatedConnection {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let option = checker.option("minimum-occurrences");
        let minimum = option.and_then(OptionValue::as_integer).unwrap_or(3);
        if checker.flow.tasks.len() < minimum {
            return;
        }
        let (tree, flow) = (checker.tree, checker.flow);
        let source = tree.source();
        let mut found: BTreeMap<Connection<'_>, Vec<TaskIndex>> = BTreeMap::new();
        for (index, task) in flow.indexed_tasks() {
            let Some(plugin) = checker.type_text(task.type_node).and_then(plugin) else {
                continue;
            };
            let mut settings: Vec<(&str, &str)> = tree
                .entries(task.node)
                .iter()
                .filter_map(|entry| {
                    let key = tree.scalar_text(entry.key)?;
                    let range = std::ops::Range::<usize>::from(tree.range(entry.value));
                    KEYS.contains(&key).then(|| (key, source[range].trim_end()))
                })
                .collect();
            settings.sort_unstable();
            if settings.len() > 1 {
                found.entry((plugin, settings)).or_default().push(index);
            }
        }
        for ((plugin, settings), tasks) in found {
            if tasks.len() >= minimum {
                let keys: Vec<&str> = settings.iter().map(|(key, _)| *key).collect();
                report(checker, plugin, &keys, &tasks);
            }
        }
    }
}

/// The plugin of a type: `io.kestra.plugin.jdbc.postgresql`. Core has no connections.
fn plugin(kind: &str) -> Option<&str> {
    let (package, _) = kind.rsplit_once('.')?;
    let is_plugin =
        kind.starts_with("io.kestra.plugin.") && !kind.starts_with("io.kestra.plugin.core.");
    is_plugin.then_some(package)
}

fn report(checker: &mut Checker<'_>, plugin: &str, keys: &[&str], tasks: &[TaskIndex]) {
    let Some((first, others)) = tasks.split_first() else {
        return;
    };
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let (last, before) = (keys[keys.len() - 1].clone(), &keys[..keys.len() - 1]);
    let saved = keys.len() * others.len();
    let help = match checker.target {
        Target::V1_3 => format!(
            "Write them once under `pluginDefaults` with `type: {plugin}`: {saved} lines would go."
        ),
        Target::V2_0 => format!(
            "Put the task into a flow of its own that others call with what differs, or let a policy of Kestra Enterprise add them: {saved} lines would go."
        ),
    };
    let places: Vec<_> = others
        .iter()
        .map(|task| checker.location(checker.task(*task).node))
        .collect();
    let node = checker.task(*first).node;
    let message = format!(
        "{} tasks of `{plugin}` repeat {} and {last}",
        tasks.len(),
        before.join(", ")
    );
    let mut draft = checker
        .finding(&METADATA, node, message)
        .identity(format!("{plugin} {}", keys.join(" ")))
        .help(help);
    for place in places {
        draft = draft.related(place, "the same connection");
    }
    draft.emit();
}
