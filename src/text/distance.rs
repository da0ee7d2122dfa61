//! How far two names are apart, for "did you mean".

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
    text.bytes().fold(0, |kinds, byte| {
        let byte = byte.to_ascii_lowercase();
        let kind = match byte {
            0x80.. => 63,
            b'a'..=b'z' => byte - b'a',
            b'0'..=b'9' => byte - b'0' + 26,
            b'.' => 36,
            b'_' => 37,
            b'-' => 38,
            _ => 39,
        };
        kinds | 1 << kind
    })
}

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
