//! Patterns of `namespaceFiles`, as Kestra reads them (`PathMatcherPredicate` of 1.3.31 and 2.0.0: the globs of
//! Java, with `**/` before what begins with a word character, held against the whole path, which begins with `/`).

use std::fmt::Write;

use regex::Regex;

/// A pattern of paths.
#[derive(Debug)]
pub struct PathPattern {
    matcher: Regex,
    can_match: bool,
}

/// Why there is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathPatternProblem {
    /// Kestra cannot read it, and the task fails; why.
    Broken(&'static str),
    /// A regular expression of Java's.
    NotOurs,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Says whether it is Kestra that cannot read it.
    pub fn parse(text: &str) -> Result<Self, PathPatternProblem> {
        if text.starts_with("regex:") {
            return Err(PathPatternProblem::NotOurs);
        }
        let completed = || {
            let glob = text.replace('\\', "/");
            let is_word = |first: char| first.is_ascii_alphanumeric() || first == '_';
            let prefix = if glob.starts_with(is_word) { "**/" } else { "" };
            format!("{prefix}{glob}")
        };
        let glob = text.strip_prefix("glob:");
        let glob = glob.map_or_else(completed, str::to_owned);
        let expression = Translation::of(&glob).map_err(PathPatternProblem::Broken)?;
        // Too large for the engine: then nothing is known of it.
        let matcher = Regex::new(&expression).map_err(|_| PathPatternProblem::NotOurs)?;
        Ok(Self {
            can_match: may_begin_with_slash(&glob) && !glob.ends_with('/'),
            matcher,
        })
    }

    /// Whether it matches a path; the path is given without a slash at its beginning.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(&format!("/{path}"))
    }

    /// Whether it can match any path at all.
    pub fn can_match(&self) -> bool {
        self.can_match
    }
}

/// Whether a text names one path and no others.
pub fn is_plain_path(text: &str) -> bool {
    !text.contains(['*', '?', '[', '{', ':', '\\'])
}

/// Every path begins with `/`, which only itself and `**` match.
fn may_begin_with_slash(glob: &str) -> bool {
    match glob
        .strip_prefix('{')
        .and_then(|group| group.split_once('}'))
    {
        Some((group, _)) => group
            .split(',')
            .any(|part| part.is_empty() || may_begin_with_slash(part)),
        None => glob.starts_with(['/', '\\']) || glob.starts_with("**"),
    }
}

/// A glob on its way to a regular expression.
struct Translation<'glob> {
    rest: std::iter::Peekable<std::str::Chars<'glob>>,
    expression: String,
    in_group: bool,
}

impl<'glob> Translation<'glob> {
    fn of(glob: &'glob str) -> Result<String, &'static str> {
        let mut translation = Self {
            rest: glob.chars().peekable(),
            expression: "(?s)^(?:".to_owned(),
            in_group: false,
        };
        while let Some(next) = translation.rest.next() {
            translation.step(next)?;
        }
        if translation.in_group {
            return Err("a `{` is not closed");
        }
        translation.expression.push_str(")$");
        Ok(translation.expression)
    }

    fn step(&mut self, next: char) -> Result<(), &'static str> {
        match next {
            '*' if self.rest.next_if_eq(&'*').is_some() => self.expression.push_str(".*"),
            '*' => self.expression.push_str("[^/]*"),
            '?' => self.expression.push_str("[^/]"),
            '[' => self.class()?,
            '{' if self.in_group => return Err("a group `{…}` stands in another"),
            '{' => {
                self.in_group = true;
                self.expression.push_str("(?:(?:");
            }
            '}' if self.in_group => {
                self.in_group = false;
                self.expression.push_str("))");
            }
            ',' if self.in_group => self.expression.push_str(")|(?:"),
            '\\' => {
                let escaped = self
                    .rest
                    .next()
                    .ok_or("nothing stands behind the last `\\`")?;
                self.literal(escaped);
            }
            other => self.literal(other),
        }
        Ok(())
    }

    fn literal(&mut self, character: char) {
        let mut bytes = [0; 4];
        let text = character.encode_utf8(&mut bytes);
        self.expression.push_str(&regex::escape(text));
    }

