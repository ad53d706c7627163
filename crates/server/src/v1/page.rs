//! Lists by cursor. Unlike a page by number, a cursor stays right while records come and go.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::openapi::object;
use super::route::{Parameter, Takes};
use crate::rest::answer;

/// The most of one page.
pub const MOST: usize = 1000;
/// When nothing is said.
pub const USUAL: usize = 100;

pub const AFTER: Parameter = Parameter {
    name: "after",
    help: "Where to go on: the `next` of the page before. From the beginning when left out.",
    takes: Takes::Text,
};
pub const LIMIT: Parameter = Parameter {
    name: "limit",
    help: "At most so many, 100 when left out.",
    takes: Takes::Number { least: 1, most: MOST },
};

/// `next` is always there, so that who follows can keep it; `more` says whether it is worth asking at once.
pub fn page(results: Vec<Json>, next: &str, more: bool) -> Response {
    answer::json(StatusCode::OK, json!({ "results": results, "next": next, "more": more }).to_string())
}

/// The schema of a page.
pub fn schema(of: &Json) -> Json {
    object(&[
        ("results", json!({ "type": "array", "items": of })),
        ("next", json!({ "type": "string" })),
        ("more", json!({ "type": "boolean" })),
    ])
}
