//! What to read, and one record of the answer.

use trueup_engine::Value;

use crate::storage::RecordId;

/// The fields of one content type that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub content_type: String,
    /// Paths such as `name`, `location__parent__name` or `tags`. A field of many records is a set of their natural
    /// keys: texts, or lists when a key has several parts.
    pub fields: Vec<String>,
    pub only: Only,
}

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Only {
    #[default]
    All,
    /// Those with these ids, as far as they exist.
    Ids(Vec<RecordId>),
    /// Those whose values at `paths` are one of `keys`, as far as they exist.
    Keys { paths: Vec<String>, keys: Vec<Vec<Value>> },
}

impl Selection {
    /// All records of a type.
    pub fn all<S: Into<String>>(content_type: impl Into<String>, fields: impl IntoIterator<Item = S>) -> Self {
        Self {
            content_type: content_type.into(),
            fields: fields.into_iter().map(Into::into).collect(),
            only: Only::All,
        }
    }

    /// The same fields of fewer records.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only = only;
        self
    }
}

/// One record that was read.
#[derive(Debug)]
pub struct RowView<'a> {
    pub(super) id: RecordId,
    pub(super) values: &'a mut Vec<Value>,
}

impl RowView<'_> {
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// The values of the fields, in the order of the selection.
    pub fn values(&self) -> &[Value] {
        self.values
    }

    /// The values, to keep.
    pub fn into_values(self) -> Vec<Value> {
        std::mem::take(self.values)
    }
}
