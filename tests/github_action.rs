//! `action.yml` and the workflows: checked by the tools for them where they are installed, and the action's
//! steps executed as a runner would.

use std::path::Path;
use std::process::Command;

use crate::pre_commit::has;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn actionlint_and_zizmor_find_nothing() {
    for (tool, arguments) in [
        ("actionlint", vec!["-color=false"]),
        (
            "zizmor",
            vec!["--offline", "--no-progress", "--strict-collection", "."],
        ),
    ] {
        if tool == "actionlint" && !root().join(".git").exists() {
            println!("actionlint needs a Git repository: nothing is proven here");
        } else if has(tool) {
            let output = Command::new(tool)
                .args(arguments)
                .current_dir(root())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let more = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{tool}: {said}{more}");
        }
    }
}

#[test]
fn the_documentation_names_every_input_and_output() {
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let page = std::fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let declared = action.split("\nruns:").next().unwrap();
    let name = |line: &str| {
        let name = line.strip_prefix("  ")?.strip_suffix(':')?;
        (!name.starts_with(' ')).then(|| format!("`{name}`"))
    };
    let names: Vec<String> = declared.lines().filter_map(name).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(page.contains(&name), "{name} is missing");
    }
}

#[cfg(unix)]
mod steps {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;
    use std::sync::Arc;

    use kestralint::syntax::{self, NodeId, Tree};

    use super::root;
    use crate::program::{Directory, broken_flow, doubtful_flow, flow};

    /// A runner for this one action: it knows the expressions that `action.yml` uses, and no others.
    struct Runner {
        directory: Directory,
        inputs: BTreeMap<String, String>,
        github: BTreeMap<&'static str, String>,
        environment: Vec<(&'static str, String)>,
    }

    #[derive(Debug, Default)]
    struct Ran {
        outputs: BTreeMap<String, String>,
        status: i32,
        said: String,
        summary: String,
        uploaded: bool,
    }

    impl Runner {
        fn new() -> Self {
            let directory = Directory::repository();
            for name in ["temporary", "tools"] {
                std::fs::create_dir(directory.path().join(".git").join(name)).unwrap();
            }
            let mut runner = Self {
                directory,
                inputs: BTreeMap::new(),
                github: BTreeMap::from([
                    ("action_ref", "main".to_owned()),
                    ("token", "secret".to_owned()),
                    ("event.pull_request.head.repo.full_name", String::new()),
                ]),
                environment: vec![
                    ("GITHUB_REPOSITORY", "company/flows".to_owned()),
                    ("RUNNER_OS", "Linux".to_owned()),
                    ("RUNNER_ARCH", "X64".to_owned()),
                ],
            };
            let program = env!("CARGO_BIN_EXE_kestralint");
            runner
                .inputs
                .insert("binary".to_owned(), program.to_owned());
            runner
        }

        fn with(mut self, input: &str, value: &str) -> Self {
            self.inputs.insert(input.to_owned(), value.to_owned());
            self
        }

        /// Runs the steps of the action, one after the other, until one fails.
        fn run(&self) -> Ran {
            let text = std::fs::read_to_string(root().join("action.yml")).unwrap();
            let tree = syntax::parse(Arc::from(text));
            let action = tree.documents()[0].root.unwrap();
            let runs = tree.get(action, "runs").unwrap();
            let steps = tree.get(runs, "steps").unwrap();
            let mut ran = Ran::default();
            for step in tree.items(steps) {
                self.step(&tree, action, step, &mut ran);
                if ran.status != 0 {
                    break;
                }
            }
            ran
        }

