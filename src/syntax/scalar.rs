//! What a plain scalar is to Kestra.
//!
//! Jackson's YAML module resolves plain scalars by YAML 1.1 with peculiarities of its own; the cases
//! below were measured on the real thing (jackson-dataformat-yaml 2.21 with SnakeYAML 2.5).

/// The value of a scalar as Kestra sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'tree> {
    /// Empty, `~`, `null`, `Null`, `NULL`.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Boolean(bool),
    /// A whole number, in any of YAML 1.1's bases; saturated at the ends of 64 bits.
    Integer(i64),
    /// A decimal number.
    Float(f64),
    /// `.inf`, `.nan`: Kestra stops with "Malformed numeric value".
    Malformed(&'tree str),
    /// Anything else.
    String(&'tree str),
}

impl<'tree> Value<'tree> {
    /// Resolves the text of a plain scalar.
    pub fn of_plain(text: &'tree str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
                return Self::Boolean(true);
            }
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                return Self::Boolean(false);
            }
            _ => {}
        }
        if text
            .starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
        {
            number(text).unwrap_or(Self::String(text))
        } else {
            Self::String(text)
        }
    }

    /// The word for messages: "a boolean", "a number", …
    pub fn describe(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) | Self::Malformed(_) => "a number",
            Self::String(_) => "text",
        }
    }
}

fn number(text: &str) -> Option<Value<'_>> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Value::Malformed(text));
    }
    if let Some(value) = integer(digits) {
        return Some(Value::Integer(if negative {
            value.saturating_neg()
        } else {
            value
        }));
    }
    let float = float(digits)?;
    Some(Value::Float(if negative { -float } else { float }))
}

fn integer(digits: &str) -> Option<i64> {
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        [first, ..] if first.is_ascii_digit() => (10, digits),
        _ => return None,
    };
    let valid = |byte: u8| byte == b'_' || char::from(byte).is_digit(radix);
    if digits.is_empty() || !digits.bytes().all(valid) || digits.ends_with('_') {
        return None;
    }
    let value = digits
        .bytes()
        .filter_map(|byte| char::from(byte).to_digit(radix))
        .fold(0_i64, |sum, digit| {
            sum.saturating_mul(i64::from(radix))
                .saturating_add(i64::from(digit))
        });
    Some(value)
}

/// `[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?` and the form that starts with the point.
fn float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some(parts) => parts,
        // `1e3` needs no point.
        None if exponent.is_some() && !mantissa.is_empty() => (mantissa, ""),
        None => return None,
    };
    let plain = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let has_digit = mantissa.bytes().any(|byte| byte.is_ascii_digit());
    let exponent_holds = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !(plain(whole) && plain(fraction) && has_digit && exponent_holds) || whole.starts_with('_') {
        return None;
    }
    let cleaned: String = digits.chars().filter(|letter| *letter != '_').collect();
    cleaned.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn resolves_as_jackson_does() {
        for (text, expected) in [
            ("", Value::Null),
            ("Null", Value::Null),
            ("yes", Value::Boolean(true)),
            ("OFF", Value::Boolean(false)),
            ("y", Value::String("y")),
            ("tRUE", Value::String("tRUE")),
            ("017", Value::Integer(15)),
            ("0x1F", Value::Integer(31)),
            ("0b11", Value::Integer(3)),
            ("1_000", Value::Integer(1000)),
            ("0o17", Value::String("0o17")),
            ("09", Value::String("09")),
            ("1:30", Value::String("1:30")),
            ("-5", Value::Integer(-5)),
            ("1.5", Value::Float(1.5)),
            ("1.2.3", Value::String("1.2.3")),
            (".inf", Value::Malformed(".inf")),
            ("2024-01-01", Value::String("2024-01-01")),
            ("0", Value::Integer(0)),
            ("-", Value::String("-")),
            (".", Value::String(".")),
        ] {
            assert_eq!(Value::of_plain(text), expected, "{text}");
        }
    }
}
