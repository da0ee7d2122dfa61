//! Values of Terraform expressions. Texts remember which bytes of which file they came from, and where
//! something unknown stands in them.

use super::super::Segment;
use crate::finding::{FileId, Location};
use crate::text::{TextRange, TextSize};

/// The value of an expression.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Not known before Terraform runs, or not understood here.
    Unknown,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(Text),
    /// A text.
    Text(Text),
    /// A list, tuple or set.
    List(Vec<Value>),
    /// A map or object, sorted by its keys as Terraform walks it.
    Map(Vec<(String, Value)>),
}

/// Values that are heavier than this are unknown where a name is given to them.
const HEAVIEST: usize = 200_000;

/// Where a stretch of a text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// These bytes of a file, as they are.
    File(FileId, usize),
    /// Made by evaluation.
    Made,
    /// Stands for something that is not known.
    Unknown,
}

/// A text made of stretches of files.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    text: String,
    /// The end of each stretch and its origin.
    pieces: Vec<(usize, Origin)>,
}

impl Text {
    /// A text made by evaluation.
    pub(super) fn made(text: impl Into<String>) -> Self {
        let mut made = Self::default();
        made.push(&text.into(), Origin::Made);
        made
    }

    /// A stretch of a file.
    pub(super) fn of_file(text: &str, file: FileId, start: usize) -> Self {
        let mut all = Self::default();
        all.push_file(text, file, start);
        all
    }

    fn push(&mut self, text: &str, origin: Origin) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        let before = self
            .pieces
            .len()
            .checked_sub(2)
            .map_or(0, |index| self.pieces[index].0);
        // Stretches that follow each other in a file are one.
        if let Some((last_end, last)) = self.pieces.last_mut() {
            let joins = match (*last, origin) {
                (Origin::Made, Origin::Made) => true,
                (Origin::File(file, at), Origin::File(other, next)) => {
                    file == other && at + (start - before) == next
                }
                _ => false,
            };
            if joins {
                *last_end = end;
                return;
            }
        }
        self.pieces.push((end, origin));
    }

    /// Appends a stretch of a file.
    pub(super) fn push_file(&mut self, text: &str, file: FileId, start: usize) {
        self.push(text, Origin::File(file, start));
    }

    /// Appends a text made by evaluation.
    pub(super) fn push_made(&mut self, text: &str) {
        self.push(text, Origin::Made);
    }

    /// Appends a word that stands for something unknown.
    pub(super) fn push_unknown(&mut self, word: &str) {
        self.push(word, Origin::Unknown);
    }

    /// Appends another text.
    pub(super) fn push_text(&mut self, other: &Self) {
        let mut start = 0;
        for (end, origin) in &other.pieces {
            self.push(&other.text[start..*end], *origin);
            start = *end;
        }
    }

    /// A part of the text; the bounds are those of characters.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let mut part = Self::default();
        let mut start = 0;
        for (end, origin) in &self.pieces {
            let (from, to) = (start.max(range.start), (*end).min(range.end));
            if let Some(text) = self.text.get(from..to).filter(|text| !text.is_empty()) {
                let origin = match *origin {
                    Origin::File(file, at) => Origin::File(file, at + (from - start)),
                    other => other,
                };
                part.push(text, origin);
            }
            start = *end;
        }
        part
    }

    /// The text without white space at its start.
    pub(super) fn trim_start(&self) -> Self {
        self.slice(self.text.len() - self.text.trim_start().len()..self.text.len())
    }

    /// The text without white space at its end.
    pub(super) fn trim_end(&self) -> Self {
        self.slice(0..self.text.trim_end().len())
    }

    /// The text as `~}` before it leaves it: without white space at its start, up to the first line break.
    pub(super) fn stripped_start(&self) -> Self {
        let line = self
            .text
            .find('\n')
            .map_or(self.text.len(), |feed| feed + 1);
        let kept = self.text[..line].trim_start().len();
        self.slice(line - kept..self.text.len())
    }

    /// The text as `{~` behind it leaves it: without the white space at the end of its last line, or
    /// without that line break.
    pub(super) fn stripped_end(&self) -> Self {
        let before = self.text.strip_suffix('\n').unwrap_or(&self.text);
        let line = before.rfind('\n').map_or(0, |feed| feed + 1);
        let kept = self.text[line..].trim_end().len();
        self.slice(0..line + kept)
    }

    /// The text with spaces after each line break, as Terraform's `indent` makes it.
    pub(super) fn indented(&self, spaces: usize) -> Self {
        let padding = " ".repeat(spaces.min(200));
        let mut indented = Self::default();
        let mut start = 0;
        for (feed, _) in self.text.match_indices('\n') {
            indented.push_text(&self.slice(start..feed + 1));
            indented.push_made(&padding);
            start = feed + 1;
        }
        indented.push_text(&self.slice(start..self.text.len()));
        indented
    }

    /// The characters.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether some of it is known.
    pub(super) fn has_known(&self) -> bool {
        self.pieces
            .iter()
            .any(|(_, origin)| *origin != Origin::Unknown)
    }

    /// Whether nothing in it is unknown.
    pub(super) fn is_known(&self) -> bool {
        !self
            .pieces
            .iter()
            .any(|(_, origin)| *origin == Origin::Unknown)
    }

    /// The known texts at the start and the end of it.
    pub(super) fn known_ends(&self) -> (&str, &str) {
        let is_unknown = |(_, origin): &(usize, Origin)| *origin == Origin::Unknown;
        let Some(first) = self.pieces.iter().position(is_unknown) else {
            return (&self.text, &self.text);
        };
        let start = first
            .checked_sub(1)
            .map_or(0, |before| self.pieces[before].0);
        let last = self.pieces.iter().rposition(is_unknown).unwrap_or(first);
        (&self.text[..start], &self.text[self.pieces[last].0..])
    }

    /// The segments of a document with this text.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut start = 0;
        let mut segments = Vec::with_capacity(self.pieces.len());
        for (end, origin) in &self.pieces {
            let length = end - start;
            segments.push(Segment {
                range: TextRange::at(size(start), size(length)),
                origin: match *origin {
                    Origin::File(file, at) => location(file, at, length),
                    _ => None,
                },
                is_unknown: *origin == Origin::Unknown,
            });
            start = *end;
        }
        segments
    }
}

