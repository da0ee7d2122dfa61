//! In which words texts differ that are the same otherwise.

use std::collections::HashSet;

use crate::text::{TextRange, TextSize};

/// The scalar of a clone at which it differs from the others, and the words in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which of the clone's scalars.
    pub scalar: usize,
    /// The word's place in the text of the first clone.
    pub range: TextRange,
}

/// A word, or a whole text, in which clones differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// What it is in each of them.
    pub values: Vec<String>,
    /// Where it stands in the first.
    pub spots: Vec<Spot>,
}

impl Parameter {
    /// The values without repetitions, in the order of the clones.
    pub fn distinct(&self) -> Vec<&str> {
        let mut seen: HashSet<&str> = HashSet::new();
        let values = self.values.iter().map(String::as_str);
        values.filter(|value| seen.insert(value)).collect()
    }
}

/// Texts longer than this that differ as a whole are different texts.
const LONGEST_VALUE: usize = 120;

/// Adds the words in which the texts of one scalar differ, one text a clone. False where they have nothing in
/// common: then they are no clones.
pub(super) fn compare(found: &mut Vec<Parameter>, scalar: usize, texts: &[&str]) -> bool {
    let Some(first) = texts.first() else {
        return true;
    };
    if texts.iter().all(|text| text == first) {
        return true;
    }
    let words: Vec<Vec<&str>> = texts.iter().map(|text| split(text)).collect();
    if words.iter().any(|row| row.len() != words[0].len()) {
        if !texts.iter().all(|text| may_be_value(text)) {
            return false;
        }
        add(found, scalar, texts, 0);
        return true;
    }
    let mut at = 0;
    for column in 0..words[0].len() {
        let values: Vec<&str> = words.iter().map(|row| row[column]).collect();
        add(found, scalar, &values, at);
        at += words[0][column].len();
    }
    true
}

/// As [`compare`] for two texts, of which only the pairs of words that differ are kept: most candidates are
/// told apart by it.
pub(super) fn compare_two<'text>(
    found: &mut Vec<(&'text str, &'text str)>,
    left: &'text str,
    right: &'text str,
) -> bool {
    let before = found.len();
    let (mut left_words, mut right_words) = (words(left), words(right));
    loop {
        match (left_words.next(), right_words.next()) {
            (Some(one), Some(other)) => add_pair(found, (one, other)),
            (None, None) => return true,
            _ => break,
        }
    }
    found.truncate(before);
    add_pair(found, (left, right));
    may_be_value(left) && may_be_value(right)
}

fn add_pair<'text>(found: &mut Vec<(&'text str, &'text str)>, pair: (&'text str, &'text str)) {
    if pair.0 != pair.1 && !found.contains(&pair) {
        found.push(pair);
    }
}

/// Whether a whole text may be what two clones differ in.
fn may_be_value(text: &str) -> bool {
    text.len() <= LONGEST_VALUE && !text.trim_end().contains('\n')
}

fn add(found: &mut Vec<Parameter>, scalar: usize, values: &[&str], at: usize) {
    if values.iter().all(|value| *value == values[0]) {
        return;
    }
    let size = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    let spot = Spot {
        scalar,
        range: TextRange::at(size(at), size(values[0].len())),
    };
    let known = found.iter_mut().find(|known| {
        known
            .values
            .iter()
            .map(String::as_str)
            .eq(values.iter().copied())
    });
    match known {
        Some(known) => known.spots.push(spot),
        None => found.push(Parameter {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            spots: vec![spot],
        }),
    }
}

/// Runs of letters and digits, and what stands between them; of an empty text the empty word.
pub(super) fn split(text: &str) -> Vec<&str> {
    words(text).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let (word, left) = text.split_at(end_of_word(text));
        rest = Some(left).filter(|left| !left.is_empty());
        Some(word)
    })
}

fn end_of_word(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_word = bytes.first().is_some_and(u8::is_ascii_alphanumeric);
    // Nearly all texts are ASCII, of which every byte is a character.
    let end = bytes
        .iter()
        .position(|byte| byte.is_ascii_alphanumeric() != is_word || !byte.is_ascii());
    match end {
        Some(end) if !bytes[end].is_ascii() => {
            let is_word = text.starts_with(char::is_alphanumeric);
            let end = text.find(|letter: char| letter.is_alphanumeric() != is_word);
            end.unwrap_or(text.len())
        }
        end => end.unwrap_or(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_where_letters_end() {
        assert_eq!(
            split("landing.episode_table"),
            ["landing", ".", "episode", "_", "table"]
        );
        assert_eq!(split(""), [""]);
        assert_eq!(split("é1 ✓"), ["é1", " ✓"]);
        assert_eq!(split("ab✓ cé-"), ["ab", "✓ ", "cé", "-"]);
    }

    #[test]
    fn equal_columns_are_one_parameter() {
        let mut found = Vec::new();
        assert!(compare(&mut found, 0, &["get users now", "get orders now"]));
        assert!(compare(&mut found, 1, &["users", "orders"]));
        assert!(compare(&mut found, 2, &["same", "same"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].values, ["users", "orders"]);
        assert_eq!(found[0].spots.len(), 2);
        assert_eq!(found[0].spots[0].range, TextRange::new(4.into(), 9.into()));
    }

    #[test]
    fn two_texts_are_compared_like_many() {
        for (left, right) in [
            ("get users now", "get orders now"),
            ("users", "all orders"),
            ("a b a", "c b c"),
            ("", "x"),
            ("a\nb c\n", "a\nb\n"),
            ("same", "same"),
        ] {
            let (mut many, mut two) = (Vec::new(), Vec::new());
            let fits = compare(&mut many, 0, &[left, right]);
            assert_eq!(compare_two(&mut two, left, right), fits, "{left} {right}");
            let values = |known: &Parameter| (known.values[0].clone(), known.values[1].clone());
            let many: Vec<(String, String)> = many.iter().map(values).collect();
            let two: Vec<(String, String)> = two
                .iter()
                .map(|(left, right)| ((*left).to_owned(), (*right).to_owned()))
                .collect();
            assert!(!fits || many == two, "{left} {right}");
        }
    }

    #[test]
    fn long_texts_that_differ_as_a_whole_are_no_clones() {
        let mut found = Vec::new();
        assert!(!compare(&mut found, 0, &["a\nb c\n", "a\nb\n"]));
    }
}
