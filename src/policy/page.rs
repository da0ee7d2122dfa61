//! The page of a policy: what `explain` shows and reports carry.

use std::fmt::Write as _;

use super::declared::{Example, Policy};

/// The page, in Markdown.
pub(super) fn of(policy: &Policy, description: Option<&str>) -> String {
    let mut page = format!(
        "# {}\n\n{}\n",
        policy.metadata.name,
        sentence(policy.metadata.summary)
    );
    // Writing to a string does not fail.
    if let Some(description) = description {
        let _ = write!(page, "\n## Why it matters\n\n{description}\n");
    }
    page.push_str(&examples_of(&policy.examples));
    if let Some(help) = &policy.help {
        let _ = write!(page, "\n## How to mend it\n\n{help}\n");
    }
    page
}

/// The examples, under headings.
pub(super) fn examples_of(examples: &[Example]) -> String {
    let mut page = String::new();
    for (is_valid, heading) in [(false, "Bad"), (true, "Good")] {
        for example in examples
            .iter()
            .filter(|example| example.is_valid == is_valid)
        {
            let _ = write!(
                page,
                "\n## {heading}\n\n```yaml\n{}\n```\n",
                example.text.trim_end()
            );
        }
    }
    page
}

pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}
