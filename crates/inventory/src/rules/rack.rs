//! Racks, and the devices in their units.

use std::collections::HashMap;

use super::above::Above;
use super::{distinct, settle};
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// A rack lies in the location of its group or below it, and is high enough for what stands in it.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (location, group) = (content_type.column_of("location"), content_type.column_of("rack_group"));
    let height = content_type.column_of("u_height");
    let good = || drafts.iter().filter(|draft| draft.is_good());
    let groups = distinct(good().filter_map(|draft| draft.row[group].id()));
    let head = "SELECT \"id\", \"location_id\" FROM \"dcim_rackgroup\" WHERE \"id\" IN ";
    let mut place_of: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &groups, "").await? {
        place_of.insert(row.some_id(0)?, row.some_id(1)?);
    }
    let places = distinct(good().filter(|draft| !draft.row[group].is_null()).filter_map(|d| d.row[location].id()));
    let above = Above::of(batch, &places).await?;
    let lower = |draft: &&Draft| draft.before.as_ref().is_some_and(|before| before[height] != draft.row[height]);
    let changed: Vec<RecordId> = good().filter(lower).map(|draft| draft.id).collect();
    let standing = standing(batch, &changed).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let wanted = draft.row[group].id().and_then(|id| place_of.get(&id));
        if let Some((wanted, own)) = wanted.zip(draft.row[location].id())
            && !above.lies_in(own, *wanted)
        {
            draft.fail(Cause::rule("rack_group", "it belongs to a location that this rack does not lie in"));
        }
        let top = standing.get(&draft.id).into_iter().flatten().map(Standing::top).max();
        if let Some((top, height)) = top.zip(draft.row[height].int())
            && top > height
        {
            let message = format!("a device stands in unit {top}; the rack must be at least that high");
            draft.fail(Cause::rule("u_height", message));
        }
    }
    Ok(())
}

/// The columns of a device that place it.
struct Columns {
    rack: usize,
    position: usize,
    face: usize,
    location: usize,
    device_type: usize,
}

impl Columns {
    fn of(device: &ContentType) -> Self {
        Self {
            rack: device.column_of("rack"),
            position: device.column_of("position"),
            face: device.column_of("face"),
            location: device.column_of("location"),
            device_type: device.column_of("device_type"),
        }
    }

    fn face<'d>(&self, draft: &'d Draft) -> Option<&'d str> {
        draft.row[self.face].text().filter(|face| !face.is_empty())
    }

    /// Whether a change moves the device, or may make it larger.
    fn moves(&self, draft: &Draft) -> bool {
        let all = [self.rack, self.position, self.face, self.location, self.device_type];
        draft.before.as_ref().is_none_or(|before| all.iter().any(|column| before[*column] != draft.row[*column]))
    }
}

