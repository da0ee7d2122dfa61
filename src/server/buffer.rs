//! Texts that are open in the editor.

use std::ops::Range;
use std::sync::Arc;

use gen_lsp_types::{Position, TextDocumentContentChangeEvent, Uri};

use crate::text::{ColumnUnit, EditorPosition, LineIndex, TextRange};

/// A text that is open in the editor.
#[derive(Debug)]
pub(super) struct Buffer {
    /// Its name, as the editor spells it.
    pub(super) uri: Uri,
    /// Its version, as the editor counts.
    pub(super) version: i32,
    /// The text.
    pub(super) text: Arc<str>,
    /// Whether it is of a language in which flows are written, whatever its file is called.
    pub(super) may_hold_flows: bool,
}

impl Buffer {
    /// Applies changes, each to the outcome of those before it.
    pub(super) fn apply(&mut self, changes: &[TextDocumentContentChangeEvent], unit: ColumnUnit) {
        let mut text = self.text.to_string();
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let index = LineIndex::new(&text);
                    let range = byte_range(&index, &text, change.range, unit);
                    text.replace_range(Range::<usize>::from(range), &change.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    text.clone_from(&change.text);
                }
            }
        }
        self.text = text.into();
    }
}

/// The bytes of an editor's range; ends that are the wrong way round are swapped.
pub(super) fn byte_range(
    index: &LineIndex,
    text: &str,
    range: gen_lsp_types::Range,
    unit: ColumnUnit,
) -> TextRange {
    let offset = |position: Position| {
        let position = EditorPosition {
            line: position.line,
            character: position.character,
        };
        index.offset_at(text, position, unit)
    };
    let (start, end) = (offset(range.start), offset(range.end));
    TextRange::new(start.min(end), start.max(end))
}

/// The editor's range of some bytes.
pub(super) fn editor_range(
    index: &LineIndex,
    range: TextRange,
    unit: ColumnUnit,
) -> gen_lsp_types::Range {
    let position = |offset| {
        let position = index.editor_position(offset, unit);
        Position {
            line: position.line,
            character: position.character,
        }
    };
    gen_lsp_types::Range {
        start: position(range.start()),
        end: position(range.end()),
    }
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{
        Range, TextDocumentContentChangePartial, TextDocumentContentChangeWholeDocument,
    };
    use proptest::prelude::*;

    use super::*;

    fn buffer(text: &str) -> Buffer {
        Buffer {
            uri: Uri::from("file:///a.yaml"),
            version: 1,
            text: text.into(),
            may_hold_flows: true,
        }
    }

    fn partial(lines: (u32, u32, u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |line, character| Position { line, character };
        TextDocumentContentChangePartial {
            range: Range {
                start: position(lines.0, lines.1),
                end: position(lines.2, lines.3),
            },
            text: text.to_owned(),
            ..TextDocumentContentChangePartial::default()
        }
        .into()
    }

    #[test]
    fn changes_are_applied_one_after_the_other() {
        let mut open = buffer("id: é✓😀x\nb: 1\n");
        let changes = [partial((0, 8, 0, 9), "yz"), partial((0, 9, 1, 0), "!\n")];
        open.apply(&changes, ColumnUnit::Utf16);
        assert_eq!(&*open.text, "id: é✓😀y!\nb: 1\n");
        open.apply(&[partial((0, 13, 0, 14), "w")], ColumnUnit::Utf8);
        assert_eq!(&*open.text, "id: é✓😀w!\nb: 1\n");
        let whole = TextDocumentContentChangeWholeDocument {
            text: "new".to_owned(),
        };
        open.apply(&[whole.into()], ColumnUnit::Utf16);
        assert_eq!(&*open.text, "new");
    }

    proptest! {
        #[test]
        fn no_change_is_too_odd(
            text in "[aé😀\r\n]{0,20}",
            lines in (0_u32..5, 0_u32..9, 0_u32..5, 0_u32..9),
            inserted in "[b😀\n]{0,3}",
        ) {
            let mut open = buffer(&text);
            let reversed = (lines.2, lines.3, lines.0, lines.1);
            open.apply(&[partial(lines, &inserted), partial(reversed, "")], ColumnUnit::Utf16);
        }
    }
}
