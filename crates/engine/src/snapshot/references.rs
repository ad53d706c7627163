use super::{RowId, Snapshot};
use crate::kind::Reference;
use crate::record::{Identity, Key};
use crate::value::Value;

impl Snapshot {
    /// What a record refers to; `None` when all fields of the reference are null.
    pub(crate) fn referenced_identity(&self, row: u32, reference: &Reference) -> Option<Identity> {
        let record = self.record(RowId(row));
        let values: Vec<Value> = reference.fields.iter().map(|slot| record.value(*slot)).collect();
        (!values.iter().all(Value::is_null))
            .then(|| Identity { kind: reference.to.clone(), key: Key::new(values) })
    }

    /// The record of this snapshot that a record refers to, if it is there.
    pub(crate) fn referenced_row(&self, row: u32, reference: &Reference) -> Option<u32> {
        let identity = self.referenced_identity(row, reference)?;
        self.row_of(&identity).ok().map(|row| row.0)
    }
}
