//! Edits made from the tree: they keep styles, comments, anchors and the meaning of all that they do not
//! touch. Where an edit cannot be made so, there is none.

use super::{CollectionStyle, Entry, NodeId, NodeKind, ScalarStyle, Tree, Value, parse};
use crate::text::{TextRange, TextSize};

/// A change of the text of a tree: the bytes that go, and what comes in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEdit {
    /// What goes.
    pub range: TextRange,
    /// What comes; empty to delete.
    pub content: String,
}

impl TreeEdit {
    fn new(start: usize, end: usize, content: impl Into<String>) -> Self {
        Self {
            range: super::error::range(start, end),
            content: content.into(),
        }
    }
}

/// Where a new entry goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Before the entry of this index.
    Before(usize),
    /// After the entry of this index.
    After(usize),
}

/// A text as the source of a scalar of one line: plain where it is read back as this text, in quotes
/// otherwise. `in_brackets` says whether it stands inside `[…]` or `{…}`.
pub fn scalar_source(text: &str, in_brackets: bool) -> String {
    if holds_plain(text, in_brackets) {
        return text.to_owned();
    }
    let is_one_line = text.chars().all(|letter| !letter.is_control());
    if is_one_line && (text.contains(['"', '\\']) || !text.contains('\'')) {
        single_quoted(text)
    } else {
        double_quoted(text)
    }
}

/// Whether a text without quotes is read back as it is, as text.
fn holds_plain(text: &str, in_brackets: bool) -> bool {
    if text.is_empty() || text.contains(['\n', '\r']) || text.trim() != text {
        return false;
    }
    let source = if in_brackets {
        format!("[{text}, 0]")
    } else {
        format!("- {text}\n- 0\n")
    };
    reads_back(&source, text)
}

