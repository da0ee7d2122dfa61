//! Credentials in clear: tokens of known forms, private keys, passwords in URLs and headers, and whether
//! the value of a property that holds credentials is one.
//!
//! Nothing here keeps or shows a secret; [`Credential::shown`] is at most its first four characters.

mod finder;
mod formats;
mod values;

pub use values::{PropertyKind, is_credential, kind_of_property};

use crate::text::{TextRange, TextSize};
use finder::{FINDER, Landmark};
use formats::{Alphabet, Format};

/// A credential found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What it is, with its article: "a GitHub personal access token".
    pub what: &'static str,
    /// The whole of it.
    pub range: TextRange,
    /// With the name to which it is assigned, where that is how it was recognised. It counts only where
    /// both stand in one text: what a YAML key holds is judged by [`kind_of_property`].
    pub assignment: Option<TextRange>,
    /// Its first four characters where they belong to the known form, else nothing.
    pub shown: String,
}

/// Finds the credentials in a text, in order, none inside another.
pub fn find(text: &str) -> Vec<Credential> {
    let hits = FINDER.find(text);
    let judged = hits.into_iter().filter_map(|hit| {
        let (_, landmark) = FINDER.landmarks[hit.landmark];
        judge(text, landmark, hit.start, hit.end)
    });
    let mut found: Vec<Credential> = judged.collect();
    found.sort_by_key(|credential| {
        (
            credential.range.start(),
            std::cmp::Reverse(credential.range.end()),
        )
    });
    let mut end = TextSize::new(0);
    found.retain(|credential| {
        let outside = credential.range.start() >= end;
        if outside {
            end = credential.range.end();
        }
        outside
    });
    found
}

fn judge(text: &str, landmark: Landmark, start: usize, end: usize) -> Option<Credential> {
    match landmark {
        Landmark::Form(format) => known_form(text, format, start, end),
        Landmark::PrivateKey => private_key(text, start, end),
        Landmark::JsonWebToken => json_web_token(text, start),
        Landmark::TelegramToken => telegram_token(text, start, end),
        Landmark::Url => password_in_url(text, start, end),
        Landmark::Scheme => authorization(text, start, end),
        Landmark::ConnectionPassword => connection_password(text, start, end),
        Landmark::Name => assignment(text, end),
    }
}

fn credential(
    text: &str,
    what: &'static str,
    start: usize,
    end: usize,
    public: usize,
) -> Option<Credential> {
    let size = |offset| TextSize::try_from(offset).ok();
    let shown = text.get(start..start + public.min(4)).unwrap_or_default();
    Some(Credential {
        what,
        range: TextRange::new(size(start)?, size(end)?),
        assignment: None,
        shown: shown.to_owned(),
    })
}

fn byte_before(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at.checked_sub(1)?).copied()
}

/// Nothing longer is looked at, so that no text takes more than linear time.
const LONGEST: usize = 4096;

/// Likewise for what a script assigns, and for the part of a connection string before a password.
const LONGEST_VALUE: usize = 512;

/// The end of the run of characters of an alphabet.
fn run(text: &str, from: usize, allows: impl Fn(u8) -> bool) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let run = rest.iter().take(LONGEST).take_while(|byte| allows(**byte));
    from + run.count()
}

fn known_form(text: &str, format: &Format, start: usize, end: usize) -> Option<Credential> {
    let inner = format
        .beginning
        .starts_with(|first: char| !first.is_ascii_alphanumeric());
    let cut =
        byte_before(text, start).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_url = format.alphabet == Alphabet::Path || format.beginning == "8Q~";
    if cut && !inner && !is_url {
        return None;
    }
    let mut stop = run(text, end, |byte| format.alphabet.allows(byte));
    // A full stop or hyphen at the end is the sentence's, not the token's.
    while stop > end && matches!(text.as_bytes()[stop - 1], b'.' | b'-' | b'/') {
        stop -= 1;
    }
    let (least, most) = format.length;
    let body = text.get(end..stop)?;
    if body.len() < least || body.len() > most || !values::looks_random(body) {
        return None;
    }
    let next = text.as_bytes().get(stop);
    let goes_on = next.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if goes_on && format.length.0 == format.length.1 {
        return None;
    }
    let from = match format.beginning {
        "8Q~" => {
            let from = start.checked_sub(3)?;
            let before = text.as_bytes().get(from..start)?;
            before
                .iter()
                .all(u8::is_ascii_alphanumeric)
                .then_some(from)?
        }
        "&sig=" | "AccountKey=" | "SharedAccessKey=" => end,
        _ => start,
    };
    let public = if from == start {
        format.beginning.len()
    } else {
        0
    };
    credential(text, format.name, from, stop, public)
}

fn private_key(text: &str, start: usize, end: usize) -> Option<Credential> {
    let rest = text.get(end..)?;
    let line = &rest[..rest.find("-----")?];
    if !line.ends_with("PRIVATE KEY") && !line.ends_with("PRIVATE KEY BLOCK") || line.len() > 40 {
        return None;
    }
    // A header without a body is a placeholder, or a script that looks for one.
    let after = end + line.len() + 5;
    let body = text.get(after..)?;
    let body = &body[..body.find("-----").unwrap_or(body.len())];
    let letters: String = body
        .replace("\\n", "")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    if letters.len() < 40 || !values::looks_random(&letters) {
        return None;
    }
    credential(text, "a private key", start, after, 0)
}

fn json_web_token(text: &str, start: usize) -> Option<Credential> {
    if byte_before(text, start)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    {
        return None;
    }
    let stop = run(text, start, |byte| Alphabet::Dotted.allows(byte));
    let token = text.get(start..stop)?;
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else {
        return None;
    };
    let real = head.len() >= 16 && claims.len() >= 16 && signature.len() >= 20;
    if !real || !claims.starts_with("eyJ") || !values::looks_random(signature) {
        return None;
    }
    credential(text, "a JSON Web Token", start, stop, 3)
}

