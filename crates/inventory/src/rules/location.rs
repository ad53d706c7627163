//! Locations lie in locations of the type that their own type asks for, and hold only what their type allows.

use std::collections::{HashMap, HashSet};

use super::distinct;
use crate::model::{ContentType, FieldKind, ManyTarget};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, ManyDraft, WriteErrorCause as Cause, select_by_ids};

/// What the rule knows of a location type.
struct Kind {
    parent: Option<RecordId>,
    nestable: bool,
    name: String,
}

/// A type without a parent type has no parent, one with a parent type has a parent of that type; a nestable type also
/// takes parents of its own type.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (kind, parent) = (content_type.column_of("location_type"), content_type.column_of("parent"));
    let good = || drafts.iter().filter(|draft| draft.is_good());
    let parents = distinct(good().filter_map(|draft| draft.row[parent].id()));
    let head = "SELECT \"id\", \"location_type_id\" FROM \"dcim_location\" WHERE \"id\" IN ";
    let mut kind_of: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &parents, "").await? {
        kind_of.insert(row.some_id(0)?, row.some_id(1)?);
    }
    let wanted = distinct(good().filter_map(|draft| draft.row[kind].id()).chain(kind_of.values().copied()));
    let mut kinds = fetch_kinds(batch, &wanted).await?;
    // The names of parent types are needed for messages.
    let above = distinct(kinds.values().filter_map(|kind| kind.parent).filter(|id| !kinds.contains_key(id)));
    kinds.extend(fetch_kinds(batch, &above).await?);

    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some((own, own_kind)) = draft.row[kind].id().and_then(|id| Some((id, kinds.get(&id)?))) else { continue };
        let parent_kind = draft.row[parent].id().and_then(|id| kind_of.get(&id)).copied();
        let nested = own_kind.nestable && parent_kind == Some(own);
        let name = |id: RecordId| kinds.get(&id).map_or("?", |kind| kind.name.as_str());
        let message = match (own_kind.parent, parent_kind) {
            _ if nested => continue,
            (None, None) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            (None, Some(_)) => format!("a {} lies in no other location; leave the parent out", own_kind.name),
            (Some(wanted), None) => {
                let (kind, parent_kind) = (own_kind.name.clone(), name(wanted).to_owned());
                draft.fail(Cause::LocationParentMissing { kind, parent_kind });
                continue;
            }
            (Some(wanted), Some(found)) => {
                format!("a {} lies in a {}, but this parent is a {}", own_kind.name, name(wanted), name(found))
            }
        };
        draft.fail(Cause::rule("parent", message));
    }
    Ok(())
}

/// A time zone is one of those that the world has agreed on.
pub(super) fn check_time_zones(content_type: &ContentType, drafts: &mut [Draft]) {
    let column = content_type.column_of("time_zone");
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let name = draft.row[column].text().filter(|name| !name.is_empty());
        if let Some(name) = name.filter(|name| jiff::tz::TimeZone::get(name).is_err()) {
            let message = format!("`{name}` is no time zone, such as Europe/Amsterdam");
            draft.fail(Cause::rule("time_zone", message));
        }
    }
}

/// A location type stays for the types of which its locations hold records, and nestable while they lie in each other.
pub(super) async fn check_types(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let Some(place) = content_type.by_name.get("content_types").copied() else { return Ok(()) };
    let changed: Vec<RecordId> = drafts
        .iter()
        .filter(|draft| draft.is_good() && draft.many.iter().any(|many| many.field == place))
        .map(|draft| draft.id)
        .collect();
    let holders = if changed.is_empty() { Vec::new() } else { holders(batch) };
    for (held, table, column) in holders {
        let head = format!(
            "SELECT DISTINCT l.\"location_type_id\" FROM \"{table}\" r \
             JOIN \"dcim_location\" l ON l.\"id\" = r.\"{column}\" WHERE l.\"location_type_id\" IN "
        );
        let mut holding: HashSet<RecordId> = HashSet::new();
        for row in select_by_ids(&mut batch.session, &head, &changed, "").await? {
            holding.insert(row.some_id(0)?);
        }
        for draft in drafts.iter_mut().filter(|draft| draft.is_good() && holding.contains(&draft.id)) {
            let keeps = |many: &ManyDraft| many.field == place && many.names().any(|name| name == held);
            if !draft.many.iter().any(keeps) {
                let message = format!("its locations hold records of {held}; move these before taking {held} away");
                draft.fail(Cause::rule("content_types", message));
            }
        }
    }
    let nestable = content_type.column_of("nestable");
    let flat = |draft: &&Draft| {
        draft.is_good() && draft.before.as_ref().is_some_and(|before| before[nestable] != draft.row[nestable])
    };
    let flat: Vec<RecordId> = drafts.iter().filter(flat).map(|draft| draft.id).collect();
    let head = "SELECT DISTINCT l.\"location_type_id\" FROM \"dcim_location\" l JOIN \"dcim_location\" p \
                ON p.\"id\" = l.\"parent_id\" AND p.\"location_type_id\" = l.\"location_type_id\" \
                WHERE l.\"location_type_id\" IN ";
    let mut nested: HashSet<RecordId> = HashSet::new();
    for row in select_by_ids(&mut batch.session, head, &flat, "").await? {
        nested.insert(row.some_id(0)?);
    }
    for draft in drafts.iter_mut().filter(|draft| nested.contains(&draft.id)) {
        draft.fail(Cause::rule("nestable", "locations of this type lie in each other; move these first"));
    }
    Ok(())
}

