//! Prefixes know their parent: the longest prefix of their namespace that covers them. Whatever changes the set of
//! prefixes moves prefixes and addresses below the right parent, in the same transaction.

use std::collections::{HashMap, HashSet};

use ipnet::IpNet;

use super::location::distinct;
use super::tree::Prefixes;
use crate::model::{ColumnType, ContentType, ScalarType};
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Dependent, Draft, MOST_NAMED, WriteErrorCause as Cause, select_by_ids, update_cells};

/// The columns that the rule works on.
struct Columns {
    network: usize,
    length: usize,
    broadcast: usize,
    version: usize,
    namespace: usize,
    parent: usize,
}

impl Columns {
    fn of(content_type: &ContentType) -> Self {
        Self {
            network: content_type.column_of("network"),
            length: content_type.column_of("prefix_length"),
            broadcast: content_type.column_of("broadcast"),
            version: content_type.column_of("ip_version"),
            namespace: content_type.column_of("namespace"),
            parent: content_type.column_of("parent"),
        }
    }

    fn net(&self, row: &[Cell]) -> Option<IpNet> {
        let length = row[self.length].int().and_then(|length| u8::try_from(length).ok())?;
        IpNet::new(row[self.network].as_ip()?, length).ok()
    }

    /// Clears host bits and fills what follows from the network. False when there is no such network.
    fn complete(&self, row: &mut [Cell]) -> bool {
        let Some(net) = self.net(row) else { return false };
        row[self.network] = Cell::ip(net.network());
        row[self.broadcast] = Cell::ip(net.broadcast());
        row[self.version] = Cell::Int(if net.addr().is_ipv4() { 4 } else { 6 });
        true
    }
}

pub(super) async fn before_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let namespaces = distinct(drafts.iter().filter_map(|draft| draft.row.get(columns.namespace)?.id()));
    let mut prefixes = Prefixes::load(batch, &namespaces).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        place(&columns, &mut prefixes, draft);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        set_parent(&columns, &prefixes, draft);
    }
    // A parent is inserted before its children.
    drafts.sort_by_key(|draft| draft.row.get(columns.length).and_then(Cell::int));
    Ok(())
}

fn place(columns: &Columns, prefixes: &mut Prefixes, draft: &mut Draft) {
    if !columns.complete(&mut draft.row) {
        if !draft.row[columns.network].is_null() && !draft.row[columns.length].is_null() {
            draft.fail(Cause::rule("prefix_length", "it is longer than the address"));
        }
        return;
    }
    let (Some(net), Some(namespace)) = (columns.net(&draft.row), draft.row[columns.namespace].id()) else { return };
    if !prefixes.add(namespace, net, draft.id) {
        let fields = ["namespace", "prefix"].map(str::to_owned).to_vec();
        draft.fail(Cause::Duplicate { content_type: "prefix".to_owned(), fields });
    }
}

fn set_parent(columns: &Columns, prefixes: &Prefixes, draft: &mut Draft) {
    if let (Some(net), Some(namespace)) = (columns.net(&draft.row), draft.row[columns.namespace].id()) {
        draft.row[columns.parent] = prefixes.parent(namespace, net).map_or(Cell::Null, Cell::Id);
    }
}

/// A prefix that moves must not leave anything behind that has no other place.
pub(super) async fn before_update(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let moved: Vec<RecordId> =
        drafts.iter().filter(|draft| draft.is_good() && moves(&columns, draft)).map(|draft| draft.id).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let mut used: HashSet<RecordId> = HashSet::new();
    for table in ["ipam_prefix", "ipam_ipaddress"] {
        let head = format!("SELECT DISTINCT \"parent_id\" FROM \"{table}\" WHERE \"parent_id\" IN ");
        for row in select_by_ids(&mut batch.session, &head, &moved, "").await? {
            used.insert(row.some_id(0)?);
        }
    }
    let namespaces = distinct(drafts.iter().filter_map(|draft| draft.row.get(columns.namespace)?.id()));
    let mut prefixes = Prefixes::load(batch, &namespaces).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good() && moves(&columns, draft)) {
        if used.contains(&draft.id) {
            let message =
                "prefixes or addresses lie in it; move or delete them before its network or namespace changes";
            draft.fail(Cause::rule("prefix", message));
            continue;
        }
        if let Some(before) = &draft.before
            && let (Some(net), Some(namespace)) = (columns.net(before), before[columns.namespace].id())
        {
            prefixes.remove(namespace, net);
        }
        place(&columns, &mut prefixes, draft);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good() && moves(&columns, draft)) {
        set_parent(&columns, &prefixes, draft);
    }
    Ok(())
}

fn moves(columns: &Columns, draft: &Draft) -> bool {
    draft.before.as_ref().is_some_and(|before| {
        [columns.network, columns.length, columns.namespace].iter().any(|&column| before[column] != draft.row[column])
    })
}

