//! What filters leave of a text.

/// How a value is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As it is.
    #[default]
    Plain,
    /// As JSON.
    Json,
    /// With `'` escaped for use between single quotes of a shell.
    ShellQuoted,
    /// Changed in some way: a part of it, other letters.
    Changed,
}

impl Form {
    /// How it is written out where other text stands beside it.
    pub(super) fn joined(self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            _ => Self::Changed,
        }
    }
}

/// Filters of whose result nothing dangerous can come: numbers, hashes, encodings in letters and digits.
const HARMLESS_TEXT: [&str; 22] = [
    "abs",
    "base64encode",
    "className",
    "date",
    "dateAdd",
    "endsWith",
    "length",
    "md5",
    "number",
    "numberFormat",
    "numberformat",
    "regexMatch",
    "sha1",
    "sha256",
    "sha512",
    "slugify",
    "startsWith",
    "timestamp",
    "timestampMicro",
    "timestampMilli",
    "timestampNano",
    "urlencode",
];

/// Filters behind which nothing of a secret is left.
const HARMLESS_SECRET: [&str; 8] = [
    "className",
    "endsWith",
    "length",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "startsWith",
];

/// Filters that leave the text as it is but for white space around it.
const KEEPING: [&str; 5] = ["default", "indent", "nindent", "string", "trim"];

/// What becomes of a text in a filter; none where nothing is left of it that counts. `argument` is the
/// filter's first argument, where it is a literal.
pub(super) fn through(
    filter: &str,
    argument: Option<&str>,
    form: Form,
    is_secret: bool,
) -> Option<Form> {
    let harmless: &[&str] = if is_secret {
        &HARMLESS_SECRET
    } else {
        &HARMLESS_TEXT
    };
    if harmless.contains(&filter) {
        return None;
    }
    Some(match filter {
        // `jq` after it takes the text apart again.
        "toJson" | "json" => Form::Json,
        "escapeChar" if argument == Some("shell") => Form::ShellQuoted,
        _ if KEEPING.contains(&filter) => form,
        _ => Form::Changed,
    })
}
