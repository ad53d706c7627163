//! Answers that are no success. Their bodies are open objects: the contract's words are for people.

use serde_json::{Map, Value as Json, json};

use super::named;
use super::shape::{PROBLEM, PROBLEMS};

/// What any request may be answered with.
pub const ANY: [u16; 6] = [400, 403, 404, 406, 413, 503];

/// Every refusal there is: status, and when.
const REFUSALS: [(u16, &str); 9] = [
    (400, "A parameter or the body is wrong; by field, or for each object of a list."),
    (403, "The token is missing or wrong, or its user may not do this."),
    (404, "There is no such record or path, or the user may not see it."),
    (406, "The `Accept` header names no format or version that there is."),
    (409, "Other records need this one."),
    (412, "The record is at another version than the request demands."),
    (413, "The body is too long; send it in parts."),
    (415, "The body is of a media type that is not taken here."),
    (503, "The database cannot answer now; try again."),
];

/// The responses that paths name.
pub fn shared() -> Map<String, Json> {
    let response = |(status, text): (u16, &str)| {
        let schema = named(if status == 400 { PROBLEMS } else { PROBLEM });
        let body = json!({ "application/json": { "schema": schema } });
        (status.to_string(), json!({ "description": text, "content": body }))
    };
    REFUSALS.into_iter().map(response).collect()
}

/// The entry of a path for a status; one that is no refusal comes without a body.
pub fn entry(status: u16) -> (String, Json) {
    let entry = match REFUSALS.iter().any(|(refusal, _)| *refusal == status) {
        true => json!({ "$ref": format!("#/components/responses/{status}") }),
        false => json!({ "description": "There was nothing to do." }),
    };
    (status.to_string(), entry)
}
