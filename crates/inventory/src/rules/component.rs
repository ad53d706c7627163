//! Component templates that point at another one: both belong to the same device type.

use std::collections::HashMap;

use super::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// Front ports lie on a position of a rear port of their own device type.
pub(super) async fn check_front_ports(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    check(batch, content_type, drafts, "rear_port_template", "\"positions\"").await
}

/// Power outlets are fed by a power port of their own device type.
pub(super) async fn check_power_outlets(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    check(batch, content_type, drafts, "power_port_template", "NULL").await
}

async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
    field: &str,
    positions: &str,
) -> Result<(), sqlx::Error> {
    let (other, device_type) = (content_type.column_of(field), content_type.column_of("device_type"));
    let position = content_type.field("rear_port_position").and_then(|field| field.column);
    let ids = distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[other].id()));
    let table = if position.is_some() { "dcim_rearporttemplate" } else { "dcim_powerporttemplate" };
    let head = format!("SELECT \"id\", \"device_type_id\", {positions} FROM \"{table}\" WHERE \"id\" IN ");
    let mut others: HashMap<RecordId, (RecordId, Option<i64>)> = HashMap::new();
    for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
        others.insert(row.some_id(0)?, (row.some_id(1)?, row.int(2)?));
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some((owner, positions)) = draft.row[other].id().and_then(|id| others.get(&id)) else { continue };
        if draft.row[device_type].id() != Some(*owner) {
            draft.fail(Cause::rule(field, "it belongs to another device type"));
        } else if let Some((wanted, most)) = position.and_then(|position| draft.row[position].int()).zip(*positions)
            && wanted > most
        {
            let message = format!("the rear port has only {most} position{}", if most == 1 { "" } else { "s" });
            draft.fail(Cause::rule("rear_port_position", message));
        }
    }
    Ok(())
}

/// A device type that sits in a bay of another takes no height of its own.
pub(super) fn check_heights(content_type: &ContentType, drafts: &mut [Draft]) {
    let (role, height) = (content_type.column_of("subdevice_role"), content_type.column_of("u_height"));
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        if draft.row[role].text() == Some("child") && draft.row[height].int() != Some(0) {
            draft.fail(Cause::rule("u_height", "a child device type has height 0"));
        }
    }
}
