//! `kestralint.toml`: where it is found, what it decides, and what is said of its mistakes.

use kestralint::config::pack;
use kestralint::policy;

use crate::program::{Directory, broken_flow, doubtful_flow, flow};

fn concise(here: &Directory, arguments: &[&str]) -> String {
    let all: Vec<&str> = ["check", "-fconcise"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    here.run(&all).out
}

#[test]
fn it_is_found_upward_from_each_file_to_the_root_of_the_repository() {
    let here = Directory::new();
    here.write("kestralint.toml", "ignore = [\"duplicate-key\"]\n");
    here.write("repository/.git/HEAD", "");
    here.write("repository/flows/a.yaml", doubtful_flow("a"));
    here.write(
        "repository/quiet/kestralint.toml",
        "ignore = [\"syntax\"]\n",
    );
    here.write("repository/quiet/deep/b.yaml", doubtful_flow("b"));
    // The file above the repository is not looked at.
    let found = concise(&here, &["repository"]);
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.starts_with("repository/flows/a.yaml"), "{found}");
    let found = concise(&here, &["repository", "--isolated"]);
    assert_eq!(found.lines().count(), 2, "{found}");
    let found = concise(&here, &["repository", "--config", "kestralint.toml"]);
    assert_eq!(found, "");
    // Outside a repository the search goes on to the top.
    here.write("outside/flows/c.yaml", doubtful_flow("c"));
    assert_eq!(concise(&here, &["outside"]), "");
}

#[test]
fn the_command_line_wins_over_the_file() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    here.write(
        "kestralint.toml",
        "ignore = [\"duplicate-key\"]\nfail-on = \"never\"\n",
    );
    assert_eq!(concise(&here, &[]), "");
    let outcome = here.run(&["check", "--extend-select", "duplicate-key"]);
    assert_eq!(outcome.status, 0);
    let arguments = ["check", "--select", "duplicate-key", "--fail-on", "warning"];
    assert_eq!(here.run(&arguments).status, 1);
}

#[test]
fn severities_overrides_and_excludes_are_applied() {
    let here = Directory::repository();
    for directory in ["flows", "dev", "legacy", "dev/strict"] {
        let id = directory.replace('/', "-");
        here.write(&format!("{directory}/a.yaml"), doubtful_flow(&id));
    }
    here.write(
        "kestralint.toml",
        r#"
            exclude = ["legacy"]
            [severity]
            syntax = "info"
            duplicate-key = "error"
            [[overrides]]
            paths = ["dev/**"]
            severity = { duplicate-key = "info" }
            [[overrides]]
            paths = ["dev/strict"]
            ignore = ["duplicate-key"]
        "#,
    );
    insta::assert_snapshot!(concise(&here, &[]), @r"
    dev/a.yaml:7:5: info[duplicate-key] The key `message` is already in this mapping
    flows/a.yaml:7:5: error[duplicate-key] The key `message` is already in this mapping
    ");
    // What is named is checked, unless a hook asks for the excludes all the same.
    assert_eq!(concise(&here, &["legacy/a.yaml"]).lines().count(), 1);
    let outcome = here.run(&["check", "-fconcise", "legacy/a.yaml", "--force-exclude"]);
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""));
    assert!(outcome.err.contains("is excluded"), "{}", outcome.err);
    // From another directory, patterns mean the same.
    let mut command = here.command(&["check", "-fconcise", ".."]);
    command.current_dir(here.path().join("dev"));
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(out.lines().count(), 2, "{out}");
}