fn reads_back(source: &str, text: &str) -> bool {
    let tree = parse(source.into());
    let is_whole = tree.errors.is_empty() && tree.refusals.is_empty() && tree.comments.is_empty();
    let Some(root) = tree.documents.first().and_then(|document| document.root) else {
        return false;
    };
    let mut items = tree.items(root);
    let first = items.next();
    is_whole
        && items.next().is_some()
        && first.is_some_and(|node| tree.value(node) == Some(Value::String(text)))
        && first.is_some_and(|node| matches!(tree.kind(node), NodeKind::Scalar(_)))
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter if letter.is_control() && u32::from(letter) < 0x100 => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(letter)));
            }
            '\u{2028}' => quoted.push_str("\\L"),
            '\u{2029}' => quoted.push_str("\\P"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

impl Tree {
    /// Replaces the text of a scalar and keeps its style where that can hold the new text. Anchors and
    /// tags stay. None for what is no scalar.
    pub fn replace_scalar(&self, node: NodeId, text: &str) -> Option<TreeEdit> {
        let style = self.scalar_style(node)?;
        let in_brackets = self.is_in_brackets(node);
        let is_one_line = text.chars().all(|letter| !letter.is_control());
        let content = match style {
            ScalarStyle::SingleQuoted if is_one_line => single_quoted(text),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => double_quoted(text),
            ScalarStyle::Literal => self
                .literal_source(node, text)
                .unwrap_or_else(|| double_quoted(text)),
            ScalarStyle::Plain | ScalarStyle::Folded => scalar_source(text, in_brackets),
        };
        // A block ends with the text of its last line; what follows on that line belongs to no one.
        let range: std::ops::Range<usize> = self.range(node).into();
        let needs_space = self.is_absent(node)
            && self.source[..range.start].ends_with(|last: char| !last.is_whitespace());
        let content = if needs_space {
            format!(" {content}")
        } else {
            content
        };
        Some(TreeEdit::new(range.start, range.end, content))
    }

    /// The same block with other lines; none where its header would have to change.
    fn literal_source(&self, node: NodeId, text: &str) -> Option<String> {
        let range: std::ops::Range<usize> = self.range(node).into();
        let (header, body) = self.source[range].split_once('\n')?;
        let first = body.lines().find(|line| !line.trim().is_empty())?;
        let indentation = &first[..first.len() - first.trim_start_matches(' ').len()];
        let has_indicator = header
            .split('#')
            .next()?
            .contains(|letter: char| letter.is_ascii_digit());
        let body = text.trim_end_matches('\n');
        let fits = !has_indicator
            && !body.is_empty()
            && !body.starts_with([' ', '\n'])
            && text
                .chars()
                .all(|letter| letter == '\n' || !letter.is_control())
            && text.ends_with('\n') == self.scalar_text(node)?.ends_with('\n');
        let lines: Vec<String> = body
            .split('\n')
            .map(|line| {
                if line.is_empty() {
                    String::new()
                } else {
                    format!("{indentation}{line}")
                }
            })
            .collect();
        fits.then(|| format!("{}\n{}", header.trim_end_matches('\r'), lines.join("\n")))
    }

    /// Renames a key; its style, anchor and tag stay.
    pub fn rename_key(&self, entry: Entry, name: &str) -> Option<TreeEdit> {
        self.replace_scalar(entry.key, name)
    }

    fn is_in_brackets(&self, node: NodeId) -> bool {
        let mut next = self.parent(node);
        while let Some(parent) = next {
            match self.kind(parent) {
                NodeKind::Mapping(CollectionStyle::Flow)
                | NodeKind::Sequence(CollectionStyle::Flow) => return true,
                _ => next = self.parent(parent),
            }
        }
        false
    }

    /// Where a node starts with its anchor and tag.
    fn full_start(&self, node: NodeId) -> usize {
        let own = self.range(node).start();
        let anchor = self
            .anchors
            .iter()
            .find(|anchor| anchor.node == node)
            .map_or(own, |anchor| anchor.range.start());
        let tag = self
            .tags
            .iter()
            .find(|(tagged, _)| *tagged == node)
            .map_or(own, |(_, range)| range.start());
        own.min(anchor).min(tag).into()
    }

    fn end(&self, node: NodeId) -> usize {
        self.range(node).end().into()
    }

    fn line_start(&self, at: usize) -> usize {
        self.source[..at].rfind('\n').map_or(0, |feed| feed + 1)
    }

    /// The end of a line without its break.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.source[at..];
        at + rest.find('\n').map_or(rest.len(), |feed| {
            feed - usize::from(rest[..feed].ends_with('\r'))
        })
    }

    /// The start of the line after.
    fn next_line(&self, at: usize) -> usize {
        let rest = &self.source[at..];
        at + rest.find('\n').map_or(rest.len(), |feed| feed + 1)
    }

    fn has_comment_in(&self, start: usize, end: usize) -> bool {
        self.comments.iter().any(|comment| {
            let comment = usize::from(comment.start());
            start <= comment && comment < end
        })
    }

    /// Whether nothing but blanks stands between the start of the line and a place.
    fn is_first_on_line(&self, at: usize) -> bool {
        self.source[self.line_start(at)..at].trim().is_empty()
    }

    /// Removes an entry of a mapping with its value and the comments on its lines; comments above it
    /// stay. None where a comment of others would be lost, or nothing sensible would be left.
    pub fn remove_entry(&self, mapping: NodeId, index: usize) -> Option<TreeEdit> {
        let entries = self.entries(mapping);
        let entry = entries.get(index)?;
        let bounds = |entry: &Entry| (self.full_start(entry.key), self.end(entry.value));
        let before = index.checked_sub(1).and_then(|before| entries.get(before));
        let removal = Removal {
            own: bounds(entry),
            before: before.map(bounds),
            after: entries.get(index + 1).map(bounds),
        };
        match self.kind(mapping) {
            NodeKind::Mapping(CollectionStyle::Flow) => self.remove_in_brackets(removal),
            _ => self.remove_lines(removal, "{}"),
        }
    }

    /// Removes an item of a list, as [`Tree::remove_entry`] does an entry.
    pub fn remove_item(&self, sequence: NodeId, index: usize) -> Option<TreeEdit> {
        let items: Vec<NodeId> = self.items(sequence).collect();
        let is_flow = self.kind(sequence) == NodeKind::Sequence(CollectionStyle::Flow);
        let bounds = |item: &NodeId| {
            let start = self.full_start(*item);
            let start = if is_flow { start } else { self.dash_of(start)? };
            Some((start, self.end(*item)))
        };
        let before = index.checked_sub(1).and_then(|before| items.get(before));
        let removal = Removal {
            own: bounds(items.get(index)?)?,
            before: before.and_then(bounds),
            after: items.get(index + 1).and_then(bounds),
        };
        if is_flow {
            self.remove_in_brackets(removal)
        } else {
            self.remove_lines(removal, "[]")
        }
    }

    /// The `-` of a list item that starts at a place.
    fn dash_of(&self, item: usize) -> Option<usize> {
        let before = self.source[..item].trim_end();
        before.ends_with('-').then(|| before.len() - 1)
    }

    fn remove_in_brackets(&self, removal: Removal) -> Option<TreeEdit> {
        let (start, end) = match removal {
            Removal {
                own,
                after: Some(after),
                ..
            } => (own.0, after.0),
            Removal {
                own,
                before: Some(before),
                ..
            } => (before.1, own.1),
            Removal { own, .. } => {
                let rest = self.source[own.1..].trim_start();
                let comma = rest.starts_with(',');
                let end = self.source.len() - rest.len() + usize::from(comma);
                (own.0, if comma { end } else { own.1 })
            }
        };
        (!self.has_comment_in(start, end)).then(|| TreeEdit::new(start, end, ""))
    }

    fn remove_lines(&self, removal: Removal, empty: &str) -> Option<TreeEdit> {
        let (start, end) = removal.own;
        match removal {
            // All of it goes: an empty collection stays.
            Removal {
                before: None,
                after: None,
                ..
            } => Some(TreeEdit::new(start, end, empty)),
            // The next one takes the place behind `- `, where this one stood.
            Removal {
                after: Some((after, _)),
                ..
            } if !self.is_first_on_line(start) => {
                let has_comment_between = self.has_comment_in(self.next_line(end), after);
                (!has_comment_between).then(|| TreeEdit::new(start, after, ""))
            }
            _ if self.is_first_on_line(start) => {
                let from = self.line_start(start);
                Some(TreeEdit::new(from, self.next_line(end), ""))
            }
            _ => None,
        }
    }

    /// Inserts `key: value` into a mapping that has entries. The value is YAML as it shall stand: for
    /// block mappings its further lines are indented as the key is. None where it cannot be done: in
    /// brackets a value of several lines, behind a block that keeps its empty lines.
    pub fn insert_entry(
        &self,
        mapping: NodeId,
        position: Position,
        key: &str,
        value: &str,
    ) -> Option<TreeEdit> {
        let entries = self.entries(mapping);
        let in_brackets = self.is_in_brackets(mapping)
            || self.kind(mapping) == NodeKind::Mapping(CollectionStyle::Flow);
        let separator = if value.is_empty() || value.starts_with('\n') {
            ":"
        } else {
            ": "
        };
        let text = format!("{}{separator}{value}", scalar_source(key, in_brackets));
        if in_brackets {
            if text.contains('\n') {
                return None;
            }
            return self.insert_in_brackets(mapping, position, &text);
        }
        let first = self.full_start(entries.first()?.key);
        let line = &self.source[self.line_start(first)..first];
        let indentation = " ".repeat(line.chars().count());
        let text = text.replace('\n', &format!("\n{indentation}"));
        match position {
            Position::Before(index) => {
                let at = self.full_start(entries.get(index)?.key);
                Some(TreeEdit::new(at, at, format!("{text}\n{indentation}")))
            }
            Position::After(index) => {
                let value = entries.get(index)?.value;
                if self.keeps_empty_lines(value) {
                    return None;
                }
                let at = self.line_end(self.end(value));
                Some(TreeEdit::new(at, at, format!("\n{indentation}{text}")))
            }
        }
    }

    fn insert_in_brackets(
        &self,
        mapping: NodeId,
        position: Position,
        text: &str,
    ) -> Option<TreeEdit> {
        let entries = self.entries(mapping);
        if entries.is_empty() {
            let at = usize::from(self.range(mapping).start()) + 1;
            return Some(TreeEdit::new(at, at, text));
        }
        Some(match position {
            Position::Before(index) => {
                let at = self.full_start(entries.get(index)?.key);
                TreeEdit::new(at, at, format!("{text}, "))
            }
            Position::After(index) => {
                let at = self.end(entries.get(index)?.value);
                TreeEdit::new(at, at, format!(", {text}"))
            }
        })
    }

    /// Whether the last scalar of a value is a block with `+`, to which empty lines behind it belong.
    fn keeps_empty_lines(&self, value: NodeId) -> bool {
        let mut last = value;
        loop {
            let next = match self.kind(last) {
                NodeKind::Mapping(_) => self.entries(last).last().map(|entry| entry.value),
                NodeKind::Sequence(_) => self.items(last).next_back(),
                _ => None,
            };
            match next {
                Some(next) => last = next,
                None => break,
            }
        }
        let is_block = matches!(
            self.scalar_style(last),
            Some(ScalarStyle::Literal | ScalarStyle::Folded)
        );
        let source = &self.source[self.range(last)];
        is_block
            && source
                .lines()
                .next()
                .is_some_and(|header| header.contains('+'))
    }

    /// Removes a comment: all of its line where nothing else stands on it.
    pub fn remove_comment(&self, comment: TextRange) -> TreeEdit {
        let (start, end) = (usize::from(comment.start()), usize::from(comment.end()));
        if self.is_first_on_line(start) {
            return TreeEdit::new(self.line_start(start), self.next_line(end), "");
        }
        let before = self.source[..start].trim_end_matches([' ', '\t']).len();
        TreeEdit::new(before, end, "")
    }

    /// The column in characters, from 0, at which a place stands.
    pub fn column(&self, at: TextSize) -> usize {
        let at = usize::from(at).min(self.source.len());
        self.source
            .get(self.line_start(at)..at)
            .map_or(0, |line| line.chars().count())
    }
}

