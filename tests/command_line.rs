//! The command line: exit status, selection, paths, standard input, and what is said where.

use std::process::Stdio;

use crate::program::{Directory, broken_flow, doubtful_flow, flow};

#[test]
fn the_exit_status_tells_clean_from_findings_from_trouble() {
    let here = Directory::repository();
    here.write("clean/a.yaml", flow("a"));
    here.write("doubtful/b.yaml", doubtful_flow("b"));
    here.write("broken/c.yaml", broken_flow("c"));
    for format in ["human", "concise", "json", "sarif", "github"] {
        let status = |arguments: &[&str]| {
            let all: Vec<&str> = ["check", "--format", format]
                .into_iter()
                .chain(arguments.iter().copied())
                .collect();
            here.run(&all).status
        };
        assert_eq!(status(&["clean"]), 0, "{format}");
        assert_eq!(status(&["doubtful"]), 1, "{format}");
        assert_eq!(status(&["broken"]), 1, "{format}");
        assert_eq!(status(&["doubtful", "--fail-on", "error"]), 0, "{format}");
        assert_eq!(status(&["broken", "--fail-on", "error"]), 1, "{format}");
        assert_eq!(status(&["broken", "--fail-on", "never"]), 0, "{format}");
        assert_eq!(status(&["broken", "--exit-zero"]), 0, "{format}");
        assert_eq!(status(&["nowhere"]), 2, "{format}");
        assert_eq!(status(&["nowhere", "--exit-zero"]), 2, "{format}");
        assert_eq!(status(&["--select", "nothing"]), 2, "{format}");
        assert_eq!(status(&["--target", "3.0"]), 2, "{format}");
        assert_eq!(status(&["--wrong-flag"]), 2, "{format}");
        assert_eq!(status(&["--config", "nowhere.toml"]), 2, "{format}");
    }
}

#[test]
fn a_path_that_is_missing_does_not_hide_what_the_others_have() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    let outcome = here.run(&["check", "a.yaml", "nowhere", "--format", "concise"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.out.contains("duplicate-key"), "{}", outcome.out);
    assert!(outcome.err.contains("error: nowhere: "), "{}", outcome.err);
}

#[test]
fn rules_are_selected_and_ignored_by_name_group_and_all() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    here.write("b.yaml", broken_flow("b"));
    let rules = |arguments: &[&str]| {
        let all: Vec<&str> = ["check", "--format", "concise"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let out = here.run(&all).out;
        let between = |line: &str| {
            let (_, rest) = line.split_once('[').unwrap();
            rest.split_once(']').unwrap().0.to_owned()
        };
        out.lines().map(between).collect::<Vec<_>>()
    };
    assert_eq!(rules(&[]), ["duplicate-key", "syntax-error"]);
    assert_eq!(rules(&["--select", "syntax-error"]), ["syntax-error"]);
    assert_eq!(
        rules(&[
            "--select",
            "ALL",
            "--ignore",
            "syntax-error,style,policy,maintainability"
        ]),
        ["duplicate-key"]
    );
    assert_eq!(rules(&["--ignore", "syntax"]), Vec::<String>::new());
    assert_eq!(
        rules(&["--select", "style", "--extend-select", "duplicate-key"]),
        ["duplicate-key"]
    );
}

#[test]
fn a_misspelt_rule_gets_a_suggestion() {
    let here = Directory::new();
    let outcome = here.run(&["check", "--select", "duplicate_keys"]);
    insta::assert_snapshot!(outcome.err, @r"
    error: --select: there is no rule or group `duplicate_keys`
      help: did you mean `duplicate-key`?
    ");
}

#[test]
fn what_cannot_be_parsed_is_mentioned_where_its_rule_is_not_selected() {
    let here = Directory::repository();
    here.write("a.yaml", broken_flow("a"));
    let outcome = here.run(&["check", "--select", "security"]);
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""));
    assert!(outcome.err.contains("cannot be parsed"), "{}", outcome.err);
}

