//! `[[> file]]`: the lines by which Kestra 1's command line puts other files into a flow before it sends it.
//!
//! Asked of its source (`IncludeHelperExpander`): line by line, one include a line, the path from the flow's
//! directory. The line of a file with one line goes in between what stands around the include; of one with
//! several each line gets what stands before it, and what stands behind it is dropped. What was put in is
//! not looked through again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::terraform::normalised;
use super::{Document, ReadProblem, Segment, read_file};
use crate::finding::{FileId, Location};
use crate::text::{TextRange, TextSize};

const OPENING: &str = "[[>";
const CLOSING: &str = "]]";

/// No text becomes longer than this: what Kestra refuses is shorter.
const LONGEST: usize = 16 * 1024 * 1024;

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(OPENING));

/// An include of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Where it stands, from the opening to the closing brackets.
    pub place: Location,
    /// The path as it is written.
    pub path: String,
    /// What became of it.
    pub state: IncludeState,
    /// Its line, without the end, and what the line becomes, where the file can be read.
    pub replacement: Option<(Location, String)>,
}

/// What became of an include.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncludeState {
    /// The file was put in.
    Expanded,
    /// It was left as it is, as Kestra 2 does.
    Untouched,
    /// It stands in an included file, where nobody looks for includes.
    Nested,
    /// The file cannot be read.
    Unreadable(ReadProblem),
    /// The text would become too long.
    TooLong,
}

/// A flow's text with the files that it includes.
#[derive(Debug)]
pub struct Expansion {
    /// The text after the includes were expanded.
    pub text: Arc<str>,
    /// The text of the flow's own file.
    pub own: Arc<str>,
    /// The files that were put in, with their texts.
    pub files: Vec<(PathBuf, Arc<str>)>,
    pieces: Vec<Piece>,
    includes: Vec<Found>,
}

/// A stretch of the expanded text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    length: usize,
    /// The file, none for the flow's own, and the offset in it; none for what was repeated.
    origin: Option<(Option<usize>, usize)>,
    is_unknown: bool,
}

#[derive(Debug)]
struct Found {
    /// The file, none for the flow's own.
    file: Option<usize>,
    range: TextRange,
    path: String,
    state: IncludeState,
    replacement: Option<(TextRange, String)>,
}

impl Expansion {
    /// Expands the includes of a text in a directory, or only finds them. None where there is none.
    pub fn of(
        own: &Arc<str>,
        directory: &Path,
        overlay: &HashMap<PathBuf, Arc<str>>,
        expands: impl FnOnce() -> bool,
    ) -> Option<Self> {
        FINDER.find(own.as_bytes())?;
        let mut builder = Builder {
            directory,
            overlay,
            expands: expands(),
            text: String::new(),
            files: Vec::new(),
            pieces: Vec::new(),
            includes: Vec::new(),
            put_in: 0,
        };
        let mut start = 0;
        for line in own.split_inclusive('\n') {
            builder.line(line, start);
            start += line.len();
        }
        if builder.includes.is_empty() {
            return None;
        }
        Some(Self {
            text: builder.text.into(),
            own: Arc::clone(own),
            files: builder.files,
            pieces: builder.pieces,
            includes: builder.includes,
        })
    }

    /// The document, given the flow's own file and those that were put in.
    pub fn document(&self, own: FileId, files: &[FileId]) -> Document {
        let id = |file: Option<usize>| file.map_or(own, |file| files[file]);
        let mut document = Document::of_file(own, Arc::clone(&self.text));
        let mut start = 0;
        document.segments = self
            .pieces
            .iter()
            .map(|piece| {
                let range = range(start, piece.length);
                start += piece.length;
                let origin = piece.origin.map(|(file, offset)| Location {
                    file: id(file),
                    range: self::range(offset, piece.length),
                });
                Segment {
                    range,
                    origin,
                    is_unknown: piece.is_unknown,
                }
            })
            .collect();
        document.is_incomplete = self.pieces.iter().any(|piece| piece.is_unknown);
        document
    }

    /// The includes, given the flow's own file and those that were put in.
    pub fn includes(&self, own: FileId, files: &[FileId]) -> Vec<Include> {
        let includes = self.includes.iter();
        includes
            .map(|found| Include {
                place: Location {
                    file: found.file.map_or(own, |file| files[file]),
                    range: found.range,
                },
                path: found.path.clone(),
                state: found.state.clone(),
                replacement: found.replacement.clone().map(|(range, text)| {
                    let line = Location { file: own, range };
                    (line, text)
                }),
            })
            .collect()
    }
}

/// An include within a line: where it begins and ends, and the path.
fn include_of(line: &str) -> Option<(usize, usize, &str)> {
    let opening = line.find(OPENING)?;
    let closing = line.find(CLOSING)?;
    let path = line.get(opening + OPENING.len()..closing)?.trim();
    (!path.is_empty()).then_some((opening, closing + CLOSING.len(), path))
}

