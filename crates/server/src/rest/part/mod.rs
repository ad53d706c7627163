//! What hangs below the address of a record.
//!
//! - [`notes`]: what people wrote about it.
//! - [`free`]: addresses, networks and VLAN ids to take.
//! - [`trace`], [`elevation`]: what a cable leads to, what stands in a rack.
//! - [`members`]: the records of a dynamic group.
//! - [`run`]: a saved query, run.
//! - [`job`]: what jobs take, runs of them, and their logs.
//! - [`table`]: which records have which parts, and what these take and give.

mod elevation;
mod free;
mod job;
mod members;
mod notes;
mod run;
pub mod table;
mod trace;

use axum::response::Response;
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use self::table::{Part, What};
use super::call::Call;
use crate::error::ApiError;

/// Answers for a part of a record.
pub async fn answer(call: &Call, content_type: &ContentType, id: RecordId, part: &Part) -> Result<Response, ApiError> {
    match part.what {
        What::FreeAddresses => free::addresses(call, id).await,
        What::FreeNetworks => free::networks(call, content_type, id).await,
        What::FreeVlanIds => free::vlans(call, id).await,
        What::Elevation => elevation::show(call, content_type, id).await,
        What::Members => members::show(call, content_type, id).await,
        What::Notes => notes::answer(call, content_type, id).await,
        What::RunOfQuery => run::query(call, id).await,
        What::RunOfJob => job::run(call, content_type, id).await,
        What::VariablesOfJob => job::variables(call, content_type, id).await,
        What::LogOfRun => job::logs(call, id).await,
        What::Trace => trace::show(call, content_type, id).await,
    }
}
