//! What stands around a place in a shell script.

use std::ops::Range;

use super::hole_at;

/// A place in a shell script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Outside of quotes, where a word may stand that is an argument or a value.
    Word,
    /// Outside of quotes, where the name of a command stands.
    Command,
    /// Between double quotes.
    Double,
    /// Between single quotes.
    Single,
    /// In a here-document in which variables are replaced.
    HereDocument,
    /// In a comment.
    Comment,
    /// Somewhere that needs care: a here-document that is taken as it is, arithmetic, `` `…` ``, `${…}`, `$'…'`, the
    /// words of a `for`.
    Other,
}

/// The kinds of nesting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Double,
    Substitution,
    Parentheses,
    Backticks,
    Arithmetic,
    Parameter,
}

struct HereDocument<'text> {
    word: &'text str,
    is_literal: bool,
    strips_tabs: bool,
}

/// What stands around the hole that begins at `at`; none where the quotes of the script do not match.
pub(super) fn place(text: &str, holes: &[Range<usize>], at: usize) -> Option<Place> {
    let mut reader = Reader {
        text,
        holes,
        position: 0,
        nesting: Vec::new(),
        pending: Vec::new(),
        is_command: true,
        in_for: false,
        word_start: 0,
        at,
        found: None,
    };
    reader.read()?;
    // Where quotes are still open at the end, something was not understood.
    let is_whole = reader.nesting.is_empty() && reader.pending.is_empty();
    reader.found.filter(|_| is_whole)
}

struct Reader<'text> {
    text: &'text str,
    holes: &'text [Range<usize>],
    position: usize,
    nesting: Vec<Nesting>,
    pending: Vec<HereDocument<'text>>,
    /// Whether the name of a command is next.
    is_command: bool,
    /// Whether the words of a `for` are being read.
    in_for: bool,
    word_start: usize,
    at: usize,
    found: Option<Place>,
}

/// Words after which a command stands.
const BEFORE_COMMANDS: [&str; 11] = [
    "!", "do", "elif", "else", "exec", "if", "sudo", "then", "time", "until", "while",
];

