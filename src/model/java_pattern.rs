//! Regular expressions of Java, as far as it is certain that `java.util.regex` refuses them.

use std::iter::Peekable;
use std::str::Chars;

/// What is wrong with a regular expression, if Java certainly refuses it (asked of Kestra 1.3.31 and 2.0.0). What it
/// takes although it looks odd, `{1}` or `[]a]`, is left alone, and so are names of properties and groups.
pub fn problem(pattern: &str) -> Option<&'static str> {
    let mut reader = Reader {
        rest: pattern.chars().peekable(),
        open: 0,
        before: Before::Nothing,
    };
    loop {
        match reader.step() {
            Step::Goes => {}
            Step::Ends => break,
            Step::Fails(problem) => return Some(problem),
            Step::Unknown => return None,
        }
    }
    (reader.open > 0).then_some("a `(` is not closed")
}

/// What stands before the next character.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// The beginning of an alternative.
    Nothing,
    /// Something that can be repeated.
    Atom,
    /// How often it is repeated; `?` or `+` may follow.
    Repetition,
}

enum Step {
    Goes,
    Ends,
    Fails(&'static str),
    /// From here on nothing is certain.
    Unknown,
}

struct Reader<'text> {
    rest: Peekable<Chars<'text>>,
    open: u32,
    before: Before,
}

const DANGLING: &str = "there is nothing that `*`, `+` or `?` could repeat";
const BRACES: &str =
    "a `{` begins a number of repetitions such as `{1,3}`; write `\\{` for the character";
const BRACKET: &str = "a `[` is not closed";
const ESCAPE: &str = "a `\\` stands before something that has no meaning there";

