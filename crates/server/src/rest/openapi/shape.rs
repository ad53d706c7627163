//! Bodies that are no records of one type, and what they and records are made of.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::Registry;

use super::{named, object, or_null, sent};
use crate::rest::operation::Shape;

/// Another record, named by id, type and address; with all its fields when the depth says so.
pub const REFERENCE: &str = "Reference";
pub const REFERENCE_OR_NULL: &str = "ReferenceOrNull";
/// Every form in which a client names another record.
pub const REFERENCE_SENT: &str = "ReferenceSent";
pub const REFERENCE_SENT_OR_NULL: &str = "ReferenceSentOrNull";
pub const CONTENT_TYPE: &str = "ContentTypeName";
/// What is wrong, by field or as `detail`.
pub const PROBLEM: &str = "Problem";
/// The same, or one for each object of a list that was sent.
pub const PROBLEMS: &str = "Problems";

/// The schemas that all types use.
pub fn shared(registry: &Registry) -> [(String, Json); 7] {
    let keys: Map<String, Json> = Map::from_iter([
        ("id".to_owned(), json!({ "type": "string", "format": "uuid" })),
        ("object_type".to_owned(), named(CONTENT_TYPE)),
        ("url".to_owned(), json!({ "type": "string" })),
    ]);
    let reference = object(keys, &["id", "object_type"]);
    let text = json!({
        "type": "string",
        "description": "An id, a URL, or a composite key: the values of a natural key with `;` between them.",
    });
    let attributes =
        json!({ "type": "object", "description": "`id` or `url`, or attributes that just one record has." });
    let names: Vec<&str> = registry.content_types().map(|one| one.name()).collect();
    let schema = |name: &str, schema: Json| (name.to_owned(), schema);
    [
        schema(REFERENCE, reference.clone()),
        schema(REFERENCE_OR_NULL, or_null(reference)),
        schema(REFERENCE_SENT, json!({ "anyOf": [text.clone(), attributes.clone()] })),
        schema(REFERENCE_SENT_OR_NULL, json!({ "anyOf": [or_null(text), attributes] })),
        schema(CONTENT_TYPE, json!({ "type": "string", "enum": names })),
        schema(PROBLEM, json!({ "type": "object" })),
        schema(PROBLEMS, one_or_many(&named(PROBLEM))),
    ]
}

/// A page of a list.
pub fn page(of: &Json) -> Json {
    let link = || or_null(json!({ "type": "string" }));
    let keys = Map::from_iter([
        ("count".to_owned(), json!({ "type": "integer", "minimum": 0 })),
        ("next".to_owned(), link()),
        ("previous".to_owned(), link()),
        ("results".to_owned(), many(of)),
    ]);
    object(keys, &["count", "next", "previous", "results"])
}

pub fn many(of: &Json) -> Json {
    json!({ "type": "array", "items": of })
}

/// One object, or a list of them.
pub fn one_or_many(of: &Json) -> Json {
    json!({ "oneOf": [of, many(of)] })
}

/// The schema of a body; none for no body.
pub fn schema(registry: &Registry, shape: Shape) -> Option<Json> {
    let any = json!({ "type": "object" });
    Some(match shape {
        Shape::Nothing => return None,
        Shape::Object => any,
        Shape::List => many(&json!({})),
        Shape::ObjectOrList => one_or_many(&any),
        Shape::Objects => page(&any),
        Shape::Members => page(&named(REFERENCE)),
        Shape::Numbers => page(&json!({ "type": "integer" })),
        Shape::Record(name) => named(name),
        Shape::Page(name) => named(&format!("{name}.page")),
        Shape::Fields(name, only) => sent::some(registry.content_type(name).ok()?, only),
    })
}
