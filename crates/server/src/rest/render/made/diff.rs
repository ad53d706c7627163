//! What syncs and their steps change, in DiffSync's dict form.

use std::fmt::Write as _;

use serde_json::Value as Json;
use trueup_inventory::model::ContentType;
use trueup_inventory::{Reader, Record, RecordId};
use trueup_jobs::store::{step_diff, sync_diffs};

use crate::error::ApiError;
use crate::rest::render::world::World;

/// The steps that a difference may have, of a sync that is shown alone and of one among others. A longer one is read a page
/// at a time, from the steps of its plan.
const MOST_OF_ONE: u32 = 50_000;
const MOST_OF_MANY: u32 = 1_000;

/// The steps that the differences of one answer may have.
const MOST_OF_ALL: u32 = MOST_OF_ONE;

pub async fn load(world: &mut World, reader: &mut Reader, ids: &[RecordId]) -> Result<(), ApiError> {
    let most = if ids.len() == 1 { MOST_OF_ONE } else { MOST_OF_MANY };
    for (id, diff) in sync_diffs(reader.transaction(), ids, (most, MOST_OF_ALL)).await? {
        world.diffs.insert(id, Json::Object(diff).to_string());
    }
    Ok(())
}

/// The difference of one step; nothing for a record that did not change.
pub fn step_into(content_type: &ContentType, record: &Record, out: &mut String) {
    let mut document = String::new();
    if let Some(place) = content_type.place("document") {
        record.json_into(content_type, place, &mut document);
    }
    match step_diff(&document) {
        Ok(diff) => drop(write!(out, "{}", Json::Object(diff))),
        Err(_) => out.push_str("null"),
    }
}
