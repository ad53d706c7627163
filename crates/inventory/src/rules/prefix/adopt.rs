//! What a new prefix takes over: the direct children of the prefix that it lies in, as far as it covers them.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Move, move_addresses, move_to};
use crate::model::{ColumnType, ContentType, ScalarType};
use crate::rules::distinct;
use crate::rules::tree::{COLUMNS, Prefixes, StoredPrefix};
use crate::storage::{Args, Cell, RecordId, ResultRow};
use crate::write::{Batch, select_by_ids};

/// A prefix that is stored and new at its place; with the prefix that it lies in.
#[derive(Debug, Clone, Copy)]
pub(super) struct New {
    pub id: RecordId,
    pub namespace: RecordId,
    pub net: IpNet,
    pub parent: Option<RecordId>,
}

/// Up to so many new prefixes, each asks for its own range of addresses; beyond, all children are read together.
const FEW: usize = 16;

/// Moves what the new prefixes cover below them.
pub(super) async fn below(batch: &mut Batch<'_>, content_type: &ContentType, new: &[New]) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    let mut places = Prefixes::default();
    for prefix in new {
        places.add((prefix.namespace, prefix.net), prefix.id);
    }
    let parents: HashMap<RecordId, Option<RecordId>> = new.iter().map(|prefix| (prefix.id, prefix.parent)).collect();
    let mut moves: Vec<Move> = Vec::new();
    for row in children(batch, "ipam_prefix", COLUMNS, "network", new).await? {
        let Some(child) = StoredPrefix::read(&row)?.filter(|child| !parents.contains_key(&child.id)) else { continue };
        if let Some(parent) = places.parent(child.place())
            && lies_in(&parents, parent, child.parent)
        {
            moves.push((child.id, Some(parent)));
        }
    }
    move_to(batch, content_type, &moves).await?;

    let namespaces: HashMap<Option<RecordId>, RecordId> =
        new.iter().map(|prefix| (prefix.parent, prefix.namespace)).collect();
    let mut moves: Vec<Move> = Vec::new();
    for row in children(batch, "ipam_ipaddress", "\"id\", \"host\", \"parent_id\"", "host", new).await? {
        let (id, old) = (row.some_id(0)?, row.id(2)?);
        let host: Option<IpAddr> = row.cell(1, ColumnType::Scalar(ScalarType::Ip))?.as_ip();
        let Some((host, namespace)) = host.zip(namespaces.get(&old)) else { continue };
        if let Some(parent) = places.holder(*namespace, host)
            && lies_in(&parents, parent, old)
        {
            moves.push((id, Some(parent)));
        }
    }
    move_addresses(batch, &moves).await
}

/// Whether the new prefix `id` lies, directly or within other new ones, in `old`. Only then it is longer than what held
/// the child so far.
fn lies_in(parents: &HashMap<RecordId, Option<RecordId>>, id: RecordId, old: Option<RecordId>) -> bool {
    let mut current = id;
    while let Some(parent) = parents.get(&current) {
        if *parent == old {
            return true;
        }
        let Some(parent) = parent else { return false };
        current = *parent;
    }
    false
}

/// The direct children of the prefixes that the new ones lie in; those without a parent where a new one has none.
async fn children(
    batch: &mut Batch<'_>,
    table: &str,
    columns: &str,
    address: &str,
    new: &[New],
) -> Result<Vec<ResultRow>, sqlx::Error> {
    let select = format!("SELECT {columns} FROM \"{table}\" WHERE ");
    let of_prefixes = table == "ipam_prefix";
    let mut rows = Vec::new();
    if new.len() <= FEW {
        for prefix in new {
            let mut args = Args::default();
            let parent = match prefix.parent {
                Some(parent) => {
                    args.id(parent);
                    "\"parent_id\" = ?"
                }
                None if of_prefixes => {
                    args.id(prefix.namespace);
                    "\"parent_id\" IS NULL AND \"namespace_id\" = ?"
                }
                None => continue,
            };
            args.cell(&Cell::ip(prefix.net.network()));
            args.cell(&Cell::ip(prefix.net.broadcast()));
            let sql = format!("{select}{parent} AND \"{address}\" >= ? AND \"{address}\" <= ?");
            rows.extend(batch.session.rows(sql, args).await?);
        }
        return Ok(rows);
    }
    let parents = distinct(new.iter().filter_map(|prefix| prefix.parent));
    rows.extend(select_by_ids(&mut batch.session, &format!("{select}\"parent_id\" IN "), &parents, "").await?);
    let roots = distinct(new.iter().filter(|prefix| prefix.parent.is_none()).map(|prefix| prefix.namespace));
    if of_prefixes && !roots.is_empty() {
        let head = format!("{select}\"parent_id\" IS NULL AND \"namespace_id\" IN ");
        rows.extend(select_by_ids(&mut batch.session, &head, &roots, "").await?);
    }
    Ok(rows)
}
