//! Reading a change into its draft: plain values into cells, references into keys. Every value is read, whatever is
//! wrong with the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use trueup_engine::value::ValueSet;
use trueup_engine::{FieldType, Value};

use super::change::Change;
use super::custom_field::Definitions;
use super::draft::{Draft, Element, ManyDraft, Pointer};
use super::error::WriteErrorCause as Cause;
use super::lookup::{Found, LookupIndex, Lookups, Missing, key_cells};
use super::shape::{Group, Slot};
use super::validate::scalar_cell;
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, TypeIndex, hint};
use crate::storage::{Cell, RecordId};

/// What reading a change needs.
pub(crate) struct Reader<'a> {
    pub registry: &'a Registry,
    pub lookups: &'a mut Lookups,
    pub missing: &'a mut Missing,
    pub custom_fields: Option<&'a Definitions>,
}

impl Draft {
    /// Reads the plain values of a change into the row, and the keys of its references.
    pub fn read(&mut self, change: &Change, reader: &mut Reader<'_>) {
        let shape = self.shape.clone();
        self.values.reserve_exact(shape.paths.len());
        let given = change.identifiers.iter().chain(&change.values);
        for ((position, (_, value)), path) in given.enumerate().zip(&shape.paths) {
            let stored = self.read_slot(&shape.content_type, shape.slots[position], value, reader);
            let stored = stored.unwrap_or_else(|cause| {
                self.fail(cause);
                Value::Null
            });
            self.values.push((path.clone(), stored));
        }
        for group in &shape.references {
            let pointer = self.read_group(group, reader).unwrap_or_else(|cause| {
                self.fail(cause);
                Pointer::Bad
            });
            self.references.push(pointer);
        }
    }

    /// What is to be kept of a value; null for what is taken from the row once it is stored.
    fn read_slot(
        &mut self,
        content_type: &ContentType,
        slot: Slot,
        value: &Value,
        reader: &mut Reader<'_>,
    ) -> Result<Value, Cause> {
        match slot {
            Slot::Column(column) => {
                let field = &content_type.fields[content_type.columns[column].field];
                if let FieldKind::Scalar(scalar) = &field.kind {
                    self.row[column] = scalar_cell(reader.registry, field, scalar, value)?;
                }
                Ok(Value::Null)
            }
            Slot::CustomFields(column) => {
                if let Some(definitions) = reader.custom_fields {
                    let (cell, causes) = definitions.merge(&self.row[column], value);
                    self.row[column] = cell;
                    causes.into_iter().for_each(|cause| self.fail(cause));
                }
                Ok(Value::Null)
            }
            Slot::Composite(place) => {
                let field = &content_type.fields[place];
                let FieldKind::Composite(composite) = &field.kind else { return Ok(Value::Null) };
                let field_type = composite.scalar_type.field_type();
                let value = field_type
                    .normalise(value.clone())
                    .map_err(|source| Cause::Invalid { field: field.name().to_owned(), source })?;
                let (address, length) = Cell::split(&value)
                    .filter(|(address, _)| !address.is_null())
                    .ok_or_else(|| Cause::Required { field: field.name().to_owned() })?;
                self.row[composite.columns.0] = address;
                self.row[composite.columns.1] = length;
                Ok(Value::Null)
            }
            Slot::Id => {
                let id = match value {
                    Value::Text(text) => uuid::Uuid::parse_str(text.trim()).ok(),
                    _ => None,
                };
                self.id = id.map(RecordId).ok_or_else(|| Cause::Unstorable {
                    field: "id".to_owned(),
                    value: value.to_string(),
                    wanted: "uuid".to_owned(),
                })?;
                Ok(Value::Null)
            }
            Slot::Many(place) => self.read_many(content_type, place, value, reader),
            Slot::Key => Ok(value.clone()),
        }
    }

    /// The key of a group, normalised; looked up at once when it is known.
    pub fn read_group(&mut self, group: &Group, reader: &mut Reader<'_>) -> Result<Pointer, Cause> {
        let lookup = reader.lookups.get(group.lookup);
        let mut cells = Vec::with_capacity(group.positions.len() + 1);
        for (path, &position) in lookup.paths.iter().zip(&group.positions) {
            let given = &mut self.values[position];
            let field = || given.0.to_string();
            let value = std::mem::take(&mut given.1);
            let normalised =
                path.field_type.normalise(value).map_err(|source| Cause::Invalid { field: field(), source })?;
            key_cells(reader.registry, path, normalised.clone(), &mut cells).ok_or_else(|| Cause::Unstorable {
                field: field(),
                value: normalised.to_string(),
                wanted: path.field_type.to_string(),
            })?;
            given.1 = normalised;
        }
        Ok(point(group.lookup, cells, reader))
    }

    /// Only the identifiers of a change, to find its record.
    pub fn read_identifiers(
        &mut self,
        change: &Change,
        group: &Group,
        reader: &mut Reader<'_>,
    ) -> Result<Pointer, Cause> {
        self.values = change.identifiers.clone();
        let pointer = self.read_group(group, reader);
        self.values.clear();
        pointer
    }

