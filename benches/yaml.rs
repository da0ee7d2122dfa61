//! How fast is the tree? `cargo bench --bench yaml` prints megabytes and nodes a second of the processor's time.
//!
//! The texts are those of `../shared/corpora` where it is present, else the fixtures, preloaded; least of five
//! rounds. Linux only; elsewhere wall time is shown.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kestralint::source::{DiscoverySettings, discover, read_file};
use kestralint::syntax;

const ROUNDS: usize = 5;
/// So much is parsed in a round, in bytes, that the clock's ticks do not matter.
const LEAST: usize = 50_000_000;

#[allow(clippy::cast_precision_loss)] // Figures for people.
fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpora = root.join("../shared/corpora");
    let source = if corpora.is_dir() {
        corpora
    } else {
        root.join("fixtures")
    };
    let (candidates, _) = discover(&[source], &DiscoverySettings::default());
    let texts: Vec<Arc<str>> = candidates
        .iter()
        .filter(|candidate| {
            candidate
                .path
                .extension()
                .is_some_and(|extension| extension != "tf")
        })
        .filter_map(|candidate| read_file(&candidate.path).ok())
        .collect();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let repetitions = LEAST / bytes.max(1) + 1;
    let mut nodes = 0;
    let least = (0..ROUNDS)
        .map(|_| {
            let begin = processor_time();
            nodes = 0;
            for _ in 0..repetitions {
                for text in &texts {
                    nodes += syntax::parse(Arc::clone(text)).len();
                }
            }
            processor_time().saturating_sub(begin)
        })
        .min()
        .unwrap_or_default();
    let seconds = least.as_secs_f64();
    println!(
        "{} files, {bytes} bytes, {repetitions} times: {:.1} MB/s, {:.1} million nodes/s",
        texts.len(),
        (bytes * repetitions) as f64 / seconds / 1e6,
        nodes as f64 / seconds / 1e6
    );
}

/// User and system time of this process; wall time where `/proc` is not there.
fn processor_time() -> Duration {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let begin = *BEGIN.get_or_init(Instant::now);
    let ticks = std::fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| {
            let fields = stat.rsplit(')').next()?;
            let mut fields = fields.split_whitespace().skip(11);
            let user: u64 = fields.next()?.parse().ok()?;
            let system: u64 = fields.next()?.parse().ok()?;
            Some(user + system)
        });
    // A tick is a hundredth of a second on every Linux that one meets.
    ticks.map_or_else(
        || begin.elapsed(),
        |ticks| Duration::from_millis(10 * ticks),
    )
}
