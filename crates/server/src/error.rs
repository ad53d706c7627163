//! The one mapping from what went wrong to a status and a body, in the words of the contract.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use trueup_inventory::{InventoryError, ListError};
use trueup_jobs::JobError;

/// An answer that is no success.
#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub body: Json,
}

impl ApiError {
    pub fn new(status: StatusCode, body: Json) -> Self {
        Self { status, body }
    }

    /// `{"detail": …}`.
    pub fn detail(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, json!({ "detail": detail.into() }))
    }

    pub fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Not found.")
    }

    /// 204 without a body: nothing was written, because nothing free is left to give.
    pub fn no_room() -> Self {
        Self::new(StatusCode::NO_CONTENT, Json::Null)
    }

    pub fn method_not_allowed(method: &str) -> Self {
        Self::detail(StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
    }

    pub fn forbidden() -> Self {
        Self::detail(StatusCode::FORBIDDEN, "You do not have permission to perform this action.")
    }

    /// 500: this server did something wrong. The client learns what it was about, the log why.
    pub fn broken(doing: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "{doing} failed");
        Self::detail(StatusCode::INTERNAL_SERVER_ERROR, format!("{doing} failed; the server's log says why"))
    }

    pub fn bad_request(body: Json) -> Self {
        Self::new(StatusCode::BAD_REQUEST, body)
    }
}

impl From<InventoryError> for ApiError {
    fn from(error: InventoryError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the inventory failed");
        Self::detail(StatusCode::SERVICE_UNAVAILABLE, format!("{error}; {}", remedy(&error)))
    }
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Inventory(error) => (*error).into(),
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "the history failed");
                Self::detail(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

/// What to do when the inventory failed.
pub fn remedy(error: &InventoryError) -> &'static str {
    if error.is_full() {
        "make room, then try again"
    } else if error.is_unavailable() {
        "the database cannot be reached now; try again later"
    } else {
        "try again; when it stays so, the server's log says more under the id of the request"
    }
}

impl From<ListError> for ApiError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Filters(errors) => Self::bad_request(json!(errors.0)),
            ListError::Inventory(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.status == StatusCode::NO_CONTENT {
            return self.status.into_response();
        }
        (self.status, [(header::CONTENT_TYPE, "application/json")], Body::from(self.body.to_string())).into_response()
    }
}