fn telegram_token(text: &str, start: usize, end: usize) -> Option<Credential> {
    let bytes = text.as_bytes();
    let digits = bytes[..start]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let stop = run(text, end, |byte| Alphabet::Word.allows(byte));
    let fits = (8..=10).contains(&digits) && (32..=34).contains(&(stop - end));
    if !fits || !values::looks_random(text.get(end..stop)?) {
        return None;
    }
    credential(text, "a Telegram bot token", start - digits, stop, 0)
}

fn password_in_url(text: &str, start: usize, end: usize) -> Option<Credential> {
    let scheme = text.as_bytes()[..start]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    if scheme == 0 {
        return None;
    }
    let stop = run(text, end, |byte| {
        !byte.is_ascii_whitespace()
            && !matches!(
                byte,
                b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\'
            )
    });
    let authority = text.get(end..stop)?;
    let (user_info, host) = authority.rsplit_once('@')?;
    let (_, password) = user_info.split_once(':')?;
    if host.is_empty() || values::is_placeholder(password) || password.len() < 3 {
        return None;
    }
    let from = end + user_info.len() - password.len();
    credential(text, "a password in a URL", from, from + password.len(), 0)
}

fn authorization(text: &str, start: usize, end: usize) -> Option<Credential> {
    if byte_before(text, start).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let stop = run(text, end, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'-' | b'~' | b'+' | b'/' | b'=')
    });
    let token = text.get(end..stop)?;
    let basic = text.get(start..end)?.eq_ignore_ascii_case("basic ");
    let holds = if basic {
        values::is_basic_credentials(token)
    } else {
        token.len() >= 16 && values::looks_random(token) && !values::is_placeholder(token)
    };
    if !holds {
        return None;
    }
    let what = if basic {
        "a user name and password in an Authorization header"
    } else {
        "a bearer token"
    };
    credential(text, what, end, stop, 0)
}

fn connection_password(text: &str, start: usize, end: usize) -> Option<Credential> {
    // Only inside a connection string: one word with `://`, or with `;` between its parts.
    let from = text.floor_char_boundary(start.saturating_sub(LONGEST_VALUE));
    let before = text.as_bytes().get(from..start)?;
    let word_start = before
        .iter()
        .rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`'))
        .map_or(from, |at| from + at + 1);
    let word = text.get(word_start..start)?;
    let separated = word.ends_with([';', '?', '&']);
    if !separated
        || !(word.contains("://") || word.contains("jdbc:") || word.matches('=').count() > 0)
    {
        return None;
    }
    let stop = run(text, end, |byte| {
        !byte.is_ascii_whitespace()
            && !matches!(
                byte,
                b';' | b'&' | b'"' | b'\'' | b'`' | b')' | b'\\' | b','
            )
    });
    let password = text.get(end..stop)?;
    if password.len() < 3 || values::is_placeholder(password) {
        return None;
    }
    credential(text, "a password in a connection string", end, stop, 0)
}

/// `password = "…"`, `"api_key": "…"`, `export TOKEN=…`, `--password …`
fn assignment(text: &str, name_end: usize) -> Option<Credential> {
    let bytes = text.as_bytes();
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if bytes.get(name_end).is_some_and(|byte| in_name(*byte)) {
        return None;
    }
    let length = bytes[..name_end]
        .iter()
        .rev()
        .take(LONGEST)
        .take_while(|byte| in_name(**byte))
        .count();
    let name_start = name_end - length;
    let name = text.get(name_start..name_end)?;
    let kind = kind_of_property(name.trim_start_matches('-'))?;
    let (from, stop) = assigned_value(text, name, name_end)?;
    let value = text.get(from..stop)?;
    if value.len() > LONGEST_VALUE
        || value.contains(['{', '}', '\n'])
        || !is_credential(kind, name, value)
    {
        return None;
    }
    let mut found = credential(text, "a credential in a script", from, stop, 0)?;
    let start = TextSize::try_from(name_start).ok()?;
    found.assignment = Some(TextRange::new(start, found.range.end()));
    Some(found)
}

/// The bytes that are assigned to the name that ends here.
fn assigned_value(text: &str, name: &str, name_end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let blank = |byte: u8| byte == b' ';
    let mut at = name_end;
    if matches!(bytes.get(at), Some(b'"' | b'\'')) {
        at += 1;
    }
    let before_sign = at;
    at = run(text, at, blank);
    let is_flag = name.starts_with("--");
    let sign = bytes.get(at).copied();
    match sign {
        Some(b'=' | b':') => at += 1,
        _ if is_flag && at > before_sign => {}
        _ => return None,
    }
    if matches!(bytes.get(at), Some(b'=')) {
        return None;
    }
    let tight = at == before_sign + 1;
    at = run(text, at, blank);
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(at).copied() {
        let stop = run(text, at + 1, |byte| byte != quote && byte != b'\n');
        let closed = bytes.get(stop) == Some(&quote);
        let expands = quote == b'"' && text.get(at..stop)?.contains('$');
        return (closed && !expands).then_some((at + 1, stop));
    }
    let constant = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if !(is_flag || constant && tight && sign == Some(b'=')) {
        return None;
    }
    let stop = run(text, at, |byte| {
        !byte.is_ascii_whitespace()
            && !matches!(
                byte,
                b'"' | b'\'' | b'`' | b';' | b'&' | b'|' | b')' | b'\\' | b'('
            )
    });
    Some((at, stop))
}

#[cfg(test)]
mod tests;