impl Reader<'_> {
    fn step(&mut self) -> Step {
        let Some(character) = self.rest.next() else {
            return Step::Ends;
        };
        let before = std::mem::replace(&mut self.before, Before::Atom);
        match character {
            '\\' => return self.escape(),
            '[' => return self.class(),
            '(' => return self.group(),
            ')' if self.open == 0 => return Step::Fails("a `)` closes nothing"),
            ')' => self.open -= 1,
            '|' => self.before = Before::Nothing,
            '*' | '+' | '?' => {
                let is_suffix = before == Before::Repetition && character != '*';
                if before != Before::Atom && !is_suffix {
                    return Step::Fails(DANGLING);
                }
                self.before = if is_suffix {
                    // Nothing more may follow: `a+?*` dangles.
                    Before::Nothing
                } else {
                    Before::Repetition
                };
            }
            '{' => {
                self.before = Before::Repetition;
                return self.braces();
            }
            _ => {}
        }
        Step::Goes
    }

    fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits
    }

    fn braces(&mut self) -> Step {
        let least = self.digits();
        let most = self.rest.next_if_eq(&',').map(|_| self.digits());
        if least.is_empty() || self.rest.next() != Some('}') {
            return Step::Fails(BRACES);
        }
        let number = |digits: &str| digits.parse::<u32>().unwrap_or(u32::MAX);
        match most.filter(|most| !most.is_empty()) {
            Some(most) if number(&most) < number(&least) => {
                Step::Fails("the second number in braces is less than the first")
            }
            _ => Step::Goes,
        }
    }

    fn group(&mut self) -> Step {
        self.open += 1;
        self.before = Before::Nothing;
        if self.rest.next_if_eq(&'?').is_none() {
            return Step::Goes;
        }
        match self.rest.next() {
            Some(':' | '=' | '!' | '>') => Step::Goes,
            Some('<') => {
                if self
                    .rest
                    .next_if(|next| matches!(next, '=' | '!'))
                    .is_some()
                {
                    return Step::Goes;
                }
                let mut name = String::new();
                while let Some(letter) = self.rest.next_if(char::is_ascii_alphanumeric) {
                    name.push(letter);
                }
                let holds = name.starts_with(|first: char| first.is_ascii_alphabetic());
                if holds && self.rest.next() == Some('>') {
                    Step::Goes
                } else {
                    Step::Fails("the name of a group has letters and digits only: `(?<name>…)`")
                }
            }
            Some('P') => Step::Fails("Java writes named groups `(?<name>…)`, without `P`"),
            // Flags: with `x` spaces and comments mean nothing.
            Some('x') => Step::Unknown,
            Some('i' | 'd' | 'm' | 's' | 'u' | 'U' | '-') => self.flags(),
            _ => Step::Fails("`(?` begins no group that Java knows"),
        }
    }

    fn flags(&mut self) -> Step {
        loop {
            match self.rest.next() {
                Some(')') => {
                    self.open -= 1;
                    return Step::Goes;
                }
                Some(':') => return Step::Goes,
                Some('i' | 'd' | 'm' | 's' | 'u' | 'U' | '-') => {}
                _ => return Step::Unknown,
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.rest.next() {
            None => Step::Fails("it ends with a single `\\`"),
            Some('Q') => {
                let mut last = ' ';
                for character in self.rest.by_ref() {
                    if last == '\\' && character == 'E' {
                        break;
                    }
                    last = character;
                }
                Step::Goes
            }
            // What stands in the braces is not judged.
            Some('p' | 'P' | 'N' | 'x') if self.rest.peek() == Some(&'{') => {
                match self.rest.find(|character| *character == '}') {
                    Some(_) => Step::Goes,
                    None => Step::Fails(ESCAPE),
                }
            }
            Some('x') => self.hexadecimal(2),
            Some('u') => self.hexadecimal(4),
            Some('k') if self.rest.peek() != Some(&'<') => Step::Fails(ESCAPE),
            Some('c') if self.rest.next().is_none() => Step::Fails(ESCAPE),
            Some(
                'g' | 'i' | 'j' | 'l' | 'm' | 'o' | 'q' | 'y' | 'C' | 'F' | 'I' | 'J' | 'K' | 'L'
                | 'M' | 'O' | 'T' | 'U' | 'Y',
            ) => Step::Fails(ESCAPE),
            Some(_) => Step::Goes,
        }
    }

    fn hexadecimal(&mut self, count: usize) -> Step {
        let all = (0..count).all(|_| self.rest.next_if(char::is_ascii_hexdigit).is_some());
        if all {
            Step::Goes
        } else {
            Step::Fails("`\\x` takes two and `\\u` four hexadecimal digits")
        }
    }

    /// `[…]`, with classes in it. A `]` that comes first stands for itself.
    fn class(&mut self) -> Step {
        let mut depth = 1_u32;
        let mut is_first = true;
        self.rest.next_if_eq(&'^');
        while depth > 0 {
            let Some(character) = self.rest.next() else {
                return Step::Fails(BRACKET);
            };
            match character {
                '\\' => match self.escape() {
                    Step::Goes => {}
                    other => return other,
                },
                '[' => {
                    depth += 1;
                    self.rest.next_if_eq(&'^');
                    is_first = true;
                    continue;
                }
                ']' if !is_first => depth -= 1,
                low if self.rest.peek() == Some(&'-') => {
                    let mut ahead = self.rest.clone();
                    ahead.next();
                    let high = ahead.next();
                    let is_range = high.is_some_and(|high| !matches!(high, ']' | '[' | '\\' | '&'));
                    if is_range && high < Some(low) {
                        return Step::Fails("a range in brackets goes backwards");
                    }
                }
                _ => {}
            }
            is_first = false;
        }
        self.before = Before::Atom;
        Step::Goes
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn what_java_takes_is_right() {
        for pattern in [
            r"^[a-z0-9][a-z0-9-]{0,62}$",
            r"\d+",
            r"(|a)",
            r"()",
            r"(?i)a",
            r"(?<n>a)",
            r"(?=a)b",
            r"(?<=a+)b",
            r"a++",
            r"a+?",
            r"a{1,}",
            r"{1}",
            r"}",
            r"]",
            r"[]a]",
            r"[a&&b]",
            r"[a-z&&[^b]]",
            r"\Qa(",
            r"\1",
            r"$*",
            r"^*",
            r"\b+",
            r"\p{L}+",
            r"[\w.-]+@[\w-]+\.[a-z]{2,}",
            r"(?x) a *",
            r"[+-]",
            r"[a-]",
            r"\x41\u0041",
            r"https?://.+",
        ] {
            assert_eq!(problem(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn what_java_refuses_is_wrong() {
        for pattern in [
            r"[a-z",
            r"(a",
            r"a)",
            r"*a",
            r"+",
            r"?",
            r"a**",
            r"a{",
            r"a{1",
            r"a{2,1}",
            r"a{,2}",
            r"a{x}",
            r"{{ x }}",
            r"\",
            r"(?P<n>a)",
            r"[z-a]",
            r"\k",
            r"\q",
            r"a|*b",
            r"[]",
            r"[^]",
            r"\u12",
            r"\x1",
            r"(?",
            r"(?z)",
            r"(?<1>a)",
            r"[[a]",
            r"(?:a",
            r"[\]",
        ] {
            assert!(problem(pattern).is_some(), "{pattern}");
        }
    }
}
