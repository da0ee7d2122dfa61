//! Base 64 with `+`, `/` and padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of the bytes of another.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().div_ceil(3) * 4);
    for bytes in text.as_bytes().chunks(3) {
        let byte = |index: usize| u32::from(bytes.get(index).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = ALPHABET[(group >> (18 - 6 * place) & 0x3f) as usize];
            let is_padding = place > bytes.len();
            encoded.push(if is_padding { '=' } else { char::from(letter) });
        }
    }
    encoded
}

/// The text whose bytes are encoded; none where that is no text, or not encoded so.
pub(super) fn decode(encoded: &str) -> Option<String> {
    // Line breaks are passed over.
    let letters = encoded
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let letters: Vec<u8> = letters.collect();
    let groups = letters.chunks(4);
    let last = groups.len().checked_sub(1);
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3);
    for (index, letters) in groups.enumerate() {
        let used = letters.iter().rposition(|letter| *letter != b'=')? + 1;
        let is_whole = letters.len() == 4 && used >= 2 && (used == 4 || Some(index) == last);
        is_whole.then_some(())?;
        let mut group = 0;
        for letter in &letters[..used] {
            let value = ALPHABET.iter().position(|known| known == letter)?;
            group = group << 6 | u32::try_from(value).ok()?;
        }
        group <<= 6 * (4 - used);
        bytes.extend(&group.to_be_bytes()[1..used]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("é✓?>", "w6ninJM/Pg=="),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
        assert_eq!(decode("Zm9v\nYg==").as_deref(), Some("foob"));
        for wrong in ["Zg", "Z===", "Zg==Zg==", "Zm9*", "====", "/w=="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
