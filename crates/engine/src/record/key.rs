use std::fmt;

use serde_json::Value as Json;

use crate::kind::KindName;
use crate::value::{Encoder, Value};

/// The identifier values of a record, in the order of its kind's identifiers. Structured: `("a__b", "c")` and
/// `("a", "b__c")` are two keys, and so are the int 1 and the text `1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<Value>);

impl Key {
    pub fn new(values: Vec<Value>) -> Self {
        Key(values)
    }

    pub fn values(&self) -> &[Value] {
        &self.0
    }

    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// A list of the values, each with its type where JSON does not tell it.
    pub fn to_tagged_json(&self) -> Json {
        self.0.iter().map(Value::to_tagged_json).collect()
    }

    /// The canonical bytes of the values, one after the other.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        self.0.iter().for_each(|value| encoder.value(value));
        out
    }
}

/// DiffSync's unique id: the texts of the values joined by `__`. For people; different keys may read the same.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("__")?;
            }
            write!(f, "{value}")?;
        }
        Ok(())
    }
}

impl<V: Into<Value>> From<V> for Key {
    fn from(value: V) -> Self {
        Key(vec![value.into()])
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Key {
    fn from(values: [V; N]) -> Self {
        Key(values.into_iter().map(Into::into).collect())
    }
}

impl FromIterator<Value> for Key {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        Key(values.into_iter().collect())
    }
}

/// Which record: its kind and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub kind: KindName,
    pub key: Key,
}

impl Identity {
    pub fn new(kind: impl Into<KindName>, key: impl Into<Key>) -> Self {
        Self { kind: kind.into(), key: key.into() }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}
