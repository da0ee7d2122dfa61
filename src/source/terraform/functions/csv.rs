//! `csvdecode`: rows as objects, by the rules of Go's reader of CSV.

use super::super::value::{Text, Value};

/// The rows of a text with a line of titles; none where Terraform refuses it.
pub(super) fn decode(text: &Text) -> Option<Value> {
    if !text.is_known() {
        return None;
    }
    let mut rows = rows(text)?.into_iter();
    let titles: Vec<String> = rows
        .next()?
        .iter()
        .map(|title| title.as_str().into())
        .collect();
    let is_repeated = |(index, title): (usize, &String)| titles[..index].contains(title);
    if titles.iter().enumerate().any(is_repeated) {
        return None;
    }
    let objects = rows.map(|row| {
        (row.len() == titles.len()).then_some(())?;
        let entries = titles.iter().cloned().zip(row.into_iter().map(Value::Text));
        Some(Value::map(entries.collect()))
    });
    objects.collect::<Option<Vec<Value>>>().map(Value::List)
}

/// The fields of all lines that are not empty.
fn rows(text: &Text) -> Option<Vec<Vec<Text>>> {
    let whole = text.as_str();
    let mut rows = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let rest = &whole[at..];
        if let Some(length) = line_end(rest) {
            at += length;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let (field, end) = field(text, at)?;
            row.push(field);
            at = end;
            if !whole[at..].starts_with(',') {
                break;
            }
            at += 1;
        }
        at += line_end(&whole[at..]).unwrap_or_default();
        rows.push(row);
    }
    Some(rows)
}

/// The length of the line break at the start of a text; none where there is none.
fn line_end(text: &str) -> Option<usize> {
    if text == "\r" {
        return Some(1);
    }
    ["\n", "\r\n"]
        .into_iter()
        .find(|end| text.starts_with(end))
        .map(str::len)
}

/// A field and the place behind it: a comma, the end of a line or of the text.
fn field(text: &Text, start: usize) -> Option<(Text, usize)> {
    let rest = &text.as_str()[start..];
    if rest.starts_with('"') {
        return quoted(text, start + 1);
    }
    let length = rest.find([',', '\n']).unwrap_or(rest.len());
    let at_line_end = rest[length..].starts_with('\n') || length == rest.len();
    let field = &rest[..length];
    let kept = if at_line_end {
        field.strip_suffix('\r').unwrap_or(field)
    } else {
        field
    };
    // A quote inside a field is refused.
    (!kept.contains('"')).then(|| {
        let end = start + kept.len();
        (text.slice(start..end), end)
    })
}

/// A field in quotes, of which the first is passed.
fn quoted(text: &Text, start: usize) -> Option<(Text, usize)> {
    let whole = text.as_str();
    let mut field = Text::default();
    let mut at = start;
    loop {
        let length = whole[at..].find('"')?;
        push_lines(&mut field, text, at..at + length);
        at += length + 1;
        let rest = &whole[at..];
        if rest.starts_with('"') {
            field.push_text(&text.slice(at..at + 1));
            at += 1;
        } else {
            let ends = rest.is_empty() || rest.starts_with(',') || line_end(rest).is_some();
            return ends.then_some((field, at));
        }
    }
}

/// Line breaks are `\n`, however they are written.
fn push_lines(field: &mut Text, text: &Text, range: std::ops::Range<usize>) {
    let mut start = range.start;
    for (index, _) in text.as_str()[range.clone()].match_indices("\r\n") {
        field.push_text(&text.slice(start..range.start + index));
        start = range.start + index + 1;
    }
    field.push_text(&text.slice(start..range.end));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with their fields joined by `|`.
    fn shown(text: &str) -> Option<Vec<String>> {
        let Value::List(rows) = decode(&Text::made(text))? else {
            return None;
        };
        let row = |row: &Value| {
            let fields = row.as_map().unwrap().iter();
            let fields =
                fields.map(|(key, value)| format!("{key}={}", value.as_known_str().unwrap()));
            fields.collect::<Vec<_>>().join("|")
        };
        Some(rows.iter().map(row).collect())
    }

    #[test]
    fn rows_become_objects() {
        let rows = |rows: &[&str]| Some(rows.iter().map(|row| (*row).to_owned()).collect());
        assert_eq!(shown("a,b\n1,2\n3,4\n"), rows(&["a=1|b=2", "a=3|b=4"]));
        assert_eq!(
            shown("a,b\r\n1, 2\r\n\r\n,x"),
            rows(&["a=1|b= 2", "a=|b=x"])
        );
        assert_eq!(
            shown("a,b\n\"1,\"\"2\"\"\",\"x\r\ny\"\n"),
            rows(&["a=1,\"2\"|b=x\ny"])
        );
        assert_eq!(shown("a\n\"\"\n"), rows(&["a="]));
        assert_eq!(shown("a,b\n"), rows(&[]));
        assert_eq!(shown("a\n1\r"), rows(&["a=1"]));
        assert_eq!(shown("a\n1\n\r"), rows(&["a=1"]));
    }

    #[test]
    fn what_terraform_refuses_is_unknown() {
        for text in ["", "a,a\n1,2", "a,b\n1", "a\nx\"y", "a\n\"x\"y", "a\n\"x"] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
