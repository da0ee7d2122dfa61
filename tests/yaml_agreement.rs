//! What Kestra refuses to read, we refuse; what it reads, we read: case by case, with the verdicts of the
//! real Kestra.

use kestralint::syntax;

const FLOW: &str = "id: a\nnamespace: b\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";
const HEAD: &str = "id: a\nnamespace: b\nvariables:\n";
const TASKS: &str = "tasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";

#[derive(serde::Deserialize)]
struct Case {
    class: String,
    place: String,
    text: String,
    refused: bool,
}

impl Case {
    fn source(&self) -> String {
        match self.place.as_str() {
            "value" => format!("{HEAD}  v: {}\n  w: 1\n{TASKS}", self.text),
            "block" => {
                let lines = self.text.trim_end_matches('\n');
                let indented: Vec<String> = lines
                    .split('\n')
                    .map(|line| {
                        let indentation = if line.is_empty() { "" } else { "  " };
                        format!("{indentation}{line}")
                    })
                    .collect();
                let end = &self.text[lines.len()..];
                format!("{HEAD}{}{end}{TASKS}", indented.join("\n"))
            }
            _ => self.text.replace("{flow}", FLOW),
        }
    }
}

fn is_refused(source: &str) -> bool {
    let tree = syntax::parse(source.into());
    let is_broken = tree
        .documents()
        .first()
        .is_some_and(|document| document.error.is_some());
    is_broken || !tree.refusals().is_empty()
}

#[test]
fn we_refuse_what_kestra_refuses_and_nothing_else() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/yaml/cases.jsonl");
    let cases: Vec<Case> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() > 500);
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| is_refused(&case.source()) != case.refused)
        .map(|case| {
            format!(
                "{}: {:?} is {} by Kestra",
                case.class,
                case.text.chars().take(60).collect::<String>(),
                if case.refused { "refused" } else { "read" }
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
