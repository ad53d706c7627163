//! What was written, shown as a client would read it next.

use axum::http::{StatusCode, header};
use axum::response::Response;
use trueup_inventory::model::ContentType;
use trueup_inventory::{RecordId, Stored};

use super::precondition;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{answer, render};

/// One record, with the tag of its version.
pub async fn object(
    call: &Call,
    content_type: &ContentType,
    status: StatusCode,
    stored: &[Stored],
) -> Result<Response, ApiError> {
    let object = objects(call, content_type, stored).await?.into_iter().next().ok_or_else(ApiError::not_found)?;
    let mut response = answer::json(status, object);
    let version = stored.first().and_then(|stored| stored.version);
    if let Some(tag) = version.and_then(precondition::tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A bare list.
pub async fn list(
    call: &Call,
    content_type: &ContentType,
    status: StatusCode,
    stored: &[Stored],
) -> Result<Response, ApiError> {
    let objects = objects(call, content_type, stored).await?;
    Ok(answer::json(status, format!("[{}]", objects.join(","))))
}

/// The text of each record, once.
pub async fn objects(call: &Call, content_type: &ContentType, stored: &[Stored]) -> Result<Vec<String>, ApiError> {
    let mut ids: Vec<RecordId> = Vec::with_capacity(stored.len());
    let mut seen = std::collections::HashSet::with_capacity(stored.len());
    ids.extend(stored.iter().map(|stored| stored.id).filter(|id| seen.insert(*id)));
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = call.app.inventory.reader().await?;
    render::objects(&mut reader, &call.view, content_type, &ids).await
}
