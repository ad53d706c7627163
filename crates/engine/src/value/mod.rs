//! Typed values and their one canonical form.
//!
//! A [`Value`] is what one field of one record holds. Every value has exactly one canonical byte form
//! ([`encode`](Value::encode)), and two values are equal exactly when these bytes are equal; the engine compares,
//! hashes and fingerprints bytes and never the enum. The format is published in `docs/encoding.md`.
//!
//! What is not here: conversion between types. A declared [`FieldType`] normalises a value once, when a record enters
//! a snapshot; afterwards nothing is coerced.

mod address;
mod decode;
mod display;
mod encode;
mod field_type;
mod json;
mod normalise;
mod set;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub use address::{InterfaceAddress, ParseAddressError, parse_mac};
pub use decode::{DecodeError, MAX_DEPTH, skip};
pub use encode::{ENCODING_VERSION, Encoder};
pub use field_type::{FieldType, UnknownFieldType};
pub use ipnet::IpNet;
pub use jiff::{SignedDuration, Timestamp};
pub use json::JsonValueError;
pub use macaddr::MacAddr6;
pub use normalise::NormaliseError;
pub use rust_decimal::Decimal;
pub use set::ValueSet;

/// First byte of the canonical form of a text.
pub(crate) const TEXT_TAG: u8 = encode::tag::TEXT;
/// First byte of the canonical form of a float.
pub(crate) const FLOAT_TAG: u8 = encode::tag::FLOAT;

/// What one field holds.
#[derive(Debug, Clone, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    /// Exact decimal; trailing zeros are no difference.
    Decimal(Decimal),
    /// IEEE 754 double. All NaNs are one value, and so are the two zeros.
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// An instant; the zone it was written in is no difference.
    DateTime(Timestamp),
    Duration(SignedDuration),
    /// A host address without a mask.
    Ip(IpAddr),
    /// A host address with the length of its network: `10.0.0.5/24`.
    Interface(InterfaceAddress),
    /// A network: host bits are always zero.
    Prefix(IpNet),
    Mac(MacAddr6),
    /// Order matters.
    List(Vec<Value>),
    /// Order and repetition do not matter.
    Set(ValueSet),
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The name of the variant in the words of a kind declaration (`text`, `int`, …).
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Decimal(_) => "decimal",
            Value::Float(_) => "float",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::DateTime(_) => "datetime",
            Value::Duration(_) => "duration",
            Value::Ip(_) => "ip",
            Value::Interface(_) => "interface",
            Value::Prefix(_) => "prefix",
            Value::Mac(_) => "mac",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Map(_) => "map",
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Null, an empty text or a text of white space: what a person would call "not filled in".
    pub fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// Blank, or a list, set or map without anything in it.
    pub fn is_nothing(&self) -> bool {
        match self {
            Value::List(items) => items.is_empty(),
            Value::Set(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            other => other.is_blank(),
        }
    }

    /// Whether lists, sets and maps lie more than [`MAX_DEPTH`] levels inside each other. Such a value has canonical
    /// bytes, but nothing reads them back.
    pub fn is_too_deep(&self) -> bool {
        if !matches!(self, Value::List(_) | Value::Set(_) | Value::Map(_)) {
            return false;
        }
        let mut pending = vec![(self, 0)];
        while let Some((value, above)) = pending.pop() {
            let below: &mut dyn Iterator<Item = &Value> = match value {
                Value::List(values) => &mut values.iter(),
                Value::Set(values) => &mut values.iter(),
                Value::Map(values) => &mut values.values(),
                _ => continue,
            };
            if above == MAX_DEPTH {
                return true;
            }
            pending.extend(below.map(|value| (value, above + 1)));
        }
        false
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// A float that is a whole number within the range where doubles are exact; such a float is the same value as
    /// the int for a field without a declared type, as it is in JSON, YAML and Python.
    pub(crate) fn whole(float: f64) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => encode::float_bits(*a) == encode::float_bits(*b),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::DateTime(a), Value::DateTime(b)) => a == b,
            (Value::Duration(a), Value::Duration(b)) => a == b,
            (Value::Ip(a), Value::Ip(b)) => a == b,
            (Value::Interface(a), Value::Interface(b)) => a == b,
            (Value::Prefix(a), Value::Prefix(b)) => a.trunc() == b.trunc(),
            (Value::Mac(a), Value::Mac(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Set(a), Value::Set(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

macro_rules! from {
    ($($source:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Value::$variant(value.into())
            }
        })+
    };
}

from! {
    bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int,
    f32 => Float, f64 => Float, &str => Text, String => Text, Decimal => Decimal, Vec<u8> => Bytes,
    Timestamp => DateTime, SignedDuration => Duration, IpAddr => Ip, InterfaceAddress => Interface, MacAddr6 => Mac,
    ValueSet => Set, Vec<Value> => List, BTreeMap<String, Value> => Map,
}

impl From<IpNet> for Value {
    fn from(net: IpNet) -> Self {
        Value::Prefix(net.trunc())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
