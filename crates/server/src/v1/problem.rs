//! The one form of everything that is no success, and the one mapping to it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};
use trueup_inventory::{InventoryError, ListError};

use crate::error::{ApiError, remedy};
use crate::rest::answer;
use crate::rest::methods::{Methods, Verb};

/// Why there is no answer, for programs by its code and for people by its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub status: StatusCode,
    /// Never changes for one cause.
    pub code: &'static str,
    /// What happened, and to what.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// More for programs: what is wrong with each parameter, or nothing.
    pub details: Box<Json>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: hint.into(), details: Box::new(json!({})) }
    }

    pub fn no_such_address(path: &str) -> Self {
        let hint = "look at the addresses below /v1/ in /api/swagger.json";
        Self::new(StatusCode::NOT_FOUND, "no_such_address", format!("there is nothing at {path}"), hint)
    }

    pub fn wrong_method(method: &str, methods: Methods) -> Self {
        let names: Vec<&str> = methods.iter().map(Verb::name).collect();
        let message = format!("{method} does nothing at this address");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message, format!("use {}", names.join(" or ")))
    }

    pub fn too_long(limit: usize) -> Self {
        let message = format!("the body is longer than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long", message, "send it in parts")
    }

    pub fn forbidden(action: &str, what: &str) -> Self {
        let message = format!("your token may not {action} {what}");
        let hint = format!("ask an administrator for a permission to {action} {what}");
        Self::new(StatusCode::FORBIDDEN, "forbidden", message, hint)
    }

    /// A token that may not write.
    pub fn read_only() -> Self {
        let hint = "use a token that is `write_enabled`";
        Self::new(StatusCode::FORBIDDEN, "forbidden", "your token may only read", hint)
    }

    /// What an id leads to is not there.
    pub fn nothing_of(code: &'static str, what: &str, id: &str, hint: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, format!("there is no {what} {id}"), hint)
    }

    /// What is there does not allow it now.
    pub fn conflict(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message, hint)
    }

    /// A body that is something else than a JSON object.
    pub fn no_object(why: &str) -> Self {
        let message = format!("the body cannot be read: {why}");
        Self::new(StatusCode::BAD_REQUEST, "bad_body", message, "send a JSON object, or no body")
    }

    /// By parameter, what is wrong with it.
    pub fn parameters<N: Into<String>>(wrong: impl IntoIterator<Item = (N, String)>) -> Self {
        Self::each("bad_parameter", "parameters", wrong)
    }

    /// By key of the body, what is wrong with it.
    pub fn keys<N: Into<String>>(wrong: impl IntoIterator<Item = (N, String)>) -> Self {
        Self::each("bad_body", "keys", wrong)
    }

    fn each<N: Into<String>>(code: &'static str, things: &str, wrong: impl IntoIterator<Item = (N, String)>) -> Self {
        let wrong: Vec<(String, String)> = wrong.into_iter().map(|(name, fault)| (name.into(), fault)).collect();
        let texts: Vec<String> = wrong.iter().map(|(name, fault)| format!("`{name}`: {fault}")).collect();
        let details: Map<String, Json> = wrong.into_iter().map(|(name, fault)| (name, json!(fault))).collect();
        let hint = format!("correct these {things}, or leave them out");
        let problem = Self::new(StatusCode::BAD_REQUEST, code, texts.join("; "), hint);
        Self { details: Box::new(json!({ things: details })), ..problem }
    }

    /// A token that lets nobody in, or a database that cannot say.
    pub fn of_token(error: ApiError) -> Self {
        let message = error.body["detail"].as_str().unwrap_or_default().trim_end_matches('.').to_owned();
        if error.status == StatusCode::FORBIDDEN {
            let hint = "send the header `Authorization: Token` with the key of a token that is valid";
            return Self::new(StatusCode::UNAUTHORIZED, "no_valid_token", message, hint);
        }
        Self::new(error.status, "unavailable", message, "try again later")
    }

    /// There was no answer in time.
    pub fn too_slow(limit: std::time::Duration) -> Self {
        let message = format!("there was no answer within {limit:?}");
        let hint = "look whether it was done before you send it again, and ask for less at once";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", message, hint)
    }

    /// As many streams are open as there may be.
    pub fn too_many_streams(most: usize) -> Self {
        let message = format!("{most} streams of events are open, and no more are given");
        let hint = "close one that nobody reads any more, or ask for the sync itself from time to time";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", message, hint)
    }

    /// A handler panicked.
    pub fn failed() -> Self {
        let hint = "the server's log says more under the id of the request, which is in the header `X-Request-Id`";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the server failed at this request", hint)
    }

    pub fn body(&self) -> Json {
        json!({ "error": {
            "code": self.code, "message": self.message, "hint": self.hint, "details": self.details,
        } })
    }
}

impl From<InventoryError> for Problem {
    fn from(error: InventoryError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the inventory failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string(), remedy(&error))
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Filters(errors) => {
                Self::parameters(errors.0.into_iter().map(|(name, faults)| (name, faults.join(" "))))
            }
            ListError::Inventory(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        answer::json(self.status, self.body().to_string())
    }
}
