//! Functions on texts. Where parts of a text stay as they are, they keep their places in the file.

use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};

use super::super::evaluate::{Evaluator, LARGEST_TEXT};
use super::super::value::{Text, Value};
use super::base64;

/// Compiled patterns are no larger than this.
const LARGEST_PATTERN: usize = 1 << 20;
/// `indent` and `format` pad by no more than this.
const WIDEST: usize = 200;

pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |index: usize| arguments.get(index)?.to_text();
    let known = |index: usize| arguments.get(index).and_then(Value::as_known_str);
    let made = |text: String| Some(Value::Text(Text::made(text)));
    let part = |whole: &Text, range: Range<usize>| Some(Value::Text(whole.slice(range)));
    match name {
        "join" => join(evaluator, arguments),
        "format" => format(evaluator, arguments).map(Value::Text),
        "formatlist" => format_list(evaluator, arguments),
        "replace" => replace(evaluator, arguments),
        "split" => split(known(0)?, &text(1)?),
        "indent" => {
            let spaces: usize = known(0)?.parse().ok()?;
            (spaces <= WIDEST).then_some(())?;
            Some(Value::Text(text(1)?.indented(spaces)))
        }
        "trimspace" => Some(Value::Text(text(0)?.trim_start().trim_end())),
        "chomp" => {
            let text = text(0)?;
            let end = text.as_str().trim_end_matches(['\n', '\r']).len();
            part(&text, 0..end)
        }
        "trim" => {
            let (text, letters) = (text(0)?, known(1)?);
            let is_cut = |letter: char| letters.contains(letter);
            let start = text.as_str().len() - text.as_str().trim_start_matches(is_cut).len();
            let end = text.as_str().trim_end_matches(is_cut).len();
            part(&text, start..end.max(start))
        }
        "trimprefix" | "trimsuffix" => {
            let (whole, part) = (text(0)?, known(1)?);
            let length = whole.as_str().len();
            let range = match name {
                "trimprefix" if whole.as_str().starts_with(part) => part.len()..length,
                "trimsuffix" if whole.as_str().ends_with(part) => 0..length - part.len(),
                _ => 0..length,
            };
            Some(Value::Text(whole.slice(range)))
        }
        "substr" => substring(&text(0)?, known(1)?.parse().ok()?, known(2)?.parse().ok()?),
        "lower" => made(known(0)?.to_lowercase()),
        "upper" => made(known(0)?.to_uppercase()),
        "title" => title(known(0)?).and_then(made),
        "strrev" => made(known(0)?.chars().rev().collect()),
        "basename" => made(
            known(0)?
                .trim_end_matches('/')
                .rsplit('/')
                .next()?
                .to_owned(),
        ),
        "dirname" => made(directory(known(0)?).to_owned()),
        // Where Terraform will run is not known.
        "abspath" => made(known(0).filter(|path| path.starts_with('/'))?.to_owned()),
        "pathexpand" => made(known(0).filter(|path| !path.starts_with('~'))?.to_owned()),
        "startswith" => Some(Value::Bool(known(0)?.starts_with(known(1)?))),
        "endswith" => Some(Value::Bool(known(0)?.ends_with(known(1)?))),
        "strcontains" => Some(Value::Bool(known(0)?.contains(known(1)?))),
        "regex" => {
            let pattern = pattern(known(0)?)?;
            let found = pattern.captures(known(1)?)?;
            Some(captured(&pattern, &found))
        }
        "regexall" => {
            let pattern = pattern(known(0)?)?;
            let found = pattern.captures_iter(known(1)?);
            Some(Value::List(
                found.map(|found| captured(&pattern, &found)).collect(),
            ))
        }
        "base64encode" => made(base64::encode(known(0)?)),
        "base64decode" => made(base64::decode(known(0)?)?),
        "urlencode" => made(url_encoded(known(0)?)),
        "tostring" => match arguments.first()? {
            Value::Null => Some(Value::Null),
            other => other.to_text().map(Value::Text),
        },
        _ => None,
    }
}

/// Appends a value; what is not known is marked so.
fn push(evaluator: &Evaluator<'_>, text: &mut Text, value: &Value) -> Option<()> {
    match value {
        Value::Unknown => text.push_unknown(&evaluator.unknown_word()),
        other => text.push_text(&other.to_text()?),
    }
    Some(())
}

