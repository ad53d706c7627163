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

/// `next` says where to go on, so that who follows can keep it; `more` says whether it is worth asking at once.
pub fn page(results: Vec<Json>, next: impl Into<Json>, more: bool) -> Response {
    let next: Json = next.into();
    answer::json(StatusCode::OK, json!({ "results": results, "next": next, "more": more }).to_string())
}

/// What to ask the database for, so that it is known whether there is more.
pub fn one_more(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1)
}

/// Takes the page off what was found by a limit of one more than is shown; `next` is the key of its last, or what was
/// asked for when there is nothing.
pub fn keyset<T>(
    mut found: Vec<T>,
    limit: usize,
    key: impl Fn(&T) -> i64,
    asked: Option<i64>,
    shown: impl Fn(&T) -> Json,
) -> Response {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(key).or(asked).map(|key| key.to_string());
    page(found.iter().map(shown).collect(), next, more)
}

/// The schema of a page that always has a `next`.
pub fn schema(of: &Json) -> Json {
    schema_with(of, json!({ "type": "string" }))
}

/// The schema of a page by [`keyset`].
pub fn keyset_schema(of: &Json) -> Json {
    schema_with(of, json!({ "type": "string", "nullable": true }))
}

fn schema_with(of: &Json, next: Json) -> Json {
    object(&[
        ("results", json!({ "type": "array", "items": of })),
        ("next", next),
        ("more", json!({ "type": "boolean" })),
    ])
}
