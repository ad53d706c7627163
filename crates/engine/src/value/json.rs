//! Values as JSON, in two forms: a plain one for people and other programs, which loses the type of what JSON has no
//! word for, and a tagged one (`{"$mac": "…"}`) that is read back exactly; plans are stored in the tagged form.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value as Json, json};

use super::{FieldType, Value, ValueSet};

/// A tagged JSON value that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonValueError {
    #[error("`{0}` is no value tag")]
    UnknownTag(String),
    #[error("the value under `{0}` does not fit its tag")]
    Misfit(String),
}

impl Value {
    /// Plain JSON. Sets become arrays; addresses, times and decimals become texts; a float JSON cannot hold becomes null.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Value::Text(value) => Json::String(value.clone()),
            Value::List(values) => values.iter().map(Value::to_json).collect(),
            Value::Set(values) => values.iter().map(Value::to_json).collect(),
            Value::Map(values) => {
                let entries = values.iter().map(|(key, value)| (key.clone(), value.to_json()));
                Json::Object(entries.collect())
            }
            Value::Decimal(_)
            | Value::Bytes(_)
            | Value::DateTime(_)
            | Value::Duration(_)
            | Value::Ip(_)
            | Value::Interface(_)
            | Value::Prefix(_)
            | Value::Mac(_) => Json::String(self.to_string()),
        }
    }

    /// JSON as a source sends it: whole numbers are ints, arrays are lists.
    pub fn from_json(json: Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => from_number(&number),
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items.into_iter().map(Value::from_json).collect()),
            Json::Object(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key, Value::from_json(value)));
                Value::Map(entries.collect())
            }
        }
    }

    /// JSON that [`from_tagged_json`](Value::from_tagged_json) reads back as the same value.
    pub fn to_tagged_json(&self) -> Json {
        let tagged = |name: &str, value: Json| Json::Object(Map::from_iter([(format!("${name}"), value)]));
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => self.to_json(),
            Value::Float(value) if value.is_finite() && Value::whole(*value).is_none() => self.to_json(),
            Value::Float(value) => tagged("float", Json::String(Value::Float(*value).to_string())),
            Value::List(values) => values.iter().map(Value::to_tagged_json).collect(),
            Value::Set(values) => tagged("set", values.iter().map(Value::to_tagged_json).collect()),
            Value::Map(values) => {
                let entries = values.iter().map(|(key, value)| (key.clone(), value.to_tagged_json()));
                let object = Json::Object(entries.collect());
                if values.keys().any(|key| key.starts_with('$')) { tagged("map", object) } else { object }
            }
            Value::Decimal(_)
            | Value::Bytes(_)
            | Value::DateTime(_)
            | Value::Duration(_)
            | Value::Ip(_)
            | Value::Interface(_)
            | Value::Prefix(_)
            | Value::Mac(_) => tagged(self.type_name(), Json::String(self.to_string())),
        }
    }

    /// # Errors
    /// When a tag is unknown or what stands under it is not a value of that type.
    pub fn from_tagged_json(json: &Json) -> Result<Value, JsonValueError> {
        match json {
            Json::Array(items) => Ok(Value::List(items.iter().map(Value::from_tagged_json).collect::<Result<_, _>>()?)),
            Json::Object(entries) => match entries.iter().next() {
                Some((tag, inner)) if entries.len() == 1 && tag.starts_with('$') => untag(tag, inner),
                _ => map(entries),
            },
            plain => Ok(Value::from_json(plain.clone())),
        }
    }
}

fn map(entries: &Map<String, Json>) -> Result<Value, JsonValueError> {
    let entries = entries.iter().map(|(key, value)| Ok((key.clone(), Value::from_tagged_json(value)?)));
    Ok(Value::Map(entries.collect::<Result<BTreeMap<_, _>, _>>()?))
}

fn untag(tag: &str, inner: &Json) -> Result<Value, JsonValueError> {
    let misfit = || JsonValueError::Misfit(tag.to_owned());
    let name = &tag[1..];
    match (name, inner) {
        ("map", Json::Object(entries)) => map(entries),
        ("set", Json::Array(items)) => {
            let items = items.iter().map(Value::from_tagged_json).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::Set(ValueSet::from_iter(items)))
        }
        ("bytes", Json::String(text)) => from_hex(text).map(Value::Bytes).ok_or_else(misfit),
        ("float", Json::String(text)) => text.parse().map(Value::Float).map_err(|_| misfit()),
        (_, Json::String(text)) => {
            let field_type: FieldType = name.parse().map_err(|_| JsonValueError::UnknownTag(tag.to_owned()))?;
            field_type.normalise(Value::Text(text.clone())).map_err(|_| misfit())
        }
        ("map" | "set", _) => Err(misfit()),
        _ => Err(JsonValueError::UnknownTag(tag.to_owned())),
    }
}

fn from_number(number: &Number) -> Value {
    if let Some(int) = number.as_i64() {
        Value::Int(int)
    } else if let Some(int) = number.as_u64() {
        Value::Decimal(int.into())
    } else {
        let float = number.as_f64().unwrap_or(f64::NAN);
        Value::whole(float).map_or(Value::Float(float), Value::Int)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits?;
    (digits.len() % 2 == 0).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl serde::Serialize for Value {
    /// The plain JSON form.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    /// From JSON or YAML as a person writes it.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(Value::from_json)
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        Value::from_json(json)
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        json!(value)
    }
}
