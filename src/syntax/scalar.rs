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
    /// `.inf`, `.nan`, `1:30.5`: Kestra stops with "Malformed numeric value".
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
    if is_sexagesimal_float(digits) {
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
    if digits.is_empty() || !digits.bytes().all(valid) {
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

/// YAML 1.1 floats: `1.5`, `.5`, `1e3`, `1_0.5e+3`.
fn float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = match (mantissa.split_once('.'), exponent) {
        (Some(parts), _) => parts,
        (None, Some(_)) => (mantissa, ""),
        (None, None) => return None,
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

/// `190:20:30.15`: a float to base 60, which Kestra takes for a number and then cannot read.
fn is_sexagesimal_float(digits: &str) -> bool {
    let Some((whole, fraction)) = digits.split_once('.') else {
        return false;
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let counts = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let holds = |part: &str| match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, digit] => matches!(tens, b'0'..=b'5') && digit.is_ascii_digit(),
        _ => false,
    };
    first.starts_with(|first: char| first.is_ascii_digit())
        && counts(first)
        && counts(fraction)
        && whole.contains(':')
        && parts.all(holds)
}

/// What a tag makes of a text, whatever its style; nothing if it is `!` alone.
pub(super) fn of_tag<'tree>(tag: &str, text: &'tree str) -> Option<Value<'tree>> {
    if tag == "!" {
        return None;
    }
    let name = tag
        .strip_prefix("!!")
        .or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'))
        .unwrap_or_default();
    let name = name.split(',').next().unwrap_or(name);
    let is_one_of = |words: &[&str]| words.contains(&text);
    Some(match name {
        "null" => Value::Null,
        "bool" if is_one_of(&["y", "Y"]) => Value::Boolean(true),
        "bool" if is_one_of(&["n", "N"]) => Value::Boolean(false),
        "bool" => match Value::of_plain(text) {
            boolean @ Value::Boolean(_) => boolean,
            _ => Value::String(text),
        },
        "int" => match Value::of_plain(text) {
            integer @ Value::Integer(_) => integer,
            _ => Value::String(text),
        },
        "float" => match Value::of_plain(text) {
            number @ (Value::Float(_) | Value::Integer(_)) => number,
            _ => Value::Malformed(text),
        },
        _ => Value::String(text),
    })
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
            ("1e3", Value::Float(1000.0)),
            ("1_", Value::Integer(1)),
            ("190:20:30.15", Value::Malformed("190:20:30.15")),
            ("190:20:30", Value::String("190:20:30")),
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
