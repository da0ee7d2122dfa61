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
        let fits = |text: &&str| text.len() <= LONGEST_VALUE && !text.trim_end().contains('\n');
        if !texts.iter().all(fits) {
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

/// Runs of letters and digits, and what stands between them.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut previous = None;
    for (at, letter) in text.char_indices() {
        let is_word = letter.is_alphanumeric();
        if previous.is_some_and(|before| before != is_word) {
            words.push(&text[start..at]);
            start = at;
        }
        previous = Some(is_word);
    }
    words.push(&text[start..]);
    words
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
    fn long_texts_that_differ_as_a_whole_are_no_clones() {
        let mut found = Vec::new();
        assert!(!compare(&mut found, 0, &["a\nb c\n", "a\nb\n"]));
    }
}
