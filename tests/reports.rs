//! Reports: valid, complete, with places that editors and servers find.

use std::path::{Path, PathBuf};
use std::process::Command;

use kestralint::engine::Statistics;
use kestralint::finding::{
    Applicability, Edit, FileId, Finding, Fingerprint, Fix, Group, Location, RelatedLocation,
    Severity, Target, TargetSet, Tier,
};
use kestralint::report::{Format, RuleDescription, Run, Style};
use kestralint::source::{File, Files};
use kestralint::text::{TextRange, TextSize};
use serde_json::Value as Json;

use crate::program::{Directory, broken_flow, doubtful_flow};

const RULES: [RuleDescription<'static>; 2] = [
    RuleDescription {
        name: "leaky",
        summary: "Something leaks",
        group: Group::Security,
        severity: Severity::Error,
        tier: Tier::Default,
        page: "# leaky\n\nSomething leaks,\nand more.\n\n## Why it matters\n\nIt does.\n",
        url: "https://example.org/leaky",
    },
    RuleDescription {
        name: "untidy",
        summary: "Something is untidy",
        group: Group::Style,
        severity: Severity::Info,
        tier: Tier::Strict,
        page: "",
        url: "https://example.org/untidy",
    },
];

fn files() -> Files {
    let mut files = Files::default();
    for (path, text) in [
        ("flows/é b.yaml", "id: a\r\nkey: [\"é✓😀\", x]\r\n"),
        (
            "flows/c.yaml",
            "one\ntwo\u{1b}[31m\nthree\nfour\nfive\nsix\nseven\neight\n",
        ),
        ("gone.yaml", ""),
    ] {
        files.add(File::new(PathBuf::from(path), text.into()));
    }
    files
}

fn place(files: &Files, file: u32, part: &str) -> Location {
    let text = &files.get(FileId(file)).text;
    let start = TextSize::try_from(text.find(part).unwrap()).unwrap();
    Location {
        file: FileId(file),
        range: TextRange::at(start, TextSize::of(part)),
    }
}

fn finding(rule: &'static str, severity: Severity, location: Location) -> Finding {
    Finding {
        rule,
        severity,
        location,
        message: "The `x` is [wrong](1)".to_owned(),
        label: "here".to_owned(),
        help: Some("Mend it".to_owned()),
        related: Vec::new(),
        fix: None,
        redact: false,
        targets: TargetSet::of(Target::V1_3),
        fingerprint: Fingerprint(0xabc),
    }
}

/// Findings with everything that a finding can have.
fn findings(files: &Files) -> Vec<Finding> {
    let rich = Finding {
        related: vec![
            RelatedLocation {
                location: place(files, 0, "id"),
                message: "same file".to_owned(),
            },
            RelatedLocation {
                location: place(files, 1, "two"),
                message: "other file".to_owned(),
            },
        ],
        fix: Some(Fix {
            title: "Replace `x`".to_owned(),
            applicability: Applicability::Unsafe,
            edits: vec![
                Edit {
                    location: place(files, 0, "x"),
                    content: "y".to_owned(),
                },
                Edit {
                    location: place(files, 1, "three\nfour"),
                    content: String::new(),
                },
            ],
        }),
        targets: TargetSet::ALL,
        ..finding("leaky", Severity::Error, place(files, 0, "x]"))
    };
    let nowhere = Location {
        file: FileId(2),
        range: TextRange::new(TextSize::new(3), TextSize::new(9)),
    };
    vec![
        rich,
        finding("untidy", Severity::Info, place(files, 1, "two\u{1b}[31m")),
        finding(
            "untidy",
            Severity::Warning,
            place(files, 1, "three\nfour\nfive\nsix\nseven\neight"),
        ),
        finding("a-policy", Severity::Warning, nowhere),
    ]
}

