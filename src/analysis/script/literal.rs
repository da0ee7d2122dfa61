//! The literals and comments of languages with plain quotes.

use std::ops::Range;

use super::{LONGEST, Language, MOST_HOLES, hole_at, shell};

/// What stands around a place in a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surroundings {
    /// Program text.
    Code,
    /// A comment.
    Comment,
    /// A literal.
    Literal(Literal),
    /// A place in a shell script.
    Shell(shell::Place),
    /// Something that is not understood.
    Unknown,
}

/// A literal in which a place lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The letters before the opening quotes that belong to it, as in `f"…"`.
    pub prefix: Range<usize>,
    /// The opening quotes.
    pub open: Range<usize>,
    /// The closing quotes.
    pub close: Range<usize>,
}

/// A literal does not end.
struct Unclosed;

/// How a quote is written inside quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// By a letter before it.
    With(char),
    /// By writing it twice.
    Twice,
    /// Not at all.
    None,
}

struct Quotes {
    open: &'static str,
    close: &'static str,
    escape: Escape,
    /// Whether a line end ends it (which is an error).
    one_line: bool,
}

const fn quotes(mark: &'static str, escape: Escape, one_line: bool) -> Quotes {
    Quotes {
        open: mark,
        close: mark,
        escape,
        one_line,
    }
}

const BACKSLASH: Escape = Escape::With('\\');

struct Grammar {
    /// Longer ones first.
    quotes: &'static [Quotes],
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    /// Whether `/` may begin a regular expression.
    regular_expressions: bool,
}

static PYTHON: Grammar = Grammar {
    quotes: &[
        quotes("\"\"\"", BACKSLASH, false),
        quotes("'''", BACKSLASH, false),
        quotes("\"", BACKSLASH, true),
        quotes("'", BACKSLASH, true),
    ],
    line_comments: &["#"],
    block_comment: None,
    regular_expressions: false,
};

static JAVASCRIPT: Grammar = Grammar {
    quotes: &[
        quotes("\"", BACKSLASH, true),
        quotes("'", BACKSLASH, true),
        quotes("`", BACKSLASH, false),
    ],
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    regular_expressions: true,
};

static HASH_COMMENTS: Grammar = Grammar {
    quotes: &[
        quotes("\"", BACKSLASH, false),
        quotes("'", BACKSLASH, false),
    ],
    line_comments: &["#"],
    block_comment: None,
    regular_expressions: false,
};

static JULIA: Grammar = Grammar {
    quotes: &[
        quotes("\"\"\"", BACKSLASH, false),
        quotes("\"", BACKSLASH, false),
    ],
    line_comments: &["#"],
    block_comment: Some(("#=", "=#")),
    regular_expressions: false,
};

static PHP: Grammar = Grammar {
    quotes: &[
        quotes("\"", BACKSLASH, false),
        quotes("'", BACKSLASH, false),
    ],
    line_comments: &["//", "#"],
    block_comment: Some(("/*", "*/")),
    regular_expressions: false,
};

static LUA: Grammar = Grammar {
    quotes: &[quotes("\"", BACKSLASH, true), quotes("'", BACKSLASH, true)],
    line_comments: &["--"],
    block_comment: Some(("--[[", "]]")),
    regular_expressions: false,
};

static C_LIKE: Grammar = Grammar {
    quotes: &[
        quotes("\"\"\"", BACKSLASH, false),
        quotes("\"", BACKSLASH, true),
        quotes("'", BACKSLASH, true),
        quotes("`", Escape::None, false),
    ],
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    regular_expressions: false,
};

static POWERSHELL: Grammar = Grammar {
    quotes: &[
        Quotes {
            open: "@\"",
            close: "\n\"@",
            escape: Escape::With('`'),
            one_line: false,
        },
        Quotes {
            open: "@'",
            close: "\n'@",
            escape: Escape::None,
            one_line: false,
        },
        quotes("\"", Escape::With('`'), false),
        quotes("'", Escape::Twice, false),
    ],
    line_comments: &["#"],
    block_comment: Some(("<#", "#>")),
    regular_expressions: false,
};

