//! What a DiffSync adapter can do with its records, with DiffSync's meaning.

use super::{Draft, NO_ROW, RecordRef, RowId, Snapshot, SnapshotError};
use crate::kind::KindId;
use crate::record::{Attributes, Identity, Key, Record};
use crate::value::Encoder;

/// Whether an operation found the record or made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Found,
    Added,
}

/// What happens to the records below one that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithChildren {
    /// They stay, without a parent.
    Keep,
    Remove,
}

impl Snapshot {
    /// Adds a record, and hangs it below its parent when it names one.
    ///
    /// # Errors
    /// See [`SnapshotError`]; nothing is added then.
    pub fn add(&mut self, record: &Record) -> Result<RowId, SnapshotError> {
        let parent = record.parent.as_ref().map(|parent| self.row_of(parent)).transpose()?;
        let kind = self.kind_named(record.kind.as_str())?;
        let declared = self.schema.kind(kind);
        let names: Vec<String> = declared.identifiers().iter().map(|field| field.name().to_owned()).collect();
        let values = record.key.values();
        let names = if names.is_empty() && self.inferring {
            (0..values.len()).map(|index| format!("id{index}")).collect()
        } else {
            names
        };
        if names.len() != values.len() {
            let kind = declared.name().clone();
            return Err(SnapshotError::WrongKeyLength { kind, wanted: names.len(), found: values.len() });
        }
        let named = names.iter().zip(values).chain(&record.attributes);
        if let Some((field, _)) = named.into_iter().find(|(_, value)| value.is_too_deep()) {
            return Err(SnapshotError::TooDeep { kind: declared.name().clone(), field: field.clone() });
        }
        let mut draft = Draft::new();
        for (name, value) in names.into_iter().zip(values) {
            draft.identifier(name, |encoder| encoder.value(value));
        }
        for (name, value) in &record.attributes {
            draft.attribute(name, |encoder| encoder.value(value));
        }
        self.add_draft(kind, &draft, parent, record.flags)
    }

