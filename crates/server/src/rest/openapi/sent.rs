//! A record as a client sends it. Bodies are read more leniently than this says (`"2"` is an int): a client that keeps
//! to it is understood.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::{CUSTOM_FIELDS, Choice, ContentType, Field, FieldKind, ManyTarget, Scalar, ScalarType};

use super::shape::{CONTENT_TYPE, REFERENCE_SENT, REFERENCE_SENT_OR_NULL, many};
use super::{change_as, named, object, or_null};
use crate::rest::fields::{Written, known, number};

/// Some fields of a record that exists.
pub fn change(content_type: &ContentType) -> Json {
    let mut keys = Map::from_iter([("id".to_owned(), json!({ "type": "string", "format": "uuid" }))]);
    keys.extend(written(content_type).map(|field| (field.name().to_owned(), value(field))));
    if content_type.has_custom_fields() {
        // Which ones there are is data of the moment.
        keys.insert("relationships".to_owned(), json!({ "type": "object" }));
    }
    object(keys, &[])
}

/// A new record, or one whose fields are all said.
pub fn new(content_type: &ContentType) -> Json {
    let required = demanded(content_type);
    if required.is_empty() {
        return change_as(content_type);
    }
    json!({ "allOf": [change_as(content_type), { "type": "object", "required": required }] })
}

/// Nothing but some fields.
pub fn some(content_type: &ContentType, only: &[&str]) -> Json {
    let fields = written(content_type).filter(|field| only.contains(&field.name()));
    let mut required = demanded(content_type);
    required.retain(|name| only.contains(name));
    object(fields.map(|field| (field.name().to_owned(), value(field))).collect(), &required)
}

fn written(content_type: &ContentType) -> impl Iterator<Item = &Field> {
    known(content_type).filter(move |field| Written::of(content_type, field) != Written::Never)
}

fn demanded(content_type: &ContentType) -> Vec<&str> {
    let fields = written(content_type).filter(|field| Written::of(content_type, field) == Written::Must);
    fields.map(Field::name).collect()
}

fn value(field: &Field) -> Json {
    match field.kind() {
        FieldKind::Scalar(_) if field.name() == CUSTOM_FIELDS => json!({ "type": "object" }),
        FieldKind::Scalar(scalar) => {
            let schema = scalar_value(field, scalar);
            // JSON that has no type takes null anyway.
            if field.is_nullable() && schema.get("type").is_some() { or_null(schema) } else { schema }
        }
        FieldKind::Many(to_many) => match to_many.target() {
            ManyTarget::ContentTypes => many(&named(CONTENT_TYPE)),
            ManyTarget::Records(_) => many(&named(REFERENCE_SENT)),
        },
        _ if field.is_nullable() => named(REFERENCE_SENT_OR_NULL),
        FieldKind::Composite(_) => json!({ "type": "string", "minLength": 1 }),
        _ => named(REFERENCE_SENT),
    }
}

fn scalar_value(field: &Field, scalar: &Scalar) -> Json {
    let mut schema = match scalar.scalar_type() {
        ScalarType::Json => match scalar.choices() {
            Some(choices) => return many(&json!({ "type": "string", "enum": values(choices) })),
            None => return json!({}),
        },
        ScalarType::Bool => json!({ "type": "boolean" }),
        ScalarType::Int => json!({ "type": "integer", "format": "int64" }),
        ScalarType::Decimal | ScalarType::Float => json!({ "type": "number" }),
        ScalarType::DateTime => json!({ "type": "string", "format": "date-time" }),
        ScalarType::Date => json!({ "type": "string", "format": "date" }),
        ScalarType::Uuid => json!({ "type": "string", "format": "uuid" }),
        ScalarType::ContentType => json!({ "type": "string" }),
        ScalarType::Text
        | ScalarType::Duration
        | ScalarType::Ip
        | ScalarType::Interface
        | ScalarType::Prefix
        | ScalarType::Mac => json!({ "type": "string" }),
    };
    if let Some(choices) = scalar.choices() {
        schema["enum"] = match scalar.scalar_type() {
            ScalarType::Int => choices.iter().filter_map(|one| one.value.parse::<i64>().ok()).collect(),
            _ => json!(values(choices)),
        };
        if field.is_nullable() {
            schema["enum"].as_array_mut().into_iter().for_each(|values| values.push(Json::Null));
        }
        return schema;
    }
    if scalar.scalar_type() == ScalarType::Text && field.is_required() {
        schema["minLength"] = json!(1);
    }
    if let Some(most) = scalar.max_length() {
        schema["maxLength"] = json!(most);
    }
    let (min, max) = scalar.range();
    for (key, bound) in [("minimum", min), ("maximum", max)] {
        if let Some(bound) = bound {
            schema[key] = number(bound);
        }
    }
    schema
}

fn values(choices: &[Choice]) -> Vec<&str> {
    choices.iter().map(|one| one.value.as_str()).collect()
}