#[test]
fn standard_input_is_checked_under_its_name() {
    let here = Directory::repository();
    here.write(
        "kestralint.toml",
        "[[overrides]]\npaths = [\"quiet\"]\nignore = [\"ALL\"]\n",
    );
    here.write("flows/a.yaml", flow("a"));
    let check = |name: &str| {
        let arguments = [
            "check",
            "-",
            "--stdin-filename",
            name,
            "--format",
            "concise",
        ];
        here.run_with_input(&arguments, doubtful_flow("a").as_bytes())
    };
    let outcome = check("flows/a.yaml");
    assert_eq!(outcome.status, 1);
    insta::assert_snapshot!(outcome.out, @"flows/a.yaml:7:5: warning[duplicate-key] The key `message` is already in this mapping");
    let outcome = check("quiet/b.yaml");
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""));
    let outcome = here.run_with_input(
        &["check", "-", "-fconcise"],
        b"id: \xff\nnamespace: a\ntasks: []\n",
    );
    assert_eq!(outcome.status, 2);
    assert!(outcome.err.contains("offset 4"), "{}", outcome.err);
    assert_eq!(here.run(&["check", "--stdin-filename", "a.yaml"]).status, 2);
}

#[test]
fn only_named_files_are_reported_but_their_project_is_known_whole() {
    let here = Directory::repository();
    let calling = "id: caller\nnamespace: company.team\ntasks:\n  - id: call\n    \
                   type: io.kestra.plugin.core.flow.Subflow\n    namespace: company.team\n    flowId: called\n";
    here.write("flows/caller.yaml", calling);
    here.write("other/called.yaml", doubtful_flow("called"));
    for paths in [
        &["flows/caller.yaml"][..],
        &["flows"],
        &["./flows/../flows/caller.yaml"],
    ] {
        let arguments: Vec<&str> = ["check", "-fconcise"]
            .iter()
            .chain(paths)
            .copied()
            .collect();
        let outcome = here.run(&arguments);
        assert_eq!((outcome.status, outcome.out.as_str()), (0, ""), "{paths:?}");
    }
    // The same file on two ways is one file.
    let twice = here.run(&["check", "-fconcise", "other", "./other/called.yaml", "."]);
    assert_eq!(twice.out.lines().count(), 1, "{}", twice.out);
}

#[test]
fn a_named_file_is_checked_whatever_it_is_called() {
    let here = Directory::repository();
    here.write("flow.txt", doubtful_flow("a"));
    here.write(".gitignore", "flow.txt\n");
    assert_eq!(here.run(&["check", "flow.txt"]).status, 1);
    assert_eq!(here.run(&["check"]).status, 0);
    here.write("compose.yaml", "services: {}\n");
    let outcome = here.run(&["check", "compose.yaml", "--verbose"]);
    assert_eq!(outcome.status, 0);
    assert!(
        outcome.err.contains("compose.yaml is no flow"),
        "{}",
        outcome.err
    );
}

#[test]
fn gitignore_is_honoured_until_it_is_not() {
    let here = Directory::repository();
    here.write(".gitignore", "generated\n");
    here.write("generated/a.yaml", doubtful_flow("a"));
    assert_eq!(here.run(&["check"]).status, 0);
    assert_eq!(here.run(&["check", "--no-gitignore"]).status, 1);
    assert_eq!(here.run(&["check", "generated"]).status, 1);
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let here = Directory::repository();
    for number in 0..60 {
        let text = if number % 3 == 0 {
            broken_flow("a")
        } else {
            doubtful_flow("a")
        };
        here.write(&format!("{}/{number}.yaml", number % 7), text);
    }
    for format in ["human", "concise", "json", "sarif", "github"] {
        let report = |threads: &str| here.run(&["check", "-f", format, "--threads", threads]).out;
        let alone = report("1");
        assert!(!alone.is_empty());
        for _ in 0..3 {
            assert_eq!(alone, report("8"), "{format}");
        }
    }
}

#[test]
fn findings_go_to_standard_output_and_all_else_to_standard_error() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    let outcome = here.run(&["check", "-fconcise"]);
    assert_eq!(outcome.out.lines().count(), 1);
    assert!(
        outcome.err.starts_with("1 warning in 1 flow in "),
        "{}",
        outcome.err
    );
    assert_eq!(here.run(&["check", "--quiet"]).err, "");
    assert_eq!(here.run(&["check", "-fjson"]).err, "");
}

