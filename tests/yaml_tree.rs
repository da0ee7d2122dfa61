//! The tree knows the bytes of everything: texts of all styles map back to where they were written, and no
//! input makes the parser panic or hang.

use kestralint::syntax::{self, NodeId, NodeKind, ScalarStyle, Tree};
use kestralint::text::{TextRange, TextSize};
use proptest::prelude::*;

/// A text as it was written: the source of each of its characters.
#[derive(Debug, Default)]
struct Written {
    source: String,
    text: String,
    /// For each character of the text where it starts in it, and its bytes in the source if it has some of
    /// its own.
    characters: Vec<(usize, char, Option<std::ops::Range<usize>>)>,
}

impl Written {
    fn layout(&mut self, source: &str) {
        self.source.push_str(source);
    }

    fn character(&mut self, character: char, source: &str) {
        let start = self.source.len();
        self.source.push_str(source);
        let range = start..self.source.len();
        self.characters
            .push((self.text.len(), character, Some(range)));
        self.text.push(character);
    }

    /// A character that layout stands for: folded lines.
    fn implied(&mut self, character: char, source: &str) {
        self.source.push_str(source);
        self.characters.push((self.text.len(), character, None));
        self.text.push(character);
    }
}

/// Where the text stands: what comes before it, the indentation of its further lines, what follows.
struct Place {
    before: &'static str,
    indentation: &'static str,
    after: &'static str,
    path: &'static [&'static str],
    in_brackets: bool,
}

const PLACES: [Place; 6] = [
    Place {
        before: "k: ",
        indentation: "  ",
        after: "z: 1",
        path: &["k"],
        in_brackets: false,
    },
    Place {
        before: "é😀:\n  - a: 1\n    k: ",
        indentation: "      ",
        after: "    z: 1",
        path: &["é😀", "0", "k"],
        in_brackets: false,
    },
    Place {
        before: "# c\ntasks:\n- ",
        indentation: "   ",
        after: "- z",
        path: &["tasks", "0"],
        in_brackets: false,
    },
    Place {
        before: "k: &anchor ",
        indentation: " ",
        after: "z: 1",
        path: &["k"],
        in_brackets: false,
    },
    Place {
        before: "k:\n  - - ",
        indentation: "       ",
        after: "  - z",
        path: &["k", "0", "0"],
        in_brackets: false,
    },
    Place {
        before: "k: [a, {b: ",
        indentation: "  ",
        after: "}, c]",
        path: &["k", "1", "b"],
        in_brackets: true,
    },
];

fn style() -> impl Strategy<Value = ScalarStyle> {
    prop_oneof![
        Just(ScalarStyle::Plain),
        Just(ScalarStyle::SingleQuoted),
        Just(ScalarStyle::DoubleQuoted),
        Just(ScalarStyle::Literal),
        Just(ScalarStyle::Folded),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        8 => prop::sample::select(vec!['a', 'b', 'x', 'Z', '0', '_']),
        3 => Just(' '),
        2 => Just('\n'),
        2 => prop::sample::select(vec!['é', '✓', '😀', '\u{301}', '漢']),
        2 => prop::sample::select(vec!['"', '\'', '\\', ':', '#', '{', '}', '[', ',', '-', '|', '%', '&', '\t']),
    ];
    prop::collection::vec(character, 0..30).prop_map(|letters| letters.into_iter().collect())
}

/// Writes a text in a style; texts that the style cannot hold are made to fit first.
fn write(place: &Place, style: ScalarStyle, text: &str, choices: &[u8], feed: &str) -> Written {
    let mut written = Written::default();
    written.layout(&place.before.replace('\n', feed));
    let mut choices = choices.iter().copied().cycle();
    let mut choose = |of: u8| choices.next().unwrap_or(0) % of;
    match style {
        ScalarStyle::Plain => {
            // Words only, with folded lines between some of them.
            let words: Vec<String> = text
                .split(|letter: char| !letter.is_alphanumeric() && letter != '\u{301}')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            written.character('w', "w");
            for word in words {
                gap(&mut written, place, feed, choose(4));
                for letter in word.chars() {
                    written.character(letter, letter.encode_utf8(&mut [0; 4]));
                }
            }
        }
        ScalarStyle::SingleQuoted => {
            written.layout("'");
            let mut last_was_word = false;
            for letter in text.chars().filter(|letter| *letter != '\n').chain(['e']) {
                if letter == ' ' && last_was_word && choose(2) == 0 {
                    // Must not be followed by a blank, which folding would take: a word goes on.
                    gap(&mut written, place, feed, choose(3));
                    written.character('w', "w");
                } else if letter == '\'' {
                    written.character('\'', "''");
                } else {
                    written.character(letter, letter.encode_utf8(&mut [0; 4]));
                }
                last_was_word = !matches!(letter, ' ' | '\t');
            }
            written.layout("'");
        }
        ScalarStyle::DoubleQuoted => {
            written.layout("\"");
            for letter in text.chars() {
                double_quoted(&mut written, place, feed, letter, choose(6));
            }
            written.layout("\"");
        }
        ScalarStyle::Literal => literal(&mut written, place, feed, text, choose(3)),
        ScalarStyle::Folded => folded(&mut written, place, feed, text, choose(2)),
    }
    if place.in_brackets {
        written.layout(place.after);
    } else {
        let ends_line = written.source.ends_with('\n');
        written.layout(if ends_line { "" } else { feed });
        written.layout(&place.after.replace('\n', feed));
    }
    written.layout(feed);
    written
}

