//! A flow's content as a value that can be changed without touching its tree.

use crate::syntax::{NodeId, Tree, Value};

/// Deeper nesting is cut: nobody's policy looks there.
const DEEPEST: usize = 64;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The flow's author wrote it.
    Written(NodeId),
    /// A policy gave it.
    Given,
}

/// A value of a flow as it would run.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// What it is.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Nothing; Kestra treats it like a property that is not there.
    Null,
    /// `true` or `false`, with its text.
    Boolean(bool, String),
    /// A number, with its text.
    Number(f64, String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Effective>),
    /// A mapping, in the order of its text.
    Map(Vec<(String, Effective)>),
}

impl Effective {
    /// What stands at a node of a tree.
    pub fn of(tree: &Tree, node: NodeId) -> Self {
        Self::read(tree, node, Origin::Written, 0)
    }

    /// The same as a value that a policy gives.
    pub fn given(tree: &Tree, node: NodeId) -> Self {
        Self::read(tree, node, |_| Origin::Given, 0)
    }

    fn read(tree: &Tree, node: NodeId, origin: fn(NodeId) -> Origin, depth: usize) -> Self {
        let content = if depth > DEEPEST {
            Content::Null
        } else if tree.is_mapping(node) {
            let entries = tree.entries(node).iter().map(|entry| {
                let key = tree.scalar_text(entry.key).unwrap_or_default().to_owned();
                (key, Self::read(tree, entry.value, origin, depth + 1))
            });
            Content::Map(entries.collect())
        } else if tree.is_sequence(node) {
            let items = tree.items(node);
            Content::List(
                items
                    .map(|item| Self::read(tree, item, origin, depth + 1))
                    .collect(),
            )
        } else {
            Content::of_scalar(tree, node)
        };
        Self {
            content,
            origin: origin(node),
        }
    }

    /// The text of a scalar as it is written.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Boolean(_, text) | Content::Number(_, text) | Content::Text(text) => {
                Some(text)
            }
            Content::Null | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(String, Self)] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key; none where it is null, which Kestra drops.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let mut entries = self.entries().iter();
        let found = entries.find(|(known, _)| known == key);
        found
            .map(|(_, value)| value)
            .filter(|value| value.content != Content::Null)
    }

    /// The value at a path such as `taskRunner.type`, and the last value on the way to it.
    pub fn at<'value>(&'value self, path: &str) -> (Option<&'value Self>, &'value Self) {
        let mut here = self;
        let mut rest = path;
        loop {
            // A key may have points in it, as labels do: `labels.system.readOnly`.
            if let Some(found) = here.get(rest).or_else(|| here.label(rest)) {
                return (Some(found), found);
            }
            let Some((step, behind)) = rest.split_once('.') else {
                return (None, here);
            };
            let Some(next) = here.get(step) else {
                return (None, here);
            };
            here = next;
            rest = behind;
        }
    }

    /// The value of a label, where labels are a list of keys and values.
    fn label(&self, name: &str) -> Option<&Self> {
        let Content::List(items) = &self.content else {
            return None;
        };
        let mut items = items.iter();
        let item = items.find(|item| item.get("key").and_then(Self::text) == Some(name));
        item?.get("value")
    }

    /// Whether nothing is there that a `Require` rule counts.
    pub fn is_empty(&self) -> bool {
        match &self.content {
            Content::Null => true,
            Content::Text(text) => text.trim().is_empty(),
            Content::List(items) => items.is_empty(),
            Content::Map(entries) => entries.is_empty(),
            Content::Boolean(..) | Content::Number(..) => false,
        }
    }

    /// Whether its value is only known when the flow runs.
    pub fn is_template(&self) -> bool {
        self.text().is_some_and(|text| text.contains("{{"))
    }

    /// Whether two values say the same; what is text in one place may be a number in the other.
    pub fn says_the_same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Null, Content::Null) => true,
            (Content::Number(one, _), Content::Number(other, _)) => {
                one.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
            }
            (Content::Boolean(one, _), Content::Boolean(other, _)) => one == other,
            (Content::List(one), Content::List(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other)
                        .all(|(one, other)| one.says_the_same(other))
            }
            (Content::Map(one), Content::Map(_)) => {
                one.len() == other.entries().len()
                    && one.iter().all(|(key, value)| {
                        other
                            .get(key)
                            .is_some_and(|other| value.says_the_same(other))
                    })
            }
            _ => self.text().is_some() && self.text() == other.text(),
        }
    }

    /// Whether this is an instance of a plugin: a mapping whose `type` is the name of a class.
    pub fn plugin_type(&self) -> Option<&str> {
        self.get("type")
            .and_then(Self::text)
            .filter(|name| is_class_name(name))
    }
}

