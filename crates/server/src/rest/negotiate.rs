//! What a client says by headers and query parameters of how it wants to be answered.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::query::Query;
use super::version::ApiVersion;
use super::view::{Format, ManyShown, Occasion, View};
use crate::auth::Caller;
use crate::error::ApiError;

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The version that the `Accept` header asks for, in its own words.
fn accepted_version(headers: &HeaderMap) -> Option<&str> {
    let accept = header(headers, header::ACCEPT.as_str())?;
    accept.split([';', ',']).find_map(|part| part.trim().strip_prefix("version="))
}

/// The version that an answer tells, when the request names one that exists.
pub fn version(request: &Request) -> Option<ApiVersion> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let asked = accepted_version(request.headers()).or_else(|| query.last("api_version"))?;
    ApiVersion::parse(asked)
}

/// Everything about the form of the answer.
pub fn view(parts: &Parts, query: &Query, caller: &Caller) -> Result<View, ApiError> {
    let format = format(&parts.headers, query)?;
    let version = checked_version(&parts.headers, query)?;
    let occasion = match parts.method.as_str() {
        "POST" => Occasion::Create,
        "PUT" | "PATCH" => Occasion::Change,
        _ => Occasion::Read,
    };
    let depth = match query.last("depth").map(str::parse::<i64>) {
        Some(Ok(depth)) if !(0..=10).contains(&depth) => {
            let detail = "The depth parameter must be an integer between 0 and 10";
            return Err(ApiError::detail(StatusCode::BAD_REQUEST, detail));
        }
        Some(Ok(depth)) if occasion == Occasion::Read => u8::try_from(depth).unwrap_or(0),
        _ => 0,
    };
    let many = match query.last("exclude_m2m").map(str::to_ascii_lowercase).as_deref() {
        Some("true" | "1") => ManyShown::None,
        Some("false" | "0") => ManyShown::AllNested,
        _ => ManyShown::All,
    };
    let include = query.all("include").iter().flat_map(|names| names.split(','));
    let include = include.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let base: Arc<str> = base(&parts.headers).into();
    Ok(View { base, depth, many, include, format, version, occasion, caller: Some(Arc::new(caller.clone())) })
}

/// Scheme and host as the client sees them, behind whatever proxies.
fn base(headers: &HeaderMap) -> String {
    let scheme = header(headers, "x-forwarded-proto").unwrap_or("http");
    let host = header(headers, "x-forwarded-host").or_else(|| header(headers, "host")).unwrap_or("localhost");
    let prefix = header(headers, "x-forwarded-prefix").unwrap_or_default().trim_end_matches('/');
    format!("{scheme}://{host}{prefix}")
}

fn checked_version(headers: &HeaderMap, query: &Query) -> Result<ApiVersion, ApiError> {
    let (accepted, asked) = (accepted_version(headers), query.last("api_version"));
    let unknown = |status, version: &str, place: &str| {
        let supported = ApiVersion::supported();
        ApiError::detail(
            status,
            format!("Invalid version \"{version}\" in {place}. Supported versions are: {supported}"),
        )
    };
    match (accepted, asked) {
        (Some(one), Some(other)) if one != other => Err(ApiError::bad_request(json!({
            "detail": format!("Version mismatch: \"{one}\" in \"Accept\" header and \"{other}\" in \"api_version\".")
        }))),
        (Some(version), _) => {
            ApiVersion::parse(version).ok_or_else(|| unknown(StatusCode::NOT_ACCEPTABLE, version, "\"Accept\" header"))
        }
        (None, Some(version)) => ApiVersion::parse(version)
            .ok_or_else(|| unknown(StatusCode::NOT_FOUND, version, "\"api_version\" query parameter")),
        (None, None) => Ok(ApiVersion::DEFAULT),
    }
}

fn format(headers: &HeaderMap, query: &Query) -> Result<Format, ApiError> {
    match query.last("format") {
        Some("csv") => return Ok(Format::Csv),
        Some("json" | "openapi" | "api") => return Ok(Format::Json),
        Some(_) => return Err(ApiError::not_found()),
        None => {}
    }
    let Some(accept) = header(headers, header::ACCEPT.as_str()) else { return Ok(Format::Json) };
    let types = accept.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
    let mut found = None;
    for one in types {
        match one {
            "" | "*/*" | "application/*" | "application/json" | "text/html" | "application/vnd.oai.openapi" => {
                return Ok(Format::Json);
            }
            "text/csv" | "text/*" => found = Some(Format::Csv),
            _ => {}
        }
    }
    found.ok_or_else(|| ApiError::detail(StatusCode::NOT_ACCEPTABLE, "Could not satisfy the request Accept header."))
}
