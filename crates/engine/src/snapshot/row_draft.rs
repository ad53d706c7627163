//! The shortest way in: a record that names all fields of its kind, in their order, with values that need no
//! normalisation, goes into its row as it is written.

use super::{RowId, Snapshot, SnapshotError};
use crate::kind::{Field, KindId};
use crate::record::{Identity, RecordFlags};
use crate::value::Encoder;

/// A value that enters as it is where a field has no declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'t> {
    Text(&'t str),
    Int(i64),
    Bool(bool),
    Null,
}

impl Scalar<'_> {
    #[inline]
    pub fn write(self, encoder: &mut Encoder<'_>) {
        match self {
            Scalar::Text(text) => encoder.text(text),
            Scalar::Int(int) => encoder.int(int),
            Scalar::Bool(bool) => encoder.bool(bool),
            Scalar::Null => encoder.null(),
        }
    }
}

/// The fields of a kind, none of which needs normalisation, in the order of a [`RowDraft`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub identifiers: Vec<String>,
    pub attributes: Vec<String>,
}

/// The values of one record in the order of its kind's [`Layout`]: all identifiers, then all attributes.
#[derive(Debug, Default)]
pub struct RowDraft {
    bytes: Vec<u8>,
    key_length: usize,
    identifiers: usize,
    attributes: usize,
}

impl RowDraft {
    pub fn clear(&mut self) {
        let Self { bytes, key_length, identifiers, attributes } = self;
        bytes.clear();
        (*key_length, *identifiers, *attributes) = (0, 0, 0);
    }

    /// The next identifier. Must come before the attributes; one that comes later makes the draft unusable.
    #[inline]
    pub fn identifier(&mut self, value: Scalar<'_>) {
        value.write(&mut Encoder::new(&mut self.bytes));
        self.key_length = self.bytes.len();
        self.identifiers += if self.attributes == 0 { 1 } else { usize::MAX / 2 };
    }

    /// The next attribute.
    #[inline]
    pub fn attribute(&mut self, value: Scalar<'_>) {
        value.write(&mut Encoder::new(&mut self.bytes));
        self.attributes += 1;
    }
}

impl Snapshot {
    /// The layout of a kind whose fields all take values as they are; `None` for another.
    pub fn layout(&self, kind: KindId) -> Option<Layout> {
        let kind = self.schema.kind(kind);
        let as_is = kind.identifiers().iter().chain(kind.attributes()).all(Field::takes_all_as_is);
        let names = |fields: &[Field]| fields.iter().map(|field| field.name().to_owned()).collect();
        (as_is && !kind.identifiers().is_empty())
            .then(|| Layout { identifiers: names(kind.identifiers()), attributes: names(kind.attributes()) })
    }

    /// Takes over a record of a kind that has a [`layout`](Snapshot::layout), as the last child of `parent` when there
    /// is one. `None` when the draft has not exactly as many values as the kind has fields.
    ///
    /// # Errors
    /// A key that is already there, or a parent whose kind has no such children.
    #[inline]
    pub fn add_row(
        &mut self,
        kind: KindId,
        draft: &RowDraft,
        parent: Option<RowId>,
    ) -> Result<Option<RowId>, SnapshotError> {
        let declared = self.schema.kind(kind);
        if draft.identifiers != declared.identifiers().len() || draft.attributes != declared.attributes().len() {
            return Ok(None);
        }
        self.declare_place(kind, parent)?;
        let (key, attributes) = draft.bytes.split_at(draft.key_length);
        match self.push_row(kind, key, attributes, RecordFlags::NONE)? {
            Some(row) => {
                if let Some(parent) = parent {
                    self.append_child(parent.0, row.0);
                }
                Ok(Some(row))
            }
            None => {
                let (kind, key) = (self.schema.kind(kind).name().clone(), super::load::decode_all(key));
                Err(SnapshotError::AlreadyExists(Identity { kind, key: key.into_iter().collect() }))
            }
        }
    }
}
