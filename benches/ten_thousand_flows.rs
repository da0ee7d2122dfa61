//! How much more than parsing does a check cost? `cargo bench` answers for 10,000 flows.
//!
//! The flows are those of `../shared/corpora` where it is present, else of the fixtures, copied into a temporary
//! directory until there are ten thousand. Time is the processor's (user and system) of this process, least of five
//! rounds: walls lie on busy machines. Linux only; elsewhere wall time is shown.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kestralint::config::{CommandLine, Configured, Places};
use kestralint::engine::{self, LoadRequest, Overlay, Workspace};
use kestralint::rules;
use kestralint::source::{Candidate, DiscoverySettings, discover, read_file};
use kestralint::syntax;
use rayon::prelude::*;

const FLOWS: usize = 10_000;
const ROUNDS: usize = 5;

fn main() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = multiply(directory.path());
    println!("{files} files in {}", directory.path().display());
    let parsing = least(|| {
        let (candidates, _) = discover(
            &[directory.path().to_path_buf()],
            &DiscoverySettings::default(),
        );
        parse(&candidates);
    });
    let registry = rules::registry();
    let settings = Configured::new(
        registry,
        Places::new(directory.path()),
        CommandLine::default(),
        &[directory.path().to_path_buf()],
    );
    let (mut findings, mut peak) = (0, None);
    let checking = least(|| {
        let workspace = load(directory.path(), &settings);
        findings = engine::check(&workspace, registry).findings.len();
        peak = peak.or_else(peak_memory);
        // As the command line does, whose process ends here.
        std::mem::forget(workspace);
    });
    let loading = least(|| std::mem::forget(load(directory.path(), &settings)));
    let print = |what: &str, time: Duration| {
        println!("{what} {:8.3} s of processor time", time.as_secs_f64());
    };
    print("walk, read, parse YAML          ", parsing);
    print("the same, and all that is in it ", loading);
    print("check (default rules)           ", checking);
    let ratio = |of: Duration| checking.as_secs_f64() / of.as_secs_f64();
    println!("check : YAML alone               {:8.2}", ratio(parsing));
    println!("check : everything parsed        {:8.2}", ratio(loading));
    println!("findings                         {findings:8}");
    if let Some(peak) = peak {
        println!("peak memory                      {peak:>8} KiB");
    }
}

/// All that a check does before the first rule runs: templates, flows and summaries are read too.
fn load(directory: &Path, settings: &Configured) -> Workspace {
    let (candidates, _) = discover(&[directory.to_path_buf()], &DiscoverySettings::default());
    engine::load(&LoadRequest {
        candidates: &candidates,
        context: &[],
        overlay: &Overlay::new(),
        settings,
    })
}

fn parse(candidates: &[Candidate]) {
    let nodes: usize = candidates
        .par_iter()
        .filter_map(|candidate| read_file(&candidate.path).ok())
        .map(|text| syntax::parse(text).len())
        .sum();
    assert!(nodes > 0);
}

fn least(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let (wall, processor) = (Instant::now(), processor_time());
            work();
            match (processor, processor_time()) {
                (Some(before), Some(after)) => after.saturating_sub(before),
                _ => wall.elapsed(),
            }
        })
        .min()
        .unwrap_or_default()
}

/// The time that all threads of this process have run, by the kernel's account.
fn processor_time() -> Option<Duration> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let account = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        account.split_whitespace().next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum()))
}

fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Copies flows until there are enough; gives their number.
fn multiply(target: &Path) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpora = root.join("../shared/corpora");
    let source = if corpora.is_dir() {
        corpora
    } else {
        root.join("fixtures")
    };
    let (originals, _) = discover(std::slice::from_ref(&source), &DiscoverySettings::default());
    let originals: Vec<PathBuf> = originals
        .into_iter()
        .map(|candidate| candidate.path)
        .filter(|path| path.extension().is_some_and(|extension| extension != "tf"))
        .collect();
    assert!(!originals.is_empty(), "no flows in {}", source.display());
    let mut written = 0;
    for copy in 0.. {
        let copied = target.join(format!("copy-{copy:04}"));
        std::fs::create_dir_all(&copied).expect("a directory");
        // Each copy of the corpus is a project of its own.
        std::fs::write(copied.join("kestralint.toml"), "").expect("a configuration");
        for original in &originals {
            if written >= FLOWS {
                return written;
            }
            let path = copied.join(original.strip_prefix(&source).expect("below the source"));
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::copy(original, path).expect("a copy");
            written += 1;
        }
    }
    written
}
