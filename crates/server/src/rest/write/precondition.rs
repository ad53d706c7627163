//! What a client demands of the version of a record before it is changed: `If-Match` with the tag that an earlier answer
//! had, or `If-Unmodified-Since`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use trueup_inventory::model::ContentType;
use trueup_inventory::{RecordId, Version};

use crate::error::ApiError;
use crate::rest::call::Call;

/// The tag of a version, as answers carry it.
pub fn tag(version: Version) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{version}\"")).ok()
}

/// The version that a change may be made at, when the record is at `found` now. `None` is any.
///
/// # Errors
/// 412 when the record is at another version than the client demands.
pub fn demanded(headers: &HeaderMap, found: Option<Version>) -> Result<Option<Version>, ApiError> {
    let Some(found) = found else { return Ok(None) };
    let mut demanded = None;
    if let Some(tags) = text(headers, &header::IF_MATCH) {
        let mut tags = tags.split(',').map(str::trim);
        let shown = format!("\"{found}\"");
        if !tags.any(|tag| tag == "*" || tag == shown) {
            return Err(failed());
        }
        demanded = Some(found);
    }
    if let Some(since) = text(headers, &header::IF_UNMODIFIED_SINCE) {
        // A date that cannot be read is as if it were not there, says HTTP.
        if let Ok(since) = jiff::fmt::rfc2822::parse(since.trim()) {
            // Dates have whole seconds, versions have microseconds.
            if found.0.div_euclid(1_000_000) > since.timestamp().as_second() {
                return Err(failed());
            }
            demanded = Some(found);
        }
    }
    Ok(demanded)
}

/// The version of a record that the headers of a request demand.
///
/// # Errors
/// 412 when the record is at another one; or the database failed.
pub async fn of_record(call: &Call, content_type: &ContentType, id: RecordId) -> Result<Option<Version>, ApiError> {
    let demands = call.headers.contains_key(header::IF_MATCH) || call.headers.contains_key(header::IF_UNMODIFIED_SINCE);
    if !demands {
        return Ok(None);
    }
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(content_type, &[id]).await?;
    demanded(&call.headers, records.first().and_then(|record| record.version(content_type)))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn failed() -> ApiError {
    let detail = "The object was changed since the version that the request demands; read it again.";
    ApiError::detail(StatusCode::PRECONDITION_FAILED, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_demanded_by_tag_or_date() {
        let found = Version(1_764_000_000_123_456);
        let second = "Mon, 24 Nov 2025 16:00:00 GMT";
        let cases = [
            ("if-match", "\"1764000000123456\"", Ok(Some(found))),
            ("if-match", "\"1\", \"1764000000123456\"", Ok(Some(found))),
            ("if-match", "*", Ok(Some(found))),
            ("if-match", "\"1\"", Err(())),
            ("if-match", "1764000000123456", Err(())),
            ("if-unmodified-since", second, Ok(Some(found))),
            ("if-unmodified-since", "Mon, 24 Nov 2025 15:59:59 GMT", Err(())),
            ("if-unmodified-since", "yesterday", Ok(None)),
            ("accept", "*/*", Ok(None)),
        ];
        for (name, value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(demanded(&headers, Some(found)).map_err(|_| ()), expected, "{name}: {value}");
        }
    }
}