#[test]
fn suppressed_findings_are_shown_when_asked_for() {
    let here = Directory::repository();
    let text = doubtful_flow("a") + "    # kestralint: ignore-file[duplicate-key] on purpose\n";
    here.write("a.yaml", text);
    let outcome = here.run(&["check", "-fconcise"]);
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""));
    let outcome = here.run(&["check", "-fconcise", "--show-suppressed"]);
    assert_eq!(outcome.status, 0);
    assert!(outcome.out.ends_with("(suppressed)\n"), "{}", outcome.out);
    let sarif = here.run(&["check", "-fsarif", "--show-suppressed"]).out;
    assert!(sarif.contains("inSource"), "{sarif}");
}

#[test]
fn reports_are_written_to_files() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    let outcome = here.run(&[
        "check",
        "-fconcise",
        "-f",
        "sarif=out.sarif",
        "-fjson=out.json",
    ]);
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.out.lines().count(), 1);
    assert!(here.read("out.sarif").starts_with('{'));
    assert!(here.read("out.json").starts_with('{'));
    assert_eq!(here.run(&["check", "-fjson", "-o", "again.json"]).out, "");
    assert_eq!(here.read("again.json"), here.read("out.json"));
    assert_eq!(here.run(&["check", "-fjson", "-fsarif"]).status, 2);
    assert_eq!(
        here.run(&["check", "-fjson", "-o", "no/such/place"]).status,
        2
    );
}

