//! Text in XML.

use std::fmt::Write as _;

/// A text as the value of an attribute in double quotes. Characters that XML has no room for are left out.
pub(super) fn attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // As they are, readers take them for spaces.
            '\n' | '\r' | '\t' => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_attribute() {
        let text = "a\"b<c>&amp;\n\u{1b}[31m\u{0}é";
        assert_eq!(attribute(text), "a&quot;b&lt;c&gt;&amp;amp;&#10;[31mé");
    }
}
