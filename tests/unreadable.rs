//! What the system does not let anybody read, or not this user, is told; the rest is checked as ever.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kestralint::engine::{self, LoadRequest, Overlay, Settings};
use kestralint::rules;
use kestralint::source::{DiscoverySettings, discover};

use crate::program::{Directory, Outcome, doubtful_flow, flow, outcome};
use crate::rule_pages::Fixed;

/// The user and group that own nothing.
const NOBODY: u32 = 65534;

/// What the one readable flow of each repository here gives.
const OF_THE_READABLE: &str =
    "ok.yaml:7:5: warning[duplicate-key] The key `message` is already in this mapping\n";

fn repository() -> Directory {
    let here = Directory::repository();
    here.write("ok.yaml", doubtful_flow("a"));
    here
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Takes every permission from files and directories, and runs the program as a user for whom that counts:
/// as nobody where the tests run as root. Gives `None` where no such user can be had.
fn run_without(closed: &[&str], here: &Directory, arguments: &[&str]) -> Option<Outcome> {
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(here.path(), 0o755);
    let kept = closed.iter().map(|path| {
        let path = here.path().join(path);
        let kept = std::fs::metadata(&path).unwrap().permissions().mode();
        mode(&path, 0o000);
        (path, kept)
    });
    let kept: Vec<_> = kept.collect();
    let holds_for_us = kept.iter().all(|(path, _)| {
        let opened = std::fs::File::open(path);
        opened.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    });
    let mut command = here.command(arguments);
    if !holds_for_us {
        command.uid(NOBODY).gid(NOBODY);
    }
    // Nobody may perhaps not even run the program.
    let output = command.output().ok();
    for (path, kept) in kept {
        mode(&path, kept);
    }
    output.as_ref().map(outcome)
}

#[test]
fn a_closed_directory_is_told_and_the_rest_is_checked() {
    let here = repository();
    here.write("closed/b.yaml", doubtful_flow("b"));
    let Some(met) = run_without(&["closed"], &here, &["check", "-fconcise"]) else {
        return;
    };
    assert_eq!(
        (met.status, met.out.as_str()),
        (1, OF_THE_READABLE),
        "{}",
        met.err
    );
    assert!(
        met.err.contains("note: ./closed: Permission"),
        "{}",
        met.err
    );
    let arguments = ["check", "-fconcise", "ok.yaml", "closed"];
    let named = run_without(&["closed"], &here, &arguments).unwrap();
    assert_eq!((named.status, named.out.as_str()), (2, OF_THE_READABLE));
    assert!(
        named.err.contains("error: closed: Permission"),
        "{}",
        named.err
    );
    let inside = ["check", "-fconcise", "ok.yaml", "closed/b.yaml"];
    let inside = run_without(&["closed"], &here, &inside).unwrap();
    assert_eq!((inside.status, inside.out.as_str()), (2, OF_THE_READABLE));
    assert!(
        inside.err.contains("error: closed/b.yaml: Permission"),
        "{}",
        inside.err
    );
}

#[test]
fn a_closed_file_is_a_finding() {
    let here = repository();
    here.write("closed.yaml", flow("b"));
    for arguments in [
        &["check", "-fconcise"][..],
        &["check", "-fconcise", "ok.yaml", "closed.yaml"],
    ] {
        let Some(told) = run_without(&["closed.yaml"], &here, arguments) else {
            return;
        };
        assert_eq!(told.status, 1, "{}", told.err);
        let (closed, readable) = told.out.split_once('\n').unwrap();
        assert!(
            closed.starts_with(
                "closed.yaml:1:1: error[unreadable-file] The file cannot be read: Permission"
            ),
            "{closed}"
        );
        assert_eq!(readable, OF_THE_READABLE);
    }
}

#[test]
fn a_closed_configuration_is_told_and_nothing_is_checked_without_it() {
    let here = repository();
    here.write("kestralint.toml", "ignore = [\"duplicate-key\"]\n");
    let Some(told) = run_without(&["kestralint.toml"], &here, &["check"]) else {
        return;
    };
    assert_eq!((told.status, told.out.as_str()), (2, ""));
    assert!(told.err.contains("kestralint.toml"), "{}", told.err);
    assert!(told.err.contains("Permission"), "{}", told.err);
}

#[test]
fn what_cannot_be_written_is_told_and_left_as_it_was() {
    let here = repository();
    let arguments = ["check", "-fjson", "-o", "closed/report.json"];
    std::fs::create_dir(here.path().join("closed")).unwrap();
    let Some(told) = run_without(&["closed"], &here, &arguments) else {
        return;
    };
    assert_eq!(told.status, 2);
    assert!(told.err.contains("closed/report.json"), "{}", told.err);
    assert!(told.err.contains("Permission"), "{}", told.err);
}

#[test]
fn links_that_lead_nowhere_or_to_themselves_are_told_to_every_user() {
    let here = repository();
    symlink("nowhere", here.path().join("dangling.yaml")).unwrap();
    symlink("loop.yaml", here.path().join("loop.yaml")).unwrap();
    let met = here.run(&["check", "-fconcise"]);
    assert_eq!((met.status, met.out.as_str()), (1, OF_THE_READABLE));
    for name in ["dangling", "loop"] {
        let note = format!("note: ./{name}.yaml: ");
        assert!(met.err.contains(&note), "{}", met.err);
        let file = format!("{name}.yaml");
        let named = here.run(&["check", "-fconcise", "ok.yaml", &file]);
        assert_eq!((named.status, named.out.as_str()), (2, OF_THE_READABLE));
        let error = format!("error: {file}: ");
        assert!(named.err.contains(&error), "{}", named.err);
    }
}

#[test]
fn a_pipe_is_never_waited_for() {
    let here = repository();
    pipe(&here.path().join("pipe.yaml"));
    symlink("pipe.yaml", here.path().join("link.yaml")).unwrap();
    let met = here.run(&["check", "-fconcise"]);
    assert_eq!(
        (met.status, met.out.as_str()),
        (1, OF_THE_READABLE),
        "{}",
        met.err
    );
    for name in ["pipe.yaml", "link.yaml"] {
        let named = here.run(&["check", "-fconcise", "ok.yaml", name]);
        assert_eq!(named.status, 1);
        let told = format!(
            "{name}:1:1: error[unreadable-file] The file cannot be read: not a regular file\n"
        );
        assert!(named.out.contains(&told), "{}", named.out);
        assert!(named.out.contains(OF_THE_READABLE), "{}", named.out);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_even_root_cannot_read_is_a_finding() {
    let here = repository();
    // The memory of a process, at an address where there is none.
    symlink("/proc/self/mem", here.path().join("memory.yaml")).unwrap();
    for arguments in [
        &["check", "-fconcise"][..],
        &["check", "-fconcise", "memory.yaml", "ok.yaml"],
    ] {
        let told = here.run(arguments);
        assert_eq!(told.status, 1);
        let (unreadable, readable) = told.out.split_once('\n').unwrap();
        assert!(
            unreadable
                .starts_with("memory.yaml:1:1: error[unreadable-file] The file cannot be read: "),
            "{unreadable}"
        );
        assert_eq!(readable, OF_THE_READABLE);
    }
}

#[test]
fn what_is_gone_before_it_is_read_is_a_finding() {
    let here = repository();
    here.write("gone/b.yaml", flow("b"));
    let root = here.path().to_path_buf();
    let (candidates, problems) = discover(&[root], &DiscoverySettings::default());
    assert_eq!((candidates.len(), problems.len()), (2, 0));
    std::fs::remove_dir_all(here.path().join("gone")).unwrap();
    let registry = rules::registry();
    let settings = Fixed(Arc::new(Settings::defaults(registry).finish(registry)));
    let workspace = engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &Overlay::new(),
        settings: &settings,
    });
    let report = engine::check(&workspace, registry);
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["unreadable-file", "duplicate-key"]);
}
