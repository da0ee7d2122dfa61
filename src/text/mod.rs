//! Positions: byte ranges inside, lines and columns only at the edge.
//!
//! Every range in the program is a [`TextRange`] of byte offsets. People and report formats want
//! lines and columns; [`LineIndex`] converts once per file that has something to say.

mod distance;

pub use distance::{allowance, closest, edits_apart, nearest};
use line_index::{LineCol, LineIndex as Lines, WideEncoding};
pub use text_size::{TextRange, TextSize};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A place for people and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line, counted from 1.
    pub line: u32,
    /// The column in Unicode code points, counted from 1.
    pub column: u32,
}

/// What editors count columns in; they negotiate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColumnUnit {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every editor knows.
    #[default]
    Utf16,
}

/// A place for editors (LSP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditorPosition {
    /// The line, counted from 0.
    pub line: u32,
    /// The column in the unit that was negotiated, counted from 0.
    pub character: u32,
}

/// Converts byte offsets of one text to lines and columns.
#[derive(Debug, Clone)]
pub struct LineIndex {
    lines: Lines,
    length: TextSize,
    /// Whether a byte order mark comes first: nobody counts it as a column.
    has_mark: bool,
}

impl LineIndex {
    /// Indexes a text; linear in its length.
    pub fn new(text: &str) -> Self {
        Self {
            lines: Lines::new(text),
            length: TextSize::of(text),
            has_mark: text.starts_with(BYTE_ORDER_MARK),
        }
    }

    /// What a byte order mark adds to the columns of a line, in units of which it takes `width`.
    fn mark_width(&self, line: u32, width: u32) -> u32 {
        if self.has_mark && line == 0 { width } else { 0 }
    }

    /// Offsets past the end mean the end, those inside a character its beginning.
    fn place(&self, offset: TextSize) -> LineCol {
        let offset = offset.min(self.length);
        // A character has at most four bytes.
        (0..4)
            .filter_map(|back| offset.checked_sub(TextSize::new(back)))
            .find_map(|offset| self.lines.try_line_col(offset))
            .unwrap_or(LineCol { line: 0, col: 0 })
    }

    /// The line and column (code points) of a byte offset; offsets past the end mean the end.
    pub fn line_column(&self, offset: TextSize) -> LineColumn {
        let place = self.place(offset);
        let wide = self.lines.to_wide(WideEncoding::Utf32, place);
        let column = wide.map_or(place.col, |wide| wide.col);
        LineColumn {
            line: place.line + 1,
            column: column.saturating_sub(self.mark_width(place.line, 1)) + 1,
        }
    }

    /// The line (from 1) and the column in UTF-8 bytes (from 1) of a byte offset.
    pub fn line_byte_column(&self, offset: TextSize) -> (u32, u32) {
        let place = self.place(offset);
        let mark = self.mark_width(place.line, 3);
        (place.line + 1, place.col.saturating_sub(mark) + 1)
    }

    /// The editor's position of a byte offset; offsets past the end mean the end.
    pub fn editor_position(&self, offset: TextSize, unit: ColumnUnit) -> EditorPosition {
        let place = self.place(offset);
        let character = match unit {
            ColumnUnit::Utf8 => place.col,
            ColumnUnit::Utf16 => {
                let wide = self.lines.to_wide(WideEncoding::Utf16, place);
                wide.map_or(place.col, |wide| wide.col)
            }
        };
        EditorPosition {
            line: place.line,
            character,
        }
    }

    /// The byte offset of an editor's position in the text that was indexed. As the protocol has it, a
    /// column past the end of a line means its end; a line past the end means the end of the text, and a
    /// column inside a character its beginning.
    pub fn offset_at(&self, text: &str, position: EditorPosition, unit: ColumnUnit) -> TextSize {
        let Some(line) = self.lines.line(position.line) else {
            return self.length;
        };
        let content = text.get(std::ops::Range::<usize>::from(line));
        let content = content.unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let mut offset = line.start();
        let mut column = 0;
        for character in content.chars() {
            column += match unit {
                ColumnUnit::Utf8 => character.len_utf8(),
                ColumnUnit::Utf16 => character.len_utf16(),
            };
            if column > position.character as usize {
                break;
            }
            offset += TextSize::of(character);
        }
        offset
    }

    /// The byte range of a line (counted from 1), its line break included.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        self.lines.line(line.checked_sub(1)?)
    }
}

/// The text with a capital letter at its beginning: how messages begin.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_code_points_for_people_and_utf16_for_editors() {
        let text = "a: é✓😀x\nb: 1\n";
        let index = LineIndex::new(text);
        let x = TextSize::try_from(text.find('x').unwrap()).unwrap();
        assert_eq!(index.line_column(x), LineColumn { line: 1, column: 7 });
        assert_eq!(
            index.editor_position(x, ColumnUnit::Utf16),
            EditorPosition {
                line: 0,
                character: 7
            }
        );
        for unit in [ColumnUnit::Utf8, ColumnUnit::Utf16] {
            let position = index.editor_position(x, unit);
            assert_eq!(index.offset_at(text, position, unit), x);
        }
        assert_eq!(index.line_byte_column(x), (1, 13));
    }

    #[test]
    fn an_editors_odd_positions_are_moved_into_the_text() {
        let text = "a😀b\r\nc";
        let index = LineIndex::new(text);
        let offset = |line, character| {
            let position = EditorPosition { line, character };
            u32::from(index.offset_at(text, position, ColumnUnit::Utf16))
        };
        assert_eq!(offset(0, 2), 1, "inside a surrogate pair");
        assert_eq!(offset(0, 99), 6, "before the line break");
        assert_eq!(offset(1, 99), 9);
        assert_eq!(offset(7, 0), 9, "no such line");
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let index = LineIndex::new("\u{feff}a\nb");
        let place = |line, column| LineColumn { line, column };
        assert_eq!(index.line_column(TextSize::new(0)), place(1, 1));
        assert_eq!(index.line_column(TextSize::new(3)), place(1, 1));
        assert_eq!(index.line_column(TextSize::new(4)), place(1, 2));
        assert_eq!(index.line_column(TextSize::new(5)), place(2, 1));
        assert_eq!(index.line_byte_column(TextSize::new(4)), (1, 2));
    }

    #[test]
    fn offsets_inside_a_character_mean_its_beginning() {
        let index = LineIndex::new("a😀b");
        let place = LineColumn { line: 1, column: 2 };
        for offset in 1..5 {
            assert_eq!(index.line_column(TextSize::new(offset)), place);
        }
    }

    #[test]
    fn offsets_past_the_end_mean_the_end() {
        let index = LineIndex::new("a\n");
        assert_eq!(
            index.line_column(TextSize::new(99)),
            LineColumn { line: 2, column: 1 }
        );
    }
}
