//! Which names below a root such as `inputs` the templates of a flow mention. It reads the texts alone, which
//! is quick, and where it is in doubt a name counts as mentioned.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::ExpressionSite;
use crate::expression::has_template;
use crate::model::Flow;
use crate::syntax::Tree;

/// The names that some templates mention below a root.
#[derive(Debug, PartialEq, Eq)]
pub enum Mentions<'text> {
    /// Any name may be meant: the root as a whole, a name made at run time, a text rendered at run time.
    Any,
    /// These.
    Names(Vec<&'text str>),
}

/// A root whose names can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `inputs`
    Inputs,
    /// `vars`
    Variables,
}

static INPUTS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("inputs"));
static VARIABLES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("vars"));
static RENDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("render"));
static CONTEXT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("printContext"));

impl Root {
    fn finder(self) -> &'static Finder<'static> {
        match self {
            Self::Inputs => &INPUTS,
            Self::Variables => &VARIABLES,
        }
    }

    fn length(self) -> usize {
        self.finder().needle().len()
    }
}

impl<'text> Mentions<'text> {
    /// The names that the templates of a flow mention.
    pub fn of(root: Root, sites: &'text [ExpressionSite]) -> Self {
        let mut names = Vec::new();
        for site in sites {
            let text = site.template.text();
            for at in root.finder().find_iter(text.as_bytes()) {
                let before = text[..at].chars().next_back();
                if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
                    continue;
                }
                match name_behind(&text[at + root.length()..]) {
                    Behind::Name(name) => names.push(name),
                    Behind::Unknown => return Self::Any,
                    Behind::Nothing => {}
                }
            }
            if renders_unknown_text(text) {
                return Self::Any;
            }
        }
        Self::Names(names)
    }

    /// Whether a name is mentioned: as it is, as the beginning of a dotted id, or cut at a hyphen.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Names(names) => names.iter().any(|known| {
                let first = name.split(['.', '-']).next().unwrap_or(name);
                *known == name || *known == first
            }),
        }
    }
}

enum Behind<'text> {
    Name(&'text str),
    Unknown,
    /// The word goes on: it is another one.
    Nothing,
}

fn name_behind(rest: &str) -> Behind<'_> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    if rest.starts_with(is_word) {
        return Behind::Nothing;
    }
    let spaced = rest.trim_start();
    if let Some(path) = spaced.strip_prefix('.') {
        let path = path.trim_start();
        let end = path.find(|letter| !is_word(letter)).unwrap_or(path.len());
        return if end == 0 {
            Behind::Unknown
        } else {
            Behind::Name(&path[..end])
        };
    }
    let key = spaced
        .strip_prefix('[')
        .map(str::trim_start)
        .and_then(|key| {
            let quote = key
                .chars()
                .next()
                .filter(|quote| matches!(quote, '\'' | '"'))?;
            key[1..].split_once(quote)
        });
    match key {
        Some((name, behind)) if behind.trim_start().starts_with(']') => Behind::Name(name),
        _ => Behind::Unknown,
    }
}

/// Whether a template renders a text that stands elsewhere than in the flow's variables, which are templates
/// of their own, or shows all that there is.
fn renders_unknown_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    CONTEXT.find(bytes).is_some()
        || RENDER.find_iter(bytes).any(|at| {
            let rest = text[at + "render".len()..]
                .trim_start_matches("Once")
                .trim_start();
            let argument = rest.strip_prefix('(').map(str::trim_start);
            argument.is_some_and(|argument| !argument.starts_with("vars"))
        })
}

/// Whether a flow runs tasks that stand elsewhere (Kestra 1's templates), which read its inputs and variables.
pub fn runs_templates(tree: &Tree, flow: &Flow) -> bool {
    flow.tasks.iter().any(|task| {
        let kind = task.type_node.and_then(|node| tree.scalar_text(node));
        kind.is_some_and(|kind| kind.ends_with(".Template"))
    })
}

/// Whether a name stands in a text with a template that nobody renders, as far as we know: then we may know
/// too little. It looks at all nodes: for findings, not for walks.
pub fn stands_in_other_template(tree: &Tree, sites: &[ExpressionSite], name: &str) -> bool {
    tree.nodes().any(|node| {
        tree.scalar_text(node)
            .is_some_and(|text| text.contains(name) && has_template(text))
            && !sites.iter().any(|site| site.node == node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Flow;

    fn mentions(message: &str) -> Option<Vec<String>> {
        let text = format!(
            "id: f\nnamespace: n\ntasks:\n  - id: t\n    type: a.B\n    message: |\n      {message}\n"
        );
        let tree = crate::syntax::parse(text.as_str().into());
        let flow = Flow::read(&tree, tree.documents()[0].root.unwrap());
        let sites = crate::analysis::expression_sites(&tree, &flow);
        match Mentions::of(Root::Inputs, &sites) {
            Mentions::Any => None,
            Mentions::Names(names) => Some(names.into_iter().map(str::to_owned).collect()),
        }
    }

    #[test]
    fn names_are_found_behind_dots_and_in_brackets() {
        assert_eq!(
            mentions("{{ inputs.a ~ inputs['b-c'] ~ inputs [ \"d\" ] ~ myinputs.e ~ inputs_f }}"),
            Some(vec!["a".to_owned(), "b-c".to_owned(), "d".to_owned()])
        );
    }

    #[test]
    fn what_may_be_any_name_is_any_name() {
        for text in [
            "{{ inputs }}",
            "{{ inputs | toJson }}",
            "{{ inputs[vars.which] }}",
            "{{ inputs['a' ~ 'b'] }}",
            "{{ render(read('query.sql')) }}",
            "{{ renderOnce(trigger.body) }}",
            "{{ printContext() }}",
        ] {
            assert_eq!(mentions(text), None, "{text}");
        }
        assert_eq!(mentions("{{ render(vars.query) }}"), Some(Vec::new()));
    }

    #[test]
    fn dotted_ids_and_hyphens_count_as_mentioned() {
        let mentions = Mentions::Names(vec!["form", "my", "plain"]);
        assert!(mentions.has("form.child") && mentions.has("my-id") && mentions.has("plain"));
        assert!(!mentions.has("other") && !mentions.has("plainer"));
    }
}
