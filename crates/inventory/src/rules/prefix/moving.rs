//! A prefix that changes its network leaves what it no longer covers and takes over what it covers now. One that changes
//! its namespace takes everything below it along.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::leave::{Child, addresses, heir};
use super::{Columns, Move, adopt, move_addresses, move_to, set_parent, take_place};
use crate::model::ContentType;
use crate::rules::tree::{COLUMNS, Place, Prefixes, StoredPrefix};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids, update_cells};

/// What a change does to the place of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Network,
    Namespace,
    Both,
}

fn change(columns: &Columns, draft: &Draft) -> Change {
    let Some(before) = draft.before.as_ref() else { return Change::None };
    let differs = |column: usize| before[column] != draft.row[column];
    match (differs(columns.network) || differs(columns.length), differs(columns.namespace)) {
        (false, false) => Change::None,
        (true, false) => Change::Network,
        (false, true) => Change::Namespace,
        (true, true) => Change::Both,
    }
}

pub(in crate::rules) async fn before_update(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        columns.complete(draft);
        if change(&columns, draft) == Change::Both {
            draft.fail(Cause::rule(
                "namespace",
                "network and namespace cannot change together; change one after the other",
            ));
        }
    }
    let moved = |draft: &Draft| draft.is_good() && change(&columns, draft) != Change::None;
    if !drafts.iter().any(moved) {
        return Ok(());
    }
    let subtrees = subtrees(batch, &columns, drafts).await?;
    let below: HashSet<RecordId> = subtrees.values().flatten().map(|prefix| prefix.id).collect();
    for draft in drafts.iter_mut().filter(|draft| moved(draft) && below.contains(&draft.id)) {
        let message =
            "a prefix that it lies in moves to another namespace in the same batch; change this one after that";
        draft.fail(Cause::rule("prefix", message));
    }
    refuse_with_vrfs(batch, &columns, drafts, &subtrees).await?;

    let carried = |draft: &Draft| {
        let below = subtrees.get(&draft.id).into_iter().flatten();
        let namespace = draft.row[columns.namespace].id();
        below.filter_map(move |prefix| Some((namespace?, prefix.net))).collect::<Vec<Place>>()
    };
    let wanted: Vec<Place> = drafts
        .iter()
        .filter(|draft| moved(draft))
        .flat_map(|draft| columns.place(&draft.row).into_iter().chain(carried(draft)))
        .collect();
    let mut prefixes = Prefixes::covering(batch, &wanted).await?;
    for draft in drafts.iter().filter(|draft| moved(draft)) {
        if let Some(place) = draft.before.as_ref().and_then(|before| columns.place(before)) {
            prefixes.remove(place);
        }
    }
    for draft in drafts.iter_mut().filter(|draft| moved(draft)) {
        take_place(&columns, &mut prefixes, draft);
        let taken = subtrees
            .get(&draft.id)
            .into_iter()
            .flatten()
            .zip(carried(draft))
            .find_map(|(prefix, place)| (!prefixes.add(place, prefix.id)).then_some(place.1));
        if let Some(net) = taken {
            let message =
                format!("{net}, which lies in it, exists in that namespace already; delete one of them first");
            draft.fail(Cause::rule("namespace", message));
        }
    }
    for draft in drafts.iter_mut().filter(|draft| moved(draft)) {
        set_parent(&columns, &prefixes, draft);
    }
    keep_addresses(batch, &columns, drafts).await?;
    carry_along(batch, content_type, &columns, drafts, &subtrees).await
}

