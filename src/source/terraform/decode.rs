//! `yamldecode` and `jsondecode`: what a text holds, with the places of its parts.

use std::ops::Range;

use super::evaluate::Evaluator;
use super::module::stands_alone;
use super::value::{Text, Value};

/// What a YAML text holds, as far as all readers of YAML agree on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainYaml {
    /// What readers understand differently, such as `yes`.
    Unclear,
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, at these bytes of the text.
    Number(Range<usize>),
    /// A text.
    Text(PlainText),
    /// The items of a sequence.
    Sequence(Vec<PlainYaml>),
    /// The keys and values of a mapping.
    Mapping(Vec<(PlainText, PlainYaml)>),
}

/// A scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainText {
    /// What it says.
    pub text: String,
    /// Which of its bytes stand in the YAML text as they are, and where.
    pub verbatim: Vec<(Range<usize>, usize)>,
}

/// Reads a YAML text; none where it cannot be read, or has what readers understand differently.
pub type YamlReader = fn(&str) -> Option<PlainYaml>;

/// The value of a YAML text.
pub(super) fn yaml(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let text = arguments.first()?.to_text()?;
    // A line of which nothing is known may be of any shape.
    let mut unknown = text
        .segments()
        .into_iter()
        .filter(|segment| segment.is_unknown);
    if unknown.any(|segment| stands_alone(text.as_str(), &segment)) {
        return None;
    }
    let read = (evaluator.read_yaml)(text.as_str())?;
    value(&text, &read)
}

/// The value of a JSON text; YAML reads all that JSON can say.
pub(super) fn json(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Option<Value> {
    let text = arguments.first()?.as_known_str()?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    yaml(evaluator, arguments)
}

// The reader bounds the nesting.
fn value(whole: &Text, read: &PlainYaml) -> Option<Value> {
    Some(match read {
        PlainYaml::Unclear => Value::Unknown,
        PlainYaml::Null => Value::Null,
        PlainYaml::Boolean(value) => Value::Bool(*value),
        PlainYaml::Number(range) => Value::Number(whole.slice(range.clone())),
        PlainYaml::Text(read) => {
            let text = placed(whole, read);
            // What is not known at all may be of any type.
            if text.has_known() || text.as_str().is_empty() {
                Value::Text(text)
            } else {
                Value::Unknown
            }
        }
        PlainYaml::Sequence(items) => {
            let items: Option<Vec<Value>> = items.iter().map(|item| value(whole, item)).collect();
            Value::List(items?)
        }
        PlainYaml::Mapping(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, entry) in entries {
                placed(whole, key).is_known().then_some(())?;
                map.push((key.text.clone(), value(whole, entry)?));
            }
            Value::map(map)
        }
    })
}

/// The text of a scalar with the origin of each of its parts.
fn placed(whole: &Text, read: &PlainText) -> Text {
    let mut text = Text::default();
    let mut start = 0;
    for (range, source) in &read.verbatim {
        text.push_made(read.text.get(start..range.start).unwrap_or_default());
        text.push_text(&whole.slice(*source..*source + range.len()));
        start = range.end;
    }
    text.push_made(read.text.get(start..).unwrap_or_default());
    text
}