/// A text as a value in a query of a URL.
fn url_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}

fn join(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let separator = arguments.first()?.to_text()?;
    let mut joined = Text::default();
    let mut is_first = true;
    for list in &arguments[1..] {
        for item in list.as_list()? {
            if joined.as_str().len() > LARGEST_TEXT {
                return None;
            }
            if !std::mem::take(&mut is_first) {
                joined.push_text(&separator);
            }
            push(evaluator, &mut joined, item)?;
        }
    }
    Some(Value::Text(joined))
}

fn split(separator: &str, whole: &Text) -> Option<Value> {
    // What is not known may hold separators.
    if separator.is_empty() || !whole.is_known() {
        return None;
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, _) in whole.as_str().match_indices(separator) {
        parts.push(Value::Text(whole.slice(start..index)));
        start = index + separator.len();
    }
    parts.push(Value::Text(whole.slice(start..whole.as_str().len())));
    Some(Value::List(parts))
}

/// Replaces a text by another, or, where it stands between slashes, what a regular expression matches.
fn replace(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let whole = arguments.first()?.to_text()?;
    let from = arguments.get(1)?.as_known_str()?;
    let to = arguments.get(2)?;
    let expression = from
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    let Some(expression) = expression else {
        let by = match to {
            Value::Unknown => None,
            other => Some(other.to_text()?),
        };
        return replace_plain(evaluator, &whole, from, by.as_ref());
    };
    let (text, to) = (arguments.first()?.as_known_str()?, to.as_known_str()?);
    let replaced = pattern(expression)?.replace_all(text, to).into_owned();
    (replaced.len() <= LARGEST_TEXT).then(|| Value::Text(Text::made(replaced)))
}

fn replace_plain(
    evaluator: &Evaluator<'_>,
    whole: &Text,
    from: &str,
    by: Option<&Text>,
) -> Option<Value> {
    if from.is_empty() {
        return None;
    }
    let mut replaced = Text::default();
    let mut start = 0;
    for (index, _) in whole.as_str().match_indices(from) {
        if replaced.as_str().len() > LARGEST_TEXT {
            return None;
        }
        replaced.push_text(&whole.slice(start..index));
        match by {
            Some(by) => replaced.push_text(by),
            None => replaced.push_unknown(&evaluator.unknown_word()),
        }
        start = index + from.len();
    }
    replaced.push_text(&whole.slice(start..whole.as_str().len()));
    Some(Value::Text(replaced))
}

fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(text)
        .size_limit(LARGEST_PATTERN)
        .build()
        .ok()
}

/// What a regular expression found: all of it, its groups, or its named groups.
fn captured(pattern: &Regex, found: &Captures<'_>) -> Value {
    let group = |index: usize| {
        let group = found.get(index);
        group.map_or(Value::Null, |group| Value::Text(Text::made(group.as_str())))
    };
    let names: Vec<(usize, &str)> = pattern
        .capture_names()
        .enumerate()
        .filter_map(|(index, name)| Some((index, name?)))
        .collect();
    if !names.is_empty() {
        let named = names.into_iter();
        return Value::map(
            named
                .map(|(index, name)| (name.to_owned(), group(index)))
                .collect(),
        );
    }
    match found.len() {
        1 => group(0),
        groups => Value::List((1..groups).map(group).collect()),
    }
}

fn format_list(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let lists = arguments.get(1..)?.iter().filter_map(Value::as_list);
    let length = lists.map(Vec::len).max()?;
    let line = |index: usize| {
        let mut one = vec![arguments[0].clone()];
        for argument in &arguments[1..] {
            one.push(match argument {
                Value::List(items) => items.get(index)?.clone(),
                other => other.clone(),
            });
        }
        format(evaluator, &one).map(Value::Text)
    };
    let lines: Option<Vec<Value>> = (0..length).map(line).collect();
    lines.map(Value::List)
}

/// How a verb of a format pads its value.
#[derive(Default)]
struct Padding {
    is_left: bool,
    with_zeros: bool,
    width: usize,
    decimals: Option<usize>,
}