fn size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or(TextSize::new(u32::MAX))
}

fn location(file: FileId, at: usize, length: usize) -> Option<Location> {
    let end = TextSize::try_from(at.checked_add(length)?).ok()?;
    Some(Location {
        file,
        range: TextRange::new(TextSize::try_from(at).ok()?, end),
    })
}

impl Value {
    /// A map of these entries; of equal keys the last wins.
    pub(super) fn map(mut entries: Vec<(String, Self)>) -> Self {
        entries.reverse();
        // Stable: of equal keys the one that was the last comes first, and stays.
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        entries.dedup_by(|later, earlier| later.0 == earlier.0);
        Self::Map(entries)
    }

    /// The items of a list or set.
    pub(super) fn as_list(&self) -> Option<&Vec<Self>> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub(super) fn as_map(&self) -> Option<&Vec<(String, Self)>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether there surely is no attribute or element of this name, so that asking for it fails.
    pub(super) fn surely_lacks(&self, key: &str) -> bool {
        match self {
            Self::Unknown => false,
            Self::Map(entries) => !entries.iter().any(|(known, _)| known == key),
            Self::List(items) => key
                .parse()
                .map_or(true, |index: usize| index >= items.len()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => true,
        }
    }

    /// The value as a text, as an interpolation makes it; none for lists, maps and `null`.
    pub(super) fn to_text(&self) -> Option<Text> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Bool(value) => Some(Text::made(if *value { "true" } else { "false" })),
            _ => None,
        }
    }

    /// The characters of a known text.
    pub(super) fn as_known_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) if text.is_known() => Some(text.as_str()),
            _ => None,
        }
    }

    /// The number, if it is a known one.
    pub(super) fn as_number(&self) -> Option<f64> {
        self.as_known_str()?.parse().ok()
    }

    /// A number made by evaluation.
    pub(super) fn number(number: f64) -> Self {
        if number.is_finite() {
            Self::Number(Text::made(number.to_string()))
        } else {
            Self::Unknown
        }
    }

    /// The value, if it is true or false.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(_) => match self.as_known_str()? {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// An attribute or element by its name; unknown where there is none.
    pub(super) fn get(&self, key: &str) -> Self {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(known, _)| known == key)
                .map_or(Self::Unknown, |(_, value)| value.clone()),
            Self::List(items) => key
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .map_or(Self::Unknown, Clone::clone),
            _ => Self::Unknown,
        }
    }

    /// The keys and elements of a collection.
    pub(super) fn elements(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::List(items) => {
                let numbered = items.iter().enumerate();
                Some(
                    numbered
                        .map(|(index, item)| {
                            (Self::Number(Text::made(index.to_string())), item.clone())
                        })
                        .collect(),
                )
            }
            Self::Map(entries) => Some(
                entries
                    .iter()
                    .map(|(key, value)| (Self::Text(Text::made(key.clone())), value.clone()))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// The value, or unknown if it is so large that naming it over and over could fill the memory.
    pub(super) fn bounded(self) -> Self {
        if self.weight_up_to(HEAVIEST) > HEAVIEST {
            Self::Unknown
        } else {
            self
        }
    }

    /// The number of its parts and of some bytes of text, counted no further than a little over a limit.
    fn weight_up_to(&self, limit: usize) -> usize {
        let mut weight = 0;
        let mut pending = vec![self];
        while let Some(value) = pending.pop() {
            weight += 1;
            match value {
                Self::Text(text) | Self::Number(text) => {
                    weight += text.pieces.len() + text.text.len() / 256;
                }
                Self::List(items) => pending.extend(items),
                Self::Map(entries) => pending.extend(entries.iter().map(|(_, value)| value)),
                _ => {}
            }
            if weight > limit {
                return weight;
            }
        }
        weight
    }

    /// Whether it is surely the same as another; none where that is not known.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::Null, Self::Null) => Some(true),
            (Self::Null, _) | (_, Self::Null) => Some(false),
            (Self::Bool(one), Self::Bool(other)) => Some(one == other),
            (Self::Text(one), Self::Text(other)) => {
                (one.is_known() && other.is_known()).then(|| one.as_str() == other.as_str())
            }
            (Self::Number(_), Self::Number(_)) => {
                Some(self.as_number()?.total_cmp(&other.as_number()?).is_eq())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strip_markers_reach_to_the_line_break() {
        let start = |text: &str| Text::made(text).stripped_start().as_str().to_owned();
        let end = |text: &str| Text::made(text).stripped_end().as_str().to_owned();
        assert_eq!(start(" \n  - a\n"), "  - a\n");
        assert_eq!(start("  x"), "x");
        assert_eq!(end("  - a\n  "), "  - a\n");
        assert_eq!(end("  - a\n"), "  - a");
        assert_eq!(end("a\n\n"), "a\n");
        assert_eq!(end(""), "");
    }

    #[test]
    fn texts_remember_where_they_came_from() {
        let file = FileId(3);
        let mut text = Text::made("id: ");
        text.push_file("load", file, 10);
        text.push_file("_all", file, 14);
        text.push_unknown("unknown1");
        assert_eq!(text.known_ends(), ("id: load_all", ""));
        let segments = text.slice(2..10).segments();
        assert_eq!(segments.len(), 2);
        assert_eq!(
            segments[1].origin.map(|origin| origin.range.start()),
            Some(TextSize::new(10))
        );
        assert_eq!(
            segments[1].range,
            TextRange::new(TextSize::new(2), TextSize::new(8))
        );
    }
}
