//! Templates of other tools that look like Kestra's: Go, dbt, GitHub Actions.

use crate::expression::Template;
use crate::text::TextRange;

/// Whose template it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignTemplate {
    /// Go's `{{ .Values.x }}`: Helm, Docker's and kubectl's `--format`.
    Go,
    /// dbt's `{{ ref('x') }}`.
    Dbt,
    /// GitHub's `${{ github.x }}`.
    GitHub,
}

impl ForeignTemplate {
    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Dbt => "dbt",
            Self::GitHub => "GitHub Actions",
        }
    }
}

/// Judges the template `{{ … }}` around a place that the engine cannot parse. Where it is another tool's, also its range.
pub fn foreign_print(
    template: &Template,
    place: TextRange,
) -> Option<(ForeignTemplate, TextRange)> {
    let text = template.text();
    let before = text.get(..usize::from(place.start()))?;
    // The place may be the opening braces themselves.
    let from_place = text.get(usize::from(place.start())..)?;
    let start = if from_place.starts_with("{{") {
        before.len()
    } else {
        before.rfind("{{")?
    };
    let inside = text.get(start + 2..)?;
    let length = inside.find("}}")?;
    let content = inside.get(..length)?.trim_matches('-').trim();
    let mut words = content.split_whitespace();
    let first = words.next()?;
    let names_a_field = |word: &str| word.strip_prefix('.').is_some_and(is_field_path);
    let is_go = names_a_field(first)
        || (matches!(first, "range" | "with" | "json" | "if" | "len" | "println")
            && words.next().is_some_and(names_a_field));
    let end = start + 2 + length + 2;
    let range = TextRange::new(
        u32::try_from(start).ok()?.into(),
        u32::try_from(end).ok()?.into(),
    );
    is_go.then_some((ForeignTemplate::Go, range))
}

/// `Values.image.tag`, or nothing at all (the dot alone).
fn is_field_path(path: &str) -> bool {
    !path.starts_with(|letter: char| letter.is_ascii_digit())
        && path
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'))
}

/// The tool to whose templates a function belongs that Kestra has not.
pub fn foreign_call(name: &str) -> Option<ForeignTemplate> {
    matches!(
        name,
        "ref" | "source" | "config" | "var" | "env_var" | "is_incremental"
    )
    .then_some(ForeignTemplate::Dbt)
}

/// The tool to whose templates a variable belongs, by its root and the text before its braces.
pub fn foreign_root(template: &Template, root: TextRange) -> Option<ForeignTemplate> {
    // `${{ outputs.x }}` may be a price: only names that Kestra has not are proof.
    let name = template.slice(root);
    let is_githubs = matches!(
        name,
        "github" | "secrets" | "matrix" | "env" | "steps" | "runner" | "needs" | "jobs"
    );
    let before = template.text().get(..usize::from(root.start()))?;
    let is_marked = before
        .rfind("{{")
        .and_then(|braces| before.get(..braces))
        .is_some_and(|before| before.ends_with('$'));
    (is_githubs && is_marked).then_some(ForeignTemplate::GitHub)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::parse;

    fn judged(text: &str) -> Option<(ForeignTemplate, String)> {
        let template = parse(text);
        let error = template.errors().first()?;
        let (kind, range) = foreign_print(&template, error.range)?;
        Some((kind, template.slice(range).to_owned()))
    }

    #[test]
    fn go_is_known_by_its_dots() {
        let go = |text: &str| Some((ForeignTemplate::Go, text.to_owned()));
        assert_eq!(judged("a {{.Names}} b"), go("{{.Names}}"));
        assert_eq!(judged("{{ .Values.image }}"), go("{{ .Values.image }}"));
        assert_eq!(judged("{{json .}}"), go("{{json .}}"));
        assert_eq!(judged("{{ inputs..a }}"), None);
        assert_eq!(judged("{{ a b }}"), None);
        assert_eq!(judged("{{ .5 + }}"), None);
        assert_eq!(judged("{{ 1 + }}"), None);
    }
}
