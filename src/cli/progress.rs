//! A bar on standard error, for long runs in a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::Progress;

/// Nobody needs a bar for what is over sooner.
const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);
const CELLS: usize = 30;

/// A bar that is drawn until it is dropped.
pub(super) struct ProgressBar {
    /// Closed to end the drawing.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ProgressBar {
    /// Begins to draw after a while, where standard error is a terminal.
    pub(super) fn start(progress: &Arc<Progress>, quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if quiet || dumb || !io::stderr().is_terminal() {
            return Self {
                stop: None,
                thread: None,
            };
        }
        let (stop, stopped) = channel();
        let progress = Arc::clone(progress);
        let draw = move || {
            let mut wait = PATIENCE;
            let mut drawn = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                say(&format!("\r{}\u{1b}[K", bar(progress.steps())));
                wait = INTERVAL;
                drawn = true;
            }
            if drawn {
                say("\r\u{1b}[K");
            }
        };
        Self {
            stop: Some(stop),
            thread: std::thread::Builder::new().spawn(draw).ok(),
        }
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A bar that could not be drawn is no loss.
            let _ = thread.join();
        }
    }
}

fn say(text: &str) {
    let mut stream = io::stderr().lock();
    // Nobody is left to tell where standard error is closed.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}

/// The bar: `[======>       ] 12 of 34`.
fn bar((done, all): (usize, usize)) -> String {
    let filled = (done * CELLS).checked_div(all).unwrap_or(0);
    format!(
        "[{:<CELLS$}] {done} of {all}",
        format!("{}>", "=".repeat(filled.saturating_sub(1)))
    )
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn the_bar_grows() {
        assert_eq!(bar((0, 0)), format!("[>{}] 0 of 0", " ".repeat(29)));
        assert_eq!(
            bar((15, 30)),
            format!("[{}>{}] 15 of 30", "=".repeat(14), " ".repeat(15))
        );
        assert_eq!(bar((30, 30)), format!("[{}>] 30 of 30", "=".repeat(29)));
    }
}