impl<'text> Reader<'text> {
    fn rest(&self) -> &'text str {
        &self.text[self.position..]
    }

    /// Passes a hole that begins here.
    fn hole(&mut self, place: Place) -> bool {
        let position = self.position;
        let Some(hole) = hole_at(self.holes, position) else {
            return false;
        };
        if position == self.at {
            self.found = Some(place);
        }
        self.position = hole.end;
        true
    }

    fn read(&mut self) -> Option<()> {
        while self.position < self.text.len() {
            match self.nesting.last() {
                Some(Nesting::Double) => self.double(),
                Some(Nesting::Arithmetic | Nesting::Parameter) => self.opaque(),
                _ => self.code()?,
            }
        }
        Some(())
    }

    fn advance(&mut self) {
        let letter = self.rest().chars().next();
        self.position += letter.map_or(1, char::len_utf8);
    }

    fn skip_escaped(&mut self) {
        self.position += 1;
        if self.position < self.text.len() {
            self.advance();
        }
    }

    fn double(&mut self) {
        let place = if self.nesting.contains(&Nesting::Backticks) {
            Place::Other
        } else {
            Place::Double
        };
        if self.hole(place) {
            return;
        }
        let rest = self.rest();
        if rest.starts_with('\\') {
            self.skip_escaped();
        } else if rest.starts_with('"') {
            self.nesting.pop();
            self.position += 1;
        } else if !self.opening(rest) {
            self.advance();
        }
    }

    /// Inside `$((…))` and `${…}`.
    fn opaque(&mut self) {
        if self.hole(Place::Other) {
            return;
        }
        let rest = self.rest();
        let is_arithmetic = self.nesting.last() == Some(&Nesting::Arithmetic);
        if rest.starts_with('\\') {
            self.skip_escaped();
        } else if is_arithmetic && rest.starts_with("))") {
            self.nesting.pop();
            self.position += 2;
        } else if !is_arithmetic && rest.starts_with('}') {
            self.nesting.pop();
            self.position += 1;
        } else if rest.starts_with('"') {
            self.nesting.push(Nesting::Double);
            self.position += 1;
        } else if !self.opening(rest) {
            self.advance();
        }
    }

    /// What begins with `$` or `` ` ``, inside and outside of double quotes.
    fn opening(&mut self, rest: &str) -> bool {
        let (nesting, length) = if rest.starts_with("$((") {
            (Nesting::Arithmetic, 3)
        } else if rest.starts_with("$(") {
            (Nesting::Substitution, 2)
        } else if rest.starts_with("${") {
            (Nesting::Parameter, 2)
        } else if rest.starts_with('`') {
            (Nesting::Backticks, 1)
        } else {
            return false;
        };
        self.position += length;
        if nesting == Nesting::Backticks && self.nesting.contains(&Nesting::Backticks) {
            while self.nesting.pop() != Some(Nesting::Backticks) {}
            return true;
        }
        self.nesting.push(nesting);
        if matches!(nesting, Nesting::Substitution | Nesting::Backticks) {
            self.begin_command();
        }
        true
    }

    fn begin_command(&mut self) {
        self.is_command = true;
        self.in_for = false;
        self.word_start = self.position;
    }

    fn code(&mut self) -> Option<()> {
        let place = if self.in_for || self.nesting.contains(&Nesting::Backticks) {
            Place::Other
        } else if self.is_command && self.word_start == self.position {
            Place::Command
        } else {
            Place::Word
        };
        if self.hole(place) {
            return Some(());
        }
        let rest = self.rest();
        let letter = rest.chars().next()?;
        match letter {
            '\\' => self.skip_escaped(),
            '\'' => self.single()?,
            '"' => {
                self.nesting.push(Nesting::Double);
                self.position += 1;
            }
            '$' if rest.starts_with("$'") => self.ansi()?,
            '#' if self.word_start == self.position => self.comment(),
            '<' if rest.starts_with("<<") => self.here_document(rest)?,
            '\n' => {
                self.end_word();
                self.position += 1;
                self.here_documents()?;
                self.begin_command();
            }
            ' ' | '\t' | '\r' => {
                self.end_word();
                self.position += 1;
                self.word_start = self.position;
            }
            ';' | '&' | '|' => {
                self.end_word();
                self.position += 1;
                // `>&2` redirects, `&>` too.
                let redirects =
                    letter == '&' && self.text[..self.position - 1].ends_with(['>', '<']);
                if redirects {
                    self.word_start = self.position;
                } else {
                    self.begin_command();
                }
            }
            '(' => {
                self.nesting.push(Nesting::Parentheses);
                self.position += 1;
                self.begin_command();
            }
            ')' => {
                self.position += 1;
                if matches!(
                    self.nesting.last(),
                    Some(Nesting::Parentheses | Nesting::Substitution)
                ) {
                    self.nesting.pop();
                    self.is_command = false;
                } else {
                    // The pattern of a `case`.
                    self.begin_command();
                }
            }
            _ if self.opening(rest) => {}
            _ => self.advance(),
        }
        Some(())
    }

    /// A word has ended: is a command next?
    fn end_word(&mut self) {
        let word = &self.text[self.word_start..self.position];
        if word.is_empty() {
            return;
        }
        if self.is_command {
            self.in_for = word == "for" || word == "select";
            let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name
                        .chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            });
            self.is_command = BEFORE_COMMANDS.contains(&word) || is_assignment || word == "{";
        }
    }

    fn single(&mut self) -> Option<()> {
        self.position += 1;
        loop {
            if self.hole(Place::Single) {
                continue;
            }
            if self.rest().chars().next()? == '\'' {
                self.position += 1;
                return Some(());
            }
            self.advance();
        }
    }

    fn ansi(&mut self) -> Option<()> {
        self.position += 2;
        loop {
            if self.hole(Place::Other) {
                continue;
            }
            match self.rest().chars().next()? {
                '\'' => {
                    self.position += 1;
                    return Some(());
                }
                '\\' => self.skip_escaped(),
                _ => self.advance(),
            }
        }
    }

    fn comment(&mut self) {
        while self.position < self.text.len() && !self.rest().starts_with('\n') {
            if !self.hole(Place::Comment) {
                self.advance();
            }
        }
        self.word_start = self.position;
    }

    fn here_document(&mut self, rest: &'text str) -> Option<()> {
        if rest.starts_with("<<<") {
            self.position += 3;
            self.word_start = self.position;
            return Some(());
        }
        let strips_tabs = rest.starts_with("<<-");
        let after = &rest[if strips_tabs { 3 } else { 2 }..];
        let trimmed = after.trim_start_matches([' ', '\t']);
        let end = trimmed
            .find(|letter: char| letter.is_whitespace() || ";&|()<>".contains(letter))
            .unwrap_or(trimmed.len());
        let raw = &trimmed[..end];
        let word = raw.trim_matches(['\'', '"', '\\']);
        if word.is_empty() || word.contains('{') {
            return None;
        }
        self.pending.push(HereDocument {
            word,
            is_literal: raw != word,
            strips_tabs,
        });
        self.position += rest.len() - trimmed.len() + end;
        self.word_start = self.position;
        Some(())
    }

    /// The bodies of the here-documents of the line that has ended.
    fn here_documents(&mut self) -> Option<()> {
        let before = &self.text[..self.position.saturating_sub(1)];
        let line = before.rsplit('\n').next().unwrap_or(before);
        let is_data = ["cat", "tee"].contains(&line.split_whitespace().next().unwrap_or_default());
        for document in std::mem::take(&mut self.pending) {
            let place = if document.is_literal || !is_data {
                Place::Other
            } else {
                Place::HereDocument
            };
            loop {
                let line = self.rest().lines().next()?;
                let ending = if document.strips_tabs {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                if ending == document.word {
                    self.position += line.len();
                    break;
                }
                self.here_line(place);
                if self.position >= self.text.len() {
                    return None;
                }
            }
        }
        Some(())
    }

    fn here_line(&mut self, place: Place) {
        while self.position < self.text.len() {
            if self.hole(place) {
                continue;
            }
            let is_end = self.rest().starts_with('\n');
            self.advance();
            if is_end {
                break;
            }
        }
    }
}

