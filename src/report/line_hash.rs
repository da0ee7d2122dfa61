//! The hash of a line and its surroundings that GitHub code scanning knows an alert by
//! (`primaryLocationLineHash`).
//!
//! GitHub's uploader works the same value out and warns where a report says another one, so it is given
//! only where it is sure to be equal. The algorithm is that of `github/codeql-action`
//! (`src/fingerprints.ts`): a rolling hash over a hundred UTF-16 code units that begin with the line,
//! spaces and tabs left out and line breaks made equal, then the number of the line among those of equal
//! hash.

use std::collections::{HashMap, VecDeque};

const WINDOW: usize = 100;
const FACTOR: u64 = 37;
const END_OF_FILE: u16 = 0xffff;

/// The hash of every line of a text; empty where GitHub would count lines in another way than we do (a
/// carriage return alone).
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    if has_lone_carriage_return(text) {
        return Vec::new();
    }
    let mut hasher = Hasher::default();
    for unit in text.encode_utf16() {
        // Spaces and tabs do not count, and every `\r` is followed by a `\n` here.
        if !matches!(unit, 0x20 | 0x09 | 0x0d) {
            hasher.push(unit);
        }
    }
    hasher.push(END_OF_FILE);
    for _ in 0..WINDOW {
        hasher.shift(0);
    }
    hasher.finished
}

fn has_lone_carriage_return(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

struct Hasher {
    hash: u64,
    /// The units of the window, each with whether a line begins there.
    window: VecDeque<(u16, bool)>,
    at_line_start: bool,
    /// 37 to the power of the window's length.
    leaving: u64,
    counts: HashMap<u64, u32>,
    finished: Vec<String>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            hash: 0,
            window: VecDeque::from(vec![(0, false); WINDOW]),
            at_line_start: true,
            leaving: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            counts: HashMap::new(),
            finished: Vec::new(),
        }
    }
}

impl Hasher {
    fn push(&mut self, unit: u16) {
        let starts_line = std::mem::replace(&mut self.at_line_start, unit == u16::from(b'\n'));
        self.shift_marked(unit, starts_line);
    }

    fn shift(&mut self, unit: u16) {
        self.shift_marked(unit, false);
    }

    fn shift_marked(&mut self, unit: u16, starts_line: bool) {
        let (old, line_leaves) = self.window.pop_front().unwrap_or_default();
        // The window begins with the line that leaves it: its hash is complete.
        if line_leaves {
            let count = self.counts.entry(self.hash).or_default();
            *count += 1;
            self.finished.push(format!("{:x}:{count}", self.hash));
        }
        self.window.push_back((unit, starts_line));
        self.hash = FACTOR
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(old)));
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// The vectors are those of the uploader's own tests.
    #[test]
    fn the_hashes_are_those_of_github() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            line_hashes(" a\nb\n  \t\tc\n d"),
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1"
            ]
        );
        let with_final_break = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n";
        assert_eq!(line_hashes(text), with_final_break);
        assert_eq!(line_hashes(&text.replace('\n', "\r\n")), with_final_break);
    }

    #[test]
    fn nothing_is_claimed_where_lines_are_counted_differently() {
        assert!(line_hashes("a\rb\n").is_empty());
    }
}
