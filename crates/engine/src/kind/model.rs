use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Kind, KindError};
use crate::record::Record;
use crate::value::{Decimal, FieldType, InterfaceAddress, IpNet, MacAddr6, SignedDuration, Timestamp, Value, ValueSet};

/// A Rust struct that is a kind: what `#[derive(Model)]` implements.
pub trait Model: Sized {
    /// The declaration, checked when it is made.
    fn kind() -> Result<Kind, KindError>;

    fn to_record(&self) -> Record;

    /// # Errors
    /// When the record is of another kind, or a field does not fit its Rust type.
    fn from_record(record: &Record) -> Result<Self, FromRecordError>;
}

/// A record that cannot become a struct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromRecordError {
    #[error("a record of kind `{found}` is no `{wanted}`")]
    WrongKind { wanted: String, found: String },
    #[error("a `{kind}` has {wanted} identifiers, but the record's key has {found} values")]
    WrongKeyLength { kind: String, wanted: usize, found: usize },
    #[error("field `{field}` of `{kind}` cannot hold `{value}` ({found}); it wants {wanted}")]
    WrongType { kind: String, field: String, wanted: FieldType, found: &'static str, value: String },
}

impl FromRecordError {
    /// For generated code: `value` does not fit `field`.
    pub fn wrong_type<T: ModelValue>(kind: &str, field: &str, value: &Value) -> Self {
        FromRecordError::WrongType {
            kind: kind.to_owned(),
            field: field.to_owned(),
            wanted: T::field_type(),
            found: value.type_name(),
            value: value.to_string(),
        }
    }
}

/// A Rust type that a field of a [`Model`] may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a model",
    label = "not a type that a record can hold",
    note = "use bool, an integer up to 64 bits (u64 excepted), f64, String, Decimal, an address, a time, Value, or an \
            Option, Vec, BTreeSet or BTreeMap<String, _> of these; or implement `ModelValue` for it"
)]
pub trait ModelValue: Sized {
    fn field_type() -> FieldType;

    fn to_value(&self) -> Value;

    /// `None` when the value does not fit.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! model_value {
    ($($rust:ty => $variant:ident),+ $(,)?) => {
        $(impl ModelValue for $rust {
            fn field_type() -> FieldType {
                FieldType::$variant
            }

            fn to_value(&self) -> Value {
                Value::from(self.clone())
            }

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        })+
    };
}

model_value! {
    bool => Bool, i64 => Int, f64 => Float, String => Text, Decimal => Decimal, IpAddr => Ip,
    InterfaceAddress => Interface, IpNet => Prefix, MacAddr6 => Mac, Timestamp => DateTime, SignedDuration => Duration,
}

macro_rules! model_int {
    ($($rust:ty),+) => {
        $(impl ModelValue for $rust {
            fn field_type() -> FieldType {
                FieldType::Int
            }

            fn to_value(&self) -> Value {
                Value::Int((*self).into())
            }

            fn from_value(value: &Value) -> Option<Self> {
                value.as_int().and_then(|int| int.try_into().ok())
            }
        })+
    };
}

model_int!(i8, i16, i32, u8, u16, u32);

impl ModelValue for Value {
    fn field_type() -> FieldType {
        FieldType::Any
    }

    fn to_value(&self) -> Value {
        self.clone()
    }

    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl<T: ModelValue> ModelValue for Option<T> {
    fn field_type() -> FieldType {
        T::field_type()
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: ModelValue> ModelValue for Vec<T> {
    fn field_type() -> FieldType {
        FieldType::list_of(T::field_type())
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

impl<T: ModelValue + Ord> ModelValue for BTreeSet<T> {
    fn field_type() -> FieldType {
        FieldType::set_of(T::field_type())
    }

    fn to_value(&self) -> Value {
        Value::Set(self.iter().map(T::to_value).collect::<ValueSet>())
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Set(items) => items.iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

impl<T: ModelValue> ModelValue for BTreeMap<String, T> {
    fn field_type() -> FieldType {
        FieldType::Map
    }

    fn to_value(&self) -> Value {
        Value::Map(self.iter().map(|(key, value)| (key.clone(), value.to_value())).collect())
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| Some((key.clone(), T::from_value(value)?))).collect()
            }
            _ => None,
        }
    }
}
