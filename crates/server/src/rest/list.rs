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
    if csv {
        let table = render::table(&mut reader, &call.view, content_type, &page.ids).await?;
        let text = HeaderValue::from_static("text/csv; charset=UTF-8");
        let mut response = answer::typed(StatusCode::OK, text, table);
        let name = format!("attachment; filename=\"nautobot_{}_data.csv\"", content_type.model());
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        return Ok(response);
    }
    let objects = render::objects(&mut reader, &call.view, content_type, &page.ids).await?;
    Ok(answer::json(StatusCode::OK, paging.answer(&call.url(), &call.query, page.count, &objects)))
}
