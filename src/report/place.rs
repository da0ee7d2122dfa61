//! Places and texts as reports write them.

use std::borrow::Cow;
use std::path::{Component, Path};

use crate::finding::Location;
use crate::source::Files;
use crate::text::{LineColumn, TextRange, TextSize};

/// A place in a file, in lines and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'run> {
    /// The path as it was reached.
    pub path: &'run Path,
    /// The bytes, on character boundaries.
    pub range: TextRange,
    /// The first character.
    pub start: LineColumn,
    /// The character behind the last one.
    pub end: LineColumn,
}

impl<'run> Place<'run> {
    /// Works out lines and columns of a location.
    pub fn of(files: &'run Files, location: Location) -> Self {
        let file = files.get(location.file);
        let range = on_boundaries(&file.text, location.range);
        let index = file.line_index();
        Self {
            path: &file.path,
            range,
            start: index.line_column(range.start()),
            end: index.line_column(range.end()),
        }
    }
}

/// The range, within the text and widened to whole characters.
pub(super) fn on_boundaries(text: &str, range: TextRange) -> TextRange {
    let start = text.floor_char_boundary(usize::from(range.start()).min(text.len()));
    let end = text.ceil_char_boundary(usize::from(range.end()).min(text.len()));
    // Both fit: they are at most the ends of a range that fitted, or a text's length.
    let size = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    TextRange::new(size(start), size(end.max(start)))
}

/// A path with forward slashes.
pub(super) fn slashed(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        match component {
            Component::RootDir => text.push('/'),
            other => text.push_str(&other.as_os_str().to_string_lossy()),
        }
    }
    text
}

/// A path as a URI reference: relative stays relative, every byte that a URI has no room for is
/// percent-encoded.
pub(super) fn uri(path: &Path) -> String {
    let mut uri = String::new();
    if path.is_absolute() {
        uri.push_str("file://");
    }
    for component in path.components() {
        match component {
            Component::RootDir => uri.push('/'),
            Component::CurDir => {}
            other => {
                if !uri.is_empty() && !uri.ends_with('/') {
                    uri.push('/');
                }
                encode(other.as_os_str().as_encoded_bytes(), &mut uri);
            }
        }
    }
    uri
}

fn encode(bytes: &[u8], uri: &mut String) {
    for byte in bytes {
        // A colon is encoded too: in the first segment of a relative reference it would end a scheme.
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// A text without characters that a terminal would obey: control characters become their pictures,
/// marks that turn the direction of writing a replacement character. Tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| shown(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

pub(super) fn shown(character: char) -> char {
    match character {
        '\t' => '\t',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_percent_encoded_and_stay_relative() {
        assert_eq!(uri(Path::new("./a b/ü%.yaml")), "a%20b/%C3%BC%25.yaml");
        assert_eq!(uri(Path::new("c:d.yaml")), "c%3Ad.yaml");
        assert_eq!(uri(Path::new("/srv/x#y.yaml")), "file:///srv/x%23y.yaml");
    }

    #[test]
    fn ranges_are_widened_to_characters_and_cut_to_the_text() {
        let range = |start: u32, end: u32| TextRange::new(start.into(), end.into());
        assert_eq!(on_boundaries("aéb", range(2, 2)), range(1, 3));
        assert_eq!(on_boundaries("aéb", range(3, 90)), range(3, 4));
        assert_eq!(on_boundaries("", range(7, 9)), range(0, 0));
    }

    #[test]
    fn a_terminal_obeys_nothing_that_a_file_says() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}\tb"), "a␛[31m\u{fffd}\tb");
        assert!(matches!(printable("é✓😀"), Cow::Borrowed(_)));
    }
}
