//! A cable joins two things that take one, and each of them takes one only.

use std::collections::{HashMap, HashSet};

use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// The two ends: the fields that hold the type and the id of what they are plugged into.
const ENDS: [(&str, &str); 2] =
    [("termination_a_type", "termination_a_id"), ("termination_b_type", "termination_b_id")];

/// Kinds of interfaces that nothing is plugged into.
const WITHOUT_SOCKET: [&str; 4] = ["virtual", "bridge", "lag", "tunnel"];
/// How the kinds of radios begin.
const RADIO: [&str; 3] = ["ieee802.11", "ieee802.15", "other-wireless"];

/// Why no cable fits into something; nothing when one does.
type Refusal = Option<&'static str>;

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = ENDS.map(|(kind, id)| (content_type.column_of(kind), content_type.column_of(id)));
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        check_length(content_type, draft);
        for ((kind_field, id_field), (kind, id)) in ENDS.into_iter().zip(columns) {
            match (draft.row[kind].text(), draft.row[id].id()) {
                (Some(name), Some(_)) => {
                    if !batch.registry.content_type(name).is_ok_and(|named| named.takes_cables()) {
                        let message = format!("no cable ends in a {name}");
                        draft.fail(Cause::rule(kind_field, message));
                    }
                }
                (_, None) => draft.fail(Cause::rule(id_field, "name what this end is plugged into")),
                (None, _) => draft.fail(Cause::rule(kind_field, "name the type of this end")),
            }
        }
        let [(_, a), (_, b)] = columns;
        if draft.row[a] == draft.row[b] && !draft.row[a].is_null() {
            draft.fail(Cause::rule(ENDS[1].1, "both ends are the same"));
        }
    }
    let sockets = sockets(batch, &columns, drafts).await?;
    let mut taken = taken(batch, drafts, sockets.keys().copied().collect()).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        for ((_, field), (_, column)) in ENDS.into_iter().zip(columns) {
            let Some(id) = draft.row[column].id() else { continue };
            match sockets.get(&id) {
                None => draft.fail(Cause::rule(field, format!("there is nothing with the id {id}"))),
                Some(Some(why)) => draft.fail(Cause::rule(field, *why)),
                Some(None) if !taken.insert(id) => {
                    draft.fail(Cause::rule(field, "a cable is plugged in there already; take that away first"));
                }
                Some(None) => {}
            }
        }
    }
    Ok(())
}

fn check_length(content_type: &ContentType, draft: &mut Draft) {
    let (length, unit) = (content_type.column_of("length"), content_type.column_of("length_unit"));
    let has_unit = draft.row[unit].text().is_some_and(|unit| !unit.is_empty());
    if !draft.row[length].is_null() && !has_unit {
        draft.fail(Cause::rule("length_unit", "a length has a unit"));
    }
}

/// What the ends of good drafts name, as far as it exists.
async fn sockets(
    batch: &mut Batch<'_>,
    ends: &[(usize, usize)],
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Refusal>, sqlx::Error> {
    let mut by_type: HashMap<&str, Vec<RecordId>> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.is_good()) {
        for (kind, id) in ends {
            if let (Some(name), Some(id)) = (draft.row[*kind].text(), draft.row[*id].id()) {
                by_type.entry(name).or_default().push(id);
            }
        }
    }
    let mut sockets = HashMap::new();
    for (name, ids) in by_type {
        let Ok(named) = batch.registry.content_type(name).cloned() else { continue };
        let kind = if named.name() == "dcim.interface" { "\"type\"" } else { "NULL" };
        let head = format!("SELECT \"id\", {kind} FROM \"{}\" WHERE \"id\" IN ", named.table);
        for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
            sockets.insert(row.some_id(0)?, row.text(1)?.and_then(|kind| refusal(&kind)));
        }
    }
    Ok(sockets)
}

fn refusal(kind: &str) -> Refusal {
    if WITHOUT_SOCKET.contains(&kind) {
        Some("a virtual interface takes no cable")
    } else if RADIO.iter().any(|radio| kind.starts_with(radio)) {
        Some("a wireless interface takes no cable")
    } else {
        None
    }
}

/// Those of `ids` that a cable is plugged into which this batch does not write.
async fn taken(batch: &mut Batch<'_>, drafts: &[Draft], ids: Vec<RecordId>) -> Result<HashSet<RecordId>, sqlx::Error> {
    let own: HashSet<RecordId> = drafts.iter().map(|draft| draft.id).collect();
    let mut taken = HashSet::new();
    for (_, end) in ENDS {
        let head = format!("SELECT \"id\", \"{end}\" FROM \"dcim_cable\" WHERE \"{end}\" IN ");
        for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
            if !own.contains(&row.some_id(0)?) {
                taken.insert(row.some_id(1)?);
            }
        }
    }
    Ok(taken)
}
