//! Bodies of requests as JSON, with the errors of the contract.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::RecordId;
use uuid::Uuid;

use crate::error::ApiError;

/// The objects of a body.
pub type Objects<'a> = Vec<&'a Map<String, Json>>;

/// A body as JSON.
pub fn parse(body: &[u8]) -> Result<Json, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let detail = format!("JSON parse error - Expecting value: line {line} column {column} (char {})", column - 1);
        ApiError::bad_request(json!({ "detail": detail }))
    })
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float",
        Json::Number(_) => "int",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

fn no_object(json: &Json) -> Json {
    json!({ "non_field_errors": [format!("Invalid data. Expected a dictionary, but got {}.", kind(json))] })
}

/// The one object of a body.
pub fn object(body: &Json) -> Result<&Map<String, Json>, ApiError> {
    body.as_object().ok_or_else(|| ApiError::bad_request(no_object(body)))
}

/// The object of a body, or all of its list.
pub fn objects(body: &Json) -> Result<Objects<'_>, ApiError> {
    let Json::Array(items) = body else { return Ok(vec![object(body)?]) };
    if items.iter().all(Json::is_object) {
        return Ok(items.iter().filter_map(Json::as_object).collect());
    }
    let errors = items.iter().map(|item| if item.is_object() { json!({}) } else { no_object(item) });
    Err(ApiError::bad_request(Json::Array(errors.collect())))
}

/// The objects of a list, each with the id that it must have.
pub fn with_ids(body: &Json) -> Result<(Objects<'_>, Vec<RecordId>), ApiError> {
    if !body.is_array() {
        let message = format!("Expected a list of items but got type \"{}\".", kind(body));
        return Err(ApiError::bad_request(json!({ "non_field_errors": [message] })));
    }
    let objects = objects(body)?;
    let mut ids = Vec::with_capacity(objects.len());
    let mut errors = Vec::with_capacity(objects.len());
    for object in &objects {
        let message = match object.get("id").map(|id| id.as_str().map(Uuid::parse_str)) {
            None => Some("This field is required."),
            Some(Some(Ok(id))) => {
                ids.push(RecordId(id));
                None
            }
            Some(_) => Some("Must be a valid UUID."),
        };
        errors.push(message.map_or_else(|| json!({}), |message| json!({ "id": [message] })));
    }
    if ids.len() == objects.len() { Ok((objects, ids)) } else { Err(ApiError::bad_request(Json::Array(errors))) }
}
