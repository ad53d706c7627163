//! One object of a body as a change of the inventory: every form in which clients name other records, and nothing that
//! they may not write.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, Field, FieldKind, ManyTarget, Visibility};
use trueup_inventory::{Change, PathValues, RecordId, Registry};
use uuid::Uuid;

/// What is wrong with an object, by field.
type Errors = Map<String, Json>;

pub fn create(registry: &Registry, content_type: &ContentType, object: &Map<String, Json>) -> Result<Change, Errors> {
    let mut values = values(registry, content_type, object)?;
    if let Some(id) = object.get("id").and_then(Json::as_str) {
        values.push((Arc::from("id"), Value::from(id)));
    }
    Ok(Change::create(content_type.name(), values))
}

pub fn update(
    registry: &Registry,
    content_type: &ContentType,
    id: RecordId,
    object: &Map<String, Json>,
) -> Result<Change, Errors> {
    let values = values(registry, content_type, object)?;
    let identifiers = vec![(Arc::from("id"), Value::from(id.to_string()))];
    Ok(Change::update(content_type.name(), identifiers, values))
}

fn values(registry: &Registry, content_type: &ContentType, object: &Map<String, Json>) -> Result<PathValues, Errors> {
    let mut values = PathValues::new();
    let mut errors = Errors::new();
    for (name, json) in object {
        let Some(field) = content_type.field(name) else { continue };
        if field.is_read_only() || field.visibility() == Visibility::Hidden {
            continue;
        }
        if let Err(message) = field_into(registry, field, json, &mut values) {
            errors.insert(name.clone(), json!([message]));
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

fn field_into(registry: &Registry, field: &Field, json: &Json, values: &mut PathValues) -> Result<(), String> {
    let name = field.name();
    match field.kind() {
        FieldKind::Scalar(scalar) => {
            let json = match json {
                Json::Object(choice) if scalar.choices().is_some() => choice.get("value").unwrap_or(&Json::Null),
                other => other,
            };
            let value = match json {
                Json::String(text) => Value::from(text.trim()),
                Json::Null if scalar.choices().is_some() && !field.is_nullable() => Value::from(""),
                Json::Null if !field.is_nullable() => return Err("This field may not be null.".to_owned()),
                other => Value::from_json(other.clone()),
            };
            if value == Value::from("") && field.is_required() {
                return Err("This field may not be blank.".to_owned());
            }
            values.push((Arc::from(name), value));
        }
        FieldKind::Composite(_) => values.push((Arc::from(name), Value::from_json(json.clone()))),
        FieldKind::Reference(reference) => {
            if json.is_null() && field.is_required() {
                return Err("This field may not be null.".to_owned());
            }
            for (path, value) in reference_paths(registry.get(reference.to()), json)? {
                values.push((format!("{name}__{path}").into(), value));
            }
        }
        FieldKind::Alias(alias) => {
            for (path, value) in reference_paths(registry.get(alias.to()), json)? {
                values.push((format!("{name}__{path}").into(), value));
            }
        }
        FieldKind::Many(many) => {
            if !many.is_writable() {
                return Ok(());
            }
            let Json::Array(items) = json else {
                return Err(format!(
                    "Expected a list of items but got type \"{}\".",
                    if json.is_null() { "NoneType" } else { "dict" }
                ));
            };
            let mut elements = Vec::with_capacity(items.len());
            for item in items {
                elements.push(match many.target() {
                    ManyTarget::ContentTypes => Value::from(item.as_str().unwrap_or_default()),
                    ManyTarget::Records(to) => {
                        let paths = reference_paths(registry.get(to), item)?;
                        let map: Map<String, Json> =
                            paths.into_iter().map(|(path, value)| (path, value.to_json())).collect();
                        Value::from_json(Json::Object(map))
                    }
                });
            }
            values.push((Arc::from(name), Value::List(elements)));
        }
        FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_) => {}
    }
    Ok(())
}

/// The paths that together name one record of a type, from any form that clients use.
fn reference_paths(to: &ContentType, json: &Json) -> Result<Vec<(String, Value)>, String> {
    let by_id = |id: &str| vec![("id".to_owned(), Value::from(id.to_lowercase()))];
    match json {
        Json::Null => Ok(vec![("id".to_owned(), Value::Null)]),
        Json::Object(object) => {
            if let Some(id) = object.get("id").and_then(Json::as_str) {
                return Ok(by_id(id));
            }
            if let Some(url) = object.get("url").and_then(Json::as_str) {
                return reference_paths(to, &Json::from(url));
            }
            let mut paths = Vec::new();
            flatten("", object, &mut paths);
            Ok(paths)
        }
        Json::String(text) => {
            let text = text.trim();
            let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if Uuid::parse_str(text).is_ok() {
                return Ok(by_id(text));
            }
            if text.contains("://") && Uuid::parse_str(last).is_ok() {
                return Ok(by_id(last));
            }
            Ok(composite_key(to, text))
        }
        other => Err(format!(
            "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: {other}"
        )),
    }
}

fn flatten(prefix: &str, object: &Map<String, Json>, paths: &mut Vec<(String, Value)>) {
    for (name, json) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}__{name}") };
        match json {
            Json::Object(inner) => flatten(&path, inner, paths),
            other => paths.push((path, Value::from_json(other.clone()))),
        }
    }
}

/// The parts of a composite key, bound to the natural key in its order; what is missing at the end is null.
fn composite_key(to: &ContentType, text: &str) -> Vec<(String, Value)> {
    let mut parts = text.split(';').map(|part| {
        let part = part.replace('+', " ");
        match percent_decode_str(&part).decode_utf8_lossy() {
            decoded if decoded == "\0" => Value::Null,
            decoded => Value::from(decoded.as_ref()),
        }
    });
    let bound = to.natural_key().iter().map(|path| (path.clone(), parts.next().unwrap_or(Value::Null)));
    bound.collect()
}