fn report(
    format: &str,
    findings: &[Finding],
    suppressed: Option<&[Finding]>,
    style: Style,
) -> String {
    let files = files();
    let repository_path = |path: &Path| path.to_path_buf();
    let run = Run {
        findings,
        suppressed,
        files: &files,
        rules: &RULES,
        statistics: Statistics::default(),
        targets: TargetSet::ALL,
        read_from_disk: true,
        repository_path: &repository_path,
        style,
    };
    let mut out = Vec::new();
    (Format::find(format).unwrap().write)(&run, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rich_report(format: &str) -> String {
    let findings = findings(&files());
    report(format, &findings, Some(&findings[1..2]), Style::PLAIN)
}

#[test]
fn human_is_what_people_want_to_read() {
    insta::assert_snapshot!(rich_report("human"));
}

#[test]
fn human_fits_a_narrow_terminal_without_box_drawing() {
    let style = Style {
        unicode: false,
        width: 40,
        ..Style::PLAIN
    };
    let findings = findings(&files());
    insta::assert_snapshot!(report("human", &findings[..1], None, style));
}

#[test]
fn no_excerpt_shows_a_secret() {
    let files = files();
    let secret = Finding {
        redact: true,
        ..finding("leaky", Severity::Error, place(&files, 1, "three"))
    };
    let neighbour = finding("untidy", Severity::Info, place(&files, 1, "four"));
    let report = report("human", &[secret, neighbour], None, Style::PLAIN);
    assert!(!report.contains("three"), "{report}");
    insta::assert_snapshot!(report);
}

#[test]
fn long_lines_are_cut_around_what_is_underlined() {
    let mut files = Files::default();
    let text = format!("{}é✓😀here {}\n", "a".repeat(300), "😀".repeat(300));
    files.add(File::new(PathBuf::from("long.yaml"), text.into()));
    let finding = finding("untidy", Severity::Info, place(&files, 0, "here"));
    let repository_path = |path: &Path| path.to_path_buf();
    let run = Run {
        findings: &[finding],
        suppressed: None,
        files: &files,
        rules: &RULES,
        statistics: Statistics::default(),
        targets: TargetSet::ALL,
        read_from_disk: true,
        repository_path: &repository_path,
        style: Style::PLAIN,
    };
    let mut out = Vec::new();
    (Format::find("human").unwrap().write)(&run, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn many_findings_are_shown_one_a_line() {
    let one = findings(&files()).swap_remove(1);
    let report = report("human", &vec![one; 501], None, Style::PLAIN);
    assert_eq!(report.lines().count(), 502);
    assert!(report.lines().last().unwrap().starts_with("note: "));
}

#[test]
fn concise_is_one_line_a_finding() {
    insta::assert_snapshot!(rich_report("concise"));
}

#[test]
fn json_has_everything() {
    insta::assert_snapshot!(rich_report("json"));
}

#[test]
fn github_gets_commands() {
    insta::assert_snapshot!(rich_report("github"));
}

#[test]
fn github_gets_no_more_annotations_than_it_shows() {
    let files = files();
    let place = place(&files, 1, "two");
    let of = |severity, count| vec![finding("untidy", severity, place); count];
    let findings = [of(Severity::Error, 12), of(Severity::Info, 15)].concat();
    let report = report("github", &findings, None, Style::PLAIN);
    let count = |start: &str| {
        report
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!((count("::error"), count("::notice")), (10, 10));
    assert!(report.contains("::8 more findings"), "{report}");
    assert_eq!(count("flows/c.yaml:2:1: "), 8);
}

#[test]
fn sarif_is_valid_and_complete() {
    let sarif: Json = serde_json::from_str(&rich_report("sarif")).unwrap();
    validate(&sarif);
    insta::assert_snapshot!(serde_json::to_string_pretty(&sarif).unwrap());
}

#[test]
fn sarif_of_a_real_run_is_valid() {
    let here = Directory::repository();
    here.write("a b/ü.yaml", doubtful_flow("a"));
    here.write("b.yaml", broken_flow("b"));
    let mut command = here.command(&["check", "-fsarif", "."]);
    let output = command.output().unwrap();
    let sarif: Json = serde_json::from_slice(&output.stdout).unwrap();
    validate(&sarif);
    let run = &sarif["runs"][0];
    let uris: Vec<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| uri(result).as_str().unwrap())
        .collect();
    assert_eq!(uris, ["a%20b/%C3%BC.yaml", "b.yaml"]);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[key]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# "));
        assert!(rule["defaultConfiguration"]["level"].is_string());
        let is_security = rule["properties"]["tags"][1] == "security";
        assert_eq!(
            rule["properties"]["security-severity"].is_string(),
            is_security
        );
    }
}

#[test]
fn sarif_paths_are_relative_to_the_repository_or_else_to_the_working_directory() {
    let here = Directory::new();
    here.write("repository/.git/HEAD", "");
    here.write("repository/flows/a.yaml", doubtful_flow("a"));
    here.write("outside/b.yaml", doubtful_flow("b"));
    let uris = |directory: &str, path: &str| {
        let mut command = here.command(&["check", "-fsarif", path]);
        command.current_dir(here.path().join(directory));
        let output = command.output().unwrap();
        let sarif: Json = serde_json::from_slice(&output.stdout).unwrap();
        uri(&sarif["runs"][0]["results"][0])
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(uris("repository/flows", "."), "flows/a.yaml");
    assert_eq!(uris("repository/flows", "a.yaml"), "flows/a.yaml");
    assert_eq!(uris("outside", "../repository"), "flows/a.yaml");
    assert_eq!(uris(".", "outside"), "outside/b.yaml");
    let absolute = here.path().join("repository/flows");
    assert_eq!(uris("outside", absolute.to_str().unwrap()), "flows/a.yaml");
}

#[cfg(unix)]
#[test]
fn sarif_paths_resolve_links_within_the_repository() {
    let here = Directory::new();
    here.write("repository/.git/HEAD", "");
    here.write("repository/real/a.yaml", doubtful_flow("a"));
    here.write("elsewhere/b.yaml", doubtful_flow("b"));
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(to, here.path().join("repository").join(at)).unwrap();
    };
    link("real", "link");
    link("../elsewhere", "out");
    let uri_of = |path: &str| {
        let mut command = here.command(&["check", "-fsarif", path]);
        command.current_dir(here.path().join("repository"));
        let output = command.output().unwrap();
        let sarif: Json = serde_json::from_slice(&output.stdout).unwrap();
        uri(&sarif["runs"][0]["results"][0])
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(uri_of("link/a.yaml"), "real/a.yaml");
    assert_eq!(uri_of("out/b.yaml"), "out/b.yaml");
}

#[test]
fn sarif_stays_below_the_limit_of_an_upload() {
    let files = files();
    let place = place(&files, 1, "two");
    let of = |severity, count| vec![finding("untidy", severity, place); count];
    let findings = [of(Severity::Info, 24_000), of(Severity::Error, 1_500)].concat();
    let sarif: Json =
        serde_json::from_str(&report("sarif", &findings, None, Style::PLAIN)).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[0]["level"], "error");
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert!(
        notification["message"]["text"]
            .as_str()
            .unwrap()
            .starts_with("500 findings")
    );
}

/// Each line: where the undeclared variable stands, in a text of every style.
const STYLES: &str = "id: columns
namespace: company.team
tasks:
  - id: styles
    type: io.kestra.plugin.core.log.Log
    message:
      - é✓😀 {{ vars.plain }}
      - 'é''✓😀 {{ vars.single }}'
      - \"\\u00e9\\x21é✓😀 {{ vars.double }}\"
      - |
        first é✓😀
          é✓😀 {{ vars.literal }}
      - >-
        folded é✓😀

        é✓😀 {{ vars.folded }}
      - é✓😀
        continued é✓😀 {{ vars.continued }}
";

#[test]
fn columns_are_those_of_code_points_in_every_kind_of_scalar() {
    let here = Directory::repository();
    let with_crlf = STYLES.replace('\n', "\r\n");
    let with_mark = format!("\u{feff}{STYLES}");
    // On the first line a byte order mark would move the columns.
    let first_line = "\u{feff}{id: é✓, id: b, namespace: c.d, tasks: [{id: a, type: b}]}\n";
    for (name, text) in [("lf", STYLES), ("crlf", &with_crlf), ("mark", &with_mark)] {
        here.write("a.yaml", text);
        let out = here
            .run(&["check", "-fsarif", "--select", "undefined-variable"])
            .out;
        let sarif: Json = serde_json::from_str(&out).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 6, "{name}: {out}");
        for (result, variable) in results.iter().zip([
            "plain",
            "single",
            "double",
            "literal",
            "folded",
            "continued",
        ]) {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            let (line, column) = STYLES
                .lines()
                .zip(1..)
                .find_map(|(line, number)| {
                    let (before, _) = line.split_once(&format!("{{{{ vars.{variable}"))?;
                    Some((number, before.chars().count() + 4))
                })
                .unwrap();
            let shown = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            assert_eq!(shown("startLine"), line, "{name}: {variable}");
            // At the name of the variable, or at `vars` before it.
            let name_column = column + "vars.".len();
            let start = shown("startColumn");
            assert!(
                start == column || start == name_column,
                "{name}: {variable}: {region}"
            );
            assert_eq!(
                shown("endColumn"),
                name_column + variable.len(),
                "{name}: {variable}"
            );
        }
    }
    here.write("a.yaml", first_line);
    let out = here
        .run(&["check", "-fconcise", "--select", "duplicate-key"])
        .out;
    assert!(out.starts_with("a.yaml:1:10: "), "{out}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    /// Whatever a file holds and wherever a rule points, a report comes out, and its places are in order.
    #[test]
    fn any_text_and_any_place_can_be_reported(
        text in "(?s)[ab \\t\\r\\né✓😀\u{feff}\u{1b}\u{200d}\u{301}\u{2028}]{0,60}",
        ranges in proptest::collection::vec((0_u32..130, 0_u32..130), 1..4),
        width in 40_usize..120,
        redact: bool,
    ) {
        let mut files = Files::default();
        files.add(File::new(PathBuf::from("a.yaml"), text.as_str().into()));
        let mut locations = ranges.iter().map(|(start, length)| Location {
            file: FileId(0),
            range: TextRange::at((*start).into(), (*length).into()),
        });
        let mut one = finding("untidy", Severity::Info, locations.next().unwrap());
        one.redact = redact;
        one.related = locations
            .map(|location| RelatedLocation { location, message: "there".to_owned() })
            .collect();
        let findings = [one];
        let repository_path = |path: &Path| path.to_path_buf();
        let run = Run {
            findings: &findings,
            suppressed: None,
            files: &files,
            rules: &RULES,
            statistics: Statistics::default(),
            targets: TargetSet::ALL,
            read_from_disk: true,
            repository_path: &repository_path,
            style: Style { width, ..Style::PLAIN },
        };
        for format in kestralint::report::FORMATS {
            let mut out = Vec::new();
            (format.write)(&run, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            proptest::prop_assert!(!out.is_empty());
            if format.name == "sarif" {
                let sarif: Json = serde_json::from_str(&out).unwrap();
                let result = &sarif["runs"][0]["results"][0];
                let region = &result["locations"][0]["physicalLocation"]["region"];
                let number = |key: &str| region[key].as_u64().unwrap();
                let start = (number("startLine"), number("startColumn"));
                let end = (number("endLine"), number("endColumn"));
                proptest::prop_assert!(start >= (1, 1) && start <= end, "{}", region);
            } else if format.name == "human" {
                proptest::prop_assert!(!out.contains("Failed to read"), "{}", out);
            }
        }
    }
}

fn uri(result: &Json) -> &Json {
    &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
}

fn validate(sarif: &Json) {
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(sarif)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// The official schema, which the crate of the SARIF types brings along.
fn sarif_schema() -> Json {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let schema = manifest.parent().unwrap().join("src/schema.json");
    let text = std::fs::read_to_string(schema).unwrap();
    // The pattern of `language` there has a bracket too many, which no regular expression allows.
    serde_json::from_str(&text.replace("{2}]?$", "{2}$")).unwrap()
}

#[test]
fn the_example_of_the_documentation_is_what_is_printed() {
    let page = include_str!("../docs/json.md");
    let (_, rest) = page.split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let here = Directory::repository();
    here.write("flows/a.yaml", doubtful_flow("a"));
    let printed: Json = serde_json::from_str(&here.run(&["check", "-fjson"]).out).unwrap();
    assert_eq!(serde_json::from_str::<Json>(example).unwrap(), printed);
}

#[test]
fn code_quality_has_what_gitlab_asks_for() {
    assert_eq!(report("gitlab", &[], None, Style::PLAIN).trim(), "[]");
    let issues: Json = serde_json::from_str(&rich_report("gitlab")).unwrap();
    let issues = issues.as_array().unwrap();
    assert_eq!(issues.len(), 4);
    for issue in issues {
        for key in ["description", "check_name", "fingerprint"] {
            assert!(issue[key].is_string(), "{key}: {issue}");
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
    }
    assert_eq!(issues[0]["location"]["path"], "flows/é b.yaml");
    assert_eq!(issues[0]["location"]["lines"]["begin"], 2);
    assert_eq!(issues[0]["description"], "The `x` is [wrong](1)\nMend it");
}

#[test]
fn rdjson_counts_bytes_and_suggests_what_is_whole() {
    let files = files();
    let mut one = findings(&files).remove(0);
    one.fix.as_mut().unwrap().edits.truncate(1);
    let both = [one, findings(&files).remove(0)];
    let result: Json = serde_json::from_str(&report("rdjson", &both, None, Style::PLAIN)).unwrap();
    assert_eq!(result["source"]["name"], "kestralint");
    let first = &result["diagnostics"][0];
    let line = "key: [\"é✓😀\", x]";
    let column = line.find("x]").unwrap() + 1;
    let range = serde_json::json!({
        "start": {"line": 2, "column": column},
        "end": {"line": 2, "column": column + 2},
    });
    assert_eq!(first["location"]["range"], range);
    assert_eq!(first["location"]["path"], "flows/é b.yaml");
    assert_eq!(first["severity"], "ERROR");
    assert_eq!(first["code"]["value"], "leaky");
    assert_eq!(first["code"]["url"], "https://example.org/leaky");
    assert_eq!(first["suggestions"][0]["text"], "y");
    // Half of a fix is no fix.
    assert!(result["diagnostics"][1]["suggestions"].is_null());
}

#[test]
fn azure_gets_commands_that_no_text_breaks() {
    insta::assert_snapshot!(rich_report("azure"));
}

#[test]
fn xml_formats_are_well_formed_and_complete() {
    insta::assert_snapshot!(rich_report("checkstyle"));
    insta::assert_snapshot!(rich_report("junit"));
    let nothing = report("junit", &[], None, Style::PLAIN);
    assert!(nothing.contains("tests=\"1\" failures=\"0\""), "{nothing}");
    for format in ["checkstyle", "junit"] {
        for text in [rich_report(format), report(format, &[], None, Style::PLAIN)] {
            assert_eq!(unclosed(&text), Vec::<String>::new(), "{text}");
        }
    }
}

/// The elements that are not closed where they should be. Values have no `<` and no `>`: they are escaped.
fn unclosed(xml: &str) -> Vec<String> {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{xml}");
        } else if !tag.ends_with(['/', '?']) {
            open.push(name.to_owned());
        }
    }
    open
}

#[test]
fn markdown_is_a_table_that_no_text_breaks() {
    insta::assert_snapshot!(rich_report("markdown"));
    let nothing = report("markdown", &[], None, Style::PLAIN);
    assert!(nothing.contains("Nothing found in 0 flows."), "{nothing}");
    let files = files();
    let mut odd = finding("untidy", Severity::Error, place(&files, 0, "id"));
    odd.message = "a | b, `x | <y>` and <script> *z*".to_owned();
    let table = report("markdown", &[odd], None, Style::PLAIN);
    assert!(
        table.contains("a \\| b, `x \\| <y>` and \\<script\\> \\*z\\* (Kestra 1.3)<br>Mend it"),
        "{table}"
    );
}