impl Padding {
    /// Reads what stands between `%` and the verb; none for what is rarely used.
    fn of(flags: &str) -> Option<Self> {
        let mut padding = Self::default();
        let mut rest = flags;
        while let Some(flag) = rest.chars().next().filter(|flag| "-0".contains(*flag)) {
            padding.is_left |= flag == '-';
            padding.with_zeros |= flag == '0';
            rest = &rest[1..];
        }
        let (width, decimals) = rest.split_once('.').unwrap_or((rest, ""));
        if !width.is_empty() {
            padding.width = width.parse().ok()?;
        }
        if rest.contains('.') {
            padding.decimals = Some(decimals.parse().ok()?);
        }
        (padding.width <= WIDEST && padding.decimals.unwrap_or(0) <= 20).then_some(padding)
    }

    fn pad(&self, value: &Text) -> Option<Text> {
        let missing = match self.width {
            0 => 0,
            width => {
                value.is_known().then_some(())?;
                width.saturating_sub(value.as_str().chars().count())
            }
        };
        let letter = if self.with_zeros && !self.is_left {
            "0"
        } else {
            " "
        };
        let mut padded = Text::default();
        if self.is_left {
            padded.push_text(value);
            padded.push_made(&letter.repeat(missing));
        } else if letter == "0" && value.as_str().starts_with('-') {
            padded.push_made("-");
            padded.push_made(&letter.repeat(missing));
            padded.push_text(&value.slice(1..value.as_str().len()));
        } else {
            padded.push_made(&letter.repeat(missing));
            padded.push_text(value);
        }
        Some(padded)
    }
}

fn format(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Text> {
    let pattern = arguments.first()?.to_text()?;
    pattern.is_known().then_some(())?;
    let mut values = arguments[1..].iter();
    let mut text = Text::default();
    let mut start = 0;
    let whole = pattern.as_str();
    while let Some(found) = whole[start..].find('%') {
        let percent = start + found;
        text.push_text(&pattern.slice(start..percent));
        let flags = &whole[percent + 1..];
        let verb = flags.find(|letter: char| !letter.is_ascii_digit() && !"-.".contains(letter))?;
        let letter = flags[verb..].chars().next()?;
        start = percent + 1 + verb + letter.len_utf8();
        if letter == '%' {
            text.push_made("%");
            continue;
        }
        let value = values.next()?;
        if matches!(value, Value::Unknown) {
            text.push_unknown(&evaluator.unknown_word());
            continue;
        }
        let padding = Padding::of(&flags[..verb])?;
        text.push_text(&padding.pad(&formatted(letter, value, &padding)?)?);
    }
    text.push_text(&pattern.slice(start..whole.len()));
    Some(text)
}

fn formatted(verb: char, value: &Value, padding: &Padding) -> Option<Text> {
    match verb {
        's' | 'v' | 't' if padding.decimals.is_none() => value.to_text(),
        'd' => {
            let number = value.as_number()?;
            (number.fract() == 0.0).then(|| value.to_text())?
        }
        'f' => {
            let decimals = padding.decimals.unwrap_or(6);
            Some(Text::made(format!("{:.decimals$}", value.as_number()?)))
        }
        'q' => Some(Text::made(super::super::encode::quoted(
            value.as_known_str()?,
        ))),
        _ => None,
    }
}

/// A part of a text, counted in characters; only of texts where a character is a byte.
fn substring(text: &Text, offset: i64, length: i64) -> Option<Value> {
    let whole = text.as_str();
    (whole.is_ascii() && text.is_known()).then_some(())?;
    let size = i64::try_from(whole.len()).ok()?;
    let start = if offset < 0 { size + offset } else { offset };
    let start = start.clamp(0, size);
    let end = if length < 0 {
        size
    } else {
        start.saturating_add(length).min(size)
    };
    let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    Some(Value::Text(text.slice(range)))
}

/// A text with each word beginning with a capital letter; only of plain letters.
fn title(text: &str) -> Option<String> {
    text.is_ascii().then_some(())?;
    let mut before = ' ';
    let letters = text.chars().map(|letter| {
        let begins = before == ' ' || before == '\t' || before == '\n';
        before = letter;
        if begins {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    Some(letters.collect())
}

fn directory(path: &str) -> &str {
    match path.rsplit_once('/') {
        None => ".",
        Some(("", _)) => "/",
        Some((before, _)) => before,
    }
}
