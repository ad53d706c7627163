//! A record on its way into the database.

use std::sync::Arc;

use trueup_engine::Value;

use super::change::{PathValues, Stored};
use super::error::WriteErrorCause as Cause;
use super::lookup::{KeyBytes, LookupIndex};
use super::loss::Loss;
use super::shape::{Shape, Slot};
use crate::model::{ContentType, FieldKind};
use crate::storage::{Cell, RecordId, Row};

/// One change while it is checked and written.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The place of the change in its batch.
    pub index: usize,
    pub shape: Arc<Shape>,
    pub id: RecordId,
    /// The row before the change; nothing for a create.
    pub before: Option<Row>,
    pub row: Row,
    /// One for each group of the shape.
    pub references: Vec<Pointer>,
    /// Fields of many records that the change sets.
    pub many: Vec<ManyDraft>,
    /// Ids of fields without a column: place of the field, id.
    pub aliases: Vec<(usize, RecordId)>,
    /// Everything that is wrong with the change.
    pub causes: Vec<Cause>,
    /// What the change said, each value in the form of its field.
    pub(super) values: PathValues,
    /// What its delete took.
    pub(super) losses: Vec<Loss>,
}

/// A reference while it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pointer {
    Null,
    Id(RecordId),
    Wanted(KeyBytes),
    /// It could not be read or leads nowhere; the draft has a cause that says so.
    Bad,
}

/// The new contents of a to-many field.
#[derive(Debug)]
pub(crate) struct ManyDraft {
    pub field: usize,
    pub elements: Vec<Element>,
}

impl ManyDraft {
    /// Whether it puts something into that field.
    pub fn sets(&self, field: usize) -> bool {
        self.field == field && !self.elements.is_empty()
    }

    /// The content types that the field will name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().filter_map(|element| match element {
            Element::ContentType(name) => Some(name.as_str()),
            Element::Record { .. } => None,
        })
    }

    /// The records that the field will hold.
    pub fn ids(&self) -> impl Iterator<Item = RecordId> {
        self.elements.iter().filter_map(|element| match element {
            Element::Record { pointer: Pointer::Id(id), .. } => Some(*id),
            _ => None,
        })
    }
}

#[derive(Debug)]
pub(crate) enum Element {
    ContentType(String),
    Record { lookup: LookupIndex, pointer: Pointer, value: Value },
}

impl Draft {
    pub fn new(index: usize, shape: Arc<Shape>, id: RecordId) -> Self {
        Self {
            index,
            shape,
            id,
            before: None,
            row: Vec::new(),
            references: Vec::new(),
            many: Vec::new(),
            aliases: Vec::new(),
            causes: Vec::new(),
            values: Vec::new(),
            losses: Vec::new(),
        }
    }

    pub fn content_type(&self) -> &ContentType {
        &self.shape.content_type
    }

    pub fn is_good(&self) -> bool {
        self.causes.is_empty()
    }

    /// Notes what is wrong; the draft will not be written.
    pub fn fail(&mut self, cause: Cause) {
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }

    /// Whether something is known to be wrong with a field, so that it needs no second complaint.
    pub fn blames(&self, field: &str) -> bool {
        self.causes.iter().any(|cause| cause.field() == Some(field))
    }

    /// The answer: what is wrong, or the values of the change as they are stored.
    pub fn into_outcome(mut self) -> Result<Stored, Vec<Cause>> {
        if self.causes.is_empty() { Ok(self.into_stored()) } else { Err(std::mem::take(&mut self.causes)) }
    }

    fn into_stored(mut self) -> Stored {
        let content_type = &self.shape.content_type;
        let version = if self.row.is_empty() { None } else { content_type.version(&self.row) };
        for (slot, (_, value)) in self.shape.slots.iter().zip(&mut self.values) {
            match slot {
                Slot::Column(column) | Slot::CustomFields(column) => {
                    let field = &content_type.fields[content_type.columns[*column].field];
                    if let FieldKind::Scalar(scalar) = &field.kind {
                        *value = std::mem::take(&mut self.row[*column]).into_value(scalar.scalar_type);
                    }
                }
                Slot::Composite(place) => {
                    if let FieldKind::Composite(composite) = &content_type.fields[*place].kind {
                        let (address, length) = composite.columns;
                        *value = Cell::composite(composite.scalar_type, &self.row[address], &self.row[length]);
                    }
                }
                Slot::Id => *value = Value::Text(self.id.to_string()),
                Slot::Many(_) | Slot::Key => {}
            }
        }
        Stored { id: self.id, values: self.values, version, losses: self.losses }
    }
}
