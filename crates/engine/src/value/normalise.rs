use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::{FieldType, InterfaceAddress, Value, ValueSet, parse_mac};

/// The value does not fit the declared type of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` ({found}) is not a valid {wanted}")]
pub struct NormaliseError {
    pub wanted: FieldType,
    pub found: &'static str,
    pub value: String,
}

impl NormaliseError {
    /// Nothing where a value is required.
    pub(crate) fn missing(wanted: &FieldType) -> Self {
        Self { wanted: wanted.clone(), found: "nothing, but the field is required", value: String::new() }
    }
}

impl FieldType {
    /// Brings `value` into the one form that this type has. Null stays null for every type.
    ///
    /// Texts are read as the type wants (`"1500"` as an int, any spelling of a MAC address, a CIDR with host bits as
    /// its network); nothing is guessed beyond that: a float with a fraction is no int, and `"yes"` is no bool.
    pub fn normalise(&self, value: Value) -> Result<Value, NormaliseError> {
        let error = |value: &Value| NormaliseError {
            wanted: self.clone(),
            found: value.type_name(),
            value: shorten(value.to_string()),
        };
        if value.is_null() {
            return Ok(Value::Null);
        }
        let normalised = match (self, &value) {
            (FieldType::Any, Value::Float(float)) => return Ok(Value::whole(*float).map_or(value, Value::Int)),
            (FieldType::Any, _) => return Ok(value),
            (FieldType::Bool, Value::Bool(_))
            | (FieldType::Int, Value::Int(_))
            | (FieldType::Decimal, Value::Decimal(_))
            | (FieldType::Float, Value::Float(_))
            | (FieldType::Text, Value::Text(_))
            | (FieldType::Bytes, Value::Bytes(_))
            | (FieldType::DateTime, Value::DateTime(_))
            | (FieldType::Duration, Value::Duration(_))
            | (FieldType::Ip, Value::Ip(_))
            | (FieldType::Interface, Value::Interface(_))
            | (FieldType::Prefix, Value::Prefix(_))
            | (FieldType::Mac, Value::Mac(_))
            | (FieldType::Map, Value::Map(_)) => return Ok(value),
            (FieldType::List(item), _) => return sequence(self, item, value).map(Value::List),
            (FieldType::Set(item), _) => {
                return sequence(self, item, value).map(|items| Value::Set(items.into_iter().collect()));
            }
            (FieldType::Bool, Value::Text(text)) => match text.trim() {
                "true" | "True" | "TRUE" => Some(Value::Bool(true)),
                "false" | "False" | "FALSE" => Some(Value::Bool(false)),
                _ => None,
            },
            (FieldType::Int, Value::Text(text)) => parsed::<i64>(text),
            (FieldType::Int, Value::Float(float)) => Value::whole(*float).map(Value::Int),
            (FieldType::Int, Value::Decimal(decimal)) if decimal.fract().is_zero() => decimal.to_i64().map(Value::Int),
            (FieldType::Decimal, Value::Text(text)) => parsed::<Decimal>(text),
            (FieldType::Decimal, Value::Int(int)) => Some(Value::Decimal(Decimal::from(*int))),
            (FieldType::Decimal, Value::Float(float)) => Decimal::from_f64(*float).map(Value::Decimal),
            (FieldType::Float, Value::Text(text)) => parsed::<f64>(text),
            (FieldType::Float, Value::Int(int)) => Some(Value::Float(*int as f64)),
            (FieldType::Float, Value::Decimal(decimal)) => decimal.to_f64().map(Value::Float),
            (FieldType::Text, Value::List(_) | Value::Set(_) | Value::Map(_) | Value::Bytes(_)) => None,
            (FieldType::Text, Value::Bool(bool)) => Some(Value::Text(bool.to_string())),
            (FieldType::Text, other) => Some(Value::Text(other.to_string())),
            (FieldType::DateTime, Value::Text(text)) => parsed::<Timestamp>(text),
            (FieldType::Duration, Value::Text(text)) => parsed::<SignedDuration>(text),
            (FieldType::Duration, Value::Int(seconds)) => Some(Value::Duration(SignedDuration::from_secs(*seconds))),
            (FieldType::Ip, Value::Text(text)) => parsed::<IpAddr>(text),
            (FieldType::Ip, Value::Interface(interface)) => Some(Value::Ip(interface.address())),
            (FieldType::Interface, Value::Text(text)) => parsed::<InterfaceAddress>(text),
            (FieldType::Prefix, Value::Text(text)) => parsed::<IpNet>(text),
            (FieldType::Prefix, Value::Interface(interface)) => Some(Value::Prefix(interface.network())),
            (FieldType::Mac, Value::Text(text)) => parse_mac(text.trim()).ok().map(Value::Mac),
            _ => None,
        };
        normalised.ok_or_else(|| error(&value))
    }
}

fn parsed<T: std::str::FromStr + Into<Value>>(text: &str) -> Option<Value> {
    text.trim().parse::<T>().ok().map(Into::into)
}

fn sequence(wanted: &FieldType, item: &FieldType, value: Value) -> Result<Vec<Value>, NormaliseError> {
    let items: Vec<Value> = match value {
        Value::List(items) => items,
        Value::Set(items) => ValueSet::into_iter(items).collect(),
        other => {
            return Err(NormaliseError {
                wanted: wanted.clone(),
                found: other.type_name(),
                value: shorten(other.to_string()),
            });
        }
    };
    items.into_iter().map(|value| item.normalise(value)).collect()
}

/// Keeps an error message readable when a source puts a document where a word belongs.
fn shorten(mut text: String) -> String {
    const LONGEST: usize = 80;
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(cut);
        text.push('…');
    }
    text
}