/// Devices stand in racks of their location, in units that exist and that nothing else fills.
pub(super) async fn check_devices(
    batch: &mut Batch<'_>,
    device: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(device);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let (racked, placed) = (!draft.row[columns.rack].is_null(), !draft.row[columns.position].is_null());
        if !racked && columns.face(draft).is_some() {
            draft.fail(Cause::rule("face", "only a device in a rack has a face"));
        }
        if !racked && placed {
            draft.fail(Cause::rule("position", "only a device in a rack has a position"));
        }
        if racked && placed && columns.face(draft).is_none() {
            draft.fail(Cause::rule("face", "a device with a position has a face"));
        }
    }
    let racks = distinct(
        drafts.iter().filter(|draft| draft.is_good() && columns.moves(draft)).filter_map(|d| d.row[columns.rack].id()),
    );
    if racks.is_empty() {
        return Ok(());
    }
    let head = "SELECT \"id\", \"location_id\", \"u_height\", \"name\" FROM \"dcim_rack\" WHERE \"id\" IN ";
    let mut rack_of: HashMap<RecordId, Rack> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &racks, "").await? {
        let (location, height) = (row.some_id(1)?, row.int(2)?.unwrap_or_default());
        rack_of.insert(row.some_id(0)?, Rack { location, height, name: row.text(3)?.unwrap_or_default() });
    }
    let above = Above::of(batch, &distinct(rack_of.values().map(|rack| rack.location))).await?;
    let sizes = sizes(batch, &columns, drafts).await?;
    let standing = standing(batch, &racks).await?;
    settle(drafts, |writing, drafts| {
        let mut placed: HashMap<RecordId, Vec<Standing>> = HashMap::new();
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            let Some(id) = draft.row[columns.rack].id() else { continue };
            let Some(rack) = rack_of.get(&id) else { continue };
            let size = draft.row[columns.device_type].id().and_then(|id| sizes.get(&id)).copied().unwrap_or_default();
            let place = draft.row[columns.location].id();
            if place.is_some_and(|place| !above.lies_in(rack.location, place)) {
                let message = format!("rack {} does not lie in the location of the device", rack.name);
                draft.fail(Cause::rule("rack", message));
                continue;
            }
            let Some(position) = draft.row[columns.position].int() else { continue };
            if size.is_child {
                let message = "a device that sits in a bay of another has no position of its own";
                draft.fail(Cause::rule("position", message));
                continue;
            }
            let new = Standing {
                id: draft.id,
                position,
                height: size.height,
                rear: size.deep || columns.face(draft) == Some("rear"),
                front: size.deep || columns.face(draft) == Some("front"),
            };
            let others = standing.get(&id).into_iter().flatten().filter(|other| !writing.contains(&other.id));
            if new.top() > rack.height {
                let message = format!("it would reach unit {}, rack {} has {}", new.top(), rack.name, rack.height);
                draft.fail(Cause::rule("position", message));
            } else if others.chain(placed.get(&id).into_iter().flatten()).any(|other| other.collides(&new)) {
                let message = format!("unit {position} of rack {} has no room for {} units", rack.name, size.height);
                draft.fail(Cause::rule("position", message));
            } else {
                placed.entry(id).or_default().push(new);
            }
        }
    });
    Ok(())
}

struct Rack {
    location: RecordId,
    height: i64,
    name: String,
}

/// How much room a device of some type takes.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    height: i64,
    deep: bool,
    is_child: bool,
}

/// A device in its units.
struct Standing {
    id: RecordId,
    position: i64,
    height: i64,
    front: bool,
    rear: bool,
}

impl Standing {
    /// The highest unit that it fills.
    fn top(&self) -> i64 {
        self.position + self.height.max(1) - 1
    }

    fn collides(&self, other: &Self) -> bool {
        let same_face = (self.front && other.front) || (self.rear && other.rear);
        let apart = self.top() < other.position || other.top() < self.position;
        // What has no height shares the unit of others.
        same_face && !apart && self.height > 0 && other.height > 0
    }
}

/// What stands in racks now.
async fn standing(batch: &mut Batch<'_>, racks: &[RecordId]) -> Result<HashMap<RecordId, Vec<Standing>>, sqlx::Error> {
    let head = "SELECT d.\"id\", d.\"rack_id\", d.\"position\", d.\"face\", t.\"u_height\", t.\"is_full_depth\" \
                FROM \"dcim_device\" d JOIN \"dcim_devicetype\" t ON t.\"id\" = d.\"device_type_id\" \
                WHERE d.\"position\" IS NOT NULL AND d.\"rack_id\" IN ";
    let mut standing: HashMap<RecordId, Vec<Standing>> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, racks, "").await? {
        let (face, deep) = (row.text(3)?, row.int(5)? == Some(1));
        standing.entry(row.some_id(1)?).or_default().push(Standing {
            id: row.some_id(0)?,
            position: row.int(2)?.unwrap_or_default(),
            height: row.int(4)?.unwrap_or_default(),
            front: deep || face.as_deref() == Some("front"),
            rear: deep || face.as_deref() == Some("rear"),
        });
    }
    Ok(standing)
}

async fn sizes(
    batch: &mut Batch<'_>,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Size>, sqlx::Error> {
    let types = distinct(
        drafts
            .iter()
            .filter(|draft| draft.is_good() && !draft.row[columns.position].is_null())
            .filter_map(|draft| draft.row[columns.device_type].id()),
    );
    let head =
        "SELECT \"id\", \"u_height\", \"is_full_depth\", \"subdevice_role\" FROM \"dcim_devicetype\" WHERE \"id\" IN ";
    let mut sizes = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &types, "").await? {
        let is_child = row.text(3)?.as_deref() == Some("child");
        let size = Size { height: row.int(1)?.unwrap_or_default(), deep: row.int(2)? == Some(1), is_child };
        sizes.insert(row.some_id(0)?, size);
    }
    Ok(sizes)
}
