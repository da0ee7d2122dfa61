//! What expressions see of a document: its tree as values of CEL, made once and then shared.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use cel::common::traits::{Adder, Container, Indexer, Iterable, Sizer};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, LIST_TYPE,
    MAP_TYPE, Type,
};
use cel::common::value::{Builtin, BuiltinRef, StaticVal, Val};

use crate::governance::{Content, Effective, Governed};
use crate::syntax::{NodeId, Tree, Value};

/// Deeper nesting is cut: nobody's policy looks there.
const DEEPEST: usize = 64;

/// Any value.
pub(super) type Boxed = Box<dyn Val>;

/// A map that costs nothing to copy.
#[derive(Debug, Clone)]
pub(super) struct SharedMap {
    map: Arc<CelMap<'static>>,
    /// The number of values in it, at all depths.
    pub(super) weight: u64,
}

/// A list that costs nothing to copy.
#[derive(Debug, Clone)]
pub(super) struct SharedList {
    list: Arc<CelList<'static>>,
    /// The number of values in it, at all depths.
    pub(super) weight: u64,
}

impl SharedMap {
    /// A map of these entries.
    pub(super) fn new(entries: impl IntoIterator<Item = (String, Boxed)>) -> Self {
        let mut weight = 1;
        let map: HashMap<CelMapKey<'static>, Boxed> = entries
            .into_iter()
            .map(|(key, value)| {
                weight += weight_of(&*value);
                (CelMapKey::from(key), value)
            })
            .collect();
        Self {
            map: Arc::new(map.into()),
            weight,
        }
    }

    /// The map with further entries, where it has none of their names.
    fn completed(&self, entries: Vec<(&'static str, Boxed)>) -> Self {
        let mut map = CelMap::clone(&self.map).into_inner();
        for (key, value) in entries {
            map.entry(CelMapKey::from(key)).or_insert(value);
        }
        Self {
            weight: self.weight,
            map: Arc::new(map.into()),
        }
    }
}

impl SharedList {
    /// A list of these values.
    pub(super) fn new(values: Vec<Boxed>) -> Self {
        Self {
            weight: values.iter().map(|value| weight_of(&**value)).sum::<u64>() + 1,
            list: Arc::new(values.into()),
        }
    }
}

/// How much work looking at a value as a whole may be.
pub(super) fn weight_of(value: &dyn Val) -> u64 {
    let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    if let Some(map) = value.downcast_ref::<SharedMap>() {
        map.weight
    } else if let Some(list) = value.downcast_ref::<SharedList>() {
        list.weight
    } else if let Some(text) = value.downcast_ref::<CelString>() {
        1 + length(text.inner().len()) / 64
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        1 + length(list.inner().len())
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        1 + length(map.inner().len())
    } else {
        1
    }
}

/// A text.
pub(super) fn text(text: &str) -> Boxed {
    Box::new(CelString::from(text.to_owned()))
}

/// The values of a tree, each mapping made once.
#[derive(Debug, Default)]
pub(super) struct Values {
    maps: HashMap<NodeId, SharedMap>,
    /// What Enterprise Policies change.
    pub(super) governed: Option<Rc<Governed<'static>>>,
}

impl Values {
    /// The value of a node.
    pub(super) fn of(&mut self, tree: &Tree, node: NodeId) -> Boxed {
        self.at(tree, node, 0)
    }

    /// The value of a mapping; what every node of its kind has is there even if the text lacks it.
    pub(super) fn entity(
        &mut self,
        tree: &Tree,
        node: NodeId,
        always: Vec<(&'static str, Boxed)>,
    ) -> Boxed {
        match self.of(tree, node).downcast_ref::<SharedMap>() {
            Some(map) => Box::new(map.completed(always)),
            None => Box::new(SharedMap::new(
                always
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value)),
            )),
        }
    }

    /// Labels: a mapping, also where they are written as a list of keys and values.
    pub(super) fn labels(&mut self, tree: &Tree, node: NodeId) -> Boxed {
        self.labels_at(tree, node, 0)
    }

    fn labels_at(&mut self, tree: &Tree, node: NodeId, depth: usize) -> Boxed {
        let label = |item: NodeId| Some((tree.get_text(item, "key")?, tree.get(item, "value")?));
        let labels: Option<Vec<(&str, NodeId)>> = tree.items(node).map(label).collect();
        match labels.filter(|labels| !labels.is_empty()) {
            Some(labels) => {
                let labels = labels.into_iter();
                let labels = labels.map(|(key, value)| {
                    let value = self.at(tree, value, depth + 1);
                    (key.to_owned(), value)
                });
                Box::new(SharedMap::new(labels.collect::<Vec<_>>()))
            }
            None => self.at(tree, node, depth),
        }
    }

