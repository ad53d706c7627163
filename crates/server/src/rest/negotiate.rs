//! What a client wants to get: the format and the version of the API, by headers and query parameters.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::query::Query;
use super::version::ApiVersion;
use super::view::Format;
use crate::error::ApiError;

/// One part of an `Accept` header: a media type and its parameters, empty ones left out.
#[derive(Debug, PartialEq, Eq)]
struct Range<'h> {
    media_type: &'h str,
    version: Option<&'h str>,
}

/// Clients send `application/json;`, with nothing behind the semicolon; that is plain JSON.
fn ranges(accept: &str) -> impl Iterator<Item = Range<'_>> {
    accept.split(',').map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let version = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "version");
        Range { media_type, version: version.map(|(_, value)| value.trim().trim_matches('"')) }
    })
}

fn format_of(media_type: &str) -> Option<Format> {
    match media_type.to_ascii_lowercase().as_str() {
        "*/*" | "application/*" | "application/json" => Some(Format::Json),
        "text/csv" | "text/*" => Some(Format::Csv),
        _ => None,
    }
}

/// The format of the answer, and the version that the `Accept` header names beside it.
///
/// # Errors
/// Nothing that the client accepts can be given: 406; an unknown `format`: 404.
pub fn format<'h>(headers: &'h HeaderMap, query: &Query) -> Result<(Format, Option<&'h str>), ApiError> {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default().trim();
    let accept = if accept.is_empty() { "*/*" } else { accept };
    let found = ranges(accept).find_map(|range| Some((format_of(range.media_type)?, range.version)));
    match query.last("format") {
        Some("json") => Ok((Format::Json, found.and_then(|(_, version)| version))),
        Some("csv") => Ok((Format::Csv, found.and_then(|(_, version)| version))),
        Some(_) => Err(ApiError::not_found()),
        None => found.ok_or_else(|| {
            ApiError::detail(StatusCode::NOT_ACCEPTABLE, "Could not satisfy the request Accept header.")
        }),
    }
}

/// The version of the API that is to be used.
///
/// # Errors
/// It is unknown: 406 in the header, 404 in the query; or both name one and differ: 400.
pub fn version(in_header: Option<&str>, query: &Query) -> Result<ApiVersion, ApiError> {
    let in_query = query.last("api_version");
    if let (Some(one), Some(other)) = (in_header, in_query)
        && one != other
    {
        let detail =
            format!("The \"Accept\" header asks for version \"{one}\", api_version for \"{other}\"; ask for one.");
        return Err(ApiError::bad_request(json!({ "detail": detail })));
    }
    let invalid = |status, version: &str, place: &str| {
        let supported = ApiVersion::supported();
        ApiError::detail(
            status,
            format!("Invalid version \"{version}\" in {place}. Supported versions are: {supported}"),
        )
    };
    match (in_header, in_query) {
        (_, Some(text)) => ApiVersion::parse(text)
            .ok_or_else(|| invalid(StatusCode::NOT_FOUND, text, "\"api_version\" query parameter")),
        (Some(text), None) => {
            ApiVersion::parse(text).ok_or_else(|| invalid(StatusCode::NOT_ACCEPTABLE, text, "\"Accept\" header"))
        }
        (None, None) => Ok(ApiVersion::DEFAULT),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_clients_send() {
        for (accept, query, expected) in [
            ("", "", Ok((Format::Json, None))),
            ("*/*", "", Ok((Format::Json, None))),
            ("application/json;", "", Ok((Format::Json, None))),
            ("application/json; version=2.4", "", Ok((Format::Json, Some("2.4")))),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "", Ok((Format::Json, None))),
            ("text/csv", "", Ok((Format::Csv, None))),
            ("text/csv; version=3.0", "format=json", Ok((Format::Json, Some("3.0")))),
            ("application/json", "format=csv", Ok((Format::Csv, None))),
            ("application/xml", "", Err(406)),
            (";;;", "", Err(406)),
            ("application/json", "format=xml", Err(404)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            let found = format(&headers, &Query::parse(query)).map_err(|error| error.status.as_u16());
            assert_eq!(found, expected, "{accept} {query}");
        }
    }

    #[test]
    fn versions() {
        for (header, query, expected) in [
            (None, "", Ok("3.1")),
            (Some("2.0"), "", Ok("2.0")),
            (None, "api_version=3.2", Ok("3.2")),
            (Some("2.4"), "api_version=2.4", Ok("2.4")),
            (Some("2.4"), "api_version=2.3", Err(400)),
            (Some("0.0"), "", Err(406)),
            (None, "api_version=x", Err(404)),
            (None, "api_version=2.40", Err(404)),
        ] {
            let found = version(header, &Query::parse(query)).map_err(|error| error.status.as_u16());
            assert_eq!(found.map(|version| version.to_string()), expected.map(str::to_owned), "{header:?} {query}");
        }
    }
}
