//! How far a run is, for those who wait for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the steps of a run: each file is read, then each document checked.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Progress {
    /// Says how many steps are still to come.
    pub(super) fn expect(&self, steps: usize) {
        let done = self.done.load(Ordering::Relaxed);
        self.all.store(done + steps, Ordering::Relaxed);
    }

    /// Says that a step is done.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// The steps done, and all that are known.
    pub fn steps(&self) -> (usize, usize) {
        // Read in this order, no more is done than there is.
        let done = self.done.load(Ordering::Relaxed);
        (done, self.all.load(Ordering::Relaxed).max(done))
    }
}
