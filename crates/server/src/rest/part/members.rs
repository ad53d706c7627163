//! The records of a dynamic group: those that its filter finds now.

use axum::response::Response;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::list;

const BY_FILTER: &str = "dynamic-filter";

pub async fn show(call: &Call, group: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(group, &[id]).await?;
    drop(reader);
    let record = records.first().ok_or_else(ApiError::not_found)?;
    let text = |field| group.place(field).and_then(|place| record.text(group, place)).unwrap_or_default();
    let kind = text("group_type");
    if kind != BY_FILTER {
        let detail = format!("Only groups of the type {BY_FILTER} have members here; this one is of the type {kind}.");
        return Err(ApiError::bad_request(json!({ "detail": detail })));
    }
    let members =
        call.app.inventory.registry().content_type(text("content_type")).map_err(|_| ApiError::not_found())?;
    let filter = group.place("filter").map(|place| record.value(group, place).to_json()).unwrap_or_default();
    list::filtered(call, members, filters(&filter)).await
}

/// A filter as it is kept, `{"name": ["a", "b"], "has_tags": true}`, as the parameters of a list.
fn filters(filter: &Json) -> IndexMap<String, Vec<String>> {
    let text = |json: &Json| match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = |json: &Json| match json {
        Json::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    };
    filter.as_object().into_iter().flatten().map(|(name, json)| (name.clone(), values(json))).collect()
}
