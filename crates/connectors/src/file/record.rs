use minijinja::Value as Jinja;
use trueup_engine::record::RecordFlags;
use trueup_engine::snapshot::{Draft, RowId, SnapshotError};
use trueup_engine::{Identity, Key, Snapshot, Value};

use super::Duplicates;
use super::compile::{Entry, FieldSource, MappedField};
use super::expression::{Context, NoValue, to_value};
use crate::Cause;
use crate::Origins;
use crate::error::Differs;

/// What came of one row, or of one item of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Added(RowId),
    /// The mapping's `when` does not hold.
    LeftOut,
    /// The record is there already, which the mapping allows.
    Repeated,
}

/// A row that could not become a record.
#[derive(Debug)]
pub(super) struct Bad {
    /// When the identifiers at least could be made out.
    pub(super) key: Option<Key>,
    pub(super) cause: Cause,
}

impl From<Cause> for Bad {
    fn from(cause: Cause) -> Self {
        Bad { key: None, cause }
    }
}

impl<'env> Entry<'env> {
    /// Makes the record of one row and adds it. `draft` is empty, and is left with what was written into it.
    pub(super) fn make<'e>(
        &'e self,
        context: &Context,
        draft: &mut Draft<'e>,
        snapshot: &mut Snapshot,
        origins: &Origins,
    ) -> Result<Made, Bad> {
        let seen = Jinja::from_object(context.clone());
        if let Some(when) = &self.when {
            match when.evaluate(context, &seen) {
                Ok(holds) if !holds.is_true() => return Ok(Made::LeftOut),
                Ok(_) => {}
                Err(error) => {
                    let key = self.key(context, &seen, draft).ok();
                    return Err(Bad { key, cause: expression("when", error) });
                }
            }
        }
        let key = self.key(context, &seen, draft)?;
        match self.add(context, &seen, draft, &key, snapshot, origins) {
            Ok(made) => Ok(made),
            Err(cause) => Err(Bad { key: Some(key), cause }),
        }
    }

    fn key<'e>(&'e self, context: &Context, seen: &Jinja, draft: &mut Draft<'e>) -> Result<Key, Cause> {
        let mut values = Vec::with_capacity(self.identifiers.len());
        for mapped in &self.identifiers {
            let value = mapped.value(context, seen)?.unwrap_or_else(|| mapped.field.default().clone());
            let value = mapped.field.normalise(value).map_err(|source| SnapshotError::BadValue {
                identity: Identity { kind: self.declared.name().clone(), key: values.iter().cloned().collect() },
                field: mapped.field.name().to_owned(),
                source,
            })?;
            if mapped.required && value.is_blank() {
                return Err(Cause::BlankIdentifier { field: mapped.field.name().to_owned() });
            }
            draft.identifier(mapped.field.name(), |encoder| encoder.value(&value));
            values.push(value);
        }
        if values.iter().all(Value::is_blank) {
            let names: Vec<&str> = self.identifiers.iter().map(|mapped| mapped.field.name()).collect();
            return Err(Cause::BlankIdentifier { field: names.join("`, `") });
        }
        Ok(Key::new(values))
    }

    fn add<'e>(
        &'e self,
        context: &Context,
        seen: &Jinja,
        draft: &mut Draft<'e>,
        key: &Key,
        snapshot: &mut Snapshot,
        origins: &Origins,
    ) -> Result<Made, Cause> {
        let present = match self.duplicates {
            Duplicates::Error => None,
            Duplicates::Same | Duplicates::First => snapshot.find(self.kind, &key.encode()),
        };
        if let Some(row) = present {
            return match self.duplicates {
                Duplicates::Same => self.compare(context, seen, row, snapshot, origins),
                Duplicates::First | Duplicates::Error => Ok(Made::Repeated),
            };
        }
        for mapped in &self.attributes {
            if let Some(value) = mapped.value(context, seen)? {
                draft.attribute(mapped.field.name(), |encoder| encoder.value(&value));
            }
        }
        match snapshot.add_draft(self.kind, draft, None, RecordFlags::NONE) {
            Ok(row) => Ok(Made::Added(row)),
            Err(SnapshotError::AlreadyExists(identity)) => {
                let first = snapshot.row_of(&identity).ok().and_then(|row| origins.of(row)).map(Box::new);
                Err(Cause::Duplicate { identity, first, differs: Differs::Unknown })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the row says the same as the record that is there.
    fn compare(
        &self,
        context: &Context,
        seen: &Jinja,
        row: RowId,
        snapshot: &Snapshot,
        origins: &Origins,
    ) -> Result<Made, Cause> {
        let present = snapshot.record(row);
        for mapped in &self.attributes {
            let name = mapped.field.name();
            let value = mapped.value(context, seen)?.unwrap_or_else(|| mapped.field.default().clone());
            let value = mapped.field.normalise(value).map_err(|source| SnapshotError::BadValue {
                identity: present.identity(),
                field: name.to_owned(),
                source,
            })?;
            if present.get(name).is_some_and(|other| other != value) {
                let differs = Differs::In(name.to_owned());
                return Err(Cause::Duplicate {
                    identity: present.identity(),
                    first: origins.of(row).map(Box::new),
                    differs,
                });
            }
        }
        Ok(Made::Repeated)
    }
}

impl MappedField<'_> {
    /// What the row gives for this field; `None` when it gives nothing and the field has a default for that.
    fn value(&self, context: &Context, seen: &Jinja) -> Result<Option<Value>, Cause> {
        let value = match &self.from {
            FieldSource::Constant(value) => value.clone(),
            FieldSource::Compiled(compiled) => {
                let result = compiled.evaluate(context, seen).map_err(|error| expression(self.field.name(), error))?;
                to_value(&result)
                    .map_err(|NoValue(found)| Cause::NoValue { field: self.field.name().to_owned(), found })?
            }
        };
        let takes_default = value.is_null() && !self.field.default().is_null();
        Ok((!takes_default).then_some(value))
    }
}

pub(super) fn expression(field: &str, error: minijinja::Error) -> Cause {
    Cause::Expression { field: field.to_owned(), error: Box::new(error) }
}
