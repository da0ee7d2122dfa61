//! From the decoded text of a scalar back to its source bytes.

use std::ops::Range;

use super::ScalarStyle;
use super::scanner::Scanner;
use crate::text::{TextRange, TextSize};

/// One stretch of decoded text and the source bytes it came from: the same bytes, or an escape or a fold,
/// which is mapped as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    decoded: u32,
    decoded_length: u32,
    source: u32,
    source_length: u32,
    is_verbatim: bool,
}

impl Piece {
    pub(super) fn new(
        decoded: usize,
        length: usize,
        source: Range<usize>,
        is_verbatim: bool,
    ) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            decoded: narrow(decoded),
            decoded_length: narrow(length),
            source: narrow(source.start),
            source_length: narrow(source.len()),
            is_verbatim,
        }
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
                is_verbatim: true,
            }],
        }
    }

    /// Works the map out by scanning the scalar again.
    pub(super) fn of_scalar(
        source: &str,
        range: TextRange,
        style: ScalarStyle,
        decoded: &str,
    ) -> Self {
        let pieces = Scanner::pieces_of(source, range.into(), style, decoded);
        if pieces.is_empty() {
            // Nothing better is known than where it starts.
            return Self::shifted(range.start(), TextSize::new(0));
        }
        Self { pieces }
    }

    /// The stretches of decoded text that stand in the source as they are, with where they begin there.
    pub fn verbatim(&self) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
        let pieces = self.pieces.iter().filter(|piece| piece.is_verbatim);
        pieces.map(|piece| {
            let start = piece.decoded as usize;
            (
                start..start + piece.decoded_length as usize,
                piece.source as usize,
            )
        })
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
            piece.is_verbatim
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
                    + if piece.is_verbatim {
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
            Some(piece) if piece.is_verbatim => {
                piece.source + (offset - piece.decoded).min(piece.source_length)
            }
            Some(piece) => piece.source + piece.source_length,
        }
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