/// Puts everything below the right parent after prefixes came or moved.
pub(super) async fn after_write(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let stored = || drafts.iter().filter(|draft| draft.is_good() && (draft.before.is_none() || moves(&columns, draft)));
    let namespaces = distinct(stored().filter_map(|draft| draft.row[columns.namespace].id()));
    if namespaces.is_empty() {
        return Ok(());
    }
    // Addresses can only move down from the parent of a new prefix.
    let parents = distinct(stored().filter_map(|draft| draft.row[columns.parent].id()));
    let prefixes = Prefixes::load(batch, &namespaces).await?;
    move_prefixes(batch, content_type, &prefixes).await?;
    let addresses = Addresses::below(batch, &parents).await?;
    let moves = addresses.moves(&prefixes);
    move_addresses(batch, &moves).await
}

pub(super) async fn before_delete(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let ids: Vec<RecordId> = drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows = batch.fetch_rows(content_type, &ids).await?;
    let namespaces = distinct(rows.values().filter_map(|row| row[columns.namespace].id()));
    let mut prefixes = Prefixes::load(batch, &namespaces).await?;
    let addresses = Addresses::below(batch, &ids).await?;
    let places: HashMap<RecordId, (RecordId, IpNet)> =
        prefixes.all.iter().map(|prefix| (prefix.id, (prefix.namespace, prefix.net))).collect();
    for id in &ids {
        if let Some((namespace, net)) = places.get(id) {
            prefixes.remove(*namespace, *net);
        }
    }
    // What holds an address that no other prefix would hold has to stay.
    let mut homeless: HashMap<RecordId, Vec<Dependent>> = HashMap::new();
    for address in &addresses.0 {
        if prefixes.holder(address.namespace, address.host).is_none() {
            homeless.entry(address.parent).or_default().push(Dependent {
                content_type: "IP address".to_owned(),
                name: address.host.to_string(),
                id: address.id,
            });
        }
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        if let Some(by) = homeless.get(&draft.id) {
            draft.fail(Cause::Protected { count: by.len(), by: by.iter().take(MOST_NAMED).cloned().collect() });
            if let Some((namespace, net)) = places.get(&draft.id) {
                prefixes.add(*namespace, *net, draft.id);
            }
        }
    }
    let going: HashSet<RecordId> = drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
    prefixes.all.retain(|prefix| !going.contains(&prefix.id));
    move_prefixes(batch, content_type, &prefixes).await?;
    let moves = addresses.moves(&prefixes);
    move_addresses(batch, &moves).await
}

async fn move_prefixes(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    prefixes: &Prefixes,
) -> Result<(), sqlx::Error> {
    let moves: Vec<(RecordId, Option<RecordId>)> = prefixes
        .all
        .iter()
        .map(|prefix| (prefix, prefixes.parent(prefix.namespace, prefix.net)))
        .filter(|(prefix, parent)| prefix.parent != *parent)
        .map(|(prefix, parent)| (prefix.id, parent))
        .collect();
    move_to(batch, content_type, &moves).await
}

async fn move_addresses(batch: &mut Batch<'_>, moves: &[(RecordId, Option<RecordId>)]) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let Ok(content_type) = batch.registry.content_type("ipam.ipaddress").cloned() else { return Ok(()) };
    move_to(batch, &content_type, moves).await
}

async fn move_to(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    moves: &[(RecordId, Option<RecordId>)],
) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let column = content_type.column_of("parent");
    let refused = update_cells(&mut batch.session, content_type, &[column], moves, |(id, parent), args| {
        args.id(*id);
        args.cell(&parent.map_or(Cell::Null, Cell::Id));
    })
    .await?;
    batch.memory.changed(content_type);
    match refused.first() {
        None => Ok(()),
        Some((_, refusal)) => {
            Err(sqlx::Error::Protocol(format!("moving below another prefix was refused: {refusal:?}")))
        }
    }
}

/// Addresses with the prefix that they lie in now.
struct Addresses(Vec<Address>);

struct Address {
    id: RecordId,
    host: std::net::IpAddr,
    parent: RecordId,
    namespace: RecordId,
}

impl Addresses {
    async fn below(batch: &mut Batch<'_>, parents: &[RecordId]) -> Result<Self, sqlx::Error> {
        let head = "SELECT a.\"id\", a.\"host\", a.\"parent_id\", p.\"namespace_id\" FROM \"ipam_ipaddress\" a \
                    JOIN \"ipam_prefix\" p ON p.\"id\" = a.\"parent_id\" WHERE a.\"parent_id\" IN ";
        let mut all = Vec::new();
        for row in select_by_ids(&mut batch.session, head, parents, "").await? {
            if let Some(host) = row.cell(1, ColumnType::Scalar(ScalarType::Ip))?.as_ip() {
                all.push(Address { id: row.some_id(0)?, host, parent: row.some_id(2)?, namespace: row.some_id(3)? });
            }
        }
        Ok(Self(all))
    }

    /// Those that belong elsewhere.
    fn moves(&self, prefixes: &Prefixes) -> Vec<(RecordId, Option<RecordId>)> {
        self.0
            .iter()
            .map(|address| (address, prefixes.holder(address.namespace, address.host)))
            .filter(|(address, holder)| holder.is_some() && Some(address.parent) != *holder)
            .map(|(address, holder)| (address.id, holder))
            .collect()
    }
}
