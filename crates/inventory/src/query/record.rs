//! One record as it is stored.

use trueup_engine::Value;

use crate::model::{ColumnType, ContentType, FieldKind, ScalarType};
use crate::storage::{Cell, RecordId, Row, Version};

/// One record: its id and what its own columns hold.
#[derive(Debug, Clone)]
pub struct Record {
    pub(crate) id: RecordId,
    pub(crate) row: Row,
}

impl Record {
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// The same values under another id, for whoever looks at several states of one record at once.
    #[must_use]
    pub fn known_as(&self, id: RecordId) -> Self {
        Self { id, row: self.row.clone() }
    }

    /// The value of a scalar or composite field, by its place in `content_type`; the id as text for a reference; null
    /// for everything else.
    pub fn value(&self, content_type: &ContentType, field: usize) -> Value {
        let definition = &content_type.fields[field];
        match &definition.kind {
            FieldKind::Scalar(scalar) => {
                self.cell(content_type, field).cloned().unwrap_or_default().into_value(scalar.scalar_type)
            }
            FieldKind::Composite(composite) => {
                let (address, length) = composite.columns;
                Cell::composite(composite.scalar_type, &self.row[address], &self.row[length])
            }
            FieldKind::Reference(_) => {
                self.cell(content_type, field).cloned().unwrap_or_default().into_value(ScalarType::Uuid)
            }
            _ => Value::Null,
        }
    }

    /// The version that this is; none for types that keep no times.
    pub fn version(&self, content_type: &ContentType) -> Option<Version> {
        content_type.version(&self.row)
    }

    /// The record that a reference points at.
    pub fn reference(&self, content_type: &ContentType, field: usize) -> Option<RecordId> {
        self.cell(content_type, field).and_then(Cell::id)
    }

    /// What a generic reference points at: the name of a content type, and an id.
    pub fn generic(&self, content_type: &ContentType, field: usize) -> Option<(&str, RecordId)> {
        let FieldKind::Generic(generic) = &content_type.fields[field].kind else { return None };
        self.row[generic.columns.0].text().zip(self.row[generic.columns.1].id())
    }

    /// The text of a field that holds one.
    pub fn text(&self, content_type: &ContentType, field: usize) -> Option<&str> {
        self.cell(content_type, field).and_then(Cell::text)
    }

    /// Appends the value of a scalar field as JSON: the fast way for plain values.
    pub fn json_into(&self, content_type: &ContentType, field: usize, out: &mut String) {
        match (content_type.fields[field].column, self.cell(content_type, field)) {
            (Some(column), Some(cell)) => cell.json_into(content_type.columns[column].column_type, out),
            _ => out.push_str("null"),
        }
    }

    /// The instant of `created` or `last_updated`, or of any date-time field, in microseconds since 1970.
    pub fn microseconds(&self, content_type: &ContentType, field: usize) -> Option<i64> {
        let column = content_type.fields[field].column?;
        matches!(content_type.columns[column].column_type, ColumnType::Scalar(ScalarType::DateTime))
            .then(|| self.row[column].int())
            .flatten()
    }

    fn cell(&self, content_type: &ContentType, field: usize) -> Option<&Cell> {
        content_type.fields[field].column.map(|column| &self.row[column])
    }
}
