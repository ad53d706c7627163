//! Why a record was not written, in the words of the contract: the one mapping from causes to fields and texts.

use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::{WriteError, WriteErrorCause as Cause};

use crate::error::ApiError;

/// The answer for one record.
pub fn one(error: &WriteError) -> ApiError {
    for cause in &error.causes {
        match cause {
            Cause::Protected { count, by } => {
                let names: Vec<String> = by.iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
                let detail =
                    format!("Unable to delete object. {count} dependent objects were found: {}", names.join(", "));
                return ApiError::detail(StatusCode::CONFLICT, detail);
            }
            Cause::Changed { .. } => return ApiError::detail(StatusCode::PRECONDITION_FAILED, cause.to_string()),
            Cause::RecordNotFound { .. } => return ApiError::not_found(),
            _ => {}
        }
    }
    ApiError::bad_request(fields(error))
}

/// `{field: [text]}`.
pub fn fields(error: &WriteError) -> Json {
    let mut fields: Map<String, Json> = Map::new();
    for (field, text) in error.causes.iter().filter_map(text) {
        match fields.entry(field).or_insert_with(|| json!([])) {
            Json::Array(texts) => texts.push(json!(text)),
            _ => continue,
        }
    }
    Json::Object(fields)
}

fn text(cause: &Cause) -> Option<(String, String)> {
    let all = || "__all__".to_owned();
    let pair = match cause {
        Cause::Required { field } => (field.clone(), "This field is required.".to_owned()),
        Cause::Null { field } => (field.clone(), "This field may not be null.".to_owned()),
        Cause::NotAChoice { field, value, .. } => (field.clone(), format!("\"{value}\" is not a valid choice.")),
        Cause::TooLong { field, most, .. } => {
            (field.clone(), format!("Ensure this field has no more than {most} characters."))
        }
        Cause::UnknownContentType { field, value, .. } => (field.clone(), format!("Invalid content type: {value}")),
        Cause::ReferenceNotFound { field, looked_up, .. } => {
            (field.clone(), format!("Related object not found using the provided attributes: {looked_up}"))
        }
        Cause::ReferenceAmbiguous { field, looked_up, .. } => {
            (field.clone(), format!("Multiple objects match the provided attributes: {looked_up}"))
        }
        Cause::Duplicate { content_type, fields } => match fields.as_slice() {
            [field] => (field.clone(), format!("{content_type} with this {} already exists.", field.replace('_', " "))),
            _ if content_type == "prefix" => {
                (all(), "Prefix with this Namespace, Network and Prefix length already exists.".to_owned())
            }
            fields => {
                ("non_field_errors".to_owned(), format!("The fields {} must make a unique set.", fields.join(", ")))
            }
        },
        Cause::LocationParentMissing { kind, .. } => {
            ("parent".to_owned(), format!("A Location of type {kind} must have a parent Location."))
        }
        Cause::NoPrefix { host, namespace } => {
            ("namespace".to_owned(), format!("No suitable parent Prefix for {host} exists in Namespace {namespace}"))
        }
        Cause::Rule { field, message } => (field.clone(), message.clone()),
        // The others of a batch that failed.
        Cause::Withdrawn => return None,
        other => (other.field().map_or_else(all, str::to_owned), other.to_string()),
    };
    Some(pair)
}
