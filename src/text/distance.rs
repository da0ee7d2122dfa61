//! Which name was meant, and how far two are apart: for "did you mean".

/// The name that was probably meant: the nearest of those that are known, if it is near. Good enough to be asked
/// about; what concludes anything from it asks for the [`closest`].
pub fn nearest<'name>(
    name: &str,
    known: impl IntoIterator<Item = &'name str>,
) -> Option<&'name str> {
    let limit = allowance(name);
    known
        .into_iter()
        .filter_map(|known| Some((apart(name, known, limit)?, known)))
        .min()
        .map(|(_, known)| known)
}

/// Of some things the one whose name was almost certainly meant. Ids that people gave are often alike (`load_1`,
/// `load_2`), so fewer letters may differ than for [`nearest`].
pub fn closest<T>(
    name: &str,
    among: impl IntoIterator<Item = T>,
    name_of: impl Fn(&T) -> &str,
) -> Option<T> {
    let limit = (name.chars().count() / 4).clamp(1, 3);
    among
        .into_iter()
        .filter_map(|thing| Some((apart(name, name_of(&thing), limit)?, thing)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, thing)| thing)
}

/// How many edits a name of this length may be away to be asked about: a third of it, at least one.
pub fn allowance(name: &str) -> usize {
    (name.chars().count() / 3).clamp(1, 4)
}

/// The distance of two names of which one may be meant for the other: at least a letter is the same. Case and the
/// marks between words count nothing if all else is the same.
fn apart(name: &str, known: &str, limit: usize) -> Option<usize> {
    if is_the_same_in_words(name, known) {
        return Some(0);
    }
    let distance = edits_apart(name, known, limit)?;
    (distance < name.chars().count()).then_some(distance)
}

/// `sourceTable` and `source_table`.
fn is_the_same_in_words(one: &str, other: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase)
    }
    letters(one).next().is_some() && letters(one).eq(letters(other))
}

/// The distance in edits (swaps of neighbours count once, case counts nothing), if it is not above a limit.
pub fn edits_apart(name: &str, known: &str, limit: usize) -> Option<usize> {
    // Both bounds are far cheaper than the distance, and tell most names apart: an edit changes the length
    // by one character at most, and at most two letters of which one name has more than the other.
    let longest_edit = if name.is_ascii() && known.is_ascii() {
        1
    } else {
        4
    };
    if name.len().abs_diff(known.len()) > limit * longest_edit
        || kinds_apart(name, known) > 2 * limit
        || letters_apart(name, known) > 2 * limit * longest_edit
    {
        return None;
    }
    let distance = strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase());
    (distance <= limit).then_some(distance)
}

/// How many kinds of letter stand in only one of two texts; all that is not ASCII is of one kind.
fn kinds_apart(one: &str, other: &str) -> usize {
    (kinds(one) ^ kinds(other)).count_ones() as usize
}

/// A bit for each kind of letter.
fn kinds(text: &str) -> u64 {
    text.bytes()
        .fold(0, |kinds, byte| kinds | KINDS[usize::from(byte)])
}

/// The bit of each byte: names are looked at by the thousand.
static KINDS: [u64; 256] = {
    let mut bits = [0; 256];
    let mut byte = 0_u8;
    loop {
        let lower = byte.to_ascii_lowercase();
        let kind = match lower {
            0x80.. => 63,
            b'a'..=b'z' => lower - b'a',
            b'0'..=b'9' => lower - b'0' + 26,
            b'.' => 36,
            b'_' => 37,
            b'-' => 38,
            _ => 39,
        };
        bits[byte as usize] = 1 << kind;
        if byte == u8::MAX {
            break bits;
        }
        byte += 1;
    }
};

/// How many letters one text has and the other lacks, case apart.
fn letters_apart(one: &str, other: &str) -> usize {
    let mut surplus = [0_i16; 128];
    let mut count = |text: &str, by: i16| {
        for byte in text.bytes() {
            let slot = &mut surplus[usize::from(byte.to_ascii_lowercase() & 0x7f)];
            *slot = slot.saturating_add(by);
        }
    };
    count(one, 1);
    count(other, -1);
    surplus
        .iter()
        .map(|surplus| usize::from(surplus.unsigned_abs()))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found_or_none() {
        let names = ["source_table", "target", "day"];
        for (name, near, close) in [
            ("sourceTable", Some("source_table"), Some("source_table")),
            ("source_tabel", Some("source_table"), Some("source_table")),
            ("sorcetabel", Some("source_table"), None),
            ("tragte", Some("target"), None),
            ("dya", Some("day"), Some("day")),
            ("d", None, None),
            ("other", None, None),
        ] {
            assert_eq!(nearest(name, names), near, "{name}");
            let found = closest(name, names, |known| known);
            assert_eq!(found, close, "{name}");
        }
    }

    #[test]
    fn swaps_count_once_and_case_nothing() {
        assert_eq!(edits_apart("mesage", "message", 2), Some(1));
        assert_eq!(edits_apart("tpye", "Type", 1), Some(1));
        assert_eq!(edits_apart("größe", "Grösse", 2), Some(2));
        assert_eq!(edits_apart("tasks", "triggers", 2), None);
    }

    proptest! {
        /// The bounds never hide a name that is near.
        #[test]
        fn the_bounds_change_nothing(one in "[a-cA-C_.é]{0,8}", other in "[a-cA-C_.é]{0,8}", limit in 1_usize..5) {
            let distance = strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase());
            prop_assert_eq!(edits_apart(&one, &other, limit), (distance <= limit).then_some(distance));
        }
    }
}