        fn step(&self, tree: &Tree, action: NodeId, step: NodeId, ran: &mut Ran) {
            let condition = tree.get_text(step, "if").unwrap_or("always");
            if let Some(used) = tree.get_text(step, "uses") {
                assert!(
                    used.starts_with("github/codeql-action/upload-sarif@"),
                    "{used}"
                );
                assert_eq!(condition, "steps.check.outputs.upload == 'true'");
                ran.uploaded = ran
                    .outputs
                    .get("check.upload")
                    .is_some_and(|word| word == "true");
                return;
            }
            match condition {
                "always" => {}
                "inputs.diff-base != ''" if self.inputs.contains_key("diff-base") => {}
                "inputs.diff-base != ''" => return,
                other => panic!("not understood: {other}"),
            }
            assert_eq!(tree.get_text(step, "shell"), Some("bash"));
            let script = tree.get_text(step, "run").unwrap();
            assert!(
                !script.contains("${{"),
                "inputs come in the environment: {script}"
            );
            let output = self.directory.path().join(".git/output");
            let summary = self.directory.path().join(".git/summary");
            std::fs::write(&output, "").unwrap();
            std::fs::write(&summary, "").unwrap();
            let git = self.directory.path().join(".git");
            let mut command = Command::new("bash");
            command
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                .current_dir(self.directory.path())
                .env("GITHUB_ACTION_PATH", root())
                .env("GITHUB_OUTPUT", &output)
                .env("GITHUB_STEP_SUMMARY", &summary)
                .env("RUNNER_TEMP", git.join("temporary"))
                .env("RUNNER_TOOL_CACHE", git.join("tools"))
                .envs(self.environment.iter().map(|(name, value)| (name, value)));
            if let Some(environment) = tree.get(step, "env") {
                for entry in tree.entries(environment) {
                    let name = tree.scalar_text(entry.key).unwrap();
                    let value = tree.scalar_text(entry.value).unwrap();
                    command.env(name, self.evaluate(tree, action, value, ran));
                }
            }
            let outcome = command.output().unwrap();
            ran.status = outcome.status.code().unwrap();
            ran.said
                .push_str(&String::from_utf8(outcome.stdout).unwrap());
            ran.said
                .push_str(&String::from_utf8(outcome.stderr).unwrap());
            ran.summary
                .push_str(&std::fs::read_to_string(&summary).unwrap());
            let id = tree.get_text(step, "id").unwrap_or_default();
            for line in std::fs::read_to_string(&output).unwrap().lines() {
                let (name, value) = line.split_once('=').unwrap();
                ran.outputs.insert(format!("{id}.{name}"), value.to_owned());
            }
        }

        fn evaluate(&self, tree: &Tree, action: NodeId, value: &str, ran: &Ran) -> String {
            let expression = value
                .strip_prefix("${{ ")
                .and_then(|rest| rest.strip_suffix(" }}"));
            let expression = expression.unwrap_or_else(|| panic!("one expression: {value}"));
            if let Some(name) = expression.strip_prefix("inputs.") {
                let inputs = tree.get(action, "inputs").unwrap();
                let declared = tree.get(inputs, name);
                let declared = declared.unwrap_or_else(|| panic!("no input {name}"));
                let default = tree.get_text(declared, "default").unwrap();
                self.inputs
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| default.to_owned())
            } else if let Some(name) = expression.strip_prefix("github.") {
                self.github[name].clone()
            } else {
                let name = expression.strip_prefix("steps.").unwrap();
                let name = name.replacen(".outputs.", ".", 1);
                ran.outputs.get(&name).cloned().unwrap_or_default()
            }
        }

