//! Values are followed from where strangers choose them, and from secrets, to where they do harm.
//!
//! `fixtures/injection/*.yaml` is a table of sources, sinks and languages. `expected.txt` has a line a finding: place, rule,
//! severity, whether there is a fix, and the text that the finding underlines; nothing else may be found. What
//! the fixes make of the flows stands in `fixtures/injection/fixed/`, and is run where the language is installed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Report, Settings, Workspace};
use kestralint::finding::{Applicability, Finding, Severity, Target};
use kestralint::rules;
use kestralint::source::Candidate;
use kestralint::syntax::{self, NodeId, Tree};
use kestralint::text::LineIndex;

use crate::program::Directory;
use crate::rule_pages::Fixed;

const RULES: [&str; 7] = [
    "cross-namespace-secret",
    "script-injection",
    "secret-as-output-or-kv",
    "secret-in-log",
    "secret-in-script-text",
    "secret-through-filter",
    "untrusted-url",
];

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/injection")
}

/// The flows of a directory by their file names.
fn flows(directory: &Path) -> BTreeMap<String, String> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Runs these rules alone, or with those that are on by default.
fn settings(with_others: bool) -> Fixed {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    settings.targets = vec![Target::V1_3];
    for (position, rule) in registry.rules.iter().enumerate() {
        let is_ours = RULES.contains(&rule.metadata().name);
        let enabled = &mut settings.rules[position].enabled;
        *enabled = is_ours || (*enabled && with_others);
    }
    Fixed(Arc::new(settings.finish(registry)))
}

fn with_request<T>(
    flows: &BTreeMap<String, String>,
    settings: &Fixed,
    then: impl FnOnce(&LoadRequest<'_>) -> T,
) -> T {
    let overlay: Overlay = flows
        .iter()
        .map(|(name, text)| (PathBuf::from(name), text.as_str().into()))
        .collect();
    let candidates: Vec<Candidate> = flows
        .keys()
        .map(|name| Candidate {
            path: PathBuf::from(name),
            named: true,
        })
        .collect();
    then(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings,
    })
}

fn line(workspace: &Workspace, finding: &Finding) -> String {
    let file = workspace.files.get(finding.location.file);
    let range = finding.location.range;
    let start = LineIndex::new(&file.text).line_column(range.start());
    format!(
        "{}:{}:{} {} {} {} {}",
        file.path.display(),
        start.line,
        start.column,
        finding.rule,
        finding.severity.as_str(),
        if finding.fix.is_some() { "fix" } else { "-" },
        &file.text[std::ops::Range::<usize>::from(range)],
    )
}

#[test]
fn every_source_is_followed_to_its_sinks_and_nothing_else_is_found() {
    let flows = flows(&table());
    let found: Vec<String> = with_request(&flows, &settings(false), |request| {
        let workspace = engine::load(request);
        let report = engine::check(&workspace, rules::registry());
        let lines = report.findings.iter();
        lines.map(|finding| line(&workspace, finding)).collect()
    });
    let expected = fs::read_to_string(table().join("expected.txt")).unwrap();
    let expected: Vec<&str> = expected.lines().collect();
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}

/// What all fixes of these rules make of the flows.
fn fix_all(flows: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    with_request(flows, &settings(false), |request| {
        let registry = rules::registry();
        let workspace = engine::load(request);
        let report = engine::check(&workspace, registry);
        let fixed = engine::fix(request, registry, workspace, report, Applicability::Unsafe);
        assert!(fixed.refused.is_empty(), "{:?}", fixed.refused);
        let mut texts = flows.clone();
        for change in fixed.changes {
            let name = change.path.to_str().unwrap().to_owned();
            texts.insert(name, change.after.to_string());
        }
        assert!(
            fixed
                .report
                .findings
                .iter()
                .all(|finding| finding.fix.is_none())
        );
        texts
    })
}

