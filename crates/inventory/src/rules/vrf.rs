//! A VRF holds prefixes of its own namespace only.

use std::collections::HashMap;

use super::distinct;
use super::ip_address::namespaces_of;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

pub(super) async fn check_prefixes(
    batch: &mut Batch<'_>,
    assignment: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (vrf, prefix) = (assignment.column_of("vrf"), assignment.column_of("prefix"));
    let ids = |column: usize| {
        distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[column].id()))
    };
    let (vrfs, prefixes) = (ids(vrf), ids(prefix));
    let mut namespaces: HashMap<RecordId, RecordId> = namespaces_of(batch, &prefixes).await?;
    let head = "SELECT \"id\", \"namespace_id\" FROM \"ipam_vrf\" WHERE \"id\" IN ";
    for row in select_by_ids(&mut batch.session, head, &vrfs, "").await? {
        namespaces.insert(row.some_id(0)?, row.some_id(1)?);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let of = |column: usize| draft.row[column].id().and_then(|id| namespaces.get(&id));
        if let (Some(one), Some(other)) = (of(vrf), of(prefix))
            && one != other
        {
            draft.fail(Cause::rule("prefix", "it is in another namespace than the VRF"));
        }
    }
    Ok(())
}