        /// A `gh` that knows one release, the program of this build, and a `tar`ed archive of it.
        fn with_release(mut self, version: &str) -> Self {
            let git = self.directory.path().join(".git");
            let release = git.join("release");
            std::fs::create_dir(&release).unwrap();
            let archive = release.join("kestralint-x86_64-unknown-linux-musl.tar.gz");
            let program = std::path::Path::new(env!("CARGO_BIN_EXE_kestralint"));
            let packed = Command::new("tar")
                .arg("-czf")
                .arg(&archive)
                .arg("-C")
                .args([
                    program.parent().unwrap(),
                    program.file_name().unwrap().as_ref(),
                ])
                .status()
                .unwrap();
            assert!(packed.success());
            let mut script = String::from(
                "#!/usr/bin/env bash\nset -eu\necho \"gh $*\" >&2\ncase \"$1-$2\" in\n",
            );
            let release = release.display();
            writeln!(script, "release-view) echo v{version} ;;").unwrap();
            writeln!(
                script,
                "release-download) [ \"$3\" = v{version} ]; cd {release}; sha256sum *.gz >\"$7/$9.sha256\" || true\n  \
                 sha256sum *.gz >\"$7/$(ls *.gz).sha256\"; cp *.gz \"$7\" ;;"
            )
            .unwrap();
            script.push_str("attestation-verify) test -n \"$GH_TOKEN\" ;;\n*) exit 9 ;;\nesac\n");
            std::fs::create_dir(git.join("bin")).unwrap();
            let gh = git.join("bin/gh");
            std::fs::write(&gh, script).unwrap();
            std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).unwrap();
            let path = format!(
                "{}:{}",
                git.join("bin").display(),
                std::env::var("PATH").unwrap()
            );
            self.environment.push(("PATH", path));
            self.inputs.remove("binary");
            self
        }
    }

    #[test]
    fn findings_are_annotated_listed_and_sent() {
        let runner = Runner::new();
        runner.directory.write("flows/good.yaml", flow("good"));
        runner
            .directory
            .write("flows/doubtful.yaml", doubtful_flow("doubtful"));
        runner
            .directory
            .write("flows/broken.yaml", broken_flow("broken"));
        let ran = runner.run();
        assert_eq!(ran.status, 1, "{ran:#?}");
        assert!(ran.said.contains("::error "), "{ran:#?}");
        assert!(ran.said.contains("::warning "), "{ran:#?}");
        assert_eq!(ran.outputs["check.exit-code"], "1");
        assert_eq!(ran.outputs["check.errors"], "1");
        assert_eq!(ran.outputs["check.warnings"], "1");
        assert_eq!(ran.outputs["check.findings"], "2");
        assert!(
            ran.summary
                .contains("2 findings in 2 flows: 1 errors, 1 warnings."),
            "{}",
            ran.summary
        );
        assert!(
            ran.summary.contains("error[syntax-error]"),
            "{}",
            ran.summary
        );
        assert!(ran.uploaded);
        let sarif = std::fs::read_to_string(&ran.outputs["check.sarif-file"]).unwrap();
        assert!(sarif.contains("\"flows/broken.yaml\""), "{sarif}");
    }

    #[test]
    fn a_clean_repository_passes() {
        let runner = Runner::new().with("working-directory", "flows");
        runner.directory.write("flows/good.yaml", flow("good"));
        runner
            .directory
            .write("elsewhere.yaml", broken_flow("broken"));
        let ran = runner.run();
        assert_eq!(
            (ran.status, ran.outputs["check.findings"].as_str()),
            (0, "0"),
            "{ran:#?}"
        );
        assert!(
            ran.summary.contains("0 findings in 1 flows"),
            "{}",
            ran.summary
        );
    }

    #[test]
    fn inputs_reach_the_check() {
        let runner = Runner::new()
            .with("paths", "a dir/one.yaml\n\nb.yaml\n")
            .with("ignore", "duplicate-key")
            .with("fail-on", "error")
            .with("target", "1.3,2.0")
            .with("annotations", "false")
            .with("summary", "false")
            .with("args", "--show-suppressed\n--exit-zero");
        runner
            .directory
            .write("a dir/one.yaml", doubtful_flow("one"));
        runner.directory.write("b.yaml", broken_flow("b"));
        runner.directory.write("c.yaml", broken_flow("c"));
        let ran = runner.run();
        assert_eq!(
            (ran.status, ran.outputs["check.findings"].as_str()),
            (0, "1"),
            "{ran:#?}"
        );
        assert_eq!(ran.summary, "");
        assert!(!ran.said.contains("::error"), "{ran:#?}");
        assert!(ran.said.contains("b.yaml:"), "{ran:#?}");
    }

    /// A runner on a repository with everything committed, in which one flow calls another.
    fn committed() -> Runner {
        let runner = Runner::new();
        let called = format!("{}inputs:\n  - id: day\n    type: STRING\n", flow("called"));
        runner.directory.write("flows/called.yaml", called);
        let calling = "id: calling\nnamespace: company.team\ntasks:\n  - id: call\n    type: io.kestra.plugin.core.flow.Subflow\n    \
                       namespace: company.team\n    flowId: called\n    inputs:\n      day: today\n";
        runner.directory.write("flows/calling.yaml", calling);
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.current_dir(runner.directory.path());
            command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]);
            command.args(["-c", "commit.gpgsign=false"]).args(arguments);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
        };
        git(&["init", "--quiet", "--initial-branch", "main"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "Flows"]);
        runner
    }

    #[test]
    fn a_comparison_is_written_where_it_is_asked_for() {
        let runner = committed();
        let ran = runner.run();
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert!(!ran.outputs.contains_key("compare.diff-exit-code"));
        assert!(!ran.summary.contains("Flow interfaces"), "{}", ran.summary);

        let with_default =
            flow("called") + "inputs:\n  - id: date\n    type: STRING\n    defaults: x\n";
        runner.directory.write("flows/called.yaml", with_default);
        let runner = runner.with("diff-base", "main").with("fail-on", "never");
        let ran = runner.run();
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert_eq!(ran.outputs["compare.diff-exit-code"], "0");
        let report = std::fs::read_to_string(&ran.outputs["compare.diff-file"]).unwrap();
        assert!(
            report.contains("**breaks** `flows/calling.yaml:9`"),
            "{report}"
        );
        assert!(ran.summary.ends_with(&report), "{}", ran.summary);

        let runner = runner
            .with("diff-fail-on", "broken")
            .with("summary", "false");
        let ran = runner.run();
        assert_eq!((ran.status, ran.summary.as_str()), (1, ""), "{ran:#?}");
        assert_eq!(ran.outputs["check.exit-code"], "0");
        assert!(ran.said.contains("kestralint diff ended with status 1"));
    }

    #[test]
    fn a_comparison_that_is_not_possible_fails_the_job() {
        let hostile = "$(touch owned); touch owned; `touch owned`\n'\"; touch owned #";
        for base in ["nowhere", "--output=owned", hostile] {
            let runner = committed().with("diff-base", base);
            let ran = runner.run();
            assert_eq!(ran.status, 2, "{base}: {ran:#?}");
            assert_eq!(ran.outputs["check.exit-code"], "0", "{base}: {ran:#?}");
            assert_eq!(
                ran.outputs["compare.diff-exit-code"], "2",
                "{base}: {ran:#?}"
            );
            assert!(!ran.outputs.contains_key("compare.diff-file"), "{base}");
            assert!(!runner.directory.path().join("owned").exists(), "{base}");
        }
        let ran = committed()
            .with("diff-base", "main")
            .with("diff-fail-on", hostile)
            .run();
        assert_eq!(ran.status, 2, "{ran:#?}");
    }

    #[test]
    fn inputs_are_words_and_never_commands() {
        let hostile = "$(touch owned); touch owned; `touch owned`\n'\"; touch owned #";
        for input in [
            "paths", "config", "select", "ignore", "target", "fail-on", "args",
        ] {
            let runner = Runner::new().with(input, hostile);
            runner.directory.write("good.yaml", flow("good"));
            let ran = runner.run();
            assert_eq!(ran.status, 2, "{input}: {ran:#?}");
            assert_eq!(ran.outputs["check.exit-code"], "2", "{input}: {ran:#?}");
            assert!(!ran.uploaded, "{input}");
            assert!(!runner.directory.path().join("owned").exists(), "{input}");
        }
        let runner = Runner::new();
        runner
            .directory
            .write("````\n::stop-commands::x.yaml", broken_flow("x"));
        let ran = runner.run();
        assert!(!ran.said.contains("\n::stop-commands"), "{ran:#?}");
        assert_eq!(ran.summary.matches("```").count(), 2, "{}", ran.summary);
    }

    #[test]
    fn results_are_sent_only_where_they_may_be() {
        let sent = |input: &str, head: &str, actor: &str| {
            let mut runner = Runner::new().with("upload-sarif", input);
            runner.directory.write("good.yaml", flow("good"));
            let name = "event.pull_request.head.repo.full_name";
            runner.github.insert(name, head.to_owned());
            runner.environment.push(("GITHUB_ACTOR", actor.to_owned()));
            runner.run().uploaded
        };
        assert!(sent("auto", "", "someone"), "a push");
        assert!(
            sent("auto", "company/flows", "someone"),
            "a branch of our own"
        );
        assert!(!sent("auto", "someone/flows", "someone"), "a fork");
        assert!(!sent("auto", "company/flows", "dependabot[bot]"));
        assert!(sent("true", "someone/flows", "someone"), "as told");
        assert!(!sent("false", "", "someone"), "as told");
    }

    #[test]
    fn a_release_is_downloaded_once_and_verified() {
        let runner = Runner::new().with_release("1.2.3");
        runner.directory.write("good.yaml", flow("good"));
        let ran = runner.run();
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert!(ran.said.contains("gh release view"), "{ran:#?}");
        assert!(ran.said.contains("gh attestation verify"), "{ran:#?}");
        assert!(
            ran.outputs["install.binary"].contains("/1.2.3/"),
            "{ran:#?}"
        );
        let again = runner.with("version", "v1.2.3");
        let ran = again.run();
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert!(!ran.said.contains("gh "), "it is there already: {ran:#?}");

        let runner = Runner::new().with_release("1.2.3").with("checksum", "0123");
        let ran = runner.run();
        assert_eq!(ran.status, 2, "{ran:#?}");
        assert!(ran.said.contains("::error title=kestralint::"), "{ran:#?}");
        assert!(!ran.outputs.contains_key("install.binary"));

        let mut runner = Runner::new().with_release("1.2.3");
        runner.github.insert("action_ref", "v9.9.9".to_owned());
        let ran = runner.run();
        assert_eq!(
            ran.status, 2,
            "the version of the tag, which is not there: {ran:#?}"
        );
    }
}
