//! POST, PUT, PATCH and DELETE on lists and objects. The seam for the branch that writes: the router calls these three.

use std::sync::Arc;

use axum::response::Response;
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use super::call::Call;
use crate::error::ApiError;

/// What a change is about: everything that the body names, or one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    List,
    Object(RecordId),
}

/// POST on a list.
pub async fn create(call: &Call, _content_type: &Arc<ContentType>) -> Result<Response, ApiError> {
    Err(ApiError::method_not_allowed(call.method.as_str()))
}

/// PUT or PATCH, as `call.method` says.
pub async fn update(call: &Call, _content_type: &Arc<ContentType>, _target: Target) -> Result<Response, ApiError> {
    Err(ApiError::method_not_allowed(call.method.as_str()))
}

/// DELETE.
pub async fn delete(call: &Call, _content_type: &Arc<ContentType>, _target: Target) -> Result<Response, ApiError> {
    Err(ApiError::method_not_allowed(call.method.as_str()))
}
