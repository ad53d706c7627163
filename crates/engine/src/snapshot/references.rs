//! References between records, resolved within one snapshot.

use std::cell::RefCell;
use std::collections::HashMap;

use super::{RowId, Snapshot};
use crate::kind::{KindId, KindName, Reference};
use crate::record::{Identity, Key};
use crate::value::{Encoder, Value};

/// What a reference asks for: a record of a kind with these identifiers. `None` stands for an identifier that the
/// reference does not say; every record fits there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) kind: KindName,
    pub(crate) key: Vec<Option<Value>>,
}

impl Wanted {
    /// As far as the reference says it.
    pub(crate) fn identity(&self) -> Identity {
        let values = self.key.iter().flatten().cloned().collect();
        Identity { kind: self.kind.clone(), key: Key::new(values) }
    }
}

impl Snapshot {
    /// What a record refers to; `None` when all fields of the reference are null.
    pub(crate) fn wanted(&self, row: u32, reference: &Reference) -> Option<Wanted> {
        let record = self.record(RowId(row));
        let key: Vec<Option<Value>> = reference.fields.iter().map(|slot| slot.map(|slot| record.value(slot))).collect();
        let nothing = key.iter().flatten().all(Value::is_null);
        (!nothing).then(|| Wanted { kind: reference.to.clone(), key })
    }
}

/// Finds referenced records of one snapshot. Keeps an index for each combination of identifiers that it was asked for.
pub(crate) struct Finder<'s> {
    snapshot: &'s Snapshot,
    partial: RefCell<HashMap<(KindId, Vec<usize>), PartialIndex>>,
}

/// Some identifiers of a kind, encoded, → the rows that have them.
type PartialIndex = HashMap<Vec<u8>, Vec<u32>>;

impl<'s> Finder<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot, partial: RefCell::default() }
    }

    /// The records that fit, which is one unless the reference leaves identifiers open.
    pub(crate) fn find(&self, wanted: &Wanted) -> Vec<u32> {
        let Some(kind) = self.snapshot.schema().id(wanted.kind.as_str()) else { return Vec::new() };
        if let Some(values) = wanted.key.iter().cloned().collect::<Option<Vec<Value>>>() {
            let key = self.snapshot.normalise_key(kind, &Key::new(values));
            let row = key.ok().and_then(|key| self.snapshot.find(kind, &key));
            return row.into_iter().map(|row| row.0).collect();
        }
        let given: Vec<usize> = (0..wanted.key.len()).filter(|index| wanted.key[*index].is_some()).collect();
        let fields = self.snapshot.schema().kind(kind).identifiers();
        let mut bytes = Vec::new();
        for (field, value) in fields.iter().zip(&wanted.key) {
            let Some(value) = value else { continue };
            let Ok(value) = field.normalise(value.clone()) else { return Vec::new() };
            Encoder::new(&mut bytes).value(&value);
        }
        let mut partial = self.partial.borrow_mut();
        let index = partial.entry((kind, given)).or_insert_with_key(|(kind, given)| self.index(*kind, given));
        index.get(&bytes).cloned().unwrap_or_default()
    }

    /// The records that a reference of a row leads to.
    pub(crate) fn referenced(&self, row: u32, reference: &Reference) -> Vec<u32> {
        self.snapshot.wanted(row, reference).map(|wanted| self.find(&wanted)).unwrap_or_default()
    }

    fn index(&self, kind: KindId, given: &[usize]) -> PartialIndex {
        let mut index = PartialIndex::new();
        for row in self.snapshot.rows_of(kind) {
            let key = self.snapshot.record(RowId(row)).key();
            let mut bytes = Vec::new();
            given.iter().for_each(|position| Encoder::new(&mut bytes).value(&key.values()[*position]));
            index.entry(bytes).or_default().push(row);
        }
        index
    }
}