/// What a location holds: the type that its own type must list, the table, and the column of the location.
fn holders(batch: &Batch<'_>) -> Vec<(String, String, String)> {
    let Ok(location) = batch.registry.content_type("dcim.location").map(|location| location.index) else {
        return Vec::new();
    };
    let mut holders = Vec::new();
    for content_type in batch.registry.content_types().filter(|one| one.index != location) {
        let Some(held) = held_as(content_type.name()) else { continue };
        for field in &content_type.fields {
            if let (FieldKind::Reference(reference), Some(column)) = (&field.kind, field.column)
                && reference.to == location
            {
                let column = content_type.columns[column].name.clone();
                holders.push((held.to_owned(), content_type.table.clone(), column));
            }
        }
    }
    holders
}

async fn fetch_kinds(batch: &mut Batch<'_>, ids: &[RecordId]) -> Result<HashMap<RecordId, Kind>, sqlx::Error> {
    let head = "SELECT \"id\", \"parent_id\", \"nestable\", \"name\" FROM \"dcim_locationtype\" WHERE \"id\" IN ";
    let mut kinds = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, ids, "").await? {
        let kind =
            Kind { parent: row.id(1)?, nestable: row.int(2)? == Some(1), name: row.text(3)?.unwrap_or_default() };
        kinds.insert(row.some_id(0)?, kind);
    }
    Ok(kinds)
}

/// A record may only be in locations whose type lists the record's type.
pub(super) async fn check_holds(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let Ok(location) = batch.registry.content_type("dcim.location").map(|location| location.index) else {
        return Ok(());
    };
    let points = |kind: &FieldKind| match kind {
        FieldKind::Reference(reference) => reference.to == location,
        FieldKind::Many(many) => many.target == ManyTarget::Records(location),
        _ => false,
    };
    let Some(name) = held_as(content_type.name()) else { return Ok(()) };
    let held = content_type.index != location;
    for (place, field) in content_type.fields.iter().enumerate().filter(|(_, field)| held && points(&field.kind)) {
        let of = |draft: &Draft| named(draft, place, field.column);
        let ids = distinct(drafts.iter().filter(|draft| draft.is_good()).flat_map(of));
        let refused = refusing(batch, name, &ids).await?;
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            if let Some(kind) = named(draft, place, field.column).iter().find_map(|id| refused.get(id)) {
                let message =
                    format!("locations of type {kind} hold no {name}; add {name} to the content types of {kind}");
                draft.fail(Cause::rule(field.name(), message));
            }
        }
    }
    Ok(())
}

/// The locations that a field newly names.
fn named(draft: &Draft, field: usize, column: Option<usize>) -> Vec<RecordId> {
    match column {
        Some(column) => {
            let same = draft.before.as_ref().is_some_and(|before| before[column] == draft.row[column]);
            draft.row[column].id().filter(|_| !same).into_iter().collect()
        }
        None => draft.many.iter().filter(|many| many.field == field).flat_map(ManyDraft::ids).collect(),
    }
}

/// The content type that a location's type must list for records of a type to lie in it; nothing for records that may
/// name any location.
fn held_as(content_type: &str) -> Option<&str> {
    const HELD: [&str; 8] = [
        "dcim.device",
        "dcim.rack",
        "dcim.rackgroup",
        "ipam.namespace",
        "ipam.prefix",
        "ipam.vlan",
        "ipam.vlangroup",
        "virtualization.cluster",
    ];
    match content_type {
        "ipam.prefixlocationassignment" => Some("ipam.prefix"),
        "ipam.vlanlocationassignment" => Some("ipam.vlan"),
        other => HELD.contains(&other).then_some(other),
    }
}

/// Those locations whose type does not list `content_type`, with the name of their type.
async fn refusing(
    batch: &mut Batch<'_>,
    content_type: &str,
    locations: &[RecordId],
) -> Result<HashMap<RecordId, String>, sqlx::Error> {
    let head = format!(
        "SELECT l.\"id\", t.\"name\" FROM \"dcim_location\" l \
         JOIN \"dcim_locationtype\" t ON t.\"id\" = l.\"location_type_id\" \
         WHERE NOT EXISTS (SELECT 1 FROM \"dcim_locationtype_content_types\" c \
         WHERE c.\"owner_id\" = t.\"id\" AND c.\"content_type\" = '{content_type}') AND l.\"id\" IN "
    );
    let mut refused = HashMap::new();
    for row in select_by_ids(&mut batch.session, &head, locations, "").await? {
        refused.insert(row.some_id(0)?, row.text(1)?.unwrap_or_default());
    }
    Ok(refused)
}
