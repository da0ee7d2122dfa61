//! Every rule has a page, and the examples on it are true: a bad one raises exactly this rule, a good
//! one nothing.
//!
//! Fences: ```` ```yaml bad ```` and ```` ```yaml good ````, each with `target=1.3` where it is about one
//! version, and `file=path` where several files (in consecutive fences) make one repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Rule, Settings, SettingsSource};
use kestralint::finding::{RuleMetadata, Target};
use kestralint::rules;
use kestralint::source::Candidate;

use crate::program::Directory;

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Example {
    pub bad: bool,
    pub target: Option<Target>,
    pub files: BTreeMap<PathBuf, String>,
    pub line: usize,
}

pub(crate) struct Fixed(pub(crate) Arc<Settings>);

impl SettingsSource for Fixed {
    fn settings(&self, _path: &Path) -> Arc<Settings> {
        Arc::clone(&self.0)
    }
    fn project_root(&self, _path: &Path) -> PathBuf {
        PathBuf::new()
    }
    fn is_excluded(&self, _path: &Path, _named: bool) -> bool {
        false
    }
}

/// Rules whose bad case is not a text: their own tests show them.
const WITHOUT_EXAMPLES: [&str; 1] = ["unreadable-file"];

#[test]
fn every_page_tells_the_truth() {
    let mut wrong = Vec::new();
    for rule in rules::registry().rules {
        let metadata = rule.metadata();
        let page = rules::page(metadata.name).expect("the build demands a page");
        if !page.starts_with(&format!("# {}\n", metadata.name)) {
            wrong.push(format!(
                "{}: the page starts with another title",
                metadata.name
            ));
        }
        for heading in ["## Why it matters", "## How to mend it"] {
            if !page.contains(heading) {
                wrong.push(format!("{}: no section {heading:?}", metadata.name));
            }
        }
        let examples = examples(page);
        let has = |bad: bool| examples.iter().any(|example| example.bad == bad);
        if (!has(true) || !has(false)) && !WITHOUT_EXAMPLES.contains(&metadata.name) {
            wrong.push(format!(
                "{}: a bad and a good example are needed",
                metadata.name
            ));
        }
        for example in &examples {
            wrong.extend(judge(*rule, example));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_are_named_after_their_files_and_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = 0;
    for rule in rules::registry().rules {
        let RuleMetadata { name, group, .. } = rule.metadata();
        let page = root
            .join("rules")
            .join(group.as_str())
            .join(format!("{name}.md"));
        assert!(page.is_file(), "{name}: no {}", page.display());
        pages += 1;
    }
    assert_eq!(pages, rules::registry().rules.len());
}

fn judge(rule: &'static dyn Rule, example: &Example) -> Vec<String> {
    let name = rule.metadata().name;
    let targets = match example.target {
        Some(target) => vec![target],
        None => rule.metadata().targets.iter().collect(),
    };
    let mut wrong = Vec::new();
    for target in targets {
        let found = findings(name, example, target);
        let others: Vec<&String> = found
            .iter()
            .filter(|(rule, _)| *rule != name)
            .map(|(_, text)| text)
            .collect();
        let own = found.len() - others.len();
        if !others.is_empty() {
            wrong.push(format!(
                "{name}: the example on line {} raises, for {target}, {others:#?}",
                example.line
            ));
        }
        if example.bad && own == 0 {
            wrong.push(format!(
                "{name}: the bad example on line {} raises nothing for {target}",
                example.line
            ));
        }
        if !example.bad && own > 0 {
            wrong.push(format!(
                "{name}: the good example on line {} raises the rule for {target}: {found:#?}",
                example.line
            ));
        }
    }
    wrong
}

fn findings(name: &str, example: &Example, target: Target) -> Vec<(&'static str, String)> {
    let registry = rules::registry();
    let mut settings = Settings::defaults(registry);
    settings.targets = vec![target];
    settings.rules[registry.position(name).unwrap()].enabled = true;
    let settings = Fixed(Arc::new(settings.finish(registry)));
    let overlay: Overlay = example
        .files
        .iter()
        .map(|(path, text)| (path.clone(), text.as_str().into()))
        .collect();
    let candidates: Vec<Candidate> = example
        .files
        .keys()
        .map(|path| Candidate {
            path: path.clone(),
            named: true,
        })
        .collect();
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &overlay,
        settings: &settings,
    });
    assert!(
        workspace.other_named.is_empty(),
        "{name}: line {}: not recognised as a flow",
        example.line
    );
    let report = engine::check(&workspace, registry);
    report
        .findings
        .iter()
        .map(|finding| {
            (
                finding.rule,
                format!("{}: {}", finding.rule, finding.message),
            )
        })
        .collect()
}

pub fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut open: Option<(Example, PathBuf, String)> = None;
    let mut adjacent = false;
    for (number, line) in (1..).zip(page.lines()) {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = begin(info, number),
            (Some(_), Some(_)) => {
                let Some((mut example, path, text)) = open.take() else {
                    continue;
                };
                example.files.insert(path.clone(), text.clone());
                match examples.last_mut() {
                    // Fences of several files make one repository.
                    Some(last)
                        if adjacent
                            && last.bad == example.bad
                            && last.target == example.target
                            && !last.files.contains_key(&path) =>
                    {
                        last.files.insert(path, text);
                    }
                    _ => examples.push(example),
                }
                adjacent = true;
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => adjacent &= !line.starts_with('#'),
        }
    }
    examples
}

fn begin(info: &str, line: usize) -> Option<(Example, PathBuf, String)> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let bad = match (words.first(), words.get(1)) {
        (Some(&("yaml" | "terraform" | "sql")), Some(&"bad")) => true,
        (Some(&("yaml" | "terraform" | "sql")), Some(&"good")) => false,
        // Other code on the page; read to its end all the same.
        _ => return None,
    };
    let mut example = Example {
        bad,
        line,
        ..Example::default()
    };
    let mut path = PathBuf::from("flow.yaml");
    for word in &words[2..] {
        match word.split_once('=') {
            Some(("target", target)) => {
                example.target = Some(Target::parse(target).expect("a known target"));
            }
            Some(("file", file)) => path = PathBuf::from(file),
            _ => panic!("line {line}: unknown word {word:?} behind the fence"),
        }
    }
    Some((example, path, String::new()))
}

#[test]
fn the_index_page_lists_the_rulebook() {
    // Outside of any repository: no policies but those that ship.
    let printed = Directory::new().run(&["rules", "--format", "markdown"]).out;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let written = std::fs::read_to_string(page).unwrap();
    let same = written.replace('\r', "") == printed;
    assert!(
        same,
        "docs/rules.md is not what the program prints: cargo run -- rules --format markdown > docs/rules.md"
    );
}
