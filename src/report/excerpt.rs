//! The lines of a file that a finding is shown in.
//!
//! miette is given these lines only, made fit for a terminal: it need not read the file from its
//! beginning for each finding, and what it underlines lies on character boundaries.

use std::collections::BTreeSet;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthChar;

use super::place::{on_boundaries, shown};
use crate::text::{LineIndex, TextRange, TextSize};

/// Lines shown before and after what is underlined.
pub(super) const CONTEXT_LINES: usize = 1;

/// More lines than this are not underlined: the first one stands for all.
const MOST_LINES: u32 = 5;

/// At most this many marks stand for the characters of a secret: its length is nobody's concern either.
const SECRET_MARKS: usize = 8;

/// A long line is cut so that this many columns stay before what is underlined.
const COLUMNS_BEFORE: usize = 24;

/// Lines of a file, in order, perhaps with gaps.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    lines: Vec<ShownLine>,
    /// Beginnings of what is underlined: offset in `text`, column in the file (from 0).
    columns: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct ShownLine {
    /// The line's number in the file, from 0.
    number: usize,
    /// Where it begins in the excerpt's text.
    start: usize,
    /// For each character its offset in the file and in the excerpt's text; the line's end too.
    offsets: Vec<(usize, usize)>,
}

/// What is to be shown of a file.
pub(super) struct Request<'run> {
    /// What is underlined.
    pub(super) ranges: &'run [TextRange],
    /// What is covered with marks.
    pub(super) secrets: &'run [TextRange],
    /// Whether the lines before and after are left out.
    pub(super) without_context: bool,
    /// The number of columns that a line may have.
    pub(super) width: usize,
}

impl Request<'_> {
    fn is_secret(&self, offset: usize) -> bool {
        let within = |range: &TextRange| {
            (usize::from(range.start())..usize::from(range.end())).contains(&offset)
        };
        self.secrets.iter().any(within)
    }
}

impl Excerpt {
    /// The lines around some ranges of a file, and the ranges within the excerpt.
    pub(super) fn new(
        name: String,
        text: &str,
        index: &LineIndex,
        request: &Request<'_>,
    ) -> (Self, Vec<SourceSpan>) {
        let ranges: Vec<TextRange> = request
            .ranges
            .iter()
            .map(|range| within_few_lines(text, index, on_boundaries(text, *range)))
            .collect();
        let mut excerpt = Self {
            name,
            text: String::new(),
            lines: Vec::new(),
            columns: Vec::new(),
        };
        let context = if request.without_context {
            0
        } else {
            CONTEXT_LINES
        };
        for number in lines_around(text, index, &ranges, context) {
            excerpt.add_line(text, index, number, &ranges, request);
        }
        let spans = ranges
            .iter()
            .map(|range| {
                let start = excerpt.offset_of(range.start().into());
                let end = excerpt.offset_of(range.end().into()).max(start);
                let column = index.line_column(range.start()).column;
                let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
                excerpt.columns.push((start, column));
                SourceSpan::new(start.into(), end - start)
            })
            .collect();
        (excerpt, spans)
    }

