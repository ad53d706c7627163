//! Bodies as CSV, as Nautobot's clients send them and as our own lists are written: each row becomes the object that a JSON
//! body would hold, and goes the same way from there.
//!
//! - [`header`]: what the columns mean; names that mean nothing are refused, since nobody would miss what stands below.
//! - [`row`]: one row as an object.

mod header;
mod row;

use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use trueup_inventory::MAX_BATCH;
use trueup_inventory::model::ContentType;

use self::header::Header;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::render::{CustomField, custom_fields};
use crate::rest::table::CUSTOM_FIELD;

/// The objects of a body.
///
/// # Errors
/// It is no table, or its header or some rows are wrong: 400, by column, or for each row as for the objects of a list.
pub async fn read(call: &Call, content_type: &ContentType) -> Result<Vec<Json>, ApiError> {
    let text = text(&call.body)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|error| fault(&error))?.iter().map(|name| name.trim().to_owned()).collect();
    if names.is_empty() {
        return Err(refused("the body is empty; its first line has to name the columns"));
    }
    let custom_fields = custom_fields_of(call, content_type, &names).await?;
    let registry = call.app.inventory.registry();
    let header = Header::new(registry, content_type, &custom_fields, &names)
        .map_err(|errors| ApiError::bad_request(errors.into_json()))?;
    let mut objects = Vec::new();
    let mut errors = Vec::new();
    let mut wrong = false;
    for record in reader.records() {
        let record = record.map_err(|error| fault(&error))?;
        if objects.len() == MAX_BATCH {
            let message = format!("A request holds at most {MAX_BATCH} objects, this table has more rows.");
            return Err(ApiError::bad_request(json!({ "non_field_errors": [message] })));
        }
        let (object, faults) = row::read(&header, &record);
        wrong |= !faults.is_empty();
        objects.push(Json::Object(object));
        errors.push(faults.into_json());
    }
    if wrong { Err(ApiError::bad_request(Json::Array(errors))) } else { Ok(objects) }
}

/// The object of a body that is about one record.
pub fn only(mut objects: Vec<Json>) -> Result<Json, ApiError> {
    match (objects.pop(), objects.len()) {
        (Some(one), 0) => Ok(one),
        (found, before) => {
            let rows = before + usize::from(found.is_some());
            Err(refused(&format!("this address takes one row, the body has {rows}")))
        }
    }
}

/// The body as text, without the mark that some programs put before it.
fn text(body: &[u8]) -> Result<&str, ApiError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let place = error.valid_up_to();
        let line = body[..place].iter().filter(|byte| **byte == b'\n').count() + 1;
        refused(&format!("the body is not UTF-8: byte {:#04x} in line {line}; save the table as UTF-8", body[place]))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The custom fields of the type, when some column is one.
async fn custom_fields_of(
    call: &Call,
    content_type: &ContentType,
    names: &[String],
) -> Result<Vec<CustomField>, ApiError> {
    if !content_type.has_custom_fields() || !names.iter().any(|name| name.starts_with(CUSTOM_FIELD)) {
        return Ok(Vec::new());
    }
    let mut reader = call.app.inventory.reader().await?;
    custom_fields(&mut reader, content_type.index()).await
}

fn fault(error: &csv::Error) -> ApiError {
    refused(&error.to_string())
}

/// The contract's words for a body that cannot be read.
fn refused(reason: &str) -> ApiError {
    ApiError::detail(StatusCode::BAD_REQUEST, format!("CSV parse error - {reason}"))
}
