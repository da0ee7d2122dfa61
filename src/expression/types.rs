//! Types of values in expressions.

use std::fmt;
use std::sync::Arc;

use super::signature::Accepts;

/// The type of a value. What is not known is [`Type::Any`]: a finding needs proof.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Type {
    /// Not known.
    #[default]
    Any,
    /// Always null.
    Null,
    /// True or false.
    Boolean,
    /// A number of any width.
    Number,
    /// A string.
    Text,
    /// A date with time, as an object (not as a string).
    Date,
    /// The address of a file in the internal storage: a string.
    File,
    /// A list.
    List(Arc<Self>),
    /// A map.
    Map(Arc<MapType>),
    /// The type, or null.
    Optional(Arc<Self>),
}

/// The type of a map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MapType {
    /// The known entries, sorted by name.
    entries: Vec<(Box<str>, Type)>,
    /// The type of all other entries; none: there are no others.
    rest: Option<Type>,
}

impl MapType {
    /// A map that has these entries and no others.
    pub fn closed(entries: impl IntoIterator<Item = (impl Into<Box<str>>, Type)>) -> Self {
        let mut entries: Vec<_> = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        entries.sort_by(|left: &(Box<str>, Type), right| left.0.cmp(&right.0));
        entries.dedup_by(|left, right| left.0 == right.0);
        Self {
            entries,
            rest: None,
        }
    }

    /// The same map with any number of other entries of a type.
    #[must_use]
    pub fn with_rest(mut self, rest: Type) -> Self {
        self.rest = Some(rest);
        self
    }

    /// The type of an entry, if the map can have it.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.entries
            .binary_search_by(|(known, _)| (**known).cmp(name))
            .ok()
            .and_then(|index| self.entries.get(index))
            .map(|(_, value)| value)
            .or(self.rest.as_ref())
    }

    /// Whether an entry is known by its name.
    pub fn has_entry(&self, name: &str) -> bool {
        self.entries
            .binary_search_by(|(known, _)| (**known).cmp(name))
            .is_ok()
    }

    /// Whether the map has no other entries than the known ones.
    pub fn is_closed(&self) -> bool {
        self.rest.is_none()
    }

    /// The known entries, sorted by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }
}

impl Type {
    /// A list of a type.
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A map that has these entries and no others.
    pub fn closed(entries: impl IntoIterator<Item = (impl Into<Box<str>>, Self)>) -> Self {
        Self::Map(Arc::new(MapType::closed(entries)))
    }

    /// A map that has these entries and unknown others.
    pub fn open(entries: impl IntoIterator<Item = (impl Into<Box<str>>, Self)>) -> Self {
        Self::Map(Arc::new(MapType::closed(entries).with_rest(Self::Any)))
    }

    /// A map of any names to values of a type.
    pub fn map_of(value: Self) -> Self {
        Self::Map(Arc::new(MapType::default().with_rest(value)))
    }

    /// The type, or null.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Any | Self::Null | Self::Optional(_) => self,
            other => Self::Optional(Arc::new(other)),
        }
    }

    /// The type without null.
    pub fn required(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether null is among the values (as far as is known).
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Null | Self::Optional(_))
    }

    /// A type that has the values of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        match (self, other) {
            (Self::Null, other) | (other, Self::Null) => other.optional(),
            (Self::Optional(left), right) => {
                (*left).clone().union(right.required().clone()).optional()
            }
            (left, Self::Optional(right)) => left.union((*right).clone()).optional(),
            (Self::File, Self::Text) | (Self::Text, Self::File) => Self::Text,
            _ => Self::Any,
        }
    }

    /// The kind of value, for what operators and filters take; none where it is not known.
    pub fn family(&self) -> Option<Accepts> {
        Some(match self.required() {
            Self::Boolean => Accepts::BOOLEAN,
            Self::Number => Accepts::NUMBER,
            Self::Text | Self::File => Accepts::TEXT,
            Self::List(_) => Accepts::LIST,
            Self::Map(_) => Accepts::MAP,
            Self::Any | Self::Null | Self::Date | Self::Optional(_) => return None,
        })
    }

    /// The type of the elements that a loop sees.
    #[must_use]
    pub fn element(&self) -> Self {
        match self.required() {
            Self::List(element) => (**element).clone(),
            _ => Self::Any,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any"),
            Self::Null => formatter.write_str("null"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Number => formatter.write_str("number"),
            Self::Text => formatter.write_str("string"),
            Self::Date => formatter.write_str("date"),
            Self::File => formatter.write_str("file"),
            Self::List(element) => write!(formatter, "list of {element}"),
            Self::Map(map) => {
                if map.entries.is_empty() {
                    return match &map.rest {
                        Some(rest) => write!(formatter, "map of {rest}"),
                        None => formatter.write_str("empty map"),
                    };
                }
                formatter.write_str("map with ")?;
                for (index, (name, _)) in map.entries.iter().take(8).enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{name}")?;
                }
                let more = map.entries.len() > 8 || map.rest.is_some();
                formatter.write_str(if more { ", …" } else { "" })
            }
            Self::Optional(inner) => write!(formatter, "{inner} or null"),
        }
    }
}
