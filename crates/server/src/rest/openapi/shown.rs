//! A record as it is answered. What a field may be follows from its declaration; which keys are always there follows
//! from the renderer (`rest/render/plan.rs`), which leaves some out for some methods and parameters.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::{
    CUSTOM_FIELDS, ContentType, Field, FieldKind, Made, ManyTarget, ReverseShows, Scalar, ScalarType, Visibility,
};

use super::shape::{REFERENCE, REFERENCE_OR_NULL, many};
use super::{named, object, or_null};
use crate::rest::render::plan::Notes;

/// The schema of a type's records.
pub fn record(content_type: &ContentType) -> Json {
    let text = || json!({ "type": "string" });
    let mut keys: Vec<(&str, Json)> = vec![
        ("id", json!({ "type": "string", "format": "uuid" })),
        ("object_type", json!({ "type": "string", "enum": [content_type.name()] })),
        ("display", text()),
        ("url", text()),
        ("natural_slug", text()),
    ];
    let mut always: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
    for field in content_type.fields() {
        let presence = presence(field);
        if presence == Presence::Never {
            continue;
        }
        keys.push((field.name(), value(field)));
        if presence == Presence::Always {
            always.push(field.name());
        }
    }
    match Notes::of(content_type) {
        Notes::Url => keys.push(("notes_url", text())),
        Notes::Null => keys.push(("notes_url", or_null(text()))),
        Notes::Absent => {}
    }
    if content_type.has_custom_fields() {
        keys.push(("computed_fields", json!({ "type": "object" })));
        keys.push(("relationships", json!({ "type": "object" })));
    }
    let keys: Map<String, Json> = keys.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    object(keys, &always)
}

/// Whether a field is a key of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Always,
    /// Counts are missing from answers to POST, to-many fields with `exclude_m2m`, opt-in fields unless asked for.
    Sometimes,
    Never,
}

fn presence(field: &Field) -> Presence {
    match (field.visibility(), field.kind()) {
        (Visibility::WriteOnly | Visibility::Hidden, _) => Presence::Never,
        (Visibility::OptIn, _) => Presence::Sometimes,
        (_, FieldKind::Many(_) | FieldKind::Reverse(_) | FieldKind::Alias(_)) => Presence::Sometimes,
        (_, FieldKind::Made(Made::TaggedItems | Made::Zero)) => Presence::Sometimes,
        (_, FieldKind::Made(_) | FieldKind::Scalar(_) | FieldKind::Composite(_)) => Presence::Always,
        (_, FieldKind::Reference(_) | FieldKind::Generic(_)) => Presence::Always,
    }
}

fn value(field: &Field) -> Json {
    let count = || json!({ "type": "integer", "minimum": 0 });
    match field.kind() {
        FieldKind::Scalar(_) if field.name() == CUSTOM_FIELDS => json!({ "type": "object" }),
        FieldKind::Scalar(scalar) => scalar_value(field, scalar),
        FieldKind::Composite(_) => json!({ "type": "string" }),
        FieldKind::Reference(_) if field.is_nullable() => named(REFERENCE_OR_NULL),
        FieldKind::Reference(_) => named(REFERENCE),
        FieldKind::Alias(_) | FieldKind::Generic(_) => named(REFERENCE_OR_NULL),
        FieldKind::Many(to_many) => match to_many.target() {
            ManyTarget::ContentTypes => many(&json!({ "type": "string" })),
            ManyTarget::Records(_) => many(&named(REFERENCE)),
        },
        FieldKind::Reverse(reverse) => match reverse.shows() {
            ReverseShows::Records => many(&named(REFERENCE)),
            ReverseShows::Count => count(),
        },
        FieldKind::Made(made) => match made {
            // A record of any type, or null.
            Made::Null | Made::LoggedRecord => json!({}),
            Made::EmptyList => many(&json!({})),
            Made::StepDiff => or_null(json!({ "type": "object" })),
            Made::EmptyObject
            | Made::SyncDiff
            | Made::NetworkDriverMappings
            | Made::ConfigContext
            | Made::QueryVariables
            | Made::CableTerminations => json!({ "type": "object" }),
            Made::Zero | Made::TaggedItems => count(),
            Made::Cable | Made::CablePeer | Made::ConnectedEndpoint => named(REFERENCE_OR_NULL),
            Made::CablePeerType | Made::ConnectedEndpointType => or_null(json!({ "type": "string" })),
            Made::ConnectedEndpointReachable => or_null(json!({ "type": "boolean" })),
        },
    }
}

fn scalar_value(field: &Field, scalar: &Scalar) -> Json {
    let schema = match scalar.scalar_type() {
        ScalarType::Json => return json!({}),
        scalar_type => json_type(scalar_type),
    };
    match scalar.choices() {
        // A choice that was not made is null.
        Some(_) if !field.is_required() => or_null(chosen(scalar, schema)),
        Some(_) => chosen(scalar, schema),
        None if field.is_nullable() => or_null(schema),
        None => schema,
    }
}

fn chosen(scalar: &Scalar, value: Json) -> Json {
    if !scalar.is_labelled() {
        return value;
    }
    let keys = Map::from_iter([("value".to_owned(), value), ("label".to_owned(), json!({ "type": "string" }))]);
    object(keys, &["value", "label"])
}

fn json_type(scalar_type: ScalarType) -> Json {
    match scalar_type {
        ScalarType::Bool => json!({ "type": "boolean" }),
        ScalarType::Int => json!({ "type": "integer", "format": "int64" }),
        ScalarType::Float => json!({ "type": "number" }),
        ScalarType::DateTime => json!({ "type": "string", "format": "date-time" }),
        ScalarType::Date => json!({ "type": "string", "format": "date" }),
        ScalarType::Uuid => json!({ "type": "string", "format": "uuid" }),
        ScalarType::Json => json!({}),
        ScalarType::Decimal
        | ScalarType::Text
        | ScalarType::Duration
        | ScalarType::Ip
        | ScalarType::Interface
        | ScalarType::Prefix
        | ScalarType::Mac
        | ScalarType::ContentType => json!({ "type": "string" }),
    }
}