static SQL: Grammar = Grammar {
    quotes: &[
        quotes("'", Escape::Twice, false),
        quotes("\"", Escape::Twice, false),
        quotes("`", Escape::Twice, false),
    ],
    line_comments: &["--"],
    block_comment: Some(("/*", "*/")),
    regular_expressions: false,
};

fn grammar(language: Language) -> Option<&'static Grammar> {
    Some(match language {
        Language::Python => &PYTHON,
        Language::Node | Language::JavaScript => &JAVASCRIPT,
        Language::R | Language::Ruby | Language::Perl => &HASH_COMMENTS,
        Language::Julia => &JULIA,
        Language::Php => &PHP,
        Language::Lua => &LUA,
        Language::Go | Language::Groovy | Language::Java | Language::DotNet => &C_LIKE,
        Language::PowerShell => &POWERSHELL,
        Language::Sql => &SQL,
        Language::Shell | Language::Other => return None,
    })
}

/// What stands around a place of a program; `holes` are the templates in it, one of which begins at `at`.
pub(super) fn surroundings(
    language: Language,
    text: &str,
    holes: &[Range<usize>],
    at: usize,
) -> Surroundings {
    if text.len() > LONGEST || holes.len() > MOST_HOLES {
        return Surroundings::Unknown;
    }
    if language == Language::Shell {
        return shell::place(text, holes, at).map_or(Surroundings::Unknown, Surroundings::Shell);
    }
    let Some(grammar) = grammar(language) else {
        return Surroundings::Unknown;
    };
    Reader {
        grammar,
        text,
        holes,
        position: 0,
    }
    .find(at)
}

struct Reader<'text> {
    grammar: &'static Grammar,
    text: &'text str,
    holes: &'text [Range<usize>],
    position: usize,
}

