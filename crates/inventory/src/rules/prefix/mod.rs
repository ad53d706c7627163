//! Prefixes know their parent: the longest prefix of their namespace that covers them. Whatever changes the set of
//! prefixes moves prefixes and addresses below the right parent, in the same transaction.
//!
//! - A new prefix takes over, from the prefix that it lies in, whatever it covers ([`adopt`]).
//! - A prefix that goes leaves what it held to the prefix that it lay in ([`leave`]).
//! - A prefix that changes does both, or takes everything below it to another namespace ([`moving`]).
//!
//! Only direct children of a touched prefix are ever read, never a whole namespace.

mod adopt;
mod columns;
mod leave;
mod moving;

use columns::Columns;

use super::tree::{Place, Prefixes};
use crate::model::ContentType;
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause, update_cells};

pub(super) use leave::before_delete;
pub(super) use moving::{after_update, before_update};

pub(super) async fn before_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        columns.complete(draft);
    }
    let places: Vec<Place> =
        drafts.iter().filter(|draft| draft.is_good()).filter_map(|d| columns.place(&d.row)).collect();
    let mut prefixes = Prefixes::covering(batch, &places).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        take_place(&columns, &mut prefixes, draft);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        set_parent(&columns, &prefixes, draft);
    }
    // A parent is inserted before its children.
    drafts.sort_by_key(|draft| draft.row.get(columns.length).and_then(Cell::int));
    Ok(())
}

pub(super) async fn after_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &[Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let new: Vec<adopt::New> = drafts.iter().filter(|draft| draft.is_good()).filter_map(|d| columns.new(d)).collect();
    adopt::below(batch, content_type, &new).await
}

/// Takes the place of a draft among the prefixes, which must be free.
fn take_place(columns: &Columns, prefixes: &mut Prefixes, draft: &mut Draft) {
    if let Some(place) = columns.place(&draft.row)
        && !prefixes.add(place, draft.id)
    {
        let fields = ["namespace", "network", "prefix_length"].map(str::to_owned).to_vec();
        draft.fail(Cause::Duplicate { content_type: "prefix".to_owned(), fields });
    }
}

fn set_parent(columns: &Columns, prefixes: &Prefixes, draft: &mut Draft) {
    if let Some(place) = columns.place(&draft.row) {
        draft.row[columns.parent] = prefixes.parent(place).map_or(Cell::Null, Cell::Id);
    }
}

/// A record, and the prefix that it lies in from now on.
type Move = (RecordId, Option<RecordId>);

/// Writes the new parents of prefixes or addresses. Moving is no change of the record: it is not logged, and the time of
/// its last change stays.
async fn move_to(batch: &mut Batch<'_>, content_type: &ContentType, moves: &[Move]) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let column = content_type.column_of("parent");
    let refused = update_cells(&mut batch.session, content_type, &[column], moves, |(id, parent), args| {
        args.id(*id);
        args.cell(&parent.map_or(Cell::Null, Cell::Id));
    })
    .await?;
    batch.memory.changed(content_type.index);
    match refused.first() {
        None => Ok(()),
        Some((_, refusal)) => {
            Err(sqlx::Error::Protocol(format!("moving below another prefix was refused: {refusal:?}")))
        }
    }
}

/// The same for addresses, whose type may not be there.
async fn move_addresses(batch: &mut Batch<'_>, moves: &[Move]) -> Result<(), sqlx::Error> {
    match batch.registry.content_type("ipam.ipaddress").cloned() {
        Ok(content_type) => move_to(batch, &content_type, moves).await,
        Err(_) => Ok(()),
    }
}