#[test]
fn mistakes_are_shown_in_their_lines_and_stop_the_run() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    here.write(
        "kestralint.toml",
        "# ünïcode ✓\ntarget = \"2.1\"\nignroe = [\"syntax\"]\n\n[severity]\nduplicate-kye = \"info\"\n",
    );
    let outcome = here.run(&["check"]);
    assert_eq!((outcome.status, outcome.out.as_str()), (2, ""));
    insta::assert_snapshot!(outcome.err);
    let outcome = here.run(&["config", "show"]);
    assert_eq!(outcome.status, 2);
    assert_eq!(here.run(&["check", "--isolated"]).status, 1);
    // The same for standard input and named files.
    let arguments = ["check", "-", "--stdin-filename", "x/a.yaml"];
    assert_eq!(here.run_with_input(&arguments, b"").status, 2);
    // A mistake where nothing is checked stops nobody.
    here.write("other/b.yaml", doubtful_flow("b"));
    here.write("other/kestralint.toml", "");
    assert_eq!(here.run(&["check", "other/b.yaml"]).status, 1);
    here.write("kestralint.toml", b"# \xff");
    assert_eq!(here.run(&["check"]).status, 2);
}

#[test]
fn the_target_decides() {
    let here = Directory::repository();
    here.write("a.yaml", flow("a"));
    let targets = |arguments: &[&str]| {
        let all: Vec<&str> = ["check", "-fjson"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let json: serde_json::Value = serde_json::from_str(&here.run(&all).out).unwrap();
        json["targets"].to_string()
    };
    assert_eq!(targets(&[]), r#"["2.0"]"#);
    assert_eq!(targets(&["--target", "2.0,1.3"]), r#"["1.3","2.0"]"#);
    here.write("kestralint.toml", "target = [\"1.3\"]\n");
    assert_eq!(targets(&[]), r#"["1.3"]"#);
    assert_eq!(targets(&["--target", "2.0"]), r#"["2.0"]"#);
}

#[test]
fn what_config_show_prints_is_a_configuration_that_means_the_same() {
    let here = Directory::repository();
    here.write("flows/a.yaml", broken_flow("a"));
    here.write(
        "kestralint.toml",
        "target = \"1.3\"\nselect = [\"syntax\"]\nexclude = [\"x\"]\n[severity]\nsyntax-error = \"warning\"\n\
         [environments]\n\"prod.eu\" = [\"prod/**\"]\n[namespace-files]\n\"company.team\" = [\"files\"]\n",
    );
    let without_heading = |out: &str| {
        let lines = out.lines().filter(|line| !line.starts_with('#'));
        lines.collect::<Vec<_>>().join("\n")
    };
    let shown = here.run(&["config", "show", "flows/a.yaml"]).out;
    assert!(shown.contains("syntax-error = \"warning\""), "{shown}");
    assert!(shown.contains("[namespace-files]"), "{shown}");
    here.write("shown.toml", &shown);
    let again = here
        .run(&["config", "show", "flows", "--config", "shown.toml"])
        .out;
    assert_eq!(without_heading(&shown), without_heading(&again));
}

#[test]
fn the_schema_is_json() {
    let outcome = Directory::new().run(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn the_example_of_the_documentation_is_accepted() {
    let page = include_str!("../docs/configuration.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let here = Directory::repository();
    here.write("kestralint.toml", example);
    let outcome = here.run(&["config", "show"]);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""));
}

#[test]
fn every_option_of_a_rule_is_on_its_page_and_in_the_schema() {
    let here = Directory::new();
    let schema: serde_json::Value =
        serde_json::from_str(&here.run(&["config", "schema"]).out).unwrap();
    let mut options = 0;
    for rule in kestralint::rules::registry().rules {
        let metadata = rule.metadata();
        let page = kestralint::rules::page(metadata.name).unwrap();
        let known = &schema["properties"]["rules"]["properties"][metadata.name]["properties"];
        for option in metadata.options {
            let named = format!("`{}`", option.name);
            assert!(
                page.contains("## Options") && page.contains(&named),
                "{named}"
            );
            assert!(known[option.name]["description"].is_string(), "{named}");
            // The declared default can be written down.
            let text = format!(
                "[rules.{}]\n{} = {}\n",
                metadata.name, option.name, option.default
            );
            here.write("kestralint.toml", text);
            assert_eq!(here.run(&["config", "show"]).err, "", "{named}");
            options += 1;
        }
    }
    assert!(options > 0);
}

#[test]
fn options_of_rules_are_read_and_checked() {
    let here = Directory::repository();
    here.write(
        "kestralint.toml",
        "[rules.inline-trigger]\nallow = 3\nalow = []\n",
    );
    insta::assert_snapshot!(here.run(&["check"]).err);
    let flow = "id: a\nnamespace: company.team\ntasks:\n  - id: hello\n    \
                type: io.kestra.plugin.core.log.Log\n    message: Hello\ntriggers:\n  - id: daily\n    \
                type: io.kestra.plugin.core.trigger.Schedule\n    cron: \"0 9 * * *\"\n";
    here.write("a.yaml", flow);
    here.write("kestralint.toml", "extend-select = [\"inline-trigger\"]\n");
    let found = concise(&here, &[]);
    assert!(found.contains("inline-trigger"), "{found}");
    let allow = "extend-select = [\"inline-trigger\"]\n[rules.inline-trigger]\nallow = [\"io.kestra.plugin.core.trigger.*\"]\n";
    here.write("kestralint.toml", allow);
    assert_eq!(concise(&here, &[]), "");
}

#[test]
fn the_packs_can_be_read_and_select_something() {
    let registry = policy::registry();
    let problems: Vec<String> = pack::problems_of_packs(registry)
        .iter()
        .map(|problem| format!("{}: {}", problem.path.display(), problem.message))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let names = pack::pack_names(registry);
    for name in [
        "kestra-2",
        "practice",
        "production",
        "recommended",
        "security",
        "strict",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let here = Directory::new();
    let documentation = include_str!("../docs/configuration.md");
    for name in names {
        let outcome = here.run(&["rules", "--pack", name]);
        assert!(
            outcome.status == 0 && outcome.out.contains("adds them to the default ones"),
            "{}",
            outcome.out
        );
        assert!(
            documentation.contains(&format!("| `{name}`")),
            "{name} is not documented"
        );
    }
}

#[test]
fn a_pack_is_taken_over_by_its_name_and_what_stands_beside_it_wins() {
    let here = Directory::repository();
    here.write(
        "a.yaml",
        "id: a\nnamespace: company.team\nvariables:\n  unused: 1\ntasks:\n  - id: call\n    \
         type: io.kestra.plugin.core.http.Request\n    uri: https://example.com\n",
    );
    assert_eq!(
        concise(&here, &["--select", "missing-timeout"])
            .lines()
            .count(),
        1
    );
    assert_eq!(concise(&here, &[]), "");
    // `production` takes over `recommended`, which knows the variable.
    here.write(
        "kestralint.toml",
        "extends = [\"production\"]\nfail-on = \"never\"\n",
    );
    let found = concise(&here, &[]);
    assert!(found.contains("warning[missing-timeout]"), "{found}");
    assert!(found.contains("warning[unused-variable]"), "{found}");
    here.write(
        "kestralint.toml",
        "extends = [\"production\"]\nignore = [\"unused-variable\"]\n[severity]\nmissing-timeout = \"error\"\n",
    );
    let found = concise(&here, &[]);
    assert!(found.contains("error[missing-timeout]"), "{found}");
    assert!(!found.contains("unused-variable"), "{found}");
    let shown = here.run(&["config", "show"]).out;
    assert!(shown.contains("# with the packs production"), "{shown}");
    assert!(shown.contains("missing-timeout = \"error\""), "{shown}");
}

#[test]
fn an_unknown_pack_gets_a_suggestion() {
    let here = Directory::repository();
    here.write("a.yaml", flow("a"));
    here.write("kestralint.toml", "extends = [\"prodution\"]\n");
    let outcome = here.run(&["check", "."]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.err.contains("did you mean `production`?"),
        "{}",
        outcome.err
    );
    let outcome = Directory::new().run(&["rules", "--pack", "prodution"]);
    assert!(
        outcome.status == 2 && outcome.err.contains("did you mean `production`?"),
        "{}",
        outcome.err
    );
}