impl Content {
    fn of_scalar(tree: &Tree, node: NodeId) -> Self {
        let text = tree.scalar_text(node).unwrap_or_default().to_owned();
        match tree.value(node) {
            // `key:` without a value is the empty text to Kestra.
            Some(Value::Null) if tree.is_absent(node) => Self::Text(text),
            Some(Value::Null) | None => Self::Null,
            Some(Value::Boolean(value)) => Self::Boolean(value, text),
            #[expect(clippy::cast_precision_loss, reason = "nobody limits to 16 digits")]
            Some(Value::Integer(value)) => Self::Number(value as f64, text),
            Some(Value::Float(value)) => Self::Number(value, text),
            Some(Value::String(_) | Value::Malformed(_)) => Self::Text(text),
        }
    }
}

/// `io.kestra.plugin.core.log.Log`: names with points between, the last beginning with a capital letter.
fn is_class_name(name: &str) -> bool {
    let is_identifier = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
    };
    let Some((package, class)) = name.rsplit_once('.') else {
        return false;
    };
    class.starts_with(char::is_uppercase)
        && is_identifier(class)
        && package.split('.').all(is_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;

    fn of(text: &str) -> Effective {
        let tree = syntax::parse(text.into());
        let root = tree.documents()[0].root.unwrap();
        Effective::of(&tree, root)
    }

    #[test]
    fn paths_lead_through_mappings_and_labels() {
        let flow =
            of("labels: {system.readOnly: true, team: a}\nconcurrency: {limit: 5}\nx: null\n");
        let text = |path: &str| flow.at(path).0.and_then(Effective::text);
        assert_eq!(text("labels.system.readOnly"), Some("true"));
        assert_eq!(text("labels.team"), Some("a"));
        assert_eq!(text("concurrency.limit"), Some("5"));
        assert_eq!(text("concurrency.behavior"), None);
        assert_eq!(text("x"), None);
        let flow = of("labels: [{key: team, value: a}]\n");
        assert_eq!(
            flow.at("labels.team").0.and_then(Effective::text),
            Some("a")
        );
    }

    #[test]
    fn what_is_empty_is_as_the_documentation_says() {
        let flow = of("a: ''\nb: '  '\nc: []\nd: {}\ne: 0\nf: false\n");
        for (key, expected) in [
            ("a", true),
            ("b", true),
            ("c", true),
            ("d", true),
            ("e", false),
            ("f", false),
        ] {
            assert_eq!(flow.get(key).unwrap().is_empty(), expected, "{key}");
        }
    }

    #[test]
    fn plugins_are_told_by_the_name_of_their_class() {
        for (name, expected) in [
            ("io.kestra.plugin.core.log.Log", true),
            ("Log", false),
            ("STRING", false),
            ("io.kestra.plugin.core", false),
            ("{{ vars.x }}", false),
            ("constant", false),
        ] {
            assert_eq!(is_class_name(name), expected, "{name}");
        }
    }

    #[test]
    fn numbers_and_texts_may_say_the_same() {
        let one = of("a: 5\nb: '5'\nc: 5.0\nd: yes\ne: true\nf: [1]\ng: ['1']\n");
        let same = |left: &str, right: &str| {
            one.get(left)
                .unwrap()
                .says_the_same(one.get(right).unwrap())
        };
        assert!(same("a", "b") && same("a", "c") && same("d", "e") && same("f", "g"));
        assert!(!same("a", "d") && !same("a", "f"));
    }
}