/// A space or line breaks between two words, as folded lines or as they are.
fn gap(written: &mut Written, place: &Place, feed: &str, choice: u8) {
    match choice {
        0 => written.character(' ', " "),
        1 => written.implied(' ', &format!(" {feed}{}", place.indentation)),
        more => {
            written.layout(feed);
            for _ in 1..more {
                written.implied('\n', feed);
            }
            written.implied('\n', feed);
            written.layout(place.indentation);
        }
    }
}

fn double_quoted(written: &mut Written, place: &Place, feed: &str, letter: char, choice: u8) {
    let code = u32::from(letter);
    match (letter, choice) {
        ('"', _) => written.character('"', "\\\""),
        ('\\', _) => written.character('\\', "\\\\"),
        ('\n', _) => written.character('\n', "\\n"),
        ('\t', 0..3) => written.character('\t', "\\t"),
        (_, 0) if code <= 0xFF => written.character(letter, &format!("\\x{code:02x}")),
        (_, 1) if code <= 0xFFFF => written.character(letter, &format!("\\u{code:04x}")),
        (_, 1 | 2) => written.character(letter, &format!("\\U{code:08X}")),
        (_, 3) if code > 0xFFFF => {
            let mut halves = [0; 2];
            letter.encode_utf16(&mut halves);
            written.character(letter, &format!("\\u{:04x}\\u{:04x}", halves[0], halves[1]));
        }
        (_, 4) => {
            // An escaped line break says nothing; the next character must be no blank.
            written.layout(&format!("\\{feed}{}", place.indentation));
            let escaped = format!("\\U{code:08x}");
            written.character(letter, &escaped);
        }
        (' ' | '\t', _) => written.character(letter, &format!("\\x{code:02x}")),
        _ => written.character(letter, letter.encode_utf8(&mut [0; 4])),
    }
}

fn literal(written: &mut Written, place: &Place, feed: &str, text: &str, choice: u8) {
    let body = text.trim_end_matches('\n').replace('\r', "");
    // A text whose first line starts with a blank, or is blank, needs the indicator.
    let needs_indicator = body
        .split('\n')
        .any(|line| line.starts_with([' ', '\t']) || line.trim_matches([' ', '\t']).is_empty());
    let parent = match place.path {
        ["k"] | ["tasks", _] => 0,
        _ => 4,
    };
    let indicator = if needs_indicator {
        (place.indentation.len() - parent).to_string()
    } else {
        String::new()
    };
    let (chomping, feeds) = match choice {
        0 => ("-", 0),
        1 => ("", usize::from(!body.is_empty())),
        _ => ("+", 1 + text.len() % 3),
    };
    written.layout(&format!("|{indicator}{chomping}{feed}"));
    let lines: Vec<&str> = if body.is_empty() {
        Vec::new()
    } else {
        body.split('\n').collect()
    };
    for (index, line) in lines.iter().enumerate() {
        if !line.is_empty() {
            written.layout(place.indentation);
        }
        for letter in line.chars() {
            written.character(letter, letter.encode_utf8(&mut [0; 4]));
        }
        if index + 1 < lines.len() || feeds > 0 {
            written.character('\n', feed);
        } else {
            written.layout(feed);
        }
    }
    let more = if body.is_empty() {
        feeds
    } else {
        feeds.saturating_sub(1)
    };
    for _ in 0..more {
        written.character('\n', feed);
    }
}