    /// # Errors
    /// No such kind or record.
    pub fn get(&self, kind: &str, key: &Key) -> Result<RecordRef<'_>, SnapshotError> {
        let identity = Identity::new(kind, key.clone());
        self.row_of(&identity).map(|row| self.record(row))
    }

    pub fn get_or_none(&self, kind: &str, key: &Key) -> Option<RecordRef<'_>> {
        self.get(kind, key).ok()
    }

    /// All records of a kind, in the order in which they were added; none for a kind that is not declared.
    pub fn get_all(&self, kind: &str) -> impl Iterator<Item = RecordRef<'_>> {
        let id = self.schema.id(kind);
        id.into_iter().flat_map(|id| self.rows_of(id)).map(|row| self.record(RowId(row)))
    }

    /// The records with these keys, in the order asked for; a key asked for twice comes twice.
    ///
    /// # Errors
    /// The first key that is not there.
    pub fn get_by_keys(&self, kind: &str, keys: &[Key]) -> Result<Vec<RecordRef<'_>>, SnapshotError> {
        keys.iter().map(|key| self.get(kind, key)).collect()
    }

    /// Number of records of a kind; 0 for a kind that is not declared.
    pub fn count(&self, kind: &str) -> usize {
        self.schema.id(kind).map_or(0, |id| self.tables[id.index()].live())
    }

    /// Replaces the attributes and flags of the record with this key, or adds it. Its place in the tree stays.
    pub fn update(&mut self, record: &Record) -> Result<RowId, SnapshotError> {
        let Ok(row) = self.row_of(&record.identity()) else {
            return self.add(record);
        };
        self.write_attributes(row, &record.attributes)?;
        self.rows[row.0 as usize].flags = record.flags.bits();
        Ok(row)
    }

    /// Removes a record and takes it out of its parent's children.
    ///
    /// # Errors
    /// No such record.
    pub fn remove(&mut self, identity: &Identity, children: WithChildren) -> Result<(), SnapshotError> {
        let row = self.row_of(identity)?;
        self.unlink(row.0);
        let mut pending = vec![row.0];
        while let Some(row) = pending.pop() {
            let below: Vec<u32> = self.children_of(row).map(|child| child.row().0).collect();
            for child in below {
                self.unlink(child);
                if children == WithChildren::Remove {
                    pending.push(child);
                }
            }
            self.forget(row);
        }
        Ok(())
    }

    fn forget(&mut self, row: u32) {
        let kind = self.kind_id(row);
        let key = self.key_bytes(row).to_vec();
        let mut table = std::mem::take(&mut self.tables[kind.index()]);
        table.remove(&key, |row| self.key_bytes(row));
        self.tables[kind.index()] = table;
        self.rows[row as usize].live = false;
    }

    /// The record with this key, made from `attributes` when it is not there; a present one is left as it is.
    pub fn get_or_instantiate(
        &mut self,
        kind: &str,
        key: impl Into<Key>,
        attributes: Attributes,
    ) -> Result<(RowId, Presence), SnapshotError> {
        let mut record = Record::new(kind, key);
        record.attributes = attributes;
        self.get_or_add(&record)
    }

    /// The record with this key, with `attributes` set on it; made when it is not there.
    pub fn update_or_instantiate(
        &mut self,
        kind: &str,
        key: impl Into<Key>,
        attributes: Attributes,
    ) -> Result<(RowId, Presence), SnapshotError> {
        let mut record = Record::new(kind, key);
        record.attributes = attributes;
        self.update_or_add(&record)
    }

    /// The record with this key; `record` itself when there was none.
    pub fn get_or_add(&mut self, record: &Record) -> Result<(RowId, Presence), SnapshotError> {
        match self.row_of(&record.identity()) {
            Ok(row) => Ok((row, Presence::Found)),
            Err(_) => self.add(record).map(|row| (row, Presence::Added)),
        }
    }

    /// Sets the attributes that `record` names on the record with its key, or adds it.
    pub fn update_or_add(&mut self, record: &Record) -> Result<(RowId, Presence), SnapshotError> {
        match self.row_of(&record.identity()) {
            Ok(row) => {
                let mut attributes = self.record(row).attributes();
                attributes.extend(record.attributes.iter().map(|(name, value)| (name.clone(), value.clone())));
                self.write_attributes(row, &attributes)?;
                Ok((row, Presence::Found))
            }
            Err(_) => self.add(record).map(|row| (row, Presence::Added)),
        }
    }

    /// Hangs the record below another parent, or below none.
    pub fn move_under(&mut self, row: RowId, parent: Option<RowId>) -> Result<(), SnapshotError> {
        self.live([row])?;
        let before = self.parent_of(row.0);
        self.unlink(row.0);
        let Some(parent) = parent else { return Ok(()) };
        let moved = self.add_child(parent, row);
        if moved.is_err() && before != NO_ROW {
            self.add_child(RowId(before), row)?;
        }
        moved
    }

    /// # Errors
    /// No such kind or record, or a key of the wrong length or type.
    pub fn row_of(&self, identity: &Identity) -> Result<RowId, SnapshotError> {
        let kind = self.schema.id(identity.kind.as_str());
        let kind = kind.ok_or_else(|| SnapshotError::UnknownKind(identity.kind.to_string()))?;
        let key = self.normalise_key(kind, &identity.key)?;
        self.find(kind, &key).ok_or_else(|| SnapshotError::NotFound(identity.clone()))
    }

    /// The canonical bytes of a key as this snapshot's kind declares it.
    pub fn normalise_key(&self, kind: KindId, key: &Key) -> Result<Vec<u8>, SnapshotError> {
        let declared = self.schema.kind(kind);
        let (wanted, found) = (declared.identifiers().len(), key.values().len());
        if wanted != found {
            return Err(SnapshotError::WrongKeyLength { kind: declared.name().clone(), wanted, found });
        }
        let mut bytes = Vec::new();
        for (field, value) in declared.identifiers().iter().zip(key.values()) {
            if value.is_too_deep() {
                return Err(SnapshotError::TooDeep { kind: declared.name().clone(), field: field.name().to_owned() });
            }
            let value = field.normalise(value.clone()).map_err(|source| SnapshotError::BadValue {
                identity: Identity { kind: declared.name().clone(), key: key.clone() },
                field: field.name().to_owned(),
                source,
            })?;
            Encoder::new(&mut bytes).value(&value);
        }
        Ok(bytes)
    }

    /// Gives a row new attributes; those not named get their defaults.
    fn write_attributes(&mut self, row: RowId, attributes: &Attributes) -> Result<(), SnapshotError> {
        let identity = self.record(row).identity();
        let kind = self.kind_of(row.0);
        if let Some(unknown) =
            attributes.keys().find(|name| !kind.attributes().iter().any(|field| field.name() == *name))
        {
            return Err(SnapshotError::UnknownField { kind: kind.name().clone(), field: unknown.clone() });
        }
        let mut bytes = Vec::new();
        for field in kind.attributes() {
            let value = attributes.get(field.name()).unwrap_or(field.default()).clone();
            if value.is_too_deep() {
                return Err(SnapshotError::TooDeep { kind: kind.name().clone(), field: field.name().to_owned() });
            }
            let value = field.normalise(value).map_err(|source| SnapshotError::BadValue {
                identity: identity.clone(),
                field: field.name().to_owned(),
                source,
            })?;
            Encoder::new(&mut bytes).value(&value);
        }
        let key = self.key_bytes(row.0).to_vec();
        let span = self.arena.push(&[&key, &bytes]).ok_or(SnapshotError::Full(identity))?;
        self.rows[row.0 as usize].span = span;
        Ok(())
    }
}