#[test]
fn fixes_leave_flows_with_nothing_new_to_find() {
    let flows = flows(&table());
    let check = |flows: &BTreeMap<String, String>| {
        with_request(flows, &settings(true), |request| {
            engine::check(&engine::load(request), rules::registry())
        })
    };
    let before = check(&flows);
    assert!(
        before
            .findings
            .iter()
            .all(|finding| finding.severity < Severity::Error)
    );
    let texts = fix_all(&flows);
    for (name, text) in &texts {
        let fixed = table().join("fixed").join(name);
        let expected = fs::read_to_string(&fixed).unwrap_or_default();
        if *text == flows[name] {
            assert_eq!(expected, "", "{name} has nothing to mend");
        } else {
            assert_eq!(*text, expected, "{name}\n{text}");
        }
    }
    let after = check(&texts);
    let count = |report: &Report, rule: &str| {
        let of_rule = report
            .findings
            .iter()
            .filter(|finding| finding.rule == rule);
        of_rule.count()
    };
    for rule in rules::registry().rules {
        let name = rule.metadata().name;
        assert!(count(&after, name) <= count(&before, name), "{name}");
    }
}

/// What one task runs, before or after it was mended.
struct Program {
    command: &'static [&'static str],
    text: String,
    environment: BTreeMap<String, String>,
}

/// Kestra's part: the templates of the table with their values.
fn render(template: &str, value: &str) -> String {
    let json = serde_json::to_string(value).unwrap();
    template
        .replace("{{ inputs.text | toJson }}", &json)
        .replace(
            "{{ inputs.text | escapeChar('shell') }}",
            &value.replace('\'', "'\\''"),
        )
        .replace("{{ inputs.path | escapeChar('shell') }}", "elsewhere")
        .replace("{{ inputs.text }}", value)
        .replace("{{inputs.text}}", value)
        .replace("{{ inputs.text | upper }}", value)
        .replace("{{ inputs.path }}", "elsewhere")
}

fn program(tree: &Tree, task: NodeId, command: &'static [&'static str], value: &str) -> Program {
    let text = match (tree.get_text(task, "script"), tree.get(task, "commands")) {
        (Some(script), _) => script.to_owned(),
        (None, Some(commands)) => {
            let lines = tree
                .items(commands)
                .filter_map(|node| tree.scalar_text(node));
            lines.collect::<Vec<_>>().join("\n")
        }
        _ => panic!("a task without a program"),
    };
    let variables = tree
        .get(task, "env")
        .into_iter()
        .flat_map(|env| tree.entries(env));
    Program {
        command,
        text: render(&text, value),
        environment: variables
            .map(|entry| {
                let text = |node| tree.scalar_text(node).unwrap();
                (text(entry.key).to_owned(), render(text(entry.value), value))
            })
            .collect(),
    }
}

