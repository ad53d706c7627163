//! Parameters of queries, paths and headers. Those of lists stand in full at each list, as clients read their names
//! there.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{FilterValues, Registry, filter_parameters};

use crate::rest::query::NO_FILTERS;
use crate::rest::version::ApiVersion;
use crate::rest::view::MAX_DEPTH;

/// The parameters that paths name.
pub fn shared() -> Map<String, Json> {
    let of = |name: &str, place: &str, text: &str| {
        let schema = json!({ "type": "string" });
        json!({ "name": name, "in": place, "required": place == "path", "schema": schema, "description": text })
    };
    Map::from_iter([
        ("id".to_owned(), of("id", "path", "An id, or a composite key: a natural key with `;` between its values.")),
        ("if-match".to_owned(), of("If-Match", "header", "The `ETag` that the record must have.")),
        (
            "if-unmodified-since".to_owned(),
            of("If-Unmodified-Since", "header", "The record must not have changed since then."),
        ),
    ])
}

/// A parameter of [`shared`].
pub fn named(name: &str) -> Json {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// How records are shown, by any method.
pub fn of_view() -> Vec<Json> {
    vec![
        query("api_version", json!({ "type": "string", "enum": ApiVersion::all() })),
        query("exclude_m2m", json!({ "type": "boolean" })),
    ]
}

/// How one record is shown.
pub fn of_record() -> Vec<Json> {
    let mut found = of_view();
    found.push(query("depth", json!({ "type": "integer", "minimum": 0, "maximum": MAX_DEPTH })));
    found.push(query("include", texts()));
    found
}

/// Which part of a list is shown, and how.
pub fn of_page() -> Vec<Json> {
    let number = || json!({ "type": "integer", "minimum": 0 });
    let mut found = of_record();
    found.push(query("format", json!({ "type": "string", "enum": ["json", "csv"] })));
    found.push(query("limit", number()));
    found.push(query("offset", number()));
    found.push(query("sort", json!({ "type": "string" })));
    found
}

/// Everything that a list takes.
pub fn of_list(registry: &Registry, content_type: &ContentType) -> Vec<Json> {
    let mut found = of_page();
    let filters = filter_parameters(registry, content_type);
    let filters = filters.iter().filter(|filter| !NO_FILTERS.contains(&filter.name.as_str()));
    found.extend(filters.map(|filter| {
        let schema = match filter.values {
            FilterValues::Texts => texts(),
            FilterValues::Numbers => json!({ "type": "array", "items": { "type": "integer" } }),
            FilterValues::Boolean => json!({ "type": "boolean" }),
            FilterValues::Text => json!({ "type": "string" }),
        };
        query(&filter.name, schema)
    }));
    found
}

fn texts() -> Json {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn query(name: &str, schema: Json) -> Json {
    json!({ "name": name, "in": "query", "schema": schema })
}