pub(in crate::rules) async fn after_update(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &[Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let moved = drafts.iter().filter(|draft| draft.is_good() && change(&columns, draft) != Change::None);
    let new: Vec<adopt::New> = moved.filter_map(|draft| columns.new(draft)).collect();
    let carried = settle(batch, content_type, &columns, drafts, &new).await?;
    adopt::below(batch, content_type, &[new, carried].concat()).await
}

/// Everything below the prefixes that change their namespace, the near ones first.
async fn subtrees(
    batch: &mut Batch<'_>,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Vec<StoredPrefix>>, sqlx::Error> {
    let mut subtrees: HashMap<RecordId, Vec<StoredPrefix>> = HashMap::new();
    let moved = drafts.iter().filter(|draft| draft.is_good() && change(columns, draft) == Change::Namespace);
    let mut root_of: HashMap<RecordId, RecordId> = moved.map(|draft| (draft.id, draft.id)).collect();
    let mut level: Vec<RecordId> = root_of.keys().copied().collect();
    let head = format!("SELECT {COLUMNS} FROM \"ipam_prefix\" WHERE \"parent_id\" IN ");
    while !level.is_empty() {
        let mut next = Vec::new();
        for row in select_by_ids(&mut batch.session, &head, &level, "").await? {
            let Some(prefix) = StoredPrefix::read(&row)? else { continue };
            let Some(root) = prefix.parent.and_then(|parent| root_of.get(&parent)).copied() else { continue };
            // One that is moved itself brings what is below it.
            if root_of.contains_key(&prefix.id) {
                continue;
            }
            root_of.insert(prefix.id, root);
            subtrees.entry(root).or_default().push(prefix);
            next.push(prefix.id);
        }
        level = next;
    }
    Ok(subtrees)
}

/// A VRF holds prefixes of its own namespace only.
async fn refuse_with_vrfs(
    batch: &mut Batch<'_>,
    columns: &Columns,
    drafts: &mut [Draft],
    subtrees: &HashMap<RecordId, Vec<StoredPrefix>>,
) -> Result<(), sqlx::Error> {
    if batch.registry.content_type("ipam.vrfprefixassignment").is_err() {
        return Ok(());
    }
    let of = |draft: &Draft| {
        let below = subtrees.get(&draft.id).into_iter().flatten().map(|prefix| prefix.id);
        std::iter::once(draft.id).chain(below).collect::<Vec<RecordId>>()
    };
    let moved = |draft: &Draft| draft.is_good() && change(columns, draft) == Change::Namespace;
    let ids: Vec<RecordId> = drafts.iter().filter(|draft| moved(draft)).flat_map(of).collect();
    let head = "SELECT DISTINCT \"prefix_id\" FROM \"ipam_vrfprefixassignment\" WHERE \"prefix_id\" IN ";
    let mut assigned = HashSet::new();
    for row in select_by_ids(&mut batch.session, head, &ids, "").await? {
        assigned.insert(row.some_id(0)?);
    }
    for draft in drafts.iter_mut().filter(|draft| moved(draft)) {
        if of(draft).iter().any(|id| assigned.contains(id)) {
            let message =
                "it or a prefix in it is assigned to a VRF; take the assignment away before its namespace changes";
            draft.fail(Cause::rule("namespace", message));
        }
    }
    Ok(())
}

/// An address that a changed network no longer covers needs another prefix: the nearest above that stays.
async fn keep_addresses(batch: &mut Batch<'_>, columns: &Columns, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
    let changed = |draft: &Draft| draft.is_good() && change(columns, draft) == Change::Network;
    let ids: Vec<RecordId> = drafts.iter().filter(|draft| changed(draft)).map(|draft| draft.id).collect();
    let addresses = addresses(batch, &ids).await?;
    if addresses.is_empty() {
        return Ok(());
    }
    let old_parents: HashMap<RecordId, Option<RecordId>> = drafts
        .iter()
        .filter(|draft| draft.is_good() && change(columns, draft) != Change::None)
        .map(|draft| (draft.id, draft.before.as_ref().and_then(|before| before[columns.parent].id())))
        .collect();
    for draft in drafts.iter_mut().filter(|draft| changed(draft)) {
        let Some(net) = columns.net(&draft.row) else { continue };
        let lost = addresses.iter().find(|(child, host)| child.parent == draft.id && !net.contains(host));
        if let (Some((_, host)), None) = (lost, heir(&old_parents, draft.id)) {
            let message = format!("IP address {host} would lie in no prefix; create one that holds it first");
            draft.fail(Cause::rule("prefix", message));
        }
    }
    Ok(())
}

/// Puts everything that lay in a moved prefix, or was carried along, below the longest prefix that covers it now. Gives
/// what was carried along, which is new at its place.
async fn settle(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    columns: &Columns,
    drafts: &[Draft],
    moved: &[adopt::New],
) -> Result<Vec<adopt::New>, sqlx::Error> {
    let subtrees = subtrees(batch, columns, drafts).await?;
    let mut below: Vec<StoredPrefix> = subtrees.into_values().flatten().collect();
    let carried: HashSet<RecordId> = below.iter().map(|prefix| prefix.id).collect();
    let changed: Vec<RecordId> = moved.iter().map(|prefix| prefix.id).collect();
    let head = format!("SELECT {COLUMNS} FROM \"ipam_prefix\" WHERE \"parent_id\" IN ");
    for row in select_by_ids(&mut batch.session, &head, &changed, "").await? {
        below.extend(StoredPrefix::read(&row)?);
    }
    let places: Vec<Place> = below.iter().map(StoredPrefix::place).collect();
    let prefixes = Prefixes::covering(batch, &places).await?;
    let moves = below.iter().map(|child| (child, prefixes.parent(child.place())));
    let moves: Vec<Move> =
        moves.filter(|(child, parent)| child.parent != *parent).map(|(child, parent)| (child.id, parent)).collect();
    move_to(batch, content_type, &moves).await?;
    let new = below.iter().filter(|child| carried.contains(&child.id)).map(|child| adopt::New {
        id: child.id,
        namespace: child.namespace,
        net: child.net,
        parent: prefixes.parent(child.place()),
    });
    let new: Vec<adopt::New> = new.collect();

    // Each of these holds its addresses in the namespace that it is in now.
    let mut holders: HashMap<RecordId, RecordId> = below.iter().map(|prefix| (prefix.id, prefix.namespace)).collect();
    holders.extend(moved.iter().map(|prefix| (prefix.id, prefix.namespace)));
    let ids: Vec<RecordId> = holders.keys().copied().collect();
    let addresses = addresses(batch, &ids).await?;
    let place = |child: &Child, host: &IpAddr| Some((holders.get(&child.parent).copied()?, IpNet::from(*host)));
    let places: Vec<Place> = addresses.iter().filter_map(|(child, host)| place(child, host)).collect();
    let prefixes = Prefixes::covering(batch, &places).await?;
    let moves: Vec<Move> = addresses
        .iter()
        .filter_map(|(child, host)| {
            let holder = prefixes.holder(*holders.get(&child.parent)?, *host)?;
            (holder != child.parent).then_some((child.id, Some(holder)))
        })
        .collect();
    move_addresses(batch, &moves).await?;
    Ok(new)
}

/// Takes what lies below to the new namespace; [`settle`] finds the parents there.
async fn carry_along(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    columns: &Columns,
    drafts: &[Draft],
    subtrees: &HashMap<RecordId, Vec<StoredPrefix>>,
) -> Result<(), sqlx::Error> {
    let mut carried: Vec<(RecordId, RecordId)> = Vec::new();
    for draft in drafts.iter().filter(|draft| draft.is_good()) {
        let Some(namespace) = draft.row[columns.namespace].id() else { continue };
        carried.extend(subtrees.get(&draft.id).into_iter().flatten().map(|prefix| (prefix.id, namespace)));
    }
    if carried.is_empty() {
        return Ok(());
    }
    let refused =
        update_cells(&mut batch.session, content_type, &[columns.namespace], &carried, |(id, namespace), args| {
            args.id(*id);
            args.id(*namespace);
        })
        .await?;
    batch.memory.changed(content_type.index);
    match refused.first() {
        None => Ok(()),
        Some((_, refusal)) => {
            Err(sqlx::Error::Protocol(format!("moving prefixes to another namespace was refused: {refusal:?}")))
        }
    }
}
