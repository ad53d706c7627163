//! What a client sends, and what it is answered.

use async_graphql::{ServerError, Variables};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

/// A status and a body of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub body: String,
}

impl Answer {
    /// The request could not be run: 400 with what is wrong.
    pub fn refused(errors: &[ServerError]) -> Self {
        Self { status: StatusCode::BAD_REQUEST, body: json!({ "errors": errors }).to_string() }
    }
}

/// A request for one operation.
#[derive(Debug)]
pub struct GraphQlRequest {
    pub query: String,
    pub variables: Variables,
    pub operation: Option<String>,
}

impl GraphQlRequest {
    /// Reads `{"query", "variables", "operationName"}`.
    ///
    /// # Errors
    /// There is no query, or a part is of the wrong type.
    pub fn read(body: &Json) -> Result<Self, ServerError> {
        let query = match body.get("query") {
            Some(Json::String(query)) if !query.trim().is_empty() => query.clone(),
            None | Some(Json::Null | Json::String(_)) => return Err(wrong("Must provide query string.")),
            Some(_) => return Err(wrong("The query must be a string.")),
        };
        let operation = match body.get("operationName") {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) => Some(name.clone()).filter(|name| !name.is_empty()),
            Some(_) => return Err(wrong("The operationName must be a string.")),
        };
        Ok(Self { query, variables: variables(body.get("variables"))?, operation })
    }
}

/// Variables as a client sends them: an object, nothing, or the text of an object as forms send it.
///
/// # Errors
/// It is something else.
pub fn variables(sent: Option<&Json>) -> Result<Variables, ServerError> {
    match sent {
        None | Some(Json::Null) => Ok(Variables::default()),
        Some(object @ Json::Object(_)) => Ok(Variables::from_json(object.clone())),
        Some(Json::String(text)) if text.trim().is_empty() => Ok(Variables::default()),
        Some(Json::String(text)) => match serde_json::from_str(text) {
            Ok(object @ Json::Object(_)) => Ok(Variables::from_json(object)),
            Ok(Json::Null) => Ok(Variables::default()),
            _ => Err(wrong("Variables are invalid JSON.")),
        },
        Some(_) => Err(wrong("Variables must be an object.")),
    }
}

fn wrong(message: &str) -> ServerError {
    ServerError::new(message, None)
}
