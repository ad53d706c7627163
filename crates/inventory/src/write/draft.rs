//! A record on its way into the database.

use std::sync::Arc;

use trueup_engine::Value;

use super::change::{Change, Pairs, PathValues, Stored};
use super::error::WriteErrorCause as Cause;
use super::lookup::{Found, KeyBytes, LookupIndex, Lookups, Missing, key_cells};
use super::shape::{Group, Shape, Slot};
use super::validate::scalar_cell;
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, TypeIndex, hint};
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
    pub failure: Option<Cause>,
    /// What the change said, each value in the form of its field.
    values: PathValues,
}

/// A reference while it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pointer {
    Null,
    Id(RecordId),
    Wanted(KeyBytes),
}

/// The new contents of a to-many field.
#[derive(Debug)]
pub(crate) struct ManyDraft {
    pub field: usize,
    pub elements: Vec<Element>,
}

impl ManyDraft {
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

/// What reading a change needs.
pub(crate) struct Reader<'a> {
    pub registry: &'a Registry,
    pub lookups: &'a mut Lookups,
    pub missing: &'a mut Missing,
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
            failure: None,
            values: Vec::new(),
        }
    }

    pub fn content_type(&self) -> &ContentType {
        &self.shape.content_type
    }

    pub fn is_good(&self) -> bool {
        self.failure.is_none()
    }

    pub fn fail(&mut self, cause: Cause) {
        self.failure.get_or_insert(cause);
    }

    /// Reads the plain values of a change into the row, and the keys of its references.
    pub fn read(&mut self, change: &Change, reader: &mut Reader<'_>) {
        if let Err(cause) = self.try_read(change, reader) {
            self.fail(cause);
        }
    }

    fn try_read(&mut self, change: &Change, reader: &mut Reader<'_>) -> Result<(), Cause> {
        let shape = self.shape.clone();
        let content_type = &shape.content_type;
        self.values.reserve_exact(shape.paths.len());
        let given = change.identifiers.iter().chain(&change.values);
        for ((position, (_, value)), path) in given.enumerate().zip(&shape.paths) {
            let stored = match shape.slots[position] {
                Slot::Column(column) => {
                    let field = &content_type.fields[content_type.columns[column].field];
                    let FieldKind::Scalar(scalar) = &field.kind else { continue };
                    self.row[column] = scalar_cell(field, scalar, value)?;
                    // Taken from the row once it is stored.
                    Value::Null
                }
                Slot::Composite(place) => {
                    let field = &content_type.fields[place];
                    let FieldKind::Composite(composite) = &field.kind else { continue };
                    let value = composite
                        .scalar_type
                        .field_type()
                        .normalise(value.clone())
                        .map_err(|source| Cause::Invalid { field: field.name().to_owned(), source })?;
                    let cells = Cell::split(&value);
                    let (address, length) = cells
                        .filter(|(address, _)| !address.is_null())
                        .ok_or_else(|| Cause::Required { field: field.name().to_owned() })?;
                    self.row[composite.columns.0] = address;
                    self.row[composite.columns.1] = length;
                    Value::Null
                }
                Slot::Many(place) => self.read_many(content_type, place, value, reader)?,
                Slot::Key => value.clone(),
            };
            self.values.push((path.clone(), stored));
        }
        for group in &shape.references {
            let pointer = self.read_group(group, reader)?;
            self.references.push(pointer);
        }
        Ok(())
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
        let wanted = trueup_engine::FieldType::set_of(reader.registry.element_type(many.target));
        let normalised = match value {
            Value::Null => wanted.normalise(Value::List(Vec::new())),
            Value::Text(_) => wanted.normalise(Value::List(vec![value.clone()])),
            value => wanted.normalise(value.clone()),
        };
        let normalised = normalised.map_err(|source| Cause::Invalid { field: field.name().to_owned(), source })?;
        let Value::Set(items) = &normalised else { return Ok(Value::Null) };
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            elements.push(match many.target {
                ManyTarget::ContentTypes => {
                    let name = item.as_text().unwrap_or_default();
                    if reader.registry.content_type(name).is_err() {
                        let names = reader.registry.content_types().map(|content_type| content_type.name());
                        let hint = hint(name, names.collect::<Vec<_>>());
                        return Err(Cause::UnknownContentType {
                            field: field.name().to_owned(),
                            value: name.to_owned(),
                            hint,
                        });
                    }
                    Element::ContentType(name.to_owned())
                }
                ManyTarget::Records(to) => {
                    let key: Vec<Arc<str>> =
                        reader.registry.get(to).natural_key().iter().map(|path| path.as_str().into()).collect();
                    let parts = key.len();
                    let lookup = reader.lookups.index(reader.registry, to, key)?;
                    let values = match item {
                        Value::List(values) if values.len() == parts => values.clone(),
                        single => vec![single.clone()],
                    };
                    let mut cells = Vec::with_capacity(parts);
                    for (place, path) in reader.lookups.get(lookup).paths.iter().enumerate() {
                        let value = values.get(place).cloned().unwrap_or_default();
                        let value = path
                            .field_type
                            .normalise(value)
                            .map_err(|source| Cause::Invalid { field: field.name().to_owned(), source })?;
                        key_cells(reader.registry, path, value, &mut cells).ok_or_else(|| Cause::Unstorable {
                            field: field.name().to_owned(),
                            value: item.to_string(),
                            wanted: path.field_type.to_string(),
                        })?;
                    }
                    let pointer = point(lookup, cells, reader);
                    Element::Record { lookup, pointer, value: item.clone() }
                }
            });
        }
        self.many.push(ManyDraft { field: place, elements });
        Ok(normalised)
    }

    /// Turns keys into ids as far as they are known now. True when all are.
    pub fn resolve(&mut self, registry: &Registry, lookups: &Lookups) -> Result<bool, Cause> {
        let shape = self.shape.clone();
        let mut complete = true;
        for (group, pointer) in shape.references.iter().zip(&mut self.references) {
            let Pointer::Wanted(key) = pointer else { continue };
            match lookups.found(group.lookup, key) {
                Some(Found::One(id)) => *pointer = Pointer::Id(id),
                Some(Found::Several(count)) => {
                    return Err(Cause::ReferenceAmbiguous {
                        field: shape.content_type.fields[group.field].name().to_owned(),
                        to: registry.get(shape.target_type(group)).verbose_name().to_owned(),
                        looked_up: looked_up(&self.values, group),
                        count,
                    });
                }
                None => complete = false,
            }
        }
        for many in &mut self.many {
            for element in &mut many.elements {
                let Element::Record { lookup, pointer, value } = element else { continue };
                let Pointer::Wanted(key) = pointer else { continue };
                match lookups.found(*lookup, key) {
                    Some(Found::One(id)) => *pointer = Pointer::Id(id),
                    Some(Found::Several(count)) => {
                        let to = lookups.get(*lookup).content_type;
                        return Err(Cause::ReferenceAmbiguous {
                            field: shape.content_type.fields[many.field].name().to_owned(),
                            to: registry.get(to).verbose_name().to_owned(),
                            looked_up: value.to_string(),
                            count,
                        });
                    }
                    None => complete = false,
                }
            }
        }
        Ok(complete)
    }

    /// The first key that leads nowhere, as an error.
    pub fn not_found(&self, registry: &Registry) -> Option<Cause> {
        let shape = &self.shape;
        for (group, pointer) in shape.references.iter().zip(&self.references) {
            if matches!(pointer, Pointer::Wanted(_)) {
                return Some(Cause::ReferenceNotFound {
                    field: shape.content_type.fields[group.field].name().to_owned(),
                    to: registry.get(shape.target_type(group)).verbose_name().to_owned(),
                    looked_up: looked_up(&self.values, group),
                });
            }
        }
        for many in &self.many {
            let field = &shape.content_type.fields[many.field];
            for element in &many.elements {
                if let Element::Record { pointer: Pointer::Wanted(_), value, .. } = element {
                    let FieldKind::Many(definition) = &field.kind else { continue };
                    let ManyTarget::Records(to) = definition.target else { continue };
                    return Some(Cause::ReferenceNotFound {
                        field: field.name().to_owned(),
                        to: registry.get(to).verbose_name().to_owned(),
                        looked_up: format!("{}={value}", registry.get(to).natural_key().join(", ")),
                    });
                }
            }
        }
        None
    }

    /// Keys that are still wanted and may be answered by records of `content_type`.
    pub fn may_wait_for(&self, lookups: &Lookups, content_type: TypeIndex) -> bool {
        let groups = self.shape.references.iter().zip(&self.references);
        let wanted = groups.filter(|(_, pointer)| matches!(pointer, Pointer::Wanted(_))).map(|(group, _)| group.lookup);
        let many = self.many.iter().flat_map(|many| &many.elements).filter_map(|element| match element {
            Element::Record { lookup, pointer: Pointer::Wanted(_), .. } => Some(*lookup),
            _ => None,
        });
        let mut all = wanted.chain(many).peekable();
        all.peek().is_some() && all.all(|lookup| lookups.touches(lookup, content_type))
    }

    /// Describes what a reference was looked up by.
    pub fn looked_up(&self, group: &Group) -> String {
        looked_up(&self.values, group)
    }

    /// The answer: the values of the change as they are stored.
    pub fn into_stored(mut self) -> Stored {
        let content_type = &self.shape.content_type;
        for (slot, (_, value)) in self.shape.slots.iter().zip(&mut self.values) {
            match slot {
                Slot::Column(column) => {
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
                Slot::Many(_) | Slot::Key => {}
            }
        }
        Stored { id: self.id, values: self.values }
    }
}

fn looked_up(values: &PathValues, group: &Group) -> String {
    let pairs = group.positions.iter().map(|&position| (values[position].0.as_ref(), &values[position].1));
    Pairs(pairs).to_string()
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
