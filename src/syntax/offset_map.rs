//! From the decoded text of a scalar back to its source bytes.

use super::ScalarStyle;
use crate::text::{TextRange, TextSize};

/// One stretch of decoded text and the source bytes it came from. Equal lengths mean that the
/// bytes are the same; otherwise the stretch is an escape or a fold, and is mapped as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    decoded: u32,
    decoded_length: u32,
    source: u32,
    source_length: u32,
}

impl Piece {
    fn is_verbatim(self) -> bool {
        self.decoded_length == self.source_length
    }
}

/// Maps ranges of a scalar's decoded text to source bytes, whatever the style: escapes, folded lines
/// and the indentation of block scalars are accounted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetMap {
    pieces: Vec<Piece>,
}

impl OffsetMap {
    /// The map of a text that stands in the source as it is.
    pub fn shifted(source: TextSize, length: TextSize) -> Self {
        Self {
            pieces: vec![Piece {
                decoded: 0,
                decoded_length: length.into(),
                source: source.into(),
                source_length: length.into(),
            }],
        }
    }

    /// Works the map out by walking source and decoded text side by side.
    pub(super) fn of_scalar(
        source: &str,
        range: TextRange,
        style: ScalarStyle,
        decoded: &str,
    ) -> Self {
        let mut walk = Walk {
            source,
            position: range.start().into(),
            end: range.end().into(),
            decoded,
            done: 0,
            pieces: Vec::new(),
        };
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => walk.block(),
            ScalarStyle::Plain => walk.folded_lines(None),
            ScalarStyle::SingleQuoted => {
                walk.position += 1;
                walk.folded_lines(Some(b'\''));
            }
            ScalarStyle::DoubleQuoted => {
                walk.position += 1;
                walk.folded_lines(Some(b'"'));
            }
        }
        Self {
            pieces: walk.pieces,
        }
    }

    /// The source bytes of a range of decoded text. Ends inside an escape or a fold take all of it.
    pub fn source_range(&self, decoded: TextRange) -> TextRange {
        let start = self.start_of(decoded.start().into());
        let end = if decoded.is_empty() {
            start
        } else {
            self.end_of(decoded.end().into())
        };
        TextRange::new(start.into(), end.max(start).into())
    }

    /// Whether the range stands in the source exactly as decoded, so that an edit of these bytes is an
    /// edit of the text.
    pub fn is_verbatim(&self, decoded: TextRange) -> bool {
        let (start, end) = (u32::from(decoded.start()), u32::from(decoded.end()));
        self.pieces.iter().any(|piece| {
            piece.is_verbatim()
                && piece.decoded <= start
                && end <= piece.decoded + piece.decoded_length
        })
    }

    fn start_of(&self, offset: u32) -> u32 {
        let index = self.pieces.partition_point(|piece| piece.decoded <= offset);
        match self.pieces.get(index.wrapping_sub(1)) {
            None => self.pieces.first().map_or(0, |piece| piece.source),
            Some(piece) if offset < piece.decoded + piece.decoded_length => {
                piece.source
                    + if piece.is_verbatim() {
                        offset - piece.decoded
                    } else {
                        0
                    }
            }
            Some(piece) => piece.source + piece.source_length,
        }
    }

    fn end_of(&self, offset: u32) -> u32 {
        let index = self.pieces.partition_point(|piece| piece.decoded < offset);
        match self.pieces.get(index.wrapping_sub(1)) {
            None => self.pieces.first().map_or(0, |piece| piece.source),
            Some(piece) if piece.is_verbatim() => {
                piece.source + (offset - piece.decoded).min(piece.source_length)
            }
            Some(piece) => piece.source + piece.source_length,
        }
    }
}

struct Walk<'text> {
    source: &'text str,
    position: usize,
    end: usize,
    decoded: &'text str,
    done: usize,
    pieces: Vec<Piece>,
}

