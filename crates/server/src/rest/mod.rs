//! Everything below `/api/`.
//!
//! A request is read once into a [`call::Call`]; [`route`] says what its path names; lists and objects go on to the
//! inventory's [`Reader`](trueup_inventory::Reader) and come back through [`render`]; changes go to [`write`].

pub mod answer;
pub mod call;
pub mod query;
pub mod render;
pub mod restriction;
pub mod route;
pub mod version;
pub mod view;
pub mod write;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::app::App;
use crate::error::ApiError;

/// Answers any request below `/api/`.
pub async fn handle(State(_app): State<App>, _request: Request) -> Result<Response, ApiError> {
    Err(ApiError::not_found())
}