/// Words and options with which a command takes an argument for a program: what is data to the shell is
/// code to it.
const READERS_OF_CODE: [&str; 20] = [
    "-c",
    "-e",
    "-ec",
    "-lc",
    "-xc",
    "--command",
    "--eval",
    "--execute",
    "--query",
    "-Command",
    "awk",
    "bq",
    "eval",
    "gawk",
    "jq",
    "perl",
    "sed",
    "source",
    "ssh",
    "xargs",
];

/// Whether a command around a place hands its arguments to something that runs them as a program.
pub(super) fn is_run_again(text: &str, holes: &[Range<usize>], at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |start| start + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    // A line that ends in `\` goes on.
    let start = text[..start.saturating_sub(1)]
        .rsplit('\n')
        .take_while(|line| line.trim_end().ends_with('\\'))
        .fold(start, |start, line| start.saturating_sub(line.len() + 1));
    let mut begin = start;
    let inside = holes
        .iter()
        .filter(|hole| hole.start >= start && hole.end <= end);
    for hole in inside.cloned().chain(std::iter::once(end..end)) {
        if text
            .get(begin..hole.start)
            .is_some_and(names_reader_of_code)
        {
            return true;
        }
        begin = hole.end;
    }
    false
}

fn names_reader_of_code(command: &str) -> bool {
    let words =
        command.split(|letter: char| letter.is_whitespace() || "\"'`();|&".contains(letter));
    let mut words = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    words.any(|word| READERS_OF_CODE.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression;

    fn of(text: &str) -> Option<Place> {
        let holes = super::super::holes(&expression::parse(text));
        place(text, &holes, text.find("{{ x }}").unwrap())
    }

    #[test]
    fn places_are_told_apart() {
        for (text, expected) in [
            ("echo {{ x }}", Some(Place::Word)),
            ("echo --name={{ x }}/a", Some(Place::Word)),
            ("A={{ x }} run", Some(Place::Word)),
            ("{{ x }}", Some(Place::Command)),
            ("a && {{ x }} b", Some(Place::Command)),
            ("if {{ x }}; then b; fi", Some(Place::Command)),
            ("A=1 {{ x }}", Some(Place::Command)),
            ("echo \"a {{ x }}\"", Some(Place::Double)),
            ("echo \"a $(b {{ x }})\"", Some(Place::Word)),
            ("echo \"a $(b '{{ x }}')\"", Some(Place::Single)),
            ("echo 'a {{ x }}'", Some(Place::Single)),
            ("echo it\\'s {{ x }}", Some(Place::Word)),
            ("echo 'it'\\''s' {{ x }}", Some(Place::Word)),
            ("echo a # it's {{ x }}", Some(Place::Comment)),
            ("# it's\necho {{ x }}", Some(Place::Word)),
            ("echo $(( {{ x }} + 1 ))", Some(Place::Other)),
            ("echo `a {{ x }}`", Some(Place::Other)),
            ("echo ${a:-{{ x }}}", Some(Place::Other)),
            ("for a in {{ x }}; do b; done", Some(Place::Other)),
            ("for a in b; do c {{ x }}; done", Some(Place::Word)),
            (
                "cat > a <<EOF\nit's {{ x }}\nEOF\n",
                Some(Place::HereDocument),
            ),
            ("cat <<'EOF'\n{{ x }}\nEOF", Some(Place::Other)),
            ("python <<EOF\n{{ x }}\nEOF", Some(Place::Other)),
            ("cat <<EOF\nit's\nEOF\necho {{ x }}", Some(Place::Word)),
            ("echo \"{{ y[\"z\"] }}\" {{ x }}", Some(Place::Word)),
            ("echo 2>&1 {{ x }}", Some(Place::Word)),
            ("echo it's {{ x }}", None),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn commands_that_run_their_arguments_are_known() {
        for (text, expected) in [
            ("bash -c \"echo {{ x }}\"", true),
            ("ssh host {{ x }}", true),
            ("ssh \\\n  host \\\n  {{ x }}", true),
            ("sed s/a/{{ x }}/ file", true),
            ("curl -d \"{{ x }}\" https://example.com", false),
            ("ssh host\necho {{ x }}", false),
            ("echo {{ y | jq('.a') }} {{ x }}", false),
        ] {
            let holes = super::super::holes(&expression::parse(text));
            let at = text.find("{{ x }}").unwrap();
            assert_eq!(is_run_again(text, &holes, at), expected, "{text}");
        }
    }
}