/// The bytes of a child with its neighbours'.
#[derive(Clone, Copy)]
struct Removal {
    own: (usize, usize),
    before: Option<(usize, usize)>,
    after: Option<(usize, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(source: &str, edit: Option<TreeEdit>) -> String {
        let Some(edit) = edit else {
            return "none".to_owned();
        };
        let mut text = source.to_owned();
        text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.content);
        let tree = parse(text.as_str().into());
        assert!(tree.errors().is_empty(), "{text:?}");
        text
    }

    fn find(tree: &Tree, path: &[&str]) -> NodeId {
        path.iter()
            .fold(tree.documents[0].root.unwrap(), |node, step| {
                match step.parse::<usize>() {
                    Ok(index) => tree.items(node).nth(index).unwrap(),
                    Err(_) => tree.get(node, step).unwrap(),
                }
            })
    }

    #[test]
    fn a_scalar_keeps_its_style() {
        for (source, text, expected) in [
            ("a: old # c\n", "new", "a: new # c\n"),
            ("a: old\n", "x: y", "a: 'x: y'\n"),
            ("a: old\n", "yes", "a: 'yes'\n"),
            ("a: old\n", "it's: so", "a: \"it's: so\"\n"),
            ("a: old\n", "{{ x }}", "a: '{{ x }}'\n"),
            ("a: \"old\"\n", "C:\\x", "a: \"C:\\\\x\"\n"),
            ("a: 'old'\n", "it's", "a: 'it''s'\n"),
            ("a: &n !t old\n", "new", "a: &n !t new\n"),
            ("a: [old, b]\n", "x", "a: [x, b]\n"),
            ("a:\nb: 1\n", "new", "a: new\nb: 1\n"),
            (
                "a: |\n  old\n  x\nb: 1\n",
                "new\n\ny\n",
                "a: |\n  new\n\n  y\nb: 1\n",
            ),
            ("a: |-\n  old\nb: 1\n", "new", "a: |-\n  new\nb: 1\n"),
            ("a: |\n  old\nb: 1\n", " x\n", "a: \" x\\n\"\nb: 1\n"),
            ("a: old\n", "x\ny", "a: \"x\\ny\"\n"),
            ("a: old\n", "", "a: ''\n"),
        ] {
            let tree = parse(source.into());
            let path: &[&str] = if source.contains('[') {
                &["a", "0"]
            } else {
                &["a"]
            };
            let node = find(&tree, path);
            let result = apply(source, tree.replace_scalar(node, text));
            assert_eq!(result, expected);
            let after = parse(result.as_str().into());
            assert_eq!(after.scalar_text(find(&after, path)), Some(text));
        }
        assert_eq!(scalar_source("a, b", true), "'a, b'");
        assert_eq!(scalar_source("a, b", false), "a, b");
    }

