//! A bar on standard error, for long runs in a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::console;
use crate::engine::Progress;

/// Nobody needs a bar for what is over sooner.
const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);
const CELLS: usize = 30;
const CLEAR: &str = "\r\u{1b}[K";

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
        if quiet || dumb {
            return Self::none();
        }
        Self::start_on(io::stderr(), progress, PATIENCE)
    }

    /// Begins to draw after that time, where the screen is a terminal.
    fn start_on(
        mut screen: impl Write + IsTerminal + Send + 'static,
        progress: &Arc<Progress>,
        patience: Duration,
    ) -> Self {
        if !screen.is_terminal() {
            return Self::none();
        }
        let (stop, stopped) = channel();
        let progress = Arc::clone(progress);
        let draw = move || {
            // Nobody is left to tell where the screen is closed.
            let _ = draw(&stopped, &progress, &mut screen, patience);
        };
        Self {
            stop: Some(stop),
            thread: std::thread::Builder::new().spawn(draw).ok(),
        }
    }

    fn none() -> Self {
        Self {
            stop: None,
            thread: None,
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

/// Draws from when the patience is over until the other end of the channel is gone, and leaves the line empty.
fn draw(
    stopped: &Receiver<()>,
    progress: &Progress,
    screen: &mut impl Write,
    patience: Duration,
) -> io::Result<()> {
    let mut wait = patience;
    let mut drawn = false;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let bar = bar(progress.steps(), console::width_of_terminal());
        say(screen, &format!("{CLEAR}{bar}"))?;
        wait = INTERVAL;
        drawn = true;
    }
    if drawn {
        say(screen, CLEAR)?;
    }
    Ok(())
}

/// In one piece, so that nothing comes between.
fn say(screen: &mut impl Write, text: &str) -> io::Result<()> {
    screen.write_all(text.as_bytes())?;
    screen.flush()
}

/// The bar: `[======>       ] 12 of 34`. In a terminal too narrow for it only the figures: a line that is
/// wrapped could not be taken back.
fn bar((done, all): (usize, usize), width: Option<usize>) -> String {
    let filled = (done * CELLS).checked_div(all).unwrap_or(0);
    let figures = format!("{done} of {all}");
    let bar = format!(
        "[{:<CELLS$}] {figures}",
        format!("{}>", "=".repeat(filled.saturating_sub(1)))
    );
    if width.is_some_and(|width| width <= bar.len()) {
        figures
    } else {
        bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows() {
        let wide = Some(80);
        assert_eq!(bar((0, 0), wide), format!("[>{}] 0 of 0", " ".repeat(29)));
        assert_eq!(
            bar((15, 30), None),
            format!("[{}>{}] 15 of 30", "=".repeat(14), " ".repeat(15))
        );
        assert_eq!(
            bar((30, 30), wide),
            format!("[{}>] 30 of 30", "=".repeat(29))
        );
    }

    #[test]
    fn a_narrow_terminal_gets_figures_that_fit_on_its_line() {
        assert_eq!(bar((15, 30), Some(42)), bar((15, 30), None));
        assert_eq!(bar((15, 30), Some(41)), "15 of 30");
    }

    /// Keeps what is drawn, and ends the run after so many pieces.
    struct Screen {
        pieces: Vec<String>,
        run: Option<Sender<()>>,
        ends_after: usize,
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.pieces.push(String::from_utf8_lossy(bytes).into());
            if self.pieces.len() == self.ends_after {
                self.run = None;
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is drawn for a run that ends after so many pieces.
    fn drawn(patience: Duration, ends_after: usize) -> Vec<String> {
        let (run, stopped) = channel();
        let mut screen = Screen {
            pieces: Vec::new(),
            run: (ends_after > 0).then_some(run),
            ends_after,
        };
        let progress = Progress::default();
        draw(&stopped, &progress, &mut screen, patience).unwrap();
        screen.pieces
    }

    #[test]
    fn a_short_run_draws_nothing() {
        assert_eq!(drawn(Duration::MAX, 0), Vec::<String>::new());
    }

    #[test]
    fn a_long_run_draws_again_and_again_and_cleans_up() {
        let pieces = drawn(Duration::ZERO, 2);
        let [first, second, last] = pieces.as_slice() else {
            panic!("{pieces:?}");
        };
        assert!(first.starts_with("\r\u{1b}[K[>"), "{first:?}");
        assert_eq!(first, second);
        assert_eq!(last, "\r\u{1b}[K");
    }

    #[test]
    fn a_file_is_no_screen() {
        let file = tempfile::tempfile().unwrap();
        let bar = ProgressBar::start_on(file, &Arc::default(), Duration::ZERO);
        assert!(bar.thread.is_none());
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    #[test]
    fn a_terminal_shows_the_bar_and_is_left_clean() {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use std::fs::{File, OpenOptions};
        use std::io::Read;

        let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&control).unwrap();
        unlockpt(&control).unwrap();
        let name = ptsname(&control, Vec::new()).unwrap();
        let name = name.to_str().unwrap();
        let screen = OpenOptions::new().read(true).write(true).open(name);
        let screen = screen.unwrap();
        let mut after = screen.try_clone().unwrap();
        let mut control = File::from(control);
        let mut shown = String::new();
        let mut read_until = |end: &str| {
            while !shown.ends_with(end) {
                let mut bytes = [0; 256];
                let length = control.read(&mut bytes).unwrap();
                shown.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
            }
            shown.clone()
        };
        let bar = ProgressBar::start_on(screen, &Arc::default(), Duration::ZERO);
        assert!(bar.thread.is_some());
        read_until("0 of 0");
        drop(bar);
        after.write_all(b"report").unwrap();
        let shown = read_until("report");
        assert!(shown.ends_with("0 of 0\r\u{1b}[Kreport"), "{shown:?}");
    }
}