    fn read_many(
        &mut self,
        content_type: &ContentType,
        place: usize,
        value: &Value,
        reader: &mut Reader<'_>,
    ) -> Result<Value, Cause> {
        let field = &content_type.fields[place];
        let FieldKind::Many(many) = &field.kind else { return Ok(Value::Null) };
        let items = items(field.name(), many.target, value, reader.registry)?;
        let mut elements = Vec::with_capacity(items.len());
        for item in items.iter() {
            let element = match many.target {
                ManyTarget::ContentTypes => content_type_named(field.name(), item, reader.registry),
                ManyTarget::Records(to) => element(field.name(), to, item, reader),
            };
            match element {
                Ok(element) => elements.push(element),
                Err(cause) => self.fail(cause),
            }
        }
        self.many.push(ManyDraft { field: place, elements });
        Ok(Value::Set(items))
    }
}

/// The items of a to-many value, each in the form of the natural key of its target, or as a map of paths.
fn items(field: &str, target: ManyTarget, value: &Value, registry: &Registry) -> Result<ValueSet, Cause> {
    let invalid = |source| Cause::Invalid { field: field.to_owned(), source };
    let element_type = registry.element_type(target);
    let items: Vec<Value> = match value {
        Value::Null => Vec::new(),
        Value::Text(_) | Value::Map(_) => vec![value.clone()],
        Value::List(items) => items.clone(),
        Value::Set(items) => items.iter().cloned().collect(),
        other => {
            return match FieldType::set_of(element_type).normalise(other.clone()) {
                Ok(Value::Set(items)) => Ok(items),
                Ok(_) => Ok(ValueSet::default()),
                Err(source) => Err(invalid(source)),
            };
        }
    };
    let named = |item: Value| match (target, item) {
        (ManyTarget::Records(_), Value::Map(paths)) => Ok(Value::Map(paths)),
        (_, item) => element_type.normalise(item).map_err(invalid),
    };
    items.into_iter().map(named).collect()
}

fn content_type_named(field: &str, item: &Value, registry: &Registry) -> Result<Element, Cause> {
    let name = item.as_text().unwrap_or_default();
    if registry.content_type(name).is_ok() {
        return Ok(Element::ContentType(name.to_owned()));
    }
    let names = registry.content_types().map(|content_type| content_type.name());
    let hint = hint(name, names.collect::<Vec<_>>());
    Err(Cause::UnknownContentType { field: field.to_owned(), value: name.to_owned(), hint })
}

/// One record of a to-many field: named by its natural key, or by the paths of a map.
fn element(field: &str, to: TypeIndex, item: &Value, reader: &mut Reader<'_>) -> Result<Element, Cause> {
    let (paths, values) = match item {
        Value::Map(map) => by_paths(map),
        item => {
            let key: Vec<Arc<str>> =
                reader.registry.get(to).natural_key().iter().map(|path| path.as_str().into()).collect();
            let values = match item {
                Value::List(values) if values.len() == key.len() => values.clone(),
                single => vec![single.clone()],
            };
            (key, values)
        }
    };
    let lookup = reader.lookups.index(reader.registry, to, paths)?;
    let mut cells = Vec::with_capacity(values.len());
    for (place, path) in reader.lookups.get(lookup).paths.iter().enumerate() {
        let value = values.get(place).cloned().unwrap_or_default();
        let value =
            path.field_type.normalise(value).map_err(|source| Cause::Invalid { field: field.to_owned(), source })?;
        key_cells(reader.registry, path, value, &mut cells).ok_or_else(|| Cause::Unstorable {
            field: field.to_owned(),
            value: item.to_string(),
            wanted: path.field_type.to_string(),
        })?;
    }
    let pointer = point(lookup, cells, reader);
    Ok(Element::Record { lookup, pointer, value: item.clone() })
}

fn by_paths(map: &BTreeMap<String, Value>) -> (Vec<Arc<str>>, Vec<Value>) {
    map.iter().map(|(path, value)| (Arc::from(path.as_str()), value.clone())).unzip()
}

fn point(lookup: LookupIndex, cells: Vec<Cell>, reader: &mut Reader<'_>) -> Pointer {
    if cells.iter().all(Cell::is_null) {
        return Pointer::Null;
    }
    let mut bytes = Vec::with_capacity(64);
    for cell in &cells {
        cell.key_into(&mut bytes);
    }
    match reader.lookups.found(lookup, &bytes) {
        Some(Found::One(id)) => Pointer::Id(id),
        Some(Found::Several(_)) => Pointer::Wanted(bytes.into()),
        None => {
            let keys = reader.missing.entry(lookup).or_default();
            if !keys.contains_key(bytes.as_slice()) {
                keys.insert(bytes.clone().into(), cells);
            }
            Pointer::Wanted(bytes.into())
        }
    }
}