    #[test]
    fn a_key_is_renamed() {
        let source = "- &k \"old key\" : 1\n- {old key: 1}\n";
        let tree = parse(source.into());
        let entry = tree.entries(find(&tree, &["0"]))[0];
        let renamed = apply(source, tree.rename_key(entry, "new"));
        assert_eq!(renamed, "- &k \"new\" : 1\n- {old key: 1}\n");
        let entry = tree.entries(find(&tree, &["1"]))[0];
        let renamed = apply(source, tree.rename_key(entry, "x, y"));
        assert_eq!(renamed, "- &k \"old key\" : 1\n- {'x, y': 1}\n");
    }

    #[test]
    fn entries_are_removed() {
        for (source, path, index, expected) in [
            ("a: 1 # c\nb: 2\n", &[][..], 0, "b: 2\n"),
            ("a: 1\n# keep\nb: 2 # c\n", &[], 1, "a: 1\n# keep\n"),
            ("a: 1\nb:\n  - x # c\n  - y\nc: 3\n", &[], 1, "a: 1\nc: 3\n"),
            ("a: 1\nb: |\n  x\n  y\nc: 3\n", &[], 1, "a: 1\nc: 3\n"),
            ("a: 1\r\nb: 2\r\n", &[], 0, "b: 2\r\n"),
            ("a: 1\nb: 2", &[], 1, "a: 1\n"),
            (
                "t:\n  - a: 1 # c\n    b: 2\n",
                &["t", "0"],
                0,
                "t:\n  - b: 2\n",
            ),
            (
                "t:\n  - a: 1\n    # keep\n    b: 2\n",
                &["t", "0"],
                0,
                "none",
            ),
            (
                "t:\n  - a: 1\n    &x b: 2\n",
                &["t", "0"],
                0,
                "t:\n  - &x b: 2\n",
            ),
            ("t:\n  - a: 1\n    b: 2\n", &["t", "0"], 1, "t:\n  - a: 1\n"),
            ("t:\n  - a: 1\n", &["t", "0"], 0, "t:\n  - {}\n"),
            ("t:\n  a: 1\nb: 2\n", &["t"], 0, "t:\n  {}\nb: 2\n"),
            ("t: {a: 1, b: 2}\n", &["t"], 0, "t: {b: 2}\n"),
            ("t: {a: 1, b: 2, c: 3}\n", &["t"], 1, "t: {a: 1, c: 3}\n"),
            ("t: {a: 1, b: 2 }\n", &["t"], 1, "t: {a: 1 }\n"),
            ("t: {a: 1,}\n", &["t"], 0, "t: {}\n"),
            ("t: {a: [1, 2]}\n", &["t"], 0, "t: {}\n"),
            (
                "t: [{id: x, type: old}]\n",
                &["t", "0"],
                1,
                "t: [{id: x}]\n",
            ),
            ("t: {a: 1, # keep\n  b: 2}\n", &["t"], 0, "none"),
        ] {
            let tree = parse(source.into());
            let node = find(&tree, path);
            assert_eq!(apply(source, tree.remove_entry(node, index)), expected);
        }
    }

