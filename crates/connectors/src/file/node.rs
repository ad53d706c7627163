use std::fmt;
use std::sync::Arc;

use minijinja::Value as Jinja;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use trueup_engine::Value;

/// A value of a JSON or YAML document as it was read. Expressions see it as a MiniJinja value; only what they touch is
/// converted.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond the range of an [`Int`](Node::Int).
    Wide(u64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<List>),
    Map(Arc<Map>),
}

#[derive(Debug)]
pub(super) struct List(Vec<Node>);

/// Entries in the order of the document; no key is there twice.
#[derive(Debug)]
pub(super) struct Map {
    entries: Vec<(Box<str>, Node)>,
    /// Numbers of the entries in the order of their keys, for maps in which a look through all would be long.
    sorted: Option<Box<[u32]>>,
}

/// Maps of more entries than this are searched by halves.
const SMALL: usize = 16;

impl Node {
    pub(super) fn to_jinja(&self) -> Jinja {
        match self {
            Node::Null => Jinja::from(()),
            Node::Bool(value) => Jinja::from(*value),
            Node::Int(value) => Jinja::from(*value),
            Node::Wide(value) => Jinja::from(*value),
            Node::Float(value) => Jinja::from(*value),
            Node::Text(value) => Jinja::from(Arc::clone(value)),
            Node::List(items) => Jinja::from_dyn_object(Arc::clone(items)),
            Node::Map(map) => Jinja::from_dyn_object(Arc::clone(map)),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::Wide(value) => Value::Decimal((*value).into()),
            Node::Float(value) => Value::Float(*value),
            Node::Text(value) => Value::Text(value.to_string()),
            Node::List(items) => items.to_value(),
            Node::Map(map) => map.to_value(),
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "a bool",
            Node::Int(_) | Node::Wide(_) | Node::Float(_) => "a number",
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Map(_) => "a mapping",
        }
    }
}

impl List {
    pub(super) fn to_value(&self) -> Value {
        Value::List(self.0.iter().map(Node::to_value).collect())
    }
}

impl Map {
    /// # Errors
    /// A key that is there twice.
    fn new(entries: Vec<(Box<str>, Node)>) -> Result<Self, Box<str>> {
        if entries.len() <= SMALL {
            let twice = entries.iter().enumerate().find(|(at, (key, _))| entries[..*at].iter().any(|(k, _)| k == key));
            return match twice {
                Some((_, (key, _))) => Err(key.clone()),
                None => Ok(Self { entries, sorted: None }),
            };
        }
        let mut sorted: Box<[u32]> = (0..entries.len() as u32).collect();
        sorted.sort_unstable_by(|a, b| entries[*a as usize].0.cmp(&entries[*b as usize].0));
        let key = |index: &u32| &entries[*index as usize].0;
        if let Some(pair) = sorted.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
            return Err(key(&pair[0]).clone());
        }
        Ok(Self { entries, sorted: Some(sorted) })
    }

    fn get(&self, key: &str) -> Option<&Node> {
        match &self.sorted {
            None => self.entries.iter().find(|(name, _)| **name == *key).map(|(_, node)| node),
            Some(sorted) => {
                let found = sorted.binary_search_by(|index| (*self.entries[*index as usize].0).cmp(key)).ok()?;
                Some(&self.entries[sorted[found] as usize].1)
            }
        }
    }

    pub(super) fn to_value(&self) -> Value {
        Value::Map(self.entries.iter().map(|(key, node)| (key.to_string(), node.to_value())).collect())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.get(key.as_usize()?).map(Node::to_jinja)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

impl Object for Map {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        self.get(key).map(Node::to_jinja)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries.iter().map(|(key, _)| Jinja::from(&**key)).collect())
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Wide(value), Node::Int))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Float(value as f64), Node::Int))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Node, E> {
        u64::try_from(value).map_or(Ok(Node::Float(value as f64)), |value| self.visit_u64(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(Arc::new(List(items))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(Name(key)) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        let twice = |key| de::Error::custom(format_args!("key `{key}` is given twice"));
        Map::new(entries).map(|map| Node::Map(Arc::new(map))).map_err(twice)
    }
}

/// The key of a mapping. In YAML it may be written as a number or another word; it is a text all the same.
struct Name(Box<str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text as the key of a mapping")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Name, E> {
                Ok(Name(value.into()))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}