struct Builder<'run> {
    directory: &'run Path,
    overlay: &'run HashMap<PathBuf, Arc<str>>,
    expands: bool,
    text: String,
    files: Vec<(PathBuf, Arc<str>)>,
    pieces: Vec<Piece>,
    includes: Vec<Found>,
    /// The length of all that would be put in.
    put_in: usize,
}

impl Builder<'_> {
    /// A line of the flow's own file, with its end.
    fn line(&mut self, line: &str, start: usize) {
        let content = line.trim_end_matches(['\n', '\r']);
        let Some((from, to, path)) = include_of(content) else {
            self.own(line, start);
            return;
        };
        let file = self.file(path);
        let replacement = match &file {
            Ok(file) => self.replacement(content, (from, to), *file),
            Err(_) => None,
        };
        let replacement = replacement.map(|text| (range(start, content.len()), text));
        let state = match file {
            _ if !self.expands => IncludeState::Untouched,
            Ok(file) => self.expand(line, start, (from, to), file),
            Err(problem) => IncludeState::Unreadable(problem),
        };
        if state != IncludeState::Expanded {
            let unknown = state != IncludeState::Untouched;
            self.push(line, Some((None, start)), unknown);
        }
        self.includes.push(Found {
            file: None,
            range: range(start + from, to - from),
            path: path.to_owned(),
            state,
            replacement,
        });
    }

    /// What a line becomes; none where all that is put in grows too long.
    fn replacement(
        &mut self,
        line: &str,
        (from, to): (usize, usize),
        file: usize,
    ) -> Option<String> {
        let (before, behind) = (&line[..from], &line[to..]);
        let included = &self.files[file].1;
        let breaks = memchr::memchr_iter(b'\n', included.as_bytes()).count();
        self.put_in += included.len() + behind.len() + (breaks + 1) * (before.len() + 1);
        if self.put_in > LONGEST {
            return None;
        }
        let lines: Vec<&str> = included.lines().collect();
        if let [line] = lines.as_slice() {
            return Some(format!("{before}{line}{behind}"));
        }
        let lines: Vec<String> = lines.iter().map(|line| format!("{before}{line}")).collect();
        Some(lines.join("\n"))
    }

    fn expand(
        &mut self,
        line: &str,
        start: usize,
        (from, to): (usize, usize),
        file: usize,
    ) -> IncludeState {
        let (prefix, behind) = (&line[..from], &line[to..]);
        let included = Arc::clone(&self.files[file].1);
        let lines = lines(&included);
        let repeated = lines.len().max(1) * (prefix.len() + 1);
        if self.text.len() + included.len() + repeated > LONGEST {
            return IncludeState::TooLong;
        }
        let end = line.len() - line.trim_end_matches(['\n', '\r']).len();
        if lines.is_empty() {
            self.own(&line[line.len() - end..], start + line.len() - end);
            return IncludeState::Expanded;
        }
        for (number, (offset, content)) in lines.iter().copied().enumerate() {
            if number > 0 {
                self.push("\n", Some((Some(file), offset - 1)), false);
            }
            // Blanks that are written once indent every line: a change of one would change all.
            let is_repeated = number > 0 && prefix.trim().is_empty();
            let origin = (!is_repeated).then_some((None, start));
            self.push(prefix, origin, false);
            self.push(content, Some((Some(file), offset)), false);
            self.nested(file, content, offset);
        }
        if lines.len() == 1 {
            self.own(behind, start + to);
        } else {
            self.own(&line[line.len() - end..], start + line.len() - end);
        }
        IncludeState::Expanded
    }

    fn nested(&mut self, file: usize, content: &str, offset: usize) {
        if let Some((from, to, path)) = include_of(content) {
            self.includes.push(Found {
                file: Some(file),
                range: range(offset + from, to - from),
                path: path.to_owned(),
                state: IncludeState::Nested,
                replacement: None,
            });
        }
    }

    /// The number of a file, which is read once.
    fn file(&mut self, path: &str) -> Result<usize, ReadProblem> {
        let path = normalised(&self.directory.join(path));
        if let Some(known) = self.files.iter().position(|(known, _)| *known == path) {
            return Ok(known);
        }
        let text = match self.overlay.get(&path) {
            Some(text) => Arc::clone(text),
            None => read_file(&path)?,
        };
        self.files.push((path, text));
        Ok(self.files.len() - 1)
    }

    fn own(&mut self, text: &str, start: usize) {
        self.push(text, Some((None, start)), false);
    }

    fn push(&mut self, text: &str, origin: Option<(Option<usize>, usize)>, is_unknown: bool) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let follows = |last: &Piece| {
            let (Some((file, offset)), Some((of_last, last_offset))) = (origin, last.origin) else {
                return false;
            };
            file == of_last && offset == last_offset + last.length
        };
        match self.pieces.last_mut() {
            Some(last) if last.is_unknown == is_unknown && follows(last) => {
                last.length += text.len();
            }
            _ => self.pieces.push(Piece {
                length: text.len(),
                origin,
                is_unknown,
            }),
        }
    }
}

