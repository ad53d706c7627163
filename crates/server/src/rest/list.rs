//! GET on a list: filters, order, pages.

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use trueup_inventory::ListRequest;
use trueup_inventory::model::ContentType;

use super::call::Call;
use super::render;
use super::view::Format;
use super::{answer, demand};
use crate::auth::Right;
use crate::error::ApiError;

/// Which part of a list a client asks for.
struct Paging {
    limit: usize,
    offset: usize,
}

impl Paging {
    fn of(call: &Call) -> Self {
        let (usual, most) = (call.app.settings.page_size, call.app.settings.max_page_size);
        let bound = if most == 0 { usize::MAX } else { most };
        // What is no number, or less than zero, is as if it were not there.
        let number = |name: &str| call.query.last(name).and_then(|value| value.trim().parse::<usize>().ok());
        let limit = match number("limit") {
            Some(0) => bound,
            Some(limit) => limit.min(bound),
            None => usual.min(bound),
        };
        Self { limit, offset: number("offset").unwrap_or(0) }
    }

    /// The URL of the page at `offset`: all other parameters stay, in the order of the alphabet.
    fn link(&self, call: &Call, offset: usize) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for (name, values) in call.query.iter().filter(|(name, _)| !matches!(*name, "limit" | "offset")) {
            pairs.extend(values.iter().map(|value| (name, value.clone())));
        }
        pairs.push(("limit", self.limit.to_string()));
        if offset > 0 {
            pairs.push(("offset", offset.to_string()));
        }
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}{}?{query}", call.view.base, call.path)
    }
}

pub async fn list(call: &Call, content_type: &ContentType) -> Result<Response, ApiError> {
    let restrict = demand(call, Right::View, content_type)?;
    let paging = Paging::of(call);
    let csv = call.view.format == Format::Csv;
    let request = ListRequest {
        content_type: content_type.index(),
        filters: call.query.filters(),
        restrict,
        sort: call
            .query
            .last("sort")
            .into_iter()
            .flat_map(|sort| sort.split(','))
            .map(|s| s.trim().to_owned())
            .collect(),
        limit: (!csv && paging.limit != usize::MAX).then_some(paging.limit),
        offset: if csv { 0 } else { paging.offset },
    };
    let mut reader = call.app.inventory.reader().await?;
    let page = reader.list(&request).await?;
    let objects = render::objects(&mut reader, &call.view, content_type, &page.ids).await?;
    if csv {
        return Ok(answer::typed(
            StatusCode::OK,
            HeaderValue::from_static("text/csv; charset=UTF-8"),
            table(&objects)?,
        ));
    }
    let end = paging.offset.saturating_add(paging.limit);
    let next = (end < page.count).then(|| paging.link(call, end));
    let previous = (paging.offset > 0).then(|| paging.link(call, paging.offset.saturating_sub(paging.limit)));
    Ok(answer::json(StatusCode::OK, page_text(page.count, next, previous, &objects)))
}

/// `{"count", "next", "previous", "results"}`.
pub fn page_text(count: usize, next: Option<String>, previous: Option<String>, results: &[String]) -> String {
    let mut out = String::with_capacity(results.iter().map(|text| text.len() + 1).sum::<usize>() + 200);
    let link = |link: Option<String>| serde_json::Value::from(link).to_string();
    let _ = write!(out, "{{\"count\":{count},\"next\":{},\"previous\":{},\"results\":[", link(next), link(previous));
    for (place, text) in results.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(text);
    }
    out.push_str("]}");
    out
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