/// What a program prints; none where its language is not installed. A last argument that is the name of a file
/// stands for one with the program.
fn run(program: &Program) -> Option<String> {
    let directory = Directory::new();
    let [name, arguments @ ..] = program.command else {
        return None;
    };
    let mut command = Command::new(name);
    match arguments {
        [before @ .., file] if file.contains('.') => {
            directory.write(file, &program.text);
            command.args(before).arg(directory.path().join(file))
        }
        _ => command.args(arguments).arg(&program.text),
    };
    let output = command.envs(&program.environment).output().ok()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{errors}", program.text);
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_the_fixes_make_prints_the_same_and_runs_no_value() {
    const SHELL: &[&str] = &["sh", "-c"];
    const PYTHON: &[&str] = &["python3", "-c"];
    const NODE: &[&str] = &["node", "-e"];
    const PERL: &[&str] = &["perl", "-e"];
    const GO: &[&str] = &["go", "run", "main.go"];
    const JAVA: &[&str] = &["java", "Main.java"];
    const HOSTILE: &str = "'\"; $(echo run) `echo run` \\ #{1} ${HOME} 100% \"\"\" ''' */";
    let tasks = [
        ("shell.yaml", "words", SHELL),
        ("shell.yaml", "text", SHELL),
        ("shell.yaml", "kept", SHELL),
        ("shell.yaml", "named", SHELL),
        ("shell.yaml", "remote", SHELL),
        ("languages.yaml", "python", PYTHON),
        ("languages.yaml", "python_line", PYTHON),
        ("languages.yaml", "python_import", PYTHON),
        ("languages.yaml", "node", NODE),
        ("languages.yaml", "deno", NODE),
        ("languages.yaml", "deno_joined", NODE),
        ("languages.yaml", "perl", PERL),
        ("languages.yaml", "go_run", GO),
        ("languages.yaml", "go_import", GO),
        ("languages.yaml", "java_run", JAVA),
    ];
    let before = flows(&table());
    let after = flows(&table().join("fixed"));
    for (file, id, command) in tasks {
        let read = |texts: &BTreeMap<String, String>, value: &str| {
            let tree = syntax::parse(texts[file].as_str().into());
            let root = tree.documents()[0].root.unwrap();
            let list = tree.get(root, "tasks").unwrap();
            let mut tasks = tree.items(list);
            let task = tasks
                .find(|task| tree.get_text(*task, "id") == Some(id))
                .unwrap();
            program(&tree, task, command, value)
        };
        let Some(printed) = run(&read(&before, "Ann")) else {
            eprintln!("{} is not installed", command[0]);
            continue;
        };
        assert_eq!(run(&read(&after, "Ann")).as_ref(), Some(&printed), "{id}");
        let hostile = run(&read(&after, HOSTILE)).unwrap();
        let wanted = printed.matches("Ann").count();
        assert_eq!(hostile.matches(HOSTILE).count(), wanted, "{id}: {hostile}");
    }
}

/// None of these may take more than a moment: names set to twice themselves, programs with thousands of
/// templates, flows that call each other in circles and pass a secret on.
#[test]
fn hostile_flows_come_to_an_end() {
    let header = |id: &str| format!("id: {id}\nnamespace: company.team\n");
    let script = |text: &str| {
        format!(
            "{}inputs:\n  - {{id: text, type: STRING}}\ntasks:\n  - id: run\n    type: io.kestra.plugin.scripts.python.Script\n    \
             script: |\n      {text}\n",
            header("script")
        )
    };
    let doubled =
        "{% set a = inputs.text %}".to_owned() + &"{% set a = a ~ a %}".repeat(100) + "{{ a }}";
    let many = "'{{ inputs.text | toJson }}' ".repeat(20_000);
    let mut flows: BTreeMap<String, String> = [
        ("doubled.yaml".to_owned(), script(&doubled)),
        ("many.yaml".to_owned(), script(&many)),
    ]
    .into();
    for id in ["a", "b", "c"] {
        let mut text = header(id) + "inputs:\n  - {id: text, type: STRING}\ntasks:\n";
        for (number, other) in ["a", "b", "c"].iter().cycle().take(60).enumerate() {
            let inner =
                format!("{{{{ inputs.text ~ secret('A') ~ outputs.t{number}.outputs.x }}}}");
            text += &format!(
                "  - id: t{number}\n    type: io.kestra.plugin.core.flow.Subflow\n    namespace: company.team\n    flowId: {other}\n    \
                 inputs:\n      text: \"{inner}\"\n"
            );
        }
        text += "outputs:\n  - id: x\n    type: STRING\n    value: \"{{ inputs.text ~ outputs.t1.outputs.x }}\"\n";
        flows.insert(format!("{id}.yaml"), text);
    }
    let found = with_request(&flows, &settings(false), |request| {
        engine::check(&engine::load(request), rules::registry())
    });
    let mut rules = found.findings.iter().map(|finding| finding.rule);
    assert!(rules.any(|rule| rule == "script-injection"));
}
