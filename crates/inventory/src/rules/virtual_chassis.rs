//! A virtual chassis and its master, which is one of its members.

use std::collections::{HashMap, HashSet};

use trueup_engine::Value;

use super::location::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Change, Draft, WriteErrorCause as Cause, execute_by_ids, select_by_ids};

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
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let master = content_type.column_of("master");
    let joins = drafts.iter().enumerate().filter(|(_, draft)| draft.is_good());
    let joins = joins.filter_map(|(place, draft)| Some((place, draft.row[master].id()?, draft.id)));
    let (places, changes): (Vec<usize>, Vec<Change>) = joins
        .map(|(place, device, chassis)| {
            let values =
                vec![("virtual_chassis__id", Value::from(chassis.to_string())), ("vc_position", Value::Int(FIRST))];
            (place, of_device(device, values))
        })
        .unzip();
    let mut unmade = Vec::new();
    for (place, answer) in places.into_iter().zip(Box::pin(batch.run(&changes)).await?) {
        if let Err(error) = answer {
            drafts[place].fail(Cause::rule("master", format!("it cannot become a member: {error}")));
            unmade.push(drafts[place].id);
        }
    }
    // A refused chassis is not to be found, nor is there a word of it in the change log.
    for (table, column) in [("dcim_virtualchassis", "id"), ("extras_objectchange", "changed_object_id")] {
        let head = format!("DELETE FROM \"{table}\" WHERE \"{column}\" IN ");
        execute_by_ids(&mut batch.session, &head, &unmade).await?;
    }
    Ok(())
}

/// The members of a chassis that goes are members no more, and keep no position.
pub(super) async fn before_delete(batch: &mut Batch<'_>, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
    let going: Vec<RecordId> = drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
    let head = "SELECT \"id\" FROM \"dcim_device\" WHERE \"virtual_chassis_id\" IN ";
    let mut changes = Vec::new();
    for row in select_by_ids(&mut batch.session, head, &going, "").await? {
        let values = ["virtual_chassis__id", "vc_position", "vc_priority"].map(|path| (path, Value::Null));
        changes.push(of_device(row.some_id(0)?, values.into()));
    }
    // A master does not leave its chassis; one that goes has none any more.
    let head = "UPDATE \"dcim_virtualchassis\" SET \"master_id\" = NULL WHERE \"id\" IN ";
    execute_by_ids(&mut batch.session, head, &going).await?;
    for answer in Box::pin(batch.run(&changes)).await? {
        if let Err(error) = answer {
            let message = format!("a member cannot leave: {error}");
            drafts.iter_mut().for_each(|draft| draft.fail(Cause::rule("members", message.clone())));
        }
    }
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

fn of_device(device: RecordId, values: Vec<(&str, Value)>) -> Change {
    let values = values.into_iter().map(|(path, value)| (path.into(), value)).collect();
    Change::update("dcim.device", vec![("id".into(), Value::from(device.to_string()))], values)
}
