use super::load::decode_all;
use super::{Children, NO_ROW, RowId, Snapshot};
use crate::kind::{Kind, Slot};
use crate::record::{Attributes, Identity, Key, Record, RecordFlags};
use crate::value::{Value, skip};

/// A record inside a snapshot.
#[derive(Clone, Copy)]
pub struct RecordRef<'s> {
    snapshot: &'s Snapshot,
    row: u32,
}

impl<'s> RecordRef<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, row: RowId) -> Self {
        Self { snapshot, row: row.0 }
    }

    pub fn row(self) -> RowId {
        RowId(self.row)
    }

    pub fn kind(self) -> &'s Kind {
        self.snapshot.kind_of(self.row)
    }

    /// Its own flags and those of its kind.
    pub fn flags(self) -> RecordFlags {
        self.snapshot.flags_of(self.row)
    }

    pub(super) fn own_flags(self) -> RecordFlags {
        RecordFlags::from_bits(self.snapshot.rows[self.row as usize].flags)
    }

    pub fn key(self) -> Key {
        decode_all(self.snapshot.key_bytes(self.row)).into_iter().collect()
    }

    pub fn identity(self) -> Identity {
        Identity { kind: self.kind().name().clone(), key: self.key() }
    }

    pub fn value(self, slot: Slot) -> Value {
        match slot {
            Slot::Identifier(index) => nth(self.snapshot.key_bytes(self.row), index),
            Slot::Attribute(index) => nth(self.snapshot.attribute_bytes(self.row), index),
        }
    }

    /// The value of a field by its name; `None` when the kind has no such field.
    pub fn get(self, field: &str) -> Option<Value> {
        self.kind().slot(field).map(|slot| self.value(slot))
    }

    /// The values of the attributes, as far as the row has them.
    pub(crate) fn attribute_values(self) -> Vec<Value> {
        decode_all(self.snapshot.attribute_bytes(self.row))
    }

    pub fn attributes(self) -> Attributes {
        let mut values = self.attribute_values().into_iter();
        let names = self.kind().attributes().iter().map(|field| field.name().to_owned());
        names.map(|name| (name, values.next().unwrap_or_default())).collect()
    }

    /// The text that stands for the record among its siblings.
    pub fn shortname(self) -> String {
        match self.kind().shortname() {
            [] => self.key().to_string(),
            slots => slots.iter().map(|slot| self.value(*slot)).collect::<Key>().to_string(),
        }
    }

    pub fn parent(self) -> Option<RecordRef<'s>> {
        let parent = self.snapshot.parent_of(self.row);
        (parent != NO_ROW).then(|| self.snapshot.record(RowId(parent)))
    }

    /// Children of all kinds, in the order in which they were linked.
    pub fn children(self) -> Children<'s> {
        self.snapshot.children_of(self.row)
    }

    pub fn to_record(self) -> Record {
        Record {
            kind: self.kind().name().clone(),
            key: self.key(),
            attributes: self.attributes(),
            parent: self.parent().map(RecordRef::identity),
            flags: self.own_flags(),
        }
    }
}

impl std::fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} \"{}\"", self.kind().name(), self.key())
    }
}

/// The value at `index` of the values in `bytes`; null beyond their end, as for a field that was learnt later.
fn nth(mut bytes: &[u8], index: usize) -> Value {
    for _ in 0..index {
        if bytes.is_empty() {
            return Value::Null;
        }
        let length = skip(bytes).expect("a snapshot holds canonical values");
        bytes = &bytes[length..];
    }
    if bytes.is_empty() {
        return Value::Null;
    }
    Value::decode_prefix(bytes).expect("a snapshot holds canonical values").0
}
