//! The ports of a service are a list of port numbers.

use crate::model::ContentType;
use crate::write::{Draft, WriteErrorCause as Cause};

pub(super) fn check(content_type: &ContentType, drafts: &mut [Draft]) {
    let ports = content_type.column_of("ports");
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let json: serde_json::Value =
            draft.row[ports].text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let is_port = |port: &serde_json::Value| port.as_u64().is_some_and(|port| (1..=65_535).contains(&port));
        if !json.as_array().is_some_and(|ports| !ports.is_empty() && ports.iter().all(is_port)) {
            draft.fail(Cause::rule("ports", "they are a list of numbers from 1 to 65535, such as [22, 443]"));
        }
    }
}