    /// What stands between brackets; `/` is never in it.
    fn class(&mut self) -> Result<(), &'static str> {
        let is_negated = self.rest.next_if_eq(&'!').is_some();
        let mut members = Vec::new();
        let mut before = None;
        if self.rest.next_if_eq(&'-').is_some() {
            members.push(('-', '-'));
        }
        loop {
            match self.rest.next() {
                None => return Err("a `[` is not closed"),
                Some(']') => break,
                Some('/') => return Err("a `/` stands in brackets"),
                Some('-') => {
                    let start = before
                        .take()
                        .ok_or("a range in brackets has no beginning")?;
                    match self.rest.next() {
                        None => return Err("a `[` is not closed"),
                        Some(']') => {
                            members.push(('-', '-'));
                            break;
                        }
                        Some(end) if end < start => return Err("a range in brackets is reversed"),
                        Some(end) => members.push((start, end)),
                    }
                }
                Some(member) => {
                    members.push((member, member));
                    before = Some(member);
                }
            }
        }
        if members.is_empty() {
            return Err("nothing stands in brackets");
        }
        let negation = if is_negated { "^" } else { "" };
        let _ = write!(self.expression, "[[^/]&&[{negation}");
        for (start, end) in members {
            // Written by number, no character means anything else.
            let (start, end) = (u32::from(start), u32::from(end));
            let _ = write!(self.expression, "\\x{{{start:x}}}-\\x{{{end:x}}}");
        }
        self.expression.push_str("]]");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 7] = [
        "main.py",
        "sql/load.sql",
        "sql/deep/x.sql",
        ".env",
        "a[1].txt",
        "sql/.hidden.sql",
        "data/a b.csv",
    ];

    /// What Kestra 1.3.31 and 2.0.0 match: the numbers of the paths.
    const MEASURED: [(&str, &[usize]); 55] = [
        ("main.py", &[0]),
        ("/main.py", &[0]),
        ("./main.py", &[]),
        ("load.sql", &[1]),
        ("sql/load.sql", &[1]),
        ("/sql/load.sql", &[1]),
        ("sql/", &[]),
        ("sql", &[]),
        ("sql/*", &[1, 5]),
        ("/sql/*", &[1, 5]),
        ("sql/**", &[1, 2, 5]),
        ("**/*.sql", &[1, 2, 5]),
        ("*.sql", &[]),
        ("/*.py", &[0]),
        ("*.py", &[]),
        ("**.sql", &[1, 2, 5]),
        ("**", &[0, 1, 2, 3, 4, 5, 6]),
        ("*", &[]),
        ("**/*", &[0, 1, 2, 3, 4, 5, 6]),
        ("sql/**/*.sql", &[2]),
        ("sql/**/load.sql", &[]),
        ("{sql,data}/*", &[]),
        ("/{sql,data}/*", &[1, 5, 6]),
        ("*.{sql,py}", &[]),
        ("[lm]*.sql", &[]),
        ("m?in.py", &[0]),
        ("ma[a-k]n.py", &[0]),
        ("ma[!i]n.py", &[]),
        ("ma[^i]n.py", &[0]),
        (".env", &[]),
        ("**/.env", &[3]),
        ("glob:main.py", &[]),
        ("glob:/main.py", &[0]),
        ("glob:**/main.py", &[0]),
        ("glob:**.py", &[0]),
        ("\\main.py", &[0]),
        ("**/sql/*", &[1, 5]),
        ("sql/**/**/x.sql", &[]),
        ("data/a b.csv", &[6]),
        ("SQL/*.SQL", &[]),
        ("/**", &[0, 1, 2, 3, 4, 5, 6]),
        ("/**/*", &[1, 2, 5, 6]),
        ("***.sql", &[1, 2, 5]),
        ("sql/{load,deep/x}.sql", &[1, 2]),
        ("é.sql", &[]),
        ("sql/*.*", &[1, 5]),
        ("sql/.*", &[5]),
        ("sql//load.sql", &[]),
        ("foo:bar", &[]),
        ("main.py}", &[]),
        ("sql/load.sql/", &[]),
        ("sql\\load.sql", &[1]),
        ("main.{,py}", &[0]),
        ("{}", &[]),
        ("[a-]ain.py", &[]),
    ];

    #[test]
    fn patterns_match_what_kestra_matches() {
        for (text, expected) in MEASURED {
            let pattern = PathPattern::parse(text).unwrap();
            let matched = (0..PATHS.len()).filter(|path| pattern.matches(PATHS[*path]));
            assert_eq!(matched.collect::<Vec<_>>(), expected, "{text}");
            assert!(pattern.can_match() || expected.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_can_match_nothing_is_known() {
        for text in [
            "*.py",
            "./main.py",
            ".env",
            "[lm]*.sql",
            "?.py",
            "sql/",
            "*",
            "é.sql",
            "{sql,data}/*",
        ] {
            assert!(!PathPattern::parse(text).unwrap().can_match(), "{text}");
        }
        for text in ["main.py", "/main.py", "**.py", "{a,/b}", "glob:/a"] {
            assert!(PathPattern::parse(text).unwrap().can_match(), "{text}");
        }
    }

    #[test]
    fn what_kestra_cannot_read_is_broken() {
        for text in [
            "a\\[1\\].txt",
            "[",
            "{a",
            "{a,{b}}",
            "sql/[!/]oad.sql",
            "sql[/]load.sql",
            "{main.py",
            "a[",
            "[]]x",
            "[!]x",
            "[m-a]ain.py",
            "glob:a\\",
        ] {
            let broken = PathPattern::parse(text);
            let is_broken = matches!(broken, Err(PathPatternProblem::Broken(_)));
            assert!(is_broken, "{text}: {broken:?}");
        }
        assert_eq!(
            PathPattern::parse("regex:(").unwrap_err(),
            PathPatternProblem::NotOurs
        );
    }
}