    #[test]
    fn items_are_removed() {
        for (source, index, expected) in [
            ("t:\n  - a: 1\n    b: 2\n  - c\n", 0, "t:\n  - c\n"),
            ("t:\n- a\n- &x c # gone\nz: 1\n", 1, "t:\n- a\nz: 1\n"),
            ("t:\n  - a\n", 0, "t:\n  []\n"),
            ("t:\n  -\n    a: 1\n  - b\n", 0, "t:\n  - b\n"),
            ("t: [a, b]\n", 0, "t: [b]\n"),
            ("t: [a, b]\n", 1, "t: [a]\n"),
            ("t: [a]\n", 0, "t: []\n"),
        ] {
            let tree = parse(source.into());
            let node = find(&tree, &["t"]);
            assert_eq!(apply(source, tree.remove_item(node, index)), expected);
        }
        let source = "t:\n  - - a\n    - b\n";
        let tree = parse(source.into());
        let inner = find(&tree, &["t", "0"]);
        assert_eq!(apply(source, tree.remove_item(inner, 0)), "t:\n  - - b\n");
    }

    #[test]
    fn entries_are_inserted() {
        use Position::{After, Before};
        for (source, path, position, value, expected) in [
            (
                "a: 1 # c\nb: 2\n",
                &[][..],
                After(0),
                "x",
                "a: 1 # c\nk: x\nb: 2\n",
            ),
            ("a: 1\nb: 2", &[], After(1), "x", "a: 1\nb: 2\nk: x"),
            ("a: 1\n", &[], Before(0), "x", "k: x\na: 1\n"),
            (
                "t:\n  - a: 1\n",
                &["t", "0"],
                Before(0),
                "x",
                "t:\n  - k: x\n    a: 1\n",
            ),
            (
                "t:\n  - a: 1\n    b:\n      - c\n",
                &["t", "0"],
                After(1),
                "\n  - x\n  - y",
                "t:\n  - a: 1\n    b:\n      - c\n    k:\n      - x\n      - y\n",
            ),
            (
                "a: |\n  x\nb: 2\n",
                &[],
                After(0),
                "x",
                "a: |\n  x\nk: x\nb: 2\n",
            ),
            ("a: |+\n  x\n\nb: 2\n", &[], After(0), "x", "none"),
            ("t: {a: 1}\n", &["t"], After(0), "x", "t: {a: 1, k: x}\n"),
            ("t: {a: 1}\n", &["t"], Before(0), "x", "t: {k: x, a: 1}\n"),
            ("t: {}\n", &["t"], After(0), "x", "t: {k: x}\n"),
            ("t: {a: 1}\n", &["t"], After(0), "\n  - x", "none"),
        ] {
            let tree = parse(source.into());
            let node = find(&tree, path);
            let edit = tree.insert_entry(node, position, "k", value);
            assert_eq!(apply(source, edit), expected);
        }
    }

    #[test]
    fn comments_are_removed() {
        for (source, expected) in [
            ("a: 1 # c\nb: 2\n", "a: 1\nb: 2\n"),
            ("a:\n  # c\n  b: 2\n", "a:\n  b: 2\n"),
            ("# c", ""),
        ] {
            let tree = parse(source.into());
            let edit = tree.remove_comment(tree.comments[0]);
            assert_eq!(apply(source, Some(edit)), expected);
        }
    }
}