impl Walk<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end {
            self.source.as_bytes().get(at).copied()
        } else {
            None
        }
    }

    /// Takes `decoded` bytes of text that came from `source` bytes; verbatim stretches are joined.
    fn take(&mut self, decoded: usize, source: usize) {
        let decoded = decoded.min(self.decoded.len() - self.done);
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let piece = Piece {
            decoded: narrow(self.done),
            decoded_length: narrow(decoded),
            source: narrow(self.position),
            source_length: narrow(source),
        };
        self.done += decoded;
        self.position += source;
        match self.pieces.last_mut() {
            Some(last)
                if last.is_verbatim()
                    && piece.is_verbatim()
                    && last.source + last.source_length == piece.source =>
            {
                last.decoded_length += piece.decoded_length;
                last.source_length += piece.source_length;
            }
            _ if decoded > 0 => self.pieces.push(piece),
            _ => {}
        }
    }

    fn line_break_at(&self, at: usize) -> usize {
        match (self.byte(at), self.byte(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r' | b'\n'), _) => 1,
            _ => 0,
        }
    }

    fn decoded_line_feeds(&self) -> usize {
        self.decoded.as_bytes()[self.done..]
            .iter()
            .take_while(|byte| **byte == b'\n')
            .count()
    }

    fn skip_header(&mut self) {
        while self.byte(self.position).is_some() && self.line_break_at(self.position) == 0 {
            self.position += 1;
        }
        self.position += self.line_break_at(self.position);
    }

    /// `|` and `>`: the header line, then lines behind a common indentation.
    fn block(&mut self) {
        self.skip_header();
        let indentation = self.block_indentation();
        while self.position < self.end && self.done < self.decoded.len() {
            for _ in 0..indentation {
                if self.byte(self.position) == Some(b' ') {
                    self.position += 1;
                }
            }
            let mut length = 0;
            while self.byte(self.position + length).is_some()
                && self.line_break_at(self.position + length) == 0
            {
                length += 1;
            }
            self.take(length, length);
            self.block_line_end();
        }
    }

    /// The columns that belong to the layout: those of the first line with content, or fewer where the
    /// decoded text begins with spaces (an indentation indicator).
    fn block_indentation(&self) -> usize {
        let mut at = self.position;
        loop {
            let line = at;
            while self.byte(at) == Some(b' ') {
                at += 1;
            }
            let line_break = self.line_break_at(at);
            if line_break == 0 {
                let content = self.decoded.trim_start_matches('\n');
                let leading = content.len() - content.trim_start_matches(' ').len();
                return (at - line).saturating_sub(leading);
            }
            at += line_break;
        }
    }

    /// One or more line breaks: a line feed, a space, or several line feeds of the decoded text.
    fn block_line_end(&mut self) {
        let line_break = self.line_break_at(self.position);
        if line_break == 0 {
            return;
        }
        let folded_to_space = self.decoded.as_bytes().get(self.done) == Some(&b' ');
        if folded_to_space {
            self.take(1, line_break);
            return;
        }
        let mut breaks = line_break;
        let mut blank_lines = 0;
        loop {
            let mut at = self.position + breaks;
            while self.byte(at) == Some(b' ') {
                at += 1;
            }
            match self.line_break_at(at) {
                0 => break,
                more => {
                    breaks = at + more - self.position;
                    blank_lines += 1;
                }
            }
        }
        let feeds = self.decoded_line_feeds().min(blank_lines + 1);
        if feeds == 0 {
            self.position += breaks;
        } else {
            self.take(feeds, breaks);
        }
    }

    /// Plain and quoted scalars: escapes, and line breaks folded with the blanks around them.
    fn folded_lines(&mut self, quote: Option<u8>) {
        while self.done < self.decoded.len() {
            let Some(byte) = self.byte(self.position) else {
                return;
            };
            match (byte, quote) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => self.blanks(),
                (b'\'', Some(b'\'')) => self.take(1, 2),
                (b'\\', Some(b'"')) => self.escape(),
                _ => {
                    let length = utf8_length(byte);
                    self.take(length, length);
                }
            }
        }
    }

    /// A run of blanks: kept as it is inside a line, folded where it holds line breaks.
    fn blanks(&mut self) {
        let (mut at, mut breaks) = (self.position, 0);
        while let Some(byte) = self.byte(at) {
            match byte {
                b' ' | b'\t' => at += 1,
                b'\r' | b'\n' => {
                    at += self.line_break_at(at);
                    breaks += 1;
                }
                _ => break,
            }
        }
        let length = at - self.position;
        match breaks {
            0 => self.take(length, length),
            1 => self.take(1, length),
            more => self.take(more - 1, length),
        }
    }

    fn escape(&mut self) {
        if self.line_break_at(self.position + 1) > 0 {
            // An escaped line break: gone, with the blanks that begin the next line.
            self.position += 1 + self.line_break_at(self.position + 1);
            while matches!(self.byte(self.position), Some(b' ' | b'\t')) {
                self.position += 1;
            }
            return;
        }
        let source = match self.byte(self.position + 1) {
            Some(b'x') => 4,
            Some(b'u') => 6,
            Some(b'U') => 10,
            _ => 2,
        };
        let decoded = self
            .decoded
            .as_bytes()
            .get(self.done)
            .map_or(1, |byte| utf8_length(*byte));
        // A pair of \u escapes may spell one character beyond the basic plane.
        let source = if decoded == 4 && source == 6 {
            12
        } else {
            source
        };
        self.take_escape(decoded, source);
    }

    /// An escape must never be joined with verbatim text, not even where the lengths happen to agree.
    fn take_escape(&mut self, decoded: usize, source: usize) {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let decoded = decoded.min(self.decoded.len() - self.done);
        self.pieces.push(Piece {
            decoded: narrow(self.done),
            decoded_length: narrow(decoded),
            source: narrow(self.position),
            source_length: narrow(source),
        });
        self.done += decoded;
        self.position += source;
    }
}

