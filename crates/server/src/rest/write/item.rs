//! One object of a body: what of it is a change of the inventory, and what is wrong with the rest. Keys that no field
//! has, and fields that nobody writes, are left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, Field, FieldKind, ManyTarget, Visibility};
use trueup_inventory::{PathValues, Registry};

use super::body::{Object, no_list};
use super::errors::FieldErrors;
use super::{reference, scalar};
use crate::rest::fields::Written;

/// An object that was read.
pub struct Item<'j> {
    /// As the client sent it.
    pub object: &'j Object,
    pub values: PathValues,
    /// What is wrong with it so far, before the inventory has seen it.
    pub errors: FieldErrors,
}

impl<'j> Item<'j> {
    pub fn read(registry: &Registry, content_type: &ContentType, object: &'j Object) -> Self {
        let mut item = Self { object, values: PathValues::new(), errors: FieldErrors::default() };
        for (name, json) in object {
            if let Err(message) = item.read_key(registry, content_type, name, json) {
                item.errors.add(name, message);
            }
        }
        item
    }

    fn read_key(
        &mut self,
        registry: &Registry,
        content_type: &ContentType,
        name: &str,
        json: &Json,
    ) -> Result<(), String> {
        let field = content_type.field(name);
        if let Some(many) = field.and_then(Field::stands_for).and_then(|many| content_type.field(many)) {
            // Who says the whole list means that.
            if self.object.contains_key(many.name()) {
                return Ok(());
            }
            let items = if json.is_null() { Json::Array(Vec::new()) } else { Json::Array(vec![json.clone()]) };
            return self.read_field(registry, many, &items);
        }
        match field {
            Some(field) if is_written(content_type, field, self.object) => self.read_field(registry, field, json),
            _ => Ok(()),
        }
    }

    fn read_field(&mut self, registry: &Registry, field: &Field, json: &Json) -> Result<(), String> {
        let name = field.name();
        match field.kind() {
            FieldKind::Scalar(scalar) => self.push(name, scalar::read(field, scalar, json)?),
            FieldKind::Composite(_) => match json {
                Json::String(text) if !text.trim().is_empty() => self.push(name, Value::from(text.trim())),
                Json::String(_) => return Err(scalar::NOT_BLANK.to_owned()),
                Json::Null => return Err(scalar::NOT_NULL.to_owned()),
                _ => return Err(scalar::NO_TEXT.to_owned()),
            },
            FieldKind::Reference(reference) => {
                self.read_reference(registry, field, registry.get(reference.to()), json)?;
            }
            FieldKind::Alias(alias) => self.read_reference(registry, field, registry.get(alias.to()), json)?,
            FieldKind::Many(many) => {
                let Json::Array(items) = json else {
                    return Err(if json.is_null() { scalar::NOT_NULL.to_owned() } else { no_list(json) });
                };
                let element = |item: &Json| match many.target() {
                    ManyTarget::ContentTypes => content_type_name(item),
                    ManyTarget::Records(to) => record(registry, registry.get(to), item),
                };
                let elements = items.iter().map(element).collect::<Result<_, _>>()?;
                self.push(name, Value::List(elements));
            }
            FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_) => {}
        }
        Ok(())
    }

    fn read_reference(
        &mut self,
        registry: &Registry,
        field: &Field,
        to: &ContentType,
        json: &Json,
    ) -> Result<(), String> {
        match reference::read(registry, to, json)? {
            Some(paths) => {
                for (path, value) in paths {
                    self.push(format!("{}__{path}", field.name()), value);
                }
            }
            None if field.is_nullable() => self.push(format!("{}__id", field.name()), Value::Null),
            None => return Err(scalar::NOT_NULL.to_owned()),
        }
        Ok(())
    }

    fn push(&mut self, path: impl Into<Arc<str>>, value: Value) {
        self.values.push((path.into(), value));
    }
}

/// The element of a to-many value that names a record, as the inventory takes it.
pub fn record(registry: &Registry, to: &ContentType, json: &Json) -> Result<Value, String> {
    let paths = reference::read(registry, to, json)?.ok_or_else(|| scalar::NOT_NULL.to_owned())?;
    Ok(Value::Map(paths.into_iter().collect::<BTreeMap<_, _>>()))
}

fn content_type_name(json: &Json) -> Result<Value, String> {
    match json {
        Json::String(name) => Ok(Value::from(name.trim())),
        other => Err(format!("Invalid content type: {other}")),
    }
}

/// Whether a client may write a field. The parts of one value (`network` and `prefix_length` of `prefix`) may stand in
/// its place.
fn is_written(content_type: &ContentType, field: &Field, object: &Object) -> bool {
    if field.visibility() == Visibility::Hidden {
        return false;
    }
    match Written::of(content_type, field) {
        Written::Must | Written::May => true,
        Written::Never => content_type.whole_of(field).is_some_and(|whole| !object.contains_key(whole.name())),
    }
}

/// The fields that a complete object has to have and this one has not, as PUT demands them.
pub fn absent<'c>(content_type: &'c ContentType, object: &Object) -> Vec<&'c str> {
    let mut absent = Vec::new();
    for field in content_type.fields() {
        let shown = content_type.whole_of(field).unwrap_or(field);
        if field.is_demanded()
            && !object.contains_key(shown.name())
            && !object.contains_key(field.name())
            && !absent.contains(&shown.name())
        {
            absent.push(shown.name());
        }
    }
    absent
}
