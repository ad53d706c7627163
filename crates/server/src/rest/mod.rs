//! Everything below `/api/`.

use axum::extract::{Request, State};
use axum::response::Response;

use crate::app::App;
use crate::error::ApiError;

/// Answers any request below `/api/`.
pub async fn handle(State(_app): State<App>, _request: Request) -> Result<Response, ApiError> {
    Err(ApiError::not_found())
}
