//! Base 64 with `+`, `/` and padding, as Terraform's functions read and write it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// Go's decoder does not look at the bits that are left over.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The text of the bytes of another.
pub(super) fn encode(text: &str) -> String {
    ENGINE.encode(text)
}

/// The text whose bytes are encoded; none where that is no text, or not encoded so.
pub(super) fn decode(encoded: &str) -> Option<String> {
    // Line breaks are passed over.
    let letters = encoded.replace(['\r', '\n'], "");
    String::from_utf8(ENGINE.decode(letters).ok()?).ok()
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
        assert_eq!(decode("Zh==").as_deref(), Some("f"));
        for wrong in ["Zg", "Z===", "Zg==Zg==", "Zm9*", "====", "/w=="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