/// The lines of a text without their ends, with their offsets.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = next;
            next += line.len();
            (start, line.trim_end_matches(['\n', '\r']))
        })
        .collect()
}

fn range(start: usize, length: usize) -> TextRange {
    let size = |value: usize| TextSize::new(u32::try_from(value).unwrap_or(u32::MAX));
    TextRange::at(size(start), size(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(own: &str, files: &[(&str, &str)]) -> Expansion {
        let overlay: HashMap<PathBuf, Arc<str>> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), Arc::from(*text)))
            .collect();
        Expansion::of(&Arc::from(own), Path::new("flows"), &overlay, || true).unwrap()
    }

    /// Each byte that has an origin stands there.
    fn text_of(expansion: &Expansion) -> String {
        let ids: Vec<FileId> = (1..).map(FileId).take(expansion.files.len()).collect();
        let document = expansion.document(FileId(0), &ids);
        let mut at = TextSize::new(0);
        for segment in &document.segments {
            assert_eq!(segment.range.start(), at);
            at = segment.range.end();
            let Some(origin) = segment.origin else {
                continue;
            };
            let source: &str = match origin.file {
                FileId(0) => &expansion.own,
                FileId(number) => &expansion.files[number as usize - 1].1,
            };
            let bytes = std::ops::Range::<usize>::from(segment.range);
            let of_source = std::ops::Range::<usize>::from(origin.range);
            assert_eq!(&document.text[bytes], &source[of_source]);
        }
        assert_eq!(at, TextSize::of(&*document.text));
        document.text.to_string()
    }

    #[test]
    fn one_line_goes_in_between_and_several_get_what_stands_before() {
        let one = expanded(
            "a: \"[[> one.txt]]\" # b\nc: d\n",
            &[("flows/one.txt", "é\n")],
        );
        assert_eq!(text_of(&one), "a: \"é\" # b\nc: d\n");
        let several = expanded(
            "a: |\n  [[> sql/x.sql ]] behind\nc: d",
            &[("flows/sql/x.sql", "select\r\n\r\n  1")],
        );
        assert_eq!(text_of(&several), "a: |\n  select\n  \n    1\nc: d");
        let empty = expanded("a: [[> x]] b\r\nc: d\r\n", &[("flows/x", "")]);
        assert_eq!(text_of(&empty), "\r\nc: d\r\n");
    }

    #[test]
    fn what_is_put_in_is_not_looked_through_again() {
        let files = [("shared/x.txt", "a\n[[> y.txt]]\n"), ("shared/y.txt", "b")];
        let expansion = expanded("a: |\n  [[> ../shared/x.txt]]\n", &files);
        assert_eq!(text_of(&expansion), "a: |\n  a\n  [[> y.txt]]\n");
        let states: Vec<IncludeState> = expansion
            .includes(FileId(0), &[FileId(1)])
            .into_iter()
            .map(|include| include.state)
            .collect();
        assert_eq!(states, [IncludeState::Nested, IncludeState::Expanded]);
    }

    #[test]
    fn what_cannot_be_read_stays_and_is_unknown() {
        let expansion = expanded("a: [[> nowhere.txt]]\nb: c\n", &[]);
        assert_eq!(text_of(&expansion), "a: [[> nowhere.txt]]\nb: c\n");
        let document = expansion.document(FileId(0), &[]);
        assert!(document.is_incomplete);
        assert!(document.is_unknown(range(4, 3)));
        assert!(!document.is_unknown(range(22, 1)));
    }

    #[test]
    fn what_grows_without_end_is_left_alone() {
        let long = "x".repeat(LONGEST / 8);
        let own = "a: [[> x]]\n".repeat(20);
        let expansion = expanded(&own, &[("flows/x", &long)]);
        let includes = expansion.includes(FileId(0), &[FileId(1)]);
        let count = |state: IncludeState| {
            let includes = includes.iter();
            includes.filter(|include| include.state == state).count()
        };
        assert_eq!(count(IncludeState::Expanded), 7);
        assert_eq!(count(IncludeState::TooLong), 13);
        let offered = includes
            .iter()
            .filter_map(|include| include.replacement.as_ref());
        assert!(offered.map(|(_, text)| text.len()).sum::<usize>() <= LONGEST);
        assert!(expansion.text.len() <= LONGEST);
    }

    #[test]
    fn other_brackets_are_none() {
        let none = |text: &str| {
            Expansion::of(&Arc::from(text), Path::new(""), &HashMap::new(), || true).is_none()
        };
        assert!(none("a: [[1, 2]]\n"));
        assert!(none("a: '[[> x'\nb: ']]'\n"));
        assert!(none("a: ']] [[> x'\n"));
        assert!(none("a: '[[>]]'\n"));
    }
}
