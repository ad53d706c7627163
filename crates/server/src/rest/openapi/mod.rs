//! The OpenAPI 3.0 document of this server, made from its content types, routes and methods.
//!
//! - [`paths`]: every path and method; [`parameters`]: those of queries, with every filter of a list.
//! - [`shown`]: records as they are answered; [`sent`]: records as they are sent; [`shape`]: all other bodies.
//! - [`refusals`]: answers that are no success, the same everywhere.
//!
//! Schemas are open: they say what is always true of a body, and a key that they do not name may be there. Custom fields
//! are data, so the document knows neither them nor their filters: it is made once, when it is first asked for.

mod parameters;
mod paths;
mod refusals;
mod sent;
mod shape;
mod shown;

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use trueup_inventory::Registry;
use trueup_inventory::model::ContentType;

use super::route::Endpoints;
use crate::app::{App, Settings};
use crate::v1;

/// The document as JSON text.
pub fn document(app: &App) -> Arc<str> {
    let make = || make(app.inventory.registry(), &app.endpoints, &app.settings).to_string().into();
    Arc::clone(app.openapi.get_or_init(make))
}

fn make(registry: &Registry, endpoints: &Endpoints, settings: &Settings) -> Json {
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "trueup",
            "version": settings.full_version(),
            "description": "The inventory over the REST API that Nautobot's clients speak.",
        },
        "servers": [{ "url": "/api" }],
        "security": [{ "token": [] }],
        "paths": paths::all(registry, endpoints).into_iter().chain(v1::openapi::paths()).collect::<Map<_, _>>(),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Token` and the 40 hexadecimal digits of a key, with a space between them.",
                },
            },
            "parameters": parameters::shared(),
            "responses": refusals::shared(),
            "schemas": schemas(registry),
        },
    })
}

fn schemas(registry: &Registry) -> Map<String, Json> {
    let mut schemas: Map<String, Json> = shape::shared(registry).into_iter().chain(v1::openapi::schemas()).collect();
    for content_type in registry.content_types().filter(|one| one.endpoint().is_some()) {
        let name = content_type.name();
        schemas.insert(name.to_owned(), shown::record(content_type));
        schemas.insert(format!("{name}.page"), shape::page(&named(name)));
        if !content_type.is_read_only() {
            schemas.insert(format!("{name}.new"), sent::new(content_type));
            schemas.insert(format!("{name}.change"), sent::change(content_type));
        }
    }
    schemas
}

/// A schema that stands elsewhere.
fn named(schema: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The same schema, and null besides. It must say its `type`.
fn or_null(mut schema: Json) -> Json {
    schema["nullable"] = json!(true);
    schema
}

/// An object with these keys, of which some are always there, and with any other.
fn object(properties: Map<String, Json>, required: &[&str]) -> Json {
    let mut schema = json!({ "type": "object" });
    if !properties.is_empty() {
        schema["properties"] = Json::Object(properties);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The schemas of a type's records: as they are shown, sent to make one, and sent to change one.
fn shown_as(content_type: &ContentType) -> Json {
    named(content_type.name())
}

fn new_as(content_type: &ContentType) -> Json {
    named(&format!("{}.new", content_type.name()))
}

fn change_as(content_type: &ContentType) -> Json {
    named(&format!("{}.change", content_type.name()))
}