#[test]
fn colours_are_for_those_who_want_them() {
    let here = Directory::repository();
    here.write("a.yaml", doubtful_flow("a"));
    let colourful = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = here.command(arguments);
        command.envs(environment.iter().copied());
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b)
    };
    for format in ["human", "concise"] {
        let arguments = ["check", "-f", format];
        assert!(!colourful(&arguments, &[]));
        assert!(colourful(&arguments, &[("CLICOLOR_FORCE", "1")]));
        assert!(!colourful(
            &arguments,
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
        ));
        let always = ["check", "-f", format, "--color", "always"];
        assert!(colourful(&always, &[("NO_COLOR", "1")]));
        let never = ["check", "-f", format, "--color", "never"];
        assert!(!colourful(&never, &[("CLICOLOR_FORCE", "1")]));
    }
    assert!(!colourful(&["check", "-fjson", "--color=always"], &[]));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_accident() {
    let here = Directory::repository();
    for number in 0..400 {
        here.write(&format!("{number}.yaml"), doubtful_flow("a"));
    }
    for arguments in [
        &["check", "-fjson"][..],
        &["rules"],
        &["explain", "syntax-error"],
    ] {
        let mut command = here.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.code().unwrap() < 2, "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn any_file_at_all_can_be_named() {
    let here = Directory::repository();
    here.write("binary.yaml", [0, 159, 146, 150]);
    here.write("latin1.yaml", b"id: a\nnamespace: b.c\ntasks: [] # \xe9\n");
    here.write("empty.yaml", "");
    here.write("comment.yaml", "# nothing\n");
    let large = std::fs::File::create(here.path().join("large.yaml")).unwrap();
    large.set_len(1 << 30).unwrap();
    drop(large);
    let arguments = [
        "binary.yaml",
        "latin1.yaml",
        "empty.yaml",
        "comment.yaml",
        "large.yaml",
    ];
    let all: Vec<&str> = ["check", "-fconcise"]
        .into_iter()
        .chain(arguments)
        .collect();
    let outcome = here.run(&all);
    assert_eq!(outcome.status, 1);
    insta::assert_snapshot!(outcome.out);
    // Met on a walk, what is no text is no concern of ours unless it would be a flow.
    let utf16: Vec<u8> = flow("a")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    here.write("utf16.yaml", [&[0xff, 0xfe], utf16.as_slice()].concat());
    let out = here.run(&["check", "-fconcise"]).out;
    let starts = |name: &str| out.lines().filter(|line| line.starts_with(name)).count();
    assert_eq!(
        (starts("binary"), starts("latin1"), starts("utf16")),
        (0, 1, 1),
        "{out}"
    );
}

#[cfg(unix)]
#[test]
fn loops_of_links_are_noticed() {
    let here = Directory::repository();
    here.write("flows/a.yaml", doubtful_flow("a"));
    std::os::unix::fs::symlink("..", here.path().join("flows/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", here.path().join("flows/dangling.yaml")).unwrap();
    let outcome = here.run(&["check", "-fconcise"]);
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.out.lines().count(), 1, "{}", outcome.out);
    assert!(outcome.err.contains("note: "), "{}", outcome.err);
}

#[test]
fn explain_shows_the_page_of_a_rule() {
    let here = Directory::new();
    let outcome = here.run(&["explain", "duplicate-key"]);
    assert_eq!(outcome.status, 0);
    for part in [
        "# duplicate-key\n",
        "## Why it matters",
        "```yaml bad",
        "syntax · warning · on by default",
    ] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
    let outcome = here.run(&["explain", "duplicate-key", "--color", "always"]);
    assert!(
        outcome.out.contains("\u{1b}[1;4mWhy it matters"),
        "{}",
        outcome.out
    );
    assert!(!outcome.out.contains("```"), "{}", outcome.out);
    let outcome = here.run(&["explain", "duplicate-keys"]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.err.contains("did you mean `duplicate-key`?"),
        "{}",
        outcome.err
    );
}

#[test]
fn rules_are_listed_for_people_and_programs() {
    let here = Directory::new();
    let table = here.run(&["rules"]).out;
    let json: Vec<serde_json::Value> =
        serde_json::from_str(&here.run(&["rules", "--format", "json"]).out).unwrap();
    assert_eq!(json.len(), kestralint::policy::registry().rules.len());
    for rule in &json {
        let name = rule["name"].as_str().unwrap();
        assert!(table.contains(&format!("  {name} ")), "{name}");
        for key in [
            "group", "summary", "severity", "tier", "fix", "since", "url",
        ] {
            assert!(rule[key].is_string(), "{name}: {key}");
        }
    }
}

#[test]
fn completions_are_written_for_each_shell() {
    let here = Directory::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = here.run(&["completions", shell]);
        assert_eq!(outcome.status, 0);
        assert!(outcome.out.contains("stdin-filename"), "{shell}");
    }
}

#[test]
fn explain_says_what_an_expression_reads_and_gives() {
    let here = Directory::new();
    let flow = "id: fetch\nnamespace: company.team\ntasks:\n  - id: get\n    type: io.kestra.plugin.core.http.Request\n    uri: https://example.com\n";
    here.write("flow.yml", flow);
    let ask = |expression: &str, more: &[&str]| {
        let mut arguments = vec!["explain", "--expression", expression];
        arguments.extend(more);
        here.run(&arguments)
    };
    let known = ask("outputs.get.code + 1", &["--flow", "flow.yml"]);
    assert_eq!(known.status, 0, "{}", known.err);
    for part in ["outputs.get.code: number", "Gives: number"] {
        assert!(known.out.contains(part), "{part}: {}", known.out);
    }
    let wrong = ask("{{ outputs.get.kode | upper }}", &["--flow", "flow.yml"]);
    assert!(wrong.out.contains("Wrong at `kode`"), "{}", wrong.out);
    let grouped = ask("a ?? b | upper", &[]);
    assert!(
        grouped.out.contains("Kestra 1.3 reads (a ?? b) | upper\n")
            && grouped.out.contains("Kestra 2.0 reads a ?? (b | upper)\n"),
        "{}",
        grouped.out
    );
    let broken = ask("{{ a && b }}", &[]);
    assert!(broken.out.contains("cannot parse"), "{}", broken.out);
    assert_eq!(ask("a", &["--flow", "none.yml"]).status, 2);
    assert_eq!(ask("a", &["--flow", "flow.yml", "--at", "none"]).status, 2);
}
