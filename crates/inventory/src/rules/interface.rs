//! What an interface may be combined with.

use std::collections::HashMap;

use super::distinct;
use super::virtual_chassis::chassis_of;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// Fields that point at another interface of the same device, or of its virtual chassis.
const SIBLINGS: [&str; 3] = ["parent_interface", "bridge", "lag"];

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let device = content_type.column_of("device");
    let kind = content_type.column_of("type");
    let mode = content_type.column_of("mode");
    let vlan = content_type.column_of("untagged_vlan");
    let tagged = content_type.by_name.get("tagged_vlans").copied();
    let siblings = SIBLINGS.map(|name| (name, content_type.column_of(name)));

    let named = distinct(
        drafts
            .iter()
            .filter(|draft| draft.is_good())
            .flat_map(|draft| siblings.iter().filter_map(|(_, column)| draft.row[*column].id())),
    );
    let head = "SELECT \"id\", \"device_id\" FROM \"dcim_interface\" WHERE \"id\" IN ";
    let mut device_of: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &named, "").await? {
        device_of.insert(row.some_id(0)?, row.some_id(1)?);
    }
    let own = drafts.iter().filter(|draft| draft.is_good() && siblings.iter().any(|(_, c)| !draft.row[*c].is_null()));
    let devices = distinct(own.filter_map(|draft| draft.row[device].id()).chain(device_of.values().copied()));
    let chassis_of = chassis_of(batch, &devices).await?;
    // The members of a virtual chassis act as one device.
    let together = |one: RecordId, other: RecordId| {
        one == other || chassis_of.get(&one).zip(chassis_of.get(&other)).is_some_and(|(one, other)| one == other)
    };
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let is_virtual = matches!(draft.row[kind].text(), Some("virtual" | "bridge" | "lag" | "tunnel"));
        let has_mode = draft.row[mode].text().is_some_and(|mode| !mode.is_empty());
        let tags = draft.many.iter().any(|many| Some(many.field) == tagged && !many.elements.is_empty());
        let cause = if !draft.row[vlan].is_null() && !has_mode {
            Some(Cause::rule("untagged_vlan", "it needs a mode"))
        } else if tags && draft.row[mode].text() != Some("tagged") {
            Some(Cause::rule("tagged_vlans", "they need the mode `tagged`"))
        } else if !draft.row[siblings[0].1].is_null() && draft.row[kind].text() != Some("virtual") {
            Some(Cause::rule("parent_interface", "only a virtual interface has one"))
        } else if !draft.row[siblings[2].1].is_null() && is_virtual {
            Some(Cause::rule("lag", "a virtual interface cannot be a member of a LAG"))
        } else {
            siblings.iter().find_map(|(name, column)| {
                let sibling = draft.row[*column].id()?;
                if sibling == draft.id {
                    return Some(Cause::rule(name, "an interface is not its own"));
                }
                let near = device_of.get(&sibling).copied().zip(draft.row[device].id());
                (!near.is_some_and(|(one, other)| together(one, other)))
                    .then(|| Cause::rule(name, "it belongs to another device"))
            })
        };
        if let Some(cause) = cause {
            draft.fail(cause);
        }
    }
    Ok(())
}
