//! One record.

use axum::http::{StatusCode, header};
use axum::response::Response;
use trueup_inventory::model::ContentType;
use trueup_inventory::{ListRequest, RecordId};

use super::call::Call;
use super::{answer, demand, render, write};
use crate::auth::Right;
use crate::error::ApiError;
use crate::words::class_name;

/// The record that the key of a URL names, when the caller may see it.
pub async fn find(call: &Call, content_type: &ContentType, key: &str) -> Result<RecordId, ApiError> {
    let restrict = demand(call, Right::View, content_type)?;
    let mut reader = call.app.inventory.reader().await?;
    let mut id = reader.find(content_type, key).await?;
    if id.is_none() && content_type.name() == "extras.job" {
        let mut request = ListRequest::all(content_type.index());
        request.filters.insert("name".to_owned(), vec![key.to_owned()]);
        id = reader.list(&request).await?.ids.first().copied();
    }
    let missing = || {
        ApiError::detail(
            StatusCode::NOT_FOUND,
            format!("No {} matches the given query.", class_name(content_type.verbose_name())),
        )
    };
    let id = id.ok_or_else(missing)?;
    if let Some(restrict) = restrict
        && reader.allowed(content_type, &[id], &restrict).await?.is_empty()
    {
        return Err(missing());
    }
    Ok(id)
}

pub async fn object(call: &Call, content_type: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let objects = render::objects(&mut reader, &call.view, content_type, &[id]).await?;
    let text = objects.into_iter().next().ok_or_else(ApiError::not_found)?;
    let records = reader.records(content_type, &[id]).await?;
    let mut response = answer::json(StatusCode::OK, text);
    let version = records.first().and_then(|record| record.version(content_type));
    if let Some(tag) = version.and_then(write::precondition::tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}
