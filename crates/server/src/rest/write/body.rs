//! Bodies of requests as JSON, whatever they are written in, and what is said of those that are none or have the wrong form.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{MAX_BATCH, RecordId};
use uuid::Uuid;

use super::json_fault::fault;
use super::table;
use crate::error::ApiError;
use crate::rest::call::Call;

/// One object of a body.
pub type Object = Map<String, Json>;

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MediaType {
    Json,
    Csv,
    Other,
}

impl MediaType {
    fn of(said: &str) -> Self {
        let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "" | "application/json" | "text/json" => MediaType::Json,
            "text/csv" => MediaType::Csv,
            other if other.ends_with("+json") => MediaType::Json,
            _ => MediaType::Other,
        }
    }
}

fn said(call: &Call) -> &str {
    call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body of a request, which says by its media type that it is JSON. No body at all is an empty object.
pub fn read(call: &Call) -> Result<Json, ApiError> {
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    if MediaType::of(said(call)) != MediaType::Json {
        let detail = format!("Unsupported media type \"{}\" in request.", said(call));
        return Err(ApiError::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    parse(&call.body)
}

/// The same of a request about records of a type, which may also be a table: that is a list always, since one row looks
/// no other than a list of one.
pub async fn records(call: &Call, content_type: &ContentType) -> Result<Json, ApiError> {
    match MediaType::of(said(call)) {
        MediaType::Csv => table::read(call, content_type).await.map(Json::Array),
        _ => read(call),
    }
}

/// The same of a request about one record: of a table, its only row.
pub async fn record(call: &Call, content_type: &ContentType) -> Result<Json, ApiError> {
    match MediaType::of(said(call)) {
        MediaType::Csv => table::only(table::read(call, content_type).await?),
        _ => read(call),
    }
}

/// A text as JSON.
pub fn parse(body: &[u8]) -> Result<Json, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let fault = fault(body).unwrap_or_else(|| error.to_string());
        ApiError::bad_request(json!({ "detail": format!("JSON parse error - {fault}") }))
    })
}

/// The one object of a body.
pub fn object(body: &Json) -> Result<&Object, ApiError> {
    body.as_object().ok_or_else(|| ApiError::bad_request(no_object(body)))
}

/// The objects of a list, when all of its items are some. A list that is too long for one request is refused.
pub fn objects(items: &[Json]) -> Result<Vec<&Object>, ApiError> {
    if items.len() > MAX_BATCH {
        let message = format!("A request holds at most {MAX_BATCH} objects, this one has {}.", items.len());
        return Err(ApiError::bad_request(json!({ "non_field_errors": [message] })));
    }
    if items.iter().all(Json::is_object) {
        return Ok(items.iter().filter_map(Json::as_object).collect());
    }
    let errors = items.iter().map(|item| if item.is_object() { json!({}) } else { no_object(item) });
    Err(ApiError::bad_request(Json::Array(errors.collect())))
}

/// The objects of a body that must be a list, each with the id that it must have.
pub fn objects_with_ids(body: &Json) -> Result<Vec<(RecordId, &Object)>, ApiError> {
    let Json::Array(items) = body else {
        return Err(ApiError::bad_request(json!({ "non_field_errors": [no_list(body)] })));
    };
    let objects = objects(items)?;
    let ids: Vec<Result<RecordId, &'static str>> = objects.iter().map(|object| id_of(object)).collect();
    if ids.iter().all(Result::is_ok) {
        return Ok(ids.into_iter().flatten().zip(objects).collect());
    }
    let error = |id: Result<RecordId, &str>| id.map_or_else(|message| json!({ "id": [message] }), |_| json!({}));
    Err(ApiError::bad_request(ids.into_iter().map(error).collect()))
}

fn id_of(object: &Object) -> Result<RecordId, &'static str> {
    match object.get("id") {
        None => Err("This field is required."),
        Some(Json::Null) => Err("This field may not be null."),
        Some(Json::String(id)) => Uuid::parse_str(id.trim()).map(RecordId).map_err(|_| "Must be a valid UUID."),
        Some(_) => Err("Must be a valid UUID."),
    }
}

/// What is said of something that should be a list.
pub fn no_list(json: &Json) -> String {
    format!("Expected a list of items but got type \"{}\".", kind(json))
}

fn no_object(json: &Json) -> Json {
    json!({ "non_field_errors": [format!("Invalid data. Expected a dictionary, but got {}.", kind(json))] })
}

/// The contract's word for the type of a value.
pub fn kind(json: &Json) -> &'static str {
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