    fn at(&mut self, tree: &Tree, node: NodeId, depth: usize) -> Boxed {
        if depth > DEEPEST {
            return Box::new(CelNull);
        }
        if tree.is_mapping(node) {
            if let Some(known) = self.maps.get(&node) {
                return Box::new(known.clone());
            }
            let mut entries = Vec::new();
            for entry in tree.entries(node) {
                let key = tree.scalar_text(entry.key).unwrap_or_default().to_owned();
                let value = match key.as_str() {
                    "labels" => self.labels_at(tree, entry.value, depth + 1),
                    _ => self.at(tree, entry.value, depth + 1),
                };
                entries.push((key, value));
            }
            let governed = self.governed.as_ref();
            if let Some(change) = governed.and_then(|governed| governed.change(node)) {
                let is_gone = |key: &String| {
                    change.taken.contains(key) || change.given.iter().any(|(given, _)| given == key)
                };
                entries.retain(|(key, _)| !is_gone(key));
                let given = change.given.iter();
                entries.extend(given.map(|(key, value)| (key.clone(), of_given(value))));
            }
            let map = SharedMap::new(entries);
            self.maps.insert(node, map.clone());
            return Box::new(map);
        }
        if tree.is_sequence(node) {
            let values = tree.items(node).map(|item| self.at(tree, item, depth + 1));
            return Box::new(SharedList::new(values.collect()));
        }
        match tree.value(node) {
            Some(Value::Boolean(value)) => Box::new(CelBool::from(value)),
            Some(Value::Integer(value)) => Box::new(CelInt::from(value)),
            Some(Value::Float(value)) => Box::new(CelDouble::from(value)),
            Some(Value::String(value)) => text(value),
            Some(Value::Malformed(_)) => text(tree.scalar_text(node).unwrap_or_default()),
            Some(Value::Null) | None => Box::new(CelNull),
        }
    }
}

/// A value that an Enterprise Policy gives. The depth is bounded where the policy is read.
fn of_given(value: &Effective) -> Boxed {
    match &value.content {
        Content::Null => Box::new(CelNull),
        Content::Boolean(value, _) => Box::new(CelBool::from(*value)),
        Content::Number(number, written) => match written.parse::<i64>() {
            Ok(whole) => Box::new(CelInt::from(whole)),
            Err(_) => Box::new(CelDouble::from(*number)),
        },
        Content::Text(value) => text(value),
        Content::List(items) => Box::new(SharedList::new(items.iter().map(of_given).collect())),
        Content::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (key.clone(), of_given(value)));
            Box::new(SharedMap::new(entries))
        }
    }
}

/// Both wrappers are to CEL what they wrap; only a copy of them is a copy of a pointer.
macro_rules! shared {
    ($wrapper:ident, $field:ident, $type:ident, $variant:ident, $adder:expr) => {
        impl Val for $wrapper {
            fn get_type(&self) -> &Type {
                <Self as Val>::cel_type()
            }

            fn cel_type() -> &'static Type {
                &$type
            }

            fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
            where
                Self: 'v,
            {
                let adder: for<'a> fn(&'a Self) -> Option<&'a (dyn Adder + 'static)> = $adder;
                adder(self)
            }

            fn as_container(&self) -> Option<&dyn Container> {
                self.$field.as_container()
            }

            fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
            where
                Self: 'v,
            {
                self.$field.as_indexer()
            }

            fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
            where
                Self: 'v,
            {
                self.$field.as_iterable()
            }

            fn as_sizer(&self) -> Option<&dyn Sizer> {
                self.$field.as_sizer()
            }

            fn equals(&self, other: &dyn Val) -> bool {
                self.$field.equals(other)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
            where
                Self: 'v,
            {
                Box::new(self.clone())
            }

            fn as_any(&self) -> Option<&dyn std::any::Any> {
                Some(self)
            }

            fn as_builtin<'b, 'v>(&'b self) -> BuiltinRef<'b, 'v>
            where
                Self: 'v,
            {
                self.$field.as_builtin()
            }

            fn into_builtin<'v>(self: Box<Self>) -> Option<Builtin<'v>>
            where
                Self: 'v,
            {
                Some(Builtin::$variant(self.$field.as_ref().clone()))
            }

            fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
            where
                Self: 'v,
            {
                Some(Box::new(self.$field.as_ref().clone()))
            }
        }

        impl StaticVal for $wrapper {}
    };
}

shared!(SharedMap, map, MAP_TYPE, Map, |_| None);
shared!(SharedList, list, LIST_TYPE, List, |list| list
    .list
    .as_adder());
