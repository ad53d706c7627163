//! A virtual chassis and its master, which is one of its members.

use std::collections::{HashMap, HashSet};

use super::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Action, Batch, Draft, WriteErrorCause as Cause, select_by_ids, update_cells};

/// The position of a master that has none.
const FIRST: i64 = 1;

/// Before a chassis is created or changed: the master is no member of another one, and of an old chassis it is a member
/// already.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let master = content_type.column_of("master");
    let masters = distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[master].id()));
    let chassis_of = chassis_of(batch, &masters).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(device) = draft.row[master].id() else { continue };
        let before = draft.before.as_ref();
        if before.is_some_and(|before| before[master] == draft.row[master]) {
            continue;
        }
        match chassis_of.get(&device) {
            Some(chassis) if *chassis == draft.id => {}
            Some(_) => draft.fail(Cause::rule("master", "it is a member of another virtual chassis")),
            None if before.is_some() => {
                draft.fail(Cause::rule("master", "it is no member; set the device's virtual chassis first"));
            }
            None => {}
        }
    }
    Ok(())
}

/// The master of a new chassis becomes its first member.
pub(super) async fn after_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &[Draft],
) -> Result<(), sqlx::Error> {
    let master = content_type.column_of("master");
    let good = drafts.iter().filter(|draft| draft.is_good());
    let joins: Vec<(RecordId, RecordId)> = good.filter_map(|draft| Some((draft.row[master].id()?, draft.id))).collect();
    if joins.is_empty() {
        return Ok(());
    }
    let device =
        batch.registry.content_type("dcim.device").map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    let columns = ["virtual_chassis", "vc_position", "last_updated"].map(|name| device.column_of(name));
    let now = batch.now;
    let refused = update_cells(&mut batch.session, device, &columns, &joins, |(device, chassis), args| {
        args.id(*device);
        args.id(*chassis);
        args.int(FIRST);
        args.int(now);
    })
    .await?;
    if let Some((_, refusal)) = refused.first() {
        return Err(sqlx::Error::Protocol(format!("the master of a new virtual chassis: {refusal:?}")));
    }
    let masters: Vec<RecordId> = joins.iter().map(|(device, _)| *device).collect();
    batch.log_all(device, Action::Update, &masters).await?;
    batch.memory.changed(device);
    Ok(())
}

/// Before a device is written: a member has a position, and a master stays.
pub(super) async fn check_members(
    batch: &mut Batch<'_>,
    device: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (chassis, position) = (device.column_of("virtual_chassis"), device.column_of("vc_position"));
    let left = |draft: &Draft| {
        draft.before.as_ref().is_some_and(|before| before[chassis] != draft.row[chassis] && !before[chassis].is_null())
    };
    let leaving: Vec<RecordId> =
        drafts.iter().filter(|draft| draft.is_good() && left(draft)).map(|draft| draft.id).collect();
    let head = "SELECT \"master_id\" FROM \"dcim_virtualchassis\" WHERE \"master_id\" IN ";
    let mut masters: HashSet<RecordId> = HashSet::new();
    for row in select_by_ids(&mut batch.session, head, &leaving, "").await? {
        masters.extend(row.id(0)?);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        if masters.contains(&draft.id) {
            let message = "it is the master of its virtual chassis; give that another master first";
            draft.fail(Cause::rule("virtual_chassis", message));
        } else if !draft.row[chassis].is_null() && draft.row[position].is_null() {
            draft.fail(Cause::rule("vc_position", "a member of a virtual chassis has a position"));
        }
    }
    Ok(())
}

/// The chassis that devices are members of.
pub(super) async fn chassis_of(
    batch: &mut Batch<'_>,
    devices: &[RecordId],
) -> Result<HashMap<RecordId, RecordId>, sqlx::Error> {
    let head = "SELECT \"id\", \"virtual_chassis_id\" FROM \"dcim_device\" WHERE \"virtual_chassis_id\" IS NOT NULL \
                AND \"id\" IN ";
    let mut chassis = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, devices, "").await? {
        chassis.insert(row.some_id(0)?, row.some_id(1)?);
    }
    Ok(chassis)
}
