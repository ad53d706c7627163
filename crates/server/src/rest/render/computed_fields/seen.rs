//! Records as templates see them: fields by name, references as records, lists with the methods that Nautobot's
//! templates call on them.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};
use trueup_inventory::model::{
    CUSTOM_FIELDS, ContentType, FieldKind, ManyTarget, Part, ReverseShows, Scalar, ScalarType, TypeIndex, Visibility,
};
use trueup_inventory::{Record, RecordId};

use super::shelf::{Item, Shelf};
use crate::rest::render::text::instant_into;
use crate::template::value;

/// A record. It is read when something of it is looked at.
#[derive(Debug)]
pub struct Seen {
    shelf: Arc<Shelf>,
    content_type: TypeIndex,
    id: RecordId,
}

impl Seen {
    pub fn value(shelf: &Arc<Shelf>, content_type: TypeIndex, id: RecordId) -> Value {
        Value::from_object(Self { shelf: Arc::clone(shelf), content_type, id })
    }

    fn definition(&self) -> &Arc<ContentType> {
        self.shelf.registry().get(self.content_type)
    }

    fn record(&self) -> Option<Arc<Record>> {
        self.shelf.record(self.content_type, self.id)
    }

    /// The value of a field; nothing for one that is not there, or that nobody may see.
    fn field(&self, record: &Record, place: usize) -> Option<Value> {
        let definition = self.definition();
        let field = &definition.fields()[place];
        if field.visibility() == Visibility::Hidden {
            return None;
        }
        Some(match field.kind() {
            FieldKind::Scalar(scalar) => scalar_value(definition, scalar, record, place),
            FieldKind::Composite(_) => value(&record.value(definition, place).to_json()),
            FieldKind::Reference(reference) => match record.reference(definition, place) {
                Some(id) => Self::value(&self.shelf, reference.to(), id),
                None => Value::from(()),
            },
            FieldKind::Alias(alias) => {
                let start = Self::value(&self.shelf, self.content_type, self.id);
                alias.path().split("__").try_fold(start, |at, step| at.get_attr(step)).ok()?
            }
            FieldKind::Generic(_) => match record.generic(definition, place) {
                Some((name, id)) => {
                    let to = self.shelf.registry().content_type(name).ok()?.index();
                    Self::value(&self.shelf, to, id)
                }
                None => Value::from(()),
            },
            FieldKind::Many(many) => {
                let to = match many.target() {
                    ManyTarget::Records(to) => Some(to),
                    ManyTarget::ContentTypes => None,
                };
                self.list(place, to)?
            }
            FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Records => {
                self.list(place, Some(reverse.from()))?
            }
            FieldKind::Reverse(_) | FieldKind::Made(_) => return None,
        })
    }

    fn list(&self, place: usize, to: Option<TypeIndex>) -> Option<Value> {
        let items = self.shelf.list(self.content_type, place, self.id)?;
        let one = |item: &Item| match (item, to) {
            (Item::Record(id), Some(to)) => Self::value(&self.shelf, to, *id),
            (Item::ContentType(name), _) => Value::from(name.as_str()),
            (Item::Record(id), None) => Value::from(id.to_string()),
        };
        Some(Value::from_object(List(items.iter().map(one).collect())))
    }

    /// What people call a choice: `get_face_display()`.
    fn label(&self, method: &str) -> Option<Value> {
        let name = method.strip_prefix("get_")?.strip_suffix("_display")?;
        let definition = self.definition();
        let place = definition.place(name)?;
        let FieldKind::Scalar(scalar) = definition.fields()[place].kind() else { return None };
        let record = self.record()?;
        let stored = record.text(definition, place).unwrap_or_default();
        let choice = scalar.choices()?.iter().find(|choice| choice.value == stored);
        Some(Value::from(choice.map_or(stored, |choice| choice.label.as_str())))
    }
}

fn scalar_value(definition: &ContentType, scalar: &Scalar, record: &Record, place: usize) -> Value {
    let mut text = String::new();
    match scalar.scalar_type() {
        ScalarType::DateTime => match record.microseconds(definition, place) {
            Some(microseconds) => instant_into(microseconds, &mut text),
            None => return Value::from(()),
        },
        _ => record.json_into(definition, place, &mut text),
    }
    serde_json::from_str(&text).map_or_else(|_| Value::from(()), |json| value(&json))
}

impl Object for Seen {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if matches!(name, "id" | "pk") {
            return Some(Value::from(self.id.to_string()));
        }
        let record = self.record()?;
        let name = match name {
            "cf" | "custom_field_data" | "_custom_field_data" => CUSTOM_FIELDS,
            "display" => return Some(Value::from(self.to_string())),
            name => name,
        };
        self.field(&record, self.definition().place(name)?)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        self.label(method).ok_or_else(|| Error::from(ErrorKind::UnknownMethod))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The name of the record, of its own columns.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(record) = self.record() else { return Ok(()) };
        let definition = self.definition();
        for part in definition.display().parts() {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Field(name) | Part::Label(name) | Part::TypeName(name) => {
                    let Some(place) = definition.place(name) else { continue };
                    match record.text(definition, place) {
                        Some(text) => f.write_str(text)?,
                        None => match record.value(definition, place) {
                            trueup_engine::Value::Null => {}
                            other => write!(f, "{other}")?,
                        },
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a field leads to.
#[derive(Debug)]
struct List(Vec<Value>);

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        let one = |item: Option<&Value>| item.cloned().unwrap_or_else(|| Value::from(()));
        Ok(match method {
            "all" => Value::from_dyn_object(Arc::clone(self)),
            "first" => one(self.0.first()),
            "last" => one(self.0.last()),
            "count" => Value::from(self.0.len()),
            "exists" => Value::from(!self.0.is_empty()),
            "names" => self.0.iter().map(|item| item.get_attr("name")).collect::<Result<Value, _>>()?,
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}
