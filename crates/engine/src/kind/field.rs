use serde::{Deserialize, Serialize};

use super::Owner;
use crate::value::{FieldType, NormaliseError, Value};

/// Whether upper and lower case are a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    #[default]
    Keep,
    /// Texts are lower-cased when they enter a snapshot.
    Fold,
}

/// What an empty text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blank {
    #[default]
    Keep,
    /// An empty text is the same as null.
    Null,
}

/// What null means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nulls {
    #[default]
    Keep,
    /// Null is the same as the field's default, for systems that cannot store null there.
    Default,
    /// A record without a value is no record of this kind.
    Refuse,
}

/// One field of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    name: String,
    field_type: FieldType,
    default: Value,
    case: Case,
    blank: Blank,
    nulls: Nulls,
    owner: Owner,
    /// Nothing but a float needs normalisation; asked for every value, so it is worked out once.
    as_is: bool,
}

impl Field {
    pub fn new(name: impl Into<String>, field_type: FieldType) -> Self {
        Self {
            name: name.into(),
            as_is: field_type == FieldType::Any,
            field_type,
            default: Value::Null,
            case: Case::Keep,
            blank: Blank::Keep,
            nulls: Nulls::Keep,
            owner: Owner::Source,
        }
    }

    /// The value of a record that does not name this field. Null unless declared.
    #[must_use]
    pub fn with_default(mut self, default: impl Into<Value>) -> Self {
        self.default = default.into();
        self
    }

    #[must_use]
    pub fn with_case(mut self, case: Case) -> Self {
        self.case = case;
        self.as_is &= case == Case::Keep;
        self
    }

    #[must_use]
    pub fn with_blank(mut self, blank: Blank) -> Self {
        self.blank = blank;
        self.as_is &= blank == Blank::Keep;
        self
    }

    #[must_use]
    pub fn with_nulls(mut self, nulls: Nulls) -> Self {
        self.nulls = nulls;
        self.as_is &= nulls == Nulls::Keep;
        self
    }

    /// Who decides about the attribute; in a diff, as the target's kind says.
    #[must_use]
    pub fn with_owner(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn field_type(&self) -> &FieldType {
        &self.field_type
    }

    pub fn default(&self) -> &Value {
        &self.default
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// Whether a record may have no value here.
    pub fn takes_null(&self) -> bool {
        self.nulls == Nulls::Keep
    }

    /// True when every value but a float enters as it is, so that a loader may write it without a [`Value`].
    #[inline]
    pub(crate) fn takes_all_as_is(&self) -> bool {
        self.as_is
    }

    /// Brings a value into the form in which it is compared.
    pub fn normalise(&self, value: Value) -> Result<Value, NormaliseError> {
        let value = match value {
            Value::Text(text) if self.blank == Blank::Null && text.trim().is_empty() => Value::Null,
            Value::Text(text) if text.trim().is_empty() && !self.holds_text() => Value::Null,
            other => other,
        };
        let value = match value {
            Value::Null if self.nulls == Nulls::Default => self.default.clone(),
            Value::Null if self.nulls == Nulls::Refuse => return Err(NormaliseError::missing(&self.field_type)),
            other => other,
        };
        let value = self.field_type.normalise(value)?;
        Ok(if self.case == Case::Fold { folded(value) } else { value })
    }

    /// An empty text is a possible value only of a text; for an int or an address it says that there is none.
    fn holds_text(&self) -> bool {
        matches!(self.field_type, FieldType::Any | FieldType::Text | FieldType::Bytes)
    }
}

/// Texts in lower case, those in lists and sets too. The entries of a map are not the field's own text.
fn folded(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.to_lowercase()),
        Value::List(items) => Value::List(items.into_iter().map(folded).collect()),
        Value::Set(items) => Value::Set(items.into_iter().map(folded).collect()),
        other => other,
    }
}
