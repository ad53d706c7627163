//! Rack groups lie in the location of the group that they are in, and what is in a group lies in its location.
//!
//! A group that moves takes nothing along: racks hold devices, whose place is known better by people.

use std::collections::HashMap;

use super::above::Above;
use super::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// What is in a group: its name for messages, and where it lies.
struct Held {
    name: String,
    location: RecordId,
}

pub(super) async fn check(batch: &mut Batch<'_>, group: &ContentType, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
    let (location, parent) = (group.column_of("location"), group.column_of("parent"));
    let changed =
        |draft: &Draft, column: usize| draft.before.as_ref().is_none_or(|before| before[column] != draft.row[column]);
    let good = || drafts.iter().filter(|draft| draft.is_good());
    // Groups that are written together are seen as they will be.
    let own: HashMap<RecordId, RecordId> =
        good().filter_map(|draft| Some((draft.id, draft.row[location].id()?))).collect();
    let placed = good().filter(|draft| changed(draft, location) || changed(draft, parent));
    let parents = distinct(placed.filter_map(|draft| draft.row[parent].id()));
    let head = "SELECT \"id\", \"location_id\" FROM \"dcim_rackgroup\" WHERE \"id\" IN ";
    let mut place_of: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &parents, "").await? {
        place_of.insert(row.some_id(0)?, row.some_id(1)?);
    }
    place_of.extend(&own);
    let moved: Vec<RecordId> =
        good().filter(|draft| draft.before.is_some() && changed(draft, location)).map(|draft| draft.id).collect();
    let mut held = held(batch, &moved).await?;
    for (id, one) in held.values_mut().flatten() {
        one.location = id.and_then(|id| own.get(&id)).copied().unwrap_or(one.location);
    }
    let places = own.values().copied().chain(held.values().flatten().map(|(_, one)| one.location));
    let above = Above::of(batch, &distinct(places)).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(place) = draft.row[location].id() else { continue };
        let wanted = draft.row[parent].id().and_then(|id| place_of.get(&id)).copied();
        if let Some(wanted) = wanted.filter(|_| changed(draft, location) || changed(draft, parent))
            && !above.lies_in(place, wanted)
        {
            draft.fail(Cause::rule("location", "it does not lie in the location of the group that this one is in"));
        }
        let outside = held.get(&draft.id).into_iter().flatten().find(|(_, one)| !above.lies_in(one.location, place));
        if let Some((_, one)) = outside {
            let message = format!("{} is in this group and lies elsewhere; move it first, or take it out", one.name);
            draft.fail(Cause::rule("location", message));
        }
    }
    Ok(())
}

/// The racks and the groups in some groups; groups with their ids.
async fn held(
    batch: &mut Batch<'_>,
    groups: &[RecordId],
) -> Result<HashMap<RecordId, Vec<(Option<RecordId>, Held)>>, sqlx::Error> {
    let mut held: HashMap<RecordId, Vec<(Option<RecordId>, Held)>> = HashMap::new();
    for (kind, table, column) in [("rack", "dcim_rack", "rack_group_id"), ("rack group", "dcim_rackgroup", "parent_id")]
    {
        let head =
            format!("SELECT \"{column}\", \"id\", \"name\", \"location_id\" FROM \"{table}\" WHERE \"{column}\" IN ");
        for row in select_by_ids(&mut batch.session, &head, groups, " ORDER BY 3").await? {
            let name = format!("{kind} {}", row.text(2)?.unwrap_or_default());
            let id = (table == "dcim_rackgroup").then(|| row.some_id(1)).transpose()?;
            held.entry(row.some_id(0)?).or_default().push((id, Held { name, location: row.some_id(3)? }));
        }
    }
    Ok(held)
}
