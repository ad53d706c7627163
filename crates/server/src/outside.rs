//! What is answered outside `/api/`: the start, and what those ask who watch over the server.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::ApiError;
use crate::rest::answer;
use crate::rest::base::forwarded_prefix;

/// There is no page yet; the API is what there is to see.
pub async fn start(headers: axum::http::HeaderMap) -> Response {
    let location = format!("{}/api/", forwarded_prefix(&headers));
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// The process answers.
pub async fn health() -> Response {
    answer::json(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// The database answers too.
pub async fn ready(State(app): State<App>) -> Result<Response, ApiError> {
    let mut reader = app.inventory.reader().await?;
    reader.revision().await?;
    Ok(answer::json(StatusCode::OK, r#"{"status":"ready"}"#))
}

pub async fn nothing() -> ApiError {
    ApiError::not_found()
}
