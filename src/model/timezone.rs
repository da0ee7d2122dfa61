//! Time zones as Kestra reads them: Java's `ZoneId`.
//!
//! The names are those of the Java that Kestra runs on (IANA, without the three-letter names that Java
//! knows only as abbreviations); what is accepted was asked of Kestra (`fixtures/timezone/verdicts.tsv`).

use memchr::memmem;

/// One name a line.
static NAMES: &str = include_str!("zones.txt");

/// Whether Kestra takes the text for a time zone.
pub fn is_timezone(text: &str) -> bool {
    if text == "Z" || is_offset(text) || is_name(text) {
        return true;
    }
    ["UTC", "GMT", "UT"]
        .iter()
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|rest| rest.is_empty() || is_offset(rest))
}

/// All names.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines()
}

/// What was probably meant: another case, a blank, or an abbreviation that has a name.
pub fn suggestion(text: &str) -> Option<&'static str> {
    let plain = text.trim().replace(' ', "_");
    if let Some(name) = names().find(|name| name.eq_ignore_ascii_case(&plain)) {
        return Some(name);
    }
    Some(match plain.to_ascii_uppercase().as_str() {
        "EST" | "EDT" => "America/New_York",
        "CST" | "CDT" => "America/Chicago",
        "MST" | "MDT" => "America/Denver",
        "PST" | "PDT" => "America/Los_Angeles",
        "HST" => "Pacific/Honolulu",
        "BST" => "Europe/London",
        "CEST" => "Europe/Paris",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "AEST" | "AEDT" | "AET" => "Australia/Sydney",
        _ => {
            let city = names().find(|name| {
                name.rsplit('/')
                    .next()
                    .is_some_and(|last| last.eq_ignore_ascii_case(&plain))
            });
            return city.or_else(|| nearest(&plain));
        }
    })
}

fn nearest(text: &str) -> Option<&'static str> {
    let near = names()
        .map(|name| (strsim::damerau_levenshtein(name, text), name))
        .min()?;
    (near.0 <= 2 && text.len() > 5).then_some(near.1)
}

fn is_name(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    memmem::find_iter(NAMES.as_bytes(), text.as_bytes()).any(|start| {
        let bytes = NAMES.as_bytes();
        let begins = start == 0 || bytes.get(start - 1) == Some(&b'\n');
        begins && bytes.get(start + text.len()) == Some(&b'\n')
    })
}

/// `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss`, `+hhmmss`, up to eighteen hours.
fn is_offset(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = digits.get(range)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    let colon = |at: usize| digits.as_bytes().get(at) == Some(&b':');
    let parts = match digits.len() {
        1 => (number(0..1), Some(0), Some(0)),
        2 => (number(0..2), Some(0), Some(0)),
        4 => (number(0..2), number(2..4), Some(0)),
        5 if colon(2) => (number(0..2), number(3..5), Some(0)),
        6 => (number(0..2), number(2..4), number(4..6)),
        8 if colon(2) && colon(5) => (number(0..2), number(3..5), number(6..8)),
        _ => return false,
    };
    let (Some(hours), Some(minutes), Some(seconds)) = parts else {
        return false;
    };
    minutes < 60 && seconds < 60 && hours * 3600 + minutes * 60 + seconds <= 18 * 3600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_those_of_kestra() {
        let table = include_str!("../../fixtures/timezone/verdicts.tsv");
        let mut count = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let [text, old, new] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("three columns: {line}");
            };
            let text: String = serde_json::from_str(text).unwrap();
            assert_eq!(old, new, "both versions agree");
            assert_eq!(is_timezone(&text), new == "yes", "{text:?}");
            count += 1;
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn what_was_meant_is_guessed() {
        assert_eq!(suggestion("EST"), Some("America/New_York"));
        assert_eq!(suggestion("europe/paris"), Some("Europe/Paris"));
        assert_eq!(suggestion("America/New York"), Some("America/New_York"));
        assert_eq!(suggestion("Paris"), Some("Europe/Paris"));
        assert_eq!(suggestion("Europe/Pari"), Some("Europe/Paris"));
        assert_eq!(suggestion("Mars/Olympus_Mons"), None);
    }
}
