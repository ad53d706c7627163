//! What hangs below the address of a record.
//!
//! - [`notes`]: what people wrote about it.
//! - [`free`]: addresses, networks and VLAN ids to take.
//! - [`trace`], [`elevation`]: what a cable leads to, what stands in a rack.
//! - [`members`]: the records of a dynamic group.
//! - [`run`]: a saved query, run.
//! - [`table`]: which records have which parts, and what these take and give.

mod elevation;
mod free;
mod members;
mod notes;
mod run;
pub mod table;
mod trace;

use axum::response::Response;
use trueup_inventory::RecordId;
use trueup_inventory::model::{ContentType, FieldKind, Made};

use super::call::Call;
use crate::error::ApiError;

/// Answers for the part of a record that the last word of an address names.
///
/// # Errors
/// Records of this type have no such part.
pub async fn part(call: &Call, content_type: &ContentType, id: RecordId, name: &str) -> Result<Response, ApiError> {
    match (content_type.name(), name) {
        (_, "notes") if content_type.has_notes() => notes::answer(call, content_type, id).await,
        ("ipam.prefix", "available-ips") => free::addresses(call, id).await,
        ("ipam.prefix", "available-prefixes") => free::networks(call, content_type, id).await,
        ("ipam.vlangroup", "available-vlans") => free::vlans(call, id).await,
        ("dcim.rack", "elevation") => elevation::show(call, content_type, id).await,
        ("extras.dynamicgroup", "members") => members::show(call, content_type, id).await,
        ("extras.graphqlquery", "run") => run::run(call, id).await,
        ("extras.job", "run") => Err(run::no_workers()),
        (_, "trace") if takes_cables(content_type) => trace::show(call, content_type, id).await,
        _ => Err(ApiError::not_found()),
    }
}

/// Whether cables are plugged into records of a type.
fn takes_cables(content_type: &ContentType) -> bool {
    content_type.field("cable").is_some_and(|field| matches!(field.kind(), FieldKind::Made(Made::Cable)))
}