fn utf8_length(first: u8) -> usize {
    match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::syntax::parse;
    use crate::text::{TextRange, TextSize};

    /// Every letter that stands once in the scalar must be found again at its place in the source.
    fn assert_mapped(source: &str, letters: &str) {
        let tree = parse(source.into());
        let root = tree.documents()[0].root.unwrap();
        let node = tree.get(root, "a").unwrap();
        let text = tree.scalar_text(node).unwrap();
        for letter in letters.chars() {
            let at = TextSize::try_from(text.find(letter).unwrap()).unwrap();
            let range = tree.source_range(node, TextRange::at(at, TextSize::of(letter)));
            assert_eq!(
                &source[range],
                letter.to_string(),
                "{letter} of {source:?} at {range:?}"
            );
        }
    }

    #[test]
    fn every_style_maps_back() {
        assert_mapped("a: xéy✓z😀w\n", "xyzw✓😀");
        assert_mapped("a: 'x''y é z'\n", "xyz");
        assert_mapped("a: \"x\\ty\\u00e9z\\\"w\\U0001F600v\"\n", "xyzwv");
        assert_mapped("a: \"x\\\n   y\n\n   z  \n  w\"\n", "xyzw");
        assert_mapped("a: x\n  y\n\n  z\n", "xyz");
        assert_mapped("a: |\n\n  x\n    y\n\n  é z\nb: 1\n", "xyz");
        assert_mapped("a: |-\r\n  x\r\n  y\r\n\r\n  z\r\n", "xyz");
        assert_mapped("a: >-\n  x\n  y\n\n  z\n   w\n  v\n\n\n  u\n", "xyzwvu");
        assert_mapped("a: |2\n   x\n  y\n", "xy");
        assert_mapped("a: &anchor !tag |  # comment | with bar\n  x\n  y\n", "xy");
    }
}