    fn add_line(
        &mut self,
        text: &str,
        index: &LineIndex,
        number: u32,
        ranges: &[TextRange],
        request: &Request<'_>,
    ) {
        let Some(line) = index.line_range(number) else {
            return;
        };
        let start = usize::from(line.start());
        let content = text.get(std::ops::Range::<usize>::from(line));
        let content = content.unwrap_or_default();
        let content = content.trim_end_matches('\n').trim_end_matches('\r');
        let mark = ranges
            .iter()
            .filter(|range| index.line_column(range.start()).line == number)
            .map(|range| usize::from(range.start()).saturating_sub(start))
            .min();
        let window = visible(content, mark.unwrap_or_default(), request.width);
        let mut shown_line = ShownLine {
            number: usize::try_from(number).unwrap_or(1).saturating_sub(1),
            start: self.text.len(),
            offsets: Vec::new(),
        };
        if window.start > 0 {
            self.text.push('…');
        }
        let mut marks = 0;
        for (at, character) in content.char_indices() {
            if !window.contains(&at) {
                continue;
            }
            shown_line.offsets.push((start + at, self.text.len()));
            if !request.is_secret(start + at) {
                marks = 0;
                self.text.push(shown(character));
            } else if marks < SECRET_MARKS {
                marks += 1;
                self.text.push('*');
            }
        }
        shown_line
            .offsets
            .push((start + window.end, self.text.len()));
        if window.end < content.len() {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.push(shown_line);
    }

    /// The offset in the excerpt of an offset in the file; of one that is not shown the nearest before.
    fn offset_of(&self, offset: usize) -> usize {
        let line = self.lines.partition_point(|line| {
            line.offsets
                .first()
                .is_some_and(|(first, _)| *first <= offset)
        });
        let line = self.lines.get(line.saturating_sub(1));
        let Some(line) = line else { return 0 };
        let place = line.offsets.partition_point(|(known, _)| *known <= offset);
        line.offsets
            .get(place.saturating_sub(1))
            .map_or(line.start, |(_, shown)| *shown)
    }

    fn end_of_line(&self, line: usize) -> usize {
        self.lines
            .get(line + 1)
            .map_or(self.text.len(), |next| next.start)
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let follows = |line: usize, next: usize| match (self.lines.get(line), self.lines.get(next))
        {
            (Some(line), Some(next)) => line.number + 1 == next.number,
            _ => false,
        };
        let mut first = self.line_at(span.offset());
        let mut last = self.line_at(span.offset() + span.len().saturating_sub(1));
        if (first..last).any(|line| !follows(line, line + 1)) {
            return Err(MietteError::OutOfBounds);
        }
        for _ in 0..lines_before {
            if first > 0 && follows(first - 1, first) {
                first -= 1;
            }
        }
        for _ in 0..lines_after {
            if follows(last, last + 1) {
                last += 1;
            }
        }
        let Some(first_line) = self.lines.get(first) else {
            return Err(MietteError::OutOfBounds);
        };
        let end = self.end_of_line(last);
        let data = self.text.as_bytes().get(first_line.start..end);
        // Without context, miette asks for the column to print in the heading.
        let column = if lines_before == 0 {
            let known = self.columns.iter().find(|(at, _)| *at == span.offset());
            known.map_or(0, |(_, column)| *column)
        } else {
            0
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data.ok_or(MietteError::OutOfBounds)?,
            SourceSpan::new(first_line.start.into(), end - first_line.start),
            first_line.number,
            column,
            last - first + 1,
        )))
    }
}

/// A range of many lines is shown by the first of them.
fn within_few_lines(text: &str, index: &LineIndex, range: TextRange) -> TextRange {
    let first = index.line_column(range.start()).line;
    let last = index.line_column(range.end()).line;
    if last - first < MOST_LINES {
        return range;
    }
    let end = index
        .line_range(first)
        .map_or(range.end(), TextRange::end)
        .min(range.end());
    let cut = TextRange::new(range.start(), end.max(range.start()));
    let shown = text.get(std::ops::Range::<usize>::from(cut));
    let shown = shown.unwrap_or_default().trim_end();
    TextRange::at(range.start(), TextSize::of(shown))
}

/// The numbers (from 1) of the lines of the ranges and of those around them.
fn lines_around(
    text: &str,
    index: &LineIndex,
    ranges: &[TextRange],
    context: usize,
) -> BTreeSet<u32> {
    // Behind the last line break there is nothing to show.
    let content = text.trim_end_matches(['\n', '\r']);
    let last_line = index.line_column(TextSize::of(content)).line;
    let context = u32::try_from(context).unwrap_or(1);
    ranges
        .iter()
        .flat_map(|range| {
            let first = index.line_column(range.start()).line;
            let last = index.line_column(range.end()).line;
            first.saturating_sub(context).max(1)..=(last + context).min(last_line).max(last)
        })
        .collect()
}

/// The part of a line that is shown: all of it where it fits, else a part that has what is underlined.
fn visible(line: &str, mark: usize, width: usize) -> std::ops::Range<usize> {
    let columns = |text: &str| -> usize { text.chars().map(|c| c.width().unwrap_or(1)).sum() };
    if columns(line) <= width {
        return 0..line.len();
    }
    let before = line.get(..mark).unwrap_or_default();
    let start = if columns(before) + COLUMNS_BEFORE < width {
        0
    } else {
        // Steps back from the mark.
        let mut room = COLUMNS_BEFORE;
        let mut start = mark;
        for (at, character) in before.char_indices().rev() {
            let needed = character.width().unwrap_or(1);
            if needed > room {
                break;
            }
            room -= needed;
            start = at;
        }
        start
    };
    let mut room = width.saturating_sub(2);
    let mut end = start;
    for (at, character) in line.get(start..).unwrap_or_default().char_indices() {
        let needed = character.width().unwrap_or(1);
        if needed > room {
            break;
        }
        room -= needed;
        end = start + at + character.len_utf8();
    }
    start..end
}
