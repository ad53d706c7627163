//! The primary addresses of devices and virtual machines.

use std::collections::{HashMap, HashSet};

use super::distinct;
use super::virtual_chassis::chassis_of;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, PrimaryAddresses, WriteErrorCause as Cause, select_by_ids};

const FIELDS: [(&str, i64); 2] = [("primary_ip4", 4), ("primary_ip6", 6)];

/// A primary address is of the right version. Where the context asks for it, it is assigned to an interface of the
/// record, or the outside of one that is; a sync may create the assignment later.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = FIELDS.map(|(name, version)| (name, content_type.column_of(name), version));
    let newly = |draft: &Draft, column: usize| {
        let same = draft.before.as_ref().is_some_and(|before| before[column] == draft.row[column]);
        draft.row[column].id().filter(|_| !same)
    };
    let named = drafts.iter().filter(|draft| draft.is_good());
    let named = distinct(named.flat_map(|draft| columns.iter().filter_map(|(_, column, _)| newly(draft, *column))));
    if named.is_empty() {
        return Ok(());
    }
    let head = "SELECT \"id\", \"ip_version\", \"nat_inside_id\" FROM \"ipam_ipaddress\" WHERE \"id\" IN ";
    let mut versions: HashMap<RecordId, i64> = HashMap::new();
    let mut inside: HashMap<RecordId, RecordId> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &named, "").await? {
        let id = row.some_id(0)?;
        versions.insert(id, row.int(1)?.unwrap_or_default());
        inside.extend(row.id(2)?.map(|inner| (id, inner)));
    }
    let owners = match batch.context.primary_addresses {
        PrimaryAddresses::Anywhere => None,
        PrimaryAddresses::Assigned => {
            let addresses = distinct(named.into_iter().chain(inside.values().copied()));
            Some(owners(batch, content_type, drafts, &addresses).await?)
        }
    };
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        for (name, column, version) in columns {
            let Some(address) = newly(draft, column) else { continue };
            if versions.get(&address).is_some_and(|found| *found != version) {
                draft.fail(Cause::rule(name, format!("it is no IPv{version} address")));
            } else if let Some(owners) = &owners {
                let held = |address: &RecordId| owners.contains(&(draft.id, *address));
                if !held(&address) && !inside.get(&address).is_some_and(held) {
                    let message = format!("it is assigned to no interface of this {}", content_type.verbose_name());
                    draft.fail(Cause::rule(name, message));
                }
            }
        }
    }
    Ok(())
}

/// Records and the addresses on their interfaces. The members of a virtual chassis have each other's.
async fn owners(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &[Draft],
    addresses: &[RecordId],
) -> Result<HashSet<(RecordId, RecordId)>, sqlx::Error> {
    let is_device = content_type.name() == "dcim.device";
    let (table, of_interface, owner) = if is_device {
        ("dcim_interface", "interface_id", "device_id")
    } else {
        ("virtualization_vminterface", "vm_interface_id", "virtual_machine_id")
    };
    let head = format!(
        "SELECT i.\"{owner}\", a.\"ip_address_id\" FROM \"ipam_ipaddresstointerface\" a \
         JOIN \"{table}\" i ON i.\"id\" = a.\"{of_interface}\" WHERE a.\"ip_address_id\" IN "
    );
    let mut owners = HashSet::new();
    for row in select_by_ids(&mut batch.session, &head, addresses, "").await? {
        owners.insert((row.some_id(0)?, row.some_id(1)?));
    }
    if is_device {
        let ids = distinct(owners.iter().map(|(owner, _)| *owner).chain(drafts.iter().map(|draft| draft.id)));
        let chassis = chassis_of(batch, &ids).await?;
        let mut shared = Vec::new();
        for draft in drafts {
            let Some(own) = chassis.get(&draft.id) else { continue };
            let members = owners.iter().filter(|(owner, _)| chassis.get(owner) == Some(own));
            shared.extend(members.map(|(_, address)| (draft.id, *address)));
        }
        owners.extend(shared);
    }
    Ok(owners)
}
