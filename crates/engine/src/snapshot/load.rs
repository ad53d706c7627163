//! The way in for loaders that read many records: a draft is written value by value, without a [`Value`] for each
//! field, and taken over into a row.

use std::borrow::Cow;
use std::sync::Arc;

use super::table::Table;
use super::{Links, NO_ROW, Row, RowId, Snapshot, SnapshotError};
use crate::kind::{Field, Kind, KindId, KindName};
use crate::record::{Identity, Key, RecordFlags};
use crate::value::{Encoder, FLOAT_TAG, Value};

/// One record on its way into a snapshot: named, encoded values in any order. Reused from record to record.
#[derive(Debug, Default)]
pub struct Draft<'n> {
    bytes: Vec<u8>,
    identifiers: Vec<DraftField<'n>>,
    attributes: Vec<DraftField<'n>>,
}

#[derive(Debug)]
struct DraftField<'n> {
    name: Cow<'n, str>,
    start: usize,
    end: usize,
}

impl<'n> Draft<'n> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties the draft for the next record, whose field names may live shorter than those before.
    #[must_use]
    pub fn reset<'m>(self) -> Draft<'m> {
        let Draft { mut bytes, mut identifiers, mut attributes } = self;
        bytes.clear();
        identifiers.clear();
        attributes.clear();
        Draft {
            bytes,
            identifiers: identifiers.into_iter().map(|_| unreachable!("the list was emptied")).collect(),
            attributes: attributes.into_iter().map(|_| unreachable!("the list was emptied")).collect(),
        }
    }

    pub fn identifier(&mut self, name: impl Into<Cow<'n, str>>, write: impl FnOnce(&mut Encoder<'_>)) {
        let (start, end) = self.write(write);
        self.identifiers.push(DraftField { name: name.into(), start, end });
    }

    pub fn attribute(&mut self, name: impl Into<Cow<'n, str>>, write: impl FnOnce(&mut Encoder<'_>)) {
        let (start, end) = self.write(write);
        self.attributes.push(DraftField { name: name.into(), start, end });
    }

    fn write(&mut self, write: impl FnOnce(&mut Encoder<'_>)) -> (usize, usize) {
        let start = self.bytes.len();
        write(&mut Encoder::new(&mut self.bytes));
        (start, self.bytes.len())
    }

    fn bytes_of(&self, field: &DraftField<'_>) -> &[u8] {
        &self.bytes[field.start..field.end]
    }

    /// The bytes of `fields` when they are exactly `declared`, in order and without need of normalisation.
    fn as_declared(&self, fields: &[DraftField<'_>], declared: &[Field]) -> Option<&[u8]> {
        let fits = fields.len() == declared.len()
            && fields.iter().zip(declared).all(|(field, declared)| {
                // A float may have to become an int.
                let float = self.bytes.get(field.start) == Some(&FLOAT_TAG);
                declared.takes_all_as_is() && field.name == declared.name() && !float
            })
            && fields.windows(2).all(|pair| pair[0].end == pair[1].start);
        match (fits, fields.first(), fields.last()) {
            (true, Some(first), Some(last)) => Some(&self.bytes[first.start..last.end]),
            (true, _, _) => Some(&[]),
            _ => None,
        }
    }

    /// True when the fields come in the order in which the kind declares them, some perhaps left out; then all are
    /// declared and none is given twice.
    fn is_in_order_of(&self, kind: &Kind) -> bool {
        let in_order = |fields: &[DraftField<'_>], declared: &[Field]| {
            let mut declared = declared.iter();
            fields.iter().all(|field| declared.any(|declared| declared.name() == field.name))
        };
        in_order(&self.identifiers, kind.identifiers()) && in_order(&self.attributes, kind.attributes())
    }

    /// The name of a field that is given more than once.
    fn given_twice(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.identifiers.iter().chain(&self.attributes).map(|field| &*field.name).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    /// The bytes of `fields` in declared order, normalised, with defaults for what is not named.
    fn arrange(&self, fields: &[DraftField<'_>], declared: &[Field], key: Required) -> Result<Vec<u8>, FieldProblem> {
        let mut out = Vec::with_capacity(self.bytes.len());
        for (index, field) in declared.iter().enumerate() {
            let named = |candidate: &&DraftField<'_>| candidate.name == field.name();
            match fields.get(index).filter(named).or_else(|| fields.iter().find(named)) {
                Some(found) => {
                    let value = Value::decode(self.bytes_of(found)).expect("a draft holds canonical values");
                    let value =
                        field.normalise(value).map_err(|source| FieldProblem::Bad(field.name().into(), source))?;
                    Encoder::new(&mut out).value(&value);
                }
                None if key == Required::Yes => return Err(FieldProblem::Missing(field.name().into())),
                None => {
                    let default = field.normalise(field.default().clone());
                    let default = default.map_err(|source| FieldProblem::Bad(field.name().into(), source))?;
                    Encoder::new(&mut out).value(&default);
                }
            }
        }
        Ok(out)
    }

    /// The identifier values as they stand, for messages.
    fn shown_key(&self) -> Key {
        self.identifiers.iter().filter_map(|field| Value::decode(self.bytes_of(field)).ok()).collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

enum FieldProblem {
    Missing(String),
    Bad(String, crate::value::NormaliseError),
}

impl Snapshot {
    /// Takes a draft over as a record, as the last child of `parent` when there is one.
    ///
    /// # Errors
    /// The record is left out whole: a field that is not declared, an identifier that is missing, a value that does
    /// not fit its type, a key that is already there, or a parent whose kind has no such children.
    pub fn add_draft(
        &mut self,
        kind: KindId,
        draft: &Draft<'_>,
        parent: Option<RowId>,
        flags: RecordFlags,
    ) -> Result<RowId, SnapshotError> {
        self.declare_place(kind, parent)?;
        let declared = self.schema.kind(kind);
        let as_declared = (
            draft.as_declared(&draft.identifiers, declared.identifiers()),
            draft.as_declared(&draft.attributes, declared.attributes()),
        );
        if let (Some(key), Some(attributes)) = as_declared {
            let row = self.push_row(kind, key, attributes, flags)?;
            return self.place(kind, row, parent, draft);
        }
        if !draft.is_in_order_of(declared) {
            self.declare(kind, draft)?;
        }
        let declared = self.schema.kind(kind);
        let identity = |declared: &Kind| Identity { kind: declared.name().clone(), key: draft.shown_key() };
        let error = |problem| match problem {
            FieldProblem::Missing(field) => SnapshotError::MissingIdentifier { kind: declared.name().clone(), field },
            FieldProblem::Bad(field, source) => SnapshotError::BadValue { identity: identity(declared), field, source },
        };
        let key = draft.arrange(&draft.identifiers, declared.identifiers(), Required::Yes).map_err(error)?;
        let attributes = draft.arrange(&draft.attributes, declared.attributes(), Required::No).map_err(error)?;
        let row = self.push_row(kind, &key, &attributes, flags)?;
        self.place(kind, row, parent, draft)
    }

    /// Makes sure that records of this kind may stand there; a snapshot that infers its kinds learns it.
    #[inline]
    pub(super) fn declare_place(&mut self, kind: KindId, parent: Option<RowId>) -> Result<(), SnapshotError> {
        match parent {
            Some(parent) => self.declare_child(parent, kind),
            None if self.inferring => {
                Arc::make_mut(&mut self.schema).push_top_level(kind);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Hangs a new row below its parent; no row means that its key was taken.
    #[inline]
    fn place(
        &mut self,
        kind: KindId,
        row: Option<RowId>,
        parent: Option<RowId>,
        draft: &Draft<'_>,
    ) -> Result<RowId, SnapshotError> {
        let row = row.ok_or_else(|| {
            let kind = self.schema.kind(kind).name().clone();
            SnapshotError::AlreadyExists(Identity { kind, key: draft.shown_key() })
        })?;
        if let Some(parent) = parent {
            self.append_child(parent.0, row.0);
        }
        Ok(row)
    }

    /// The kind of this name; a snapshot that infers its kinds learns it.
    pub fn kind_named(&mut self, name: &str) -> Result<KindId, SnapshotError> {
        match self.schema.id(name) {
            Some(id) => Ok(id),
            None if self.inferring => {
                let kind = Kind::inferred(KindName::from(name));
                let id = Arc::make_mut(&mut self.schema).push(kind).ok_or(SnapshotError::TooManyKinds)?;
                self.tables.push(Table::default());
                Ok(id)
            }
            None => Err(SnapshotError::UnknownKind(name.to_owned())),
        }
    }

    /// Declares what `other` knows and this snapshot, which infers its kinds, has met no record of: kinds, their children
    /// and their place at the top. A side without a single site still knows what a site is.
    ///
    /// # Errors
    /// The schema is full.
    pub fn learn_from(&mut self, other: &crate::Schema) -> Result<(), SnapshotError> {
        if !self.inferring {
            return Ok(());
        }
        for (_, kind) in other.kinds() {
            let id = self.kind_named(kind.name().as_str())?;
            let own = Arc::make_mut(&mut self.schema).kind_mut(id);
            if own.identifiers().is_empty() {
                kind.identifiers().iter().for_each(|field| own.learn_identifier(field.name()));
                kind.attributes().iter().for_each(|field| own.learn_attribute(field.name()));
            }
            let known = |child: &KindName| own.children().iter().any(|own| own.kind == *child);
            let unknown: Vec<KindName> =
                kind.children().iter().map(|child| child.kind.clone()).filter(|child| !known(child)).collect();
            unknown.iter().for_each(|child| own.learn_child(child));
        }
        for top in other.top_level() {
            let id = self.kind_named(other.kind(*top).name().as_str())?;
            Arc::make_mut(&mut self.schema).push_top_level(id);
        }
        Ok(())
    }

    /// Makes sure that every field of the draft is declared; a snapshot that infers its kinds declares them.
    fn declare(&mut self, kind: KindId, draft: &Draft<'_>) -> Result<(), SnapshotError> {
        let declared = self.schema.kind(kind);
        if let Some(field) = draft.given_twice() {
            return Err(SnapshotError::FieldTwice { kind: declared.name().clone(), field: field.to_owned() });
        }
        let unknown = |fields: &[DraftField<'_>], known: &[Field]| -> Vec<String> {
            let is_known = |(index, name): (usize, &str)| {
                known.get(index).is_some_and(|known| known.name() == name)
                    || known.iter().any(|known| known.name() == name)
            };
            let names = fields.iter().map(|field| &*field.name).enumerate();
            names.filter(|field| !is_known(*field)).map(|(_, name)| name.to_owned()).collect()
        };
        let identifiers = unknown(&draft.identifiers, declared.identifiers());
        let attributes = unknown(&draft.attributes, declared.attributes());
        let Some(first) = identifiers.first().or_else(|| attributes.first()) else {
            return Ok(());
        };
        let learns_key = declared.identifiers().is_empty();
        if !self.inferring || (!identifiers.is_empty() && !learns_key) {
            return Err(SnapshotError::UnknownField { kind: declared.name().clone(), field: first.clone() });
        }
        let declared = Arc::make_mut(&mut self.schema).kind_mut(kind);
        identifiers.iter().for_each(|name| declared.learn_identifier(name));
        attributes.iter().for_each(|name| declared.learn_attribute(name));
        Ok(())
    }

    /// `None` when the key is taken.
    pub(super) fn push_row(
        &mut self,
        kind: KindId,
        key: &[u8],
        attributes: &[u8],
        flags: RecordFlags,
    ) -> Result<Option<RowId>, SnapshotError> {
        let full = |schema: &crate::kind::Schema| {
            let key = decode_all(key).into_iter().collect();
            SnapshotError::Full(Identity { kind: schema.kind(kind).name().clone(), key })
        };
        let Some(row) = u32::try_from(self.rows.len()).ok().filter(|row| *row != NO_ROW) else {
            return Err(full(&self.schema));
        };
        let hash = Table::hash(key);
        if self.tables[kind.index()].find_hashed(hash, key, |row| self.key_bytes(row)).is_some() {
            return Ok(None);
        }
        let Some(span) = self.arena.push(&[key, attributes]) else {
            return Err(full(&self.schema));
        };
        self.rows.push(Row { span, key_length: key.len() as u32, kind, flags: flags.bits(), live: true });
        self.links.push(Links::NONE);
        let Self { arena, rows, tables, .. } = self;
        tables[kind.index()].insert(hash, row, |row| {
            let Row { span, key_length, .. } = rows[row as usize];
            &arena.bytes(span)[..key_length as usize]
        });
        Ok(Some(RowId(row)))
    }
}

/// The values that stand one after the other in `bytes`.
pub(super) fn decode_all(mut bytes: &[u8]) -> Vec<Value> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let (value, rest) = Value::decode_prefix(bytes).expect("a snapshot holds canonical values");
        values.push(value);
        bytes = rest;
    }
    values
}
