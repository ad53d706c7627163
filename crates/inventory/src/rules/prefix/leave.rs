//! What a prefix that goes leaves behind: its children move to the prefix that it lay in. An address that no prefix would
//! hold keeps its prefix from going.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Move, move_addresses, move_to};
use crate::model::{ColumnType, ContentType, ScalarType};
use crate::storage::RecordId;
use crate::write::{Batch, Dependent, Draft, MOST_NAMED, WriteErrorCause as Cause, select_by_ids};

/// Something that lies directly in a prefix.
pub(super) struct Child {
    pub id: RecordId,
    pub parent: RecordId,
}

pub(in crate::rules) async fn before_delete(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let ids: Vec<RecordId> = drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
    let mut parents: HashMap<RecordId, Option<RecordId>> = HashMap::new();
    let head = "SELECT \"id\", \"parent_id\" FROM \"ipam_prefix\" WHERE \"id\" IN ";
    for row in select_by_ids(&mut batch.session, head, &ids, "").await? {
        parents.insert(row.some_id(0)?, row.id(1)?);
    }
    let addresses = addresses(batch, &ids).await?;
    // A prefix that has to stay may hold what others leave, so this is repeated until nothing changes.
    loop {
        let mut homeless: HashMap<RecordId, Vec<Dependent>> = HashMap::new();
        for (address, host) in &addresses {
            if parents.contains_key(&address.parent) && heir(&parents, address.parent).is_none() {
                homeless.entry(root(&parents, address.parent)).or_default().push(Dependent {
                    content_type: "IP address".to_owned(),
                    name: host.to_string(),
                    id: address.id,
                });
            }
        }
        if homeless.is_empty() {
            break;
        }
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            if let Some(addresses) = homeless.get(&draft.id) {
                let by = addresses.iter().take(MOST_NAMED).cloned().collect();
                draft.fail(Cause::Protected { count: addresses.len(), by });
            }
        }
        for id in homeless.keys() {
            parents.remove(id);
        }
    }
    let going: Vec<RecordId> = parents.keys().copied().collect();
    let head = "SELECT \"id\", \"parent_id\" FROM \"ipam_prefix\" WHERE \"parent_id\" IN ";
    let mut moves: Vec<Move> = Vec::new();
    for row in select_by_ids(&mut batch.session, head, &going, "").await? {
        let (id, parent) = (row.some_id(0)?, row.some_id(1)?);
        if !parents.contains_key(&id) {
            moves.push((id, heir(&parents, parent)));
        }
    }
    move_to(batch, content_type, &moves).await?;
    let left = addresses.iter().filter(|(address, _)| parents.contains_key(&address.parent));
    let moves: Vec<Move> = left.map(|(address, _)| (address.id, heir(&parents, address.parent))).collect();
    move_addresses(batch, &moves).await
}

/// The addresses that lie directly in some prefixes.
pub(super) async fn addresses(
    batch: &mut Batch<'_>,
    prefixes: &[RecordId],
) -> Result<Vec<(Child, IpAddr)>, sqlx::Error> {
    let head = "SELECT \"id\", \"parent_id\", \"host\" FROM \"ipam_ipaddress\" WHERE \"parent_id\" IN ";
    let mut all = Vec::new();
    for row in select_by_ids(&mut batch.session, head, prefixes, " ORDER BY \"host\"").await? {
        if let Some(host) = row.cell(2, ColumnType::Scalar(ScalarType::Ip))?.as_ip() {
            all.push((Child { id: row.some_id(0)?, parent: row.some_id(1)? }, host));
        }
    }
    Ok(all)
}

/// The nearest prefix above `id` that does not go.
pub(super) fn heir(going: &HashMap<RecordId, Option<RecordId>>, id: RecordId) -> Option<RecordId> {
    let mut current = id;
    while let Some(parent) = going.get(&current) {
        current = (*parent)?;
    }
    Some(current)
}

/// The topmost prefix that goes, from `id` upwards.
fn root(going: &HashMap<RecordId, Option<RecordId>>, id: RecordId) -> RecordId {
    let mut current = id;
    while let Some(Some(parent)) = going.get(&current) {
        if !going.contains_key(parent) {
            break;
        }
        current = *parent;
    }
    current
}
