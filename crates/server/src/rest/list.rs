//! GET on a list: filters, order, pages.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use indexmap::IndexMap;
use trueup_inventory::ListRequest;
use trueup_inventory::model::ContentType;

use super::call::Call;
use super::page::Paging;
use super::render;
use super::view::Format;
use super::{answer, demand};
use crate::auth::Right;
use crate::error::ApiError;

pub async fn list(call: &Call, content_type: &ContentType) -> Result<Response, ApiError> {
    filtered(call, content_type, call.query.filters()).await
}

/// The page that a request asks for of the records that filters find.
pub async fn filtered(
    call: &Call,
    content_type: &ContentType,
    filters: IndexMap<String, Vec<String>>,
) -> Result<Response, ApiError> {
    let restrict = demand(call, Right::View, content_type)?;
    let csv = call.view.format == Format::Csv;
    // A table has no place for links to other pages: it is whole.
    let paging = if csv { Paging::WHOLE } else { Paging::new(&call.query, &call.app.settings) };
    let sort = call.query.last("sort").into_iter().flat_map(|sort| sort.split(','));
    let request = ListRequest {
        content_type: content_type.index(),
        filters,
        restrict,
        sort: sort.map(|field| field.trim().to_owned()).collect(),
        limit: paging.limit,
        offset: paging.offset,
    };
    let mut reader = call.app.inventory.reader().await?;
    let page = reader.list(&request).await?;
    let objects = render::objects(&mut reader, &call.view, content_type, &page.ids).await?;
    if csv {
        let text = HeaderValue::from_static("text/csv; charset=UTF-8");
        let mut response = answer::typed(StatusCode::OK, text, table(&objects)?);
        let name = format!("attachment; filename=\"nautobot_{}_data.csv\"", content_type.model());
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        return Ok(response);
    }
    Ok(answer::json(StatusCode::OK, paging.answer(&call.url(), &call.query, page.count, &objects)))
}

/// The records as CSV: a column for each field; objects and lists as JSON.
fn table(objects: &[String]) -> Result<String, ApiError> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        objects.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let failed = |_| ApiError::detail(StatusCode::INTERNAL_SERVER_ERROR, "the records cannot be written as CSV");
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(first) = rows.first() {
        writer.write_record(first.keys()).map_err(failed)?;
    }
    for row in &rows {
        let cells = row.values().map(|value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(true) => "True".to_owned(),
            serde_json::Value::Bool(false) => "False".to_owned(),
            other => other.to_string(),
        });
        writer.write_record(cells).map_err(failed)?;
    }
    Ok(String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned())
}