fn folded(written: &mut Written, place: &Place, feed: &str, text: &str, choice: u8) {
    let words: Vec<&str> = text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    written.layout(&format!(">{}{feed}", if choice == 0 { "-" } else { "" }));
    written.layout(place.indentation);
    written.character('w', "w");
    for (index, word) in words.iter().enumerate() {
        match (index + text.len()) % 4 {
            0 => written.character(' ', " "),
            1 | 2 => written.implied(' ', &format!("{feed}{}", place.indentation)),
            _ => {
                written.layout(feed);
                written.implied('\n', feed);
                written.layout(place.indentation);
            }
        }
        for letter in word.chars() {
            written.character(letter, letter.encode_utf8(&mut [0; 4]));
        }
    }
    if choice == 0 {
        written.layout(feed);
    } else {
        written.character('\n', feed);
    }
}

fn follow(tree: &Tree, path: &[&str]) -> Option<NodeId> {
    let mut node = tree.documents().first()?.root?;
    for step in path {
        node = match step.parse::<usize>() {
            Ok(index) => tree.items(node).nth(index)?,
            Err(_) => tree.get(node, step)?,
        };
    }
    Some(node)
}

fn assert_written(written: &Written, place: &Place, style: ScalarStyle) {
    let tree = syntax::parse(written.source.as_str().into());
    let shown = &written.source;
    assert!(tree.errors().is_empty(), "{shown:?}: {:?}", tree.errors());
    assert!(
        tree.refusals().is_empty(),
        "{shown:?}: {:?}",
        tree.refusals()
    );
    let node =
        follow(&tree, place.path).unwrap_or_else(|| panic!("{shown:?} has no {:?}", place.path));
    assert_eq!(tree.scalar_style(node), Some(style), "{shown:?}");
    assert_eq!(
        tree.scalar_text(node),
        Some(written.text.as_str()),
        "{shown:?}"
    );
    for (start, character, source) in &written.characters {
        let decoded = TextRange::at(
            TextSize::try_from(*start).unwrap(),
            TextSize::of(*character),
        );
        let range: std::ops::Range<usize> = tree.source_range(node, decoded).into();
        match source {
            Some(source) => assert_eq!(
                range,
                *source,
                "{character:?} at {start} of {shown:?} is {:?}",
                &shown[range.clone()]
            ),
            None => assert!(
                shown[range.clone()].contains('\n'),
                "{character:?} at {start} of {shown:?} is {:?}",
                &shown[range.clone()]
            ),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_character_is_found_where_it_was_written(
        text in text(),
        style in style(),
        place in 0..PLACES.len(),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        windows in any::<bool>(),
        byte_order_mark in any::<bool>(),
    ) {
        let place = &PLACES[place];
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        prop_assume!(!(block && place.in_brackets));
        let mut written = write(place, style, &text, &choices, if windows { "\r\n" } else { "\n" });
        if byte_order_mark {
            written.source.insert(0, '\u{feff}');
            for (_, _, source) in &mut written.characters {
                *source = source.take().map(|range| range.start + 3..range.end + 3);
            }
        }
        assert_written(&written, place, style);
    }

    #[test]
    fn no_text_makes_it_panic(text in r#"([a-c \n\t:#'"\\{}\[\],&*!|>%@`?.é😀\r-]|- |: |---\n|\n  |\u{85}|\u{2028}|\u{0}){0,60}"#) {
        walk(&syntax::parse(text.as_str().into()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        walk(&syntax::parse(String::from_utf8_lossy(&bytes).as_ref().into()));
    }
}

/// Touches all that a tree has, and checks that it hangs together.
fn walk(tree: &Tree) {
    let length = TextSize::of(&**tree.source());
    let mut before = TextSize::new(0);
    for node in tree.nodes() {
        let range = tree.range(node);
        assert!(range.end() <= length);
        assert!(before <= range.start(), "{:?}", tree.source());
        before = range.start();
        assert!(tree.parent(node).is_none_or(|parent| parent < node));
        if tree.is_scalar(node) && !range.is_empty() {
            let last = range.end() - TextSize::new(1);
            for offset in [range.start(), last] {
                assert_eq!(tree.scalar_at(offset), Some(node), "{:?}", tree.source());
            }
        }
        assert!(
            tree.source()
                .get(std::ops::Range::<usize>::from(range))
                .is_some()
        );
        if let Some(text) = tree.scalar_text(node) {
            let map = tree.offset_map(node);
            for (start, character) in text.char_indices() {
                let decoded =
                    TextRange::at(TextSize::try_from(start).unwrap(), TextSize::of(character));
                let source = map.source_range(decoded);
                assert!(source.end() <= length, "{:?}", tree.source());
                assert!(
                    tree.source()
                        .get(std::ops::Range::<usize>::from(source))
                        .is_some(),
                    "{:?}",
                    tree.source()
                );
            }
            tree.value(node);
        }
        for entry in tree.entries(node) {
            assert_eq!(tree.parent(entry.key), Some(node));
            assert_eq!(tree.parent(entry.value), Some(node));
        }
        for item in tree.items(node) {
            assert_eq!(tree.parent(item), Some(node));
        }
        tree.headline(node);
    }
    for error in tree.errors().iter().chain(tree.refusals()) {
        assert!(
            tree.source()
                .get(std::ops::Range::<usize>::from(error.range))
                .is_some()
        );
        assert!(!error.message.is_empty());
    }
}

#[test]
fn bombs_are_refused_or_read_but_never_kill() {
    let deep = 100_000;
    for bomb in [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        "a: [".repeat(deep),
        "[{".repeat(deep),
        "]".repeat(deep),
        "&a ".repeat(deep),
        "!a ".repeat(deep),
        "- a\n".repeat(deep),
        "'".repeat(deep),
        "\"\\".repeat(deep),
        staircase(3000),
    ] {
        let started = std::time::Instant::now();
        walk(&syntax::parse(bomb.as_str().into()));
        assert!(started.elapsed().as_secs() < 20, "{}", &bomb[..8]);
    }
}

fn staircase(levels: usize) -> String {
    let lines: Vec<String> = (0..levels)
        .map(|level| " ".repeat(level) + "a:\n")
        .collect();
    lines.concat()
}

#[test]
fn aliases_are_not_expanded() {
    let bomb: Vec<String> = (1..60)
        .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1))
        .collect();
    let bomb = format!("a0: &a0 [x, x]\n{}", bomb.concat());
    assert!(syntax::parse(bomb.as_str().into()).len() < 500);
}

#[test]
fn a_thousand_levels_are_read_and_one_more_is_not() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(
        syntax::parse(nested(1000).as_str().into())
            .errors()
            .is_empty()
    );
    assert_eq!(
        syntax::parse(nested(1001).as_str().into()).errors().len(),
        1
    );
}

#[test]
fn comments_by_the_thousand_are_kept() {
    let text = format!("tasks:\n{}  - id: a\n", "# comment\n".repeat(5000));
    let tree = syntax::parse(text.as_str().into());
    assert!(tree.errors().is_empty());
    assert_eq!(tree.comments().len(), 5000);
}

#[test]
fn a_broken_document_does_not_stop_the_others() {
    let tree = syntax::parse("a: [\n---\nb: 1\n---\nc: 'x\n---\nd: 2\n".into());
    let roots: Vec<bool> = tree
        .documents()
        .iter()
        .map(|document| document.root.is_some())
        .collect();
    assert_eq!(roots, [false, true, false, true]);
    assert_eq!(tree.errors().len(), 2);
}

/// Runs where the corpora are: each scalar's bytes must look like its style and value.
#[test]
fn the_bytes_of_every_scalar_of_the_corpora_fit() {
    let Some(corpora) = ["../shared/corpora", "../../shared/corpora"]
        .iter()
        .map(std::path::Path::new)
        .find(|path| path.is_dir())
    else {
        return;
    };
    let mut scalars = 0;
    for text in yaml_files(corpora) {
        let tree = syntax::parse(text.as_str().into());
        walk(&tree);
        for node in tree.nodes() {
            let NodeKind::Scalar(style) = tree.kind(node) else {
                continue;
            };
            let slice = &text[tree.range(node)];
            let value = tree.scalar_text(node).unwrap();
            let fits = match style {
                ScalarStyle::Plain => slice == value || slice.contains('\n'),
                ScalarStyle::SingleQuoted => {
                    slice.len() >= 2 && slice.starts_with('\'') && slice.ends_with('\'')
                }
                ScalarStyle::DoubleQuoted => {
                    slice.len() >= 2 && slice.starts_with('"') && slice.ends_with('"')
                }
                ScalarStyle::Literal => slice.starts_with('|'),
                ScalarStyle::Folded => slice.starts_with('>'),
            };
            assert!(fits, "{style:?} {slice:?} {value:?}");
            scalars += 1;
        }
    }
    assert!(scalars > 10_000);
}

fn yaml_files(directory: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            texts.extend(yaml_files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yml" || extension == "yaml")
        {
            texts.extend(std::fs::read_to_string(&path));
        }
    }
    texts
}
