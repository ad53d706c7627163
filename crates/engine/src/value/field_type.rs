use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The declared type of a field. It decides how a value is normalised when a record enters a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FieldType {
    /// Whatever the source says; only whole floats become ints.
    #[default]
    Any,
    Bool,
    Int,
    Decimal,
    Float,
    Text,
    Bytes,
    DateTime,
    Duration,
    Ip,
    Interface,
    Prefix,
    Mac,
    Map,
    List(Box<FieldType>),
    Set(Box<FieldType>),
}

/// A type name in a declaration that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no field type; use any, bool, int, decimal, float, text, bytes, datetime, duration, ip, interface, \
     prefix, mac, map, list[TYPE] or set[TYPE]"
)]
pub struct UnknownFieldType(String);

impl FieldType {
    pub fn set_of(item: FieldType) -> Self {
        FieldType::Set(Box::new(item))
    }

    pub fn list_of(item: FieldType) -> Self {
        FieldType::List(Box::new(item))
    }
}

const SIMPLE: [(&str, FieldType); 14] = [
    ("any", FieldType::Any),
    ("bool", FieldType::Bool),
    ("int", FieldType::Int),
    ("decimal", FieldType::Decimal),
    ("float", FieldType::Float),
    ("text", FieldType::Text),
    ("bytes", FieldType::Bytes),
    ("datetime", FieldType::DateTime),
    ("duration", FieldType::Duration),
    ("ip", FieldType::Ip),
    ("interface", FieldType::Interface),
    ("prefix", FieldType::Prefix),
    ("mac", FieldType::Mac),
    ("map", FieldType::Map),
];

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldType::List(item) => write!(f, "list[{item}]"),
            FieldType::Set(item) => write!(f, "set[{item}]"),
            simple => {
                let (name, _) = SIMPLE
                    .iter()
                    .find(|(_, field_type)| field_type == simple)
                    .expect("every type that is neither list nor set is in the table");
                f.write_str(name)
            }
        }
    }
}

impl FromStr for FieldType {
    type Err = UnknownFieldType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = |prefix: &str| {
            text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.strip_suffix(']'))
        };
        // Deeper ones are no type that a person would write, and reading them must not exhaust the stack.
        const DEEPEST: usize = 16;
        if text.matches('[').count() > DEEPEST {
            return Err(UnknownFieldType(text.to_owned()));
        }
        if let Some(item) = inner("list") {
            return Ok(FieldType::list_of(item.parse()?));
        }
        if let Some(item) = inner("set") {
            return Ok(FieldType::set_of(item.parse()?));
        }
        SIMPLE
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, field_type)| field_type.clone())
            .ok_or_else(|| UnknownFieldType(text.to_owned()))
    }
}

impl TryFrom<String> for FieldType {
    type Error = UnknownFieldType;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FieldType> for String {
    fn from(field_type: FieldType) -> Self {
        field_type.to_string()
    }
}
