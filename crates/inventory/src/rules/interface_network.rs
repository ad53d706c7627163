//! The VLANs and the VRF of an interface are those of its device, or of its virtual machine.

use std::collections::{HashMap, HashSet};

use super::above::Above;
use super::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, ManyDraft, WriteErrorCause as Cause, select_by_ids};

/// What an interface is a part of.
struct Owner {
    column: usize,
    /// For people.
    name: &'static str,
    /// The column of an assignment of a VRF.
    assigned: &'static str,
    /// Selects ids and locations of owners.
    places: &'static str,
}

impl Owner {
    fn of(interface: &ContentType) -> Self {
        match interface.name() {
            "dcim.interface" => Self {
                column: interface.column_of("device"),
                name: "device",
                assigned: "device_id",
                places: "SELECT o.\"id\", o.\"location_id\" FROM \"dcim_device\" o WHERE o.\"id\" IN ",
            },
            _ => Self {
                column: interface.column_of("virtual_machine"),
                name: "virtual machine",
                assigned: "virtual_machine_id",
                places: "SELECT o.\"id\", c.\"location_id\" FROM \"virtualization_virtualmachine\" o \
                         JOIN \"virtualization_cluster\" c ON c.\"id\" = o.\"cluster_id\" WHERE o.\"id\" IN ",
            },
        }
    }
}

/// A VLAN with locations, for messages, and these.
#[derive(Default)]
struct Vlan {
    name: String,
    locations: Vec<RecordId>,
}

/// Looks only at what a change touches: a device that moved away from a VLAN does not hold up everything else.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    interface: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let owner = Owner::of(interface);
    check_vrfs(batch, interface, &owner, drafts).await?;
    check_vlans(batch, interface, &owner, drafts).await
}

/// Whether a change sets one of the columns.
fn sets(draft: &Draft, columns: [usize; 2]) -> bool {
    draft.before.as_ref().is_none_or(|before| columns.iter().any(|column| before[*column] != draft.row[*column]))
}

async fn check_vrfs(
    batch: &mut Batch<'_>,
    interface: &ContentType,
    owner: &Owner,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let vrf = interface.column_of("vrf");
    let of = |draft: &Draft| {
        let set = draft.is_good() && sets(draft, [vrf, owner.column]);
        draft.row[vrf].id().zip(draft.row[owner.column].id()).filter(|_| set)
    };
    let owners = distinct(drafts.iter().filter_map(of).map(|(_, owner)| owner));
    let column = owner.assigned;
    let head = format!("SELECT \"vrf_id\", \"{column}\" FROM \"ipam_vrfdeviceassignment\" WHERE \"{column}\" IN ");
    let mut assigned: HashSet<(RecordId, RecordId)> = HashSet::new();
    for row in select_by_ids(&mut batch.session, &head, &owners, "").await? {
        assigned.insert((row.some_id(0)?, row.some_id(1)?));
    }
    for draft in drafts.iter_mut() {
        if of(draft).is_some_and(|pair| !assigned.contains(&pair)) {
            let message = format!("it is not assigned to the {} of the interface; assign it first", owner.name);
            draft.fail(Cause::rule("vrf", message));
        }
    }
    Ok(())
}

/// A VLAN that has locations has one in which the owner lies.
async fn check_vlans(
    batch: &mut Batch<'_>,
    interface: &ContentType,
    owner: &Owner,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let untagged = interface.column_of("untagged_vlan");
    let tagged = interface.by_name.get("tagged_vlans").copied();
    let named = |draft: &Draft| -> Vec<(&'static str, RecordId)> {
        if !draft.is_good() {
            return Vec::new();
        }
        let one = draft.row[untagged].id().filter(|_| sets(draft, [untagged, owner.column]));
        let many = draft.many.iter().filter(|many| Some(many.field) == tagged).flat_map(ManyDraft::ids);
        one.map(|id| ("untagged_vlan", id)).into_iter().chain(many.map(|id| ("tagged_vlans", id))).collect()
    };
    let vlans = distinct(drafts.iter().flat_map(named).map(|(_, vlan)| vlan));
    let head = "SELECT v.\"id\", a.\"location_id\", v.\"name\", v.\"vid\" FROM \"ipam_vlanlocationassignment\" a \
                JOIN \"ipam_vlan\" v ON v.\"id\" = a.\"vlan_id\" WHERE v.\"id\" IN ";
    let mut placed: HashMap<RecordId, Vlan> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &vlans, "").await? {
        let vlan = placed.entry(row.some_id(0)?).or_default();
        vlan.locations.push(row.some_id(1)?);
        vlan.name = format!("{} ({})", row.text(2)?.unwrap_or_default(), row.int(3)?.unwrap_or_default());
    }
    if placed.is_empty() {
        return Ok(());
    }
    let owners =
        distinct(drafts.iter().filter(|draft| !named(draft).is_empty()).filter_map(|d| d.row[owner.column].id()));
    let mut place_of: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, owner.places, &owners, "").await? {
        if let Some(location) = row.id(1)? {
            place_of.insert(row.some_id(0)?, location);
        }
    }
    let above = Above::of(batch, &distinct(place_of.values().copied())).await?;
    for draft in drafts.iter_mut() {
        // What lies nowhere may have any VLAN.
        let place = draft.row[owner.column].id().and_then(|id| place_of.get(&id)).copied();
        let Some(place) = place else { continue };
        for (field, vlan) in named(draft) {
            let Some(vlan) = placed.get(&vlan) else { continue };
            if !vlan.locations.iter().any(|location| above.lies_in(place, *location)) {
                let message = format!(
                    "VLAN {} belongs to other locations than the {}; add its location to the VLAN, or use one that has none",
                    vlan.name, owner.name
                );
                draft.fail(Cause::rule(field, message));
                break;
            }
        }
    }
    Ok(())
}
