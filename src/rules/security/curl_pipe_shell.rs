//! `curl-pipe-shell`: a script from the network is run as it comes.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::engine::{Checker, Interest, Rule};
use crate::finding::{FixKind, Group, RuleMetadata, Severity, TargetSet, Tier};
use crate::text::{TextRange, TextSize};

/// The rule, for the registry.
pub static RULE: &dyn Rule = &CurlPipeShell;

struct CurlPipeShell;

static METADATA: RuleMetadata = RuleMetadata {
    name: "curl-pipe-shell",
    summary: "A script from the network is run as it comes",
    group: Group::Security,
    severity: Severity::Warning,
    tier: Tier::Default,
    fix: FixKind::None,
    targets: TargetSet::ALL,
    options: &[],
    since: "0.1.0",
};

impl Rule for CurlPipeShell {
    fn metadata(&self) -> &'static RuleMetadata {
        &METADATA
    }

    fn interests(&self) -> &'static [Interest] {
        &[Interest::Flow]
    }

    fn flow(&self, checker: &mut Checker<'_>) {
        let tree = checker.tree;
        let source = tree.source();
        for tool in TOOLS.iter() {
            for start in tool.find_iter(source.as_bytes()) {
                let Some(length) = source.get(start..).and_then(piped) else {
                    continue;
                };
                let size = |value: usize| TextSize::try_from(value).unwrap_or_default();
                let range = tree.first_line(TextRange::at(size(start), size(length)));
                let Some(node) = tree.scalar_around(range) else {
                    continue;
                };
                checker
                    .finding(&METADATA, node, "A script from the network is run as it comes")
                    .range(range)
                    .identity(source.get(std::ops::Range::<usize>::from(range)).unwrap_or_default())
                    .help("Put the tool into the image; or download a fixed version, check its checksum, then run it.")
                    .emit();
            }
        }
    }
}

static TOOLS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("curl "), Finder::new("wget ")]);

const INTERPRETERS: [&str; 11] = [
    "sh", "bash", "zsh", "dash", "ksh", "python", "python3", "perl", "ruby", "node", "php",
];

/// Longer commands are not looked at, so that no text takes more than linear time.
const LONGEST: usize = 2000;

/// The length of `curl … | sh`, if that is what stands at the beginning of the text.
fn piped(text: &str) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    // A line that ends in `\` goes on in the next.
    let mut end = 0;
    loop {
        let rest = text.get(end..)?;
        let line = rest.find('\n').unwrap_or(rest.len());
        end += line;
        if !rest.get(..line)?.trim_end().ends_with('\\') || end >= text.len() {
            break;
        }
        end += 1;
    }
    let command = text.get(..end)?;
    let pipe = command.match_indices('|').map(|(at, _)| at).find(|at| {
        let is_or = command
            .get(at + 1..)
            .is_some_and(|rest| rest.starts_with('|'))
            || command
                .get(..*at)
                .is_some_and(|before| before.ends_with('|'));
        !is_or
    })?;
    let before = command.get(..pipe)?;
    if before.contains([';', '"']) && before.matches('"').count() % 2 != 0
        || before.contains("&&")
        || before.contains(';')
    {
        return None;
    }
    let after = command.get(pipe + 1..)?;
    let mut words = after.split_whitespace().skip_while(|word| {
        *word == "\\" || *word == "sudo" || word.starts_with('-') || word.contains('=')
    });
    let word = words.next()?;
    let name = word
        .rsplit('/')
        .next()
        .unwrap_or(word)
        .trim_matches(['"', '\'', ')', '`']);
    // `python -m json.tool` and `python -c` read data, not a program.
    let reads_data = words
        .next()
        .is_some_and(|option| matches!(option, "-m" | "-c" | "-e" | "-ne" | "-pe"));
    (INTERPRETERS.contains(&name) && !reads_data)
        .then(|| pipe + 1 + after.find(word).unwrap_or_default() + word.len())
}

#[cfg(test)]
mod tests {
    use super::piped;

    #[test]
    fn pipes_into_interpreters_are_told_from_others() {
        for text in [
            "curl -sSL https://example.com/install.sh | sh",
            "curl -fsSL https://example.com/install.sh | sudo -E bash -",
            "wget -qO- https://example.com/x | /bin/bash",
            "curl https://example.com/get.py | python3",
            "curl -sSL \\\n  https://example.com/install.sh \\\n  | sh",
        ] {
            assert!(piped(text).is_some(), "{text}");
        }
        for text in [
            "curl https://example.com/items | jq .",
            "curl https://example.com/items | python3 -m json.tool",
            "curl https://example.com/items | python -c 'import json'",
            "curl -o install.sh https://example.com/install.sh && cat x | sh",
            "curl https://example.com || sh recover.sh",
            "curl https://example.com/items > items.json",
            "curl https://example.com\ncat x | sh",
        ] {
            assert!(piped(text).is_none(), "{text}");
        }
    }
}