impl Reader<'_> {
    fn find(mut self, at: usize) -> Surroundings {
        while self.position < self.text.len() {
            if self.position >= at {
                return Surroundings::Code;
            }
            if self.skip_hole() {
                continue;
            }
            let rest = &self.text[self.position..];
            if let Some(comment) = self.comment(rest) {
                if comment.contains(&at) {
                    return Surroundings::Comment;
                }
                self.position = comment.end;
            } else if let Some(literal) = self.literal(rest) {
                let Ok(literal) = literal else {
                    return Surroundings::Unknown;
                };
                let inside = literal.open.end..literal.close.start.max(literal.open.end);
                if inside.contains(&at) {
                    return Surroundings::Literal(literal);
                }
                self.position = literal.close.end;
            } else if self.grammar.regular_expressions && rest.starts_with('/') {
                self.position = self.regular_expression();
            } else {
                self.position += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        Surroundings::Code
    }

    fn skip_hole(&mut self) -> bool {
        match hole_at(self.holes, self.position) {
            Some(hole) => {
                self.position = hole.end;
                true
            }
            None => false,
        }
    }

    fn comment(&self, rest: &str) -> Option<Range<usize>> {
        let start = self.position;
        if let Some((open, close)) = self.grammar.block_comment
            && rest.starts_with(open)
        {
            let end = rest.find(close).map_or(rest.len(), |end| end + close.len());
            return Some(start..start + end);
        }
        self.grammar
            .line_comments
            .iter()
            .find(|mark| rest.starts_with(**mark))?;
        let end = rest.find('\n').unwrap_or(rest.len());
        Some(start..start + end)
    }

    /// The literal that begins here.
    fn literal(&self, rest: &str) -> Option<Result<Literal, Unclosed>> {
        let quotes = self.grammar.quotes.iter();
        let quotes = quotes
            .into_iter()
            .find(|quotes| rest.starts_with(quotes.open))?;
        let open = self.position..self.position + quotes.open.len();
        let before = &self.text[..open.start];
        let prefix = before
            .trim_end_matches(|letter: char| letter.is_ascii_alphabetic())
            .len();
        let end = self.closing(quotes, open.end);
        Some(end.ok_or(Unclosed).map(|close| Literal {
            // More letters than these are a name.
            prefix: if open.start - prefix <= 2 {
                prefix
            } else {
                open.start
            }..open.start,
            open,
            close,
        }))
    }

    fn closing(&self, quotes: &Quotes, from: usize) -> Option<Range<usize>> {
        let mut position = from;
        loop {
            if let Some(hole) = hole_at(self.holes, position) {
                position = hole.end;
                continue;
            }
            let rest = self.text.get(position..)?;
            let letter = rest.chars().next()?;
            if rest.starts_with(quotes.close) {
                let end = position + quotes.close.len();
                let twice =
                    quotes.escape == Escape::Twice && self.text[end..].starts_with(quotes.close);
                if !twice {
                    return Some(position..end);
                }
                position = end + quotes.close.len();
            } else if letter == '\n' && quotes.one_line {
                return None;
            } else if quotes.escape == Escape::With(letter) {
                let escaped = rest.chars().nth(1)?;
                position += letter.len_utf8() + escaped.len_utf8();
            } else {
                position += letter.len_utf8();
            }
        }
    }

    /// The end of a regular expression that begins here; the next place where it is a division.
    fn regular_expression(&self) -> usize {
        let before = self.text[..self.position].trim_end();
        let divides = before.ends_with(|letter: char| {
            letter.is_alphanumeric() || matches!(letter, '_' | ')' | ']' | '}' | '"' | '\'' | '`')
        });
        let keyword = before.ends_with("return");
        if divides && !keyword {
            return self.position + 1;
        }
        let mut letters = self.text[self.position + 1..].char_indices();
        let mut in_class = false;
        while let Some((index, letter)) = letters.next() {
            match letter {
                '\\' => {
                    letters.next();
                }
                '[' => in_class = true,
                ']' => in_class = false,
                '\n' => break,
                '/' if !in_class => return self.position + 1 + index + 1,
                _ => {}
            }
        }
        self.position + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression;

    fn around(language: Language, text: &str) -> String {
        let template = expression::parse(text);
        let holes = super::super::holes(&template);
        let at = text.find("{{ x }}").unwrap();
        match surroundings(language, text, &holes, at) {
            Surroundings::Literal(literal) => {
                text[literal.prefix.start..literal.open.end].to_owned()
            }
            Surroundings::Code => "code".to_owned(),
            Surroundings::Comment => "comment".to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn literals_and_comments_are_told_from_code() {
        use Language::{Go, Julia, Lua, Node, Php, PowerShell, Python, R, Ruby, Sql};
        for (language, text, expected) in [
            (Python, "a = \"b {{ x }}\"", "\""),
            (Python, "a = f'{{ x }}'", "f'"),
            (Python, "print('it\\'s', {{ x }})", "code"),
            (Python, "# it's\nb = {{ x }}", "code"),
            (Python, "b = 1 # '{{ x }}", "comment"),
            (Python, "\"\"\"a 'b' {{ x }} \"c\" \"\"\"", "\"\"\""),
            (Python, "a = '{{ y['z'] }}' + \"{{ x }}\"", "\""),
            (Node, "a = `b ${c} {{ x }}`", "`"),
            (Node, "a = b.replace(/'/g, '') + '{{ x }}'", "'"),
            (Node, "a = b / c; d = '{{ x }}' / 2", "'"),
            (Node, "// it's\nlet a = {{ x }}", "code"),
            (Node, "/* it's {{ x }} */", "comment"),
            (R, "x <- \"{{ x }}\"", "\""),
            (Ruby, "puts 'a' # {{ x }}", "comment"),
            (Julia, "a = b' * \"{{ x }}\"", "\""),
            (Php, "$a = \"{{ x }}\";", "\""),
            (Lua, "--[[ it's ]] print(\"{{ x }}\")", "\""),
            (Go, "a := `b` + \"{{ x }}\"", "\""),
            (PowerShell, "Write-Host 'it''s' \"{{ x }}\"", "\""),
            (PowerShell, "@\"\na \"b\" {{ x }}\n\"@", "@\""),
            (Sql, "SELECT 'it''s', '{{ x }}'", "'"),
            (Sql, "SELECT 1 -- '\n, {{ x }}", "code"),
        ] {
            assert_eq!(around(language, text), expected, "{text}");
        }
    }
}
