//! A cable joins two things that take one, and each of them takes one only.

use std::collections::{HashMap, HashSet};

use crate::model::{ContentType, FieldKind, Made};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// The two ends: columns of type and id, and the field that errors name.
const ENDS: [(&str, &str); 2] =
    [("termination_a_type", "termination_a_id"), ("termination_b_type", "termination_b_id")];

/// Kinds of interfaces that nothing is plugged into.
const WITHOUT_SOCKET: [&str; 4] = ["virtual", "bridge", "lag", "tunnel"];
/// How the kinds of radios begin.
const RADIO: [&str; 3] = ["ieee802.11", "ieee802.15", "other-wireless"];

/// What is known of something that a cable ends in.
struct Socket {
    /// Why no cable fits.
    refuses: Option<&'static str>,
}

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let ends = ENDS.map(|(kind, id)| (content_type.column_of(kind), content_type.column_of(id), id));
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        check_length(content_type, draft);
        for (kind, id, field) in ends {
            match (draft.row[kind].text(), draft.row[id].id()) {
                (Some(name), Some(_)) => {
                    if !batch.registry.content_type(name).is_ok_and(|named| takes_cables(named)) {
                        let message = format!("no cable ends in a {name}");
                        draft.fail(Cause::rule(&field.replace("_id", "_type"), message));
                    }
                }
                (_, None) => draft.fail(Cause::rule(field, "name what this end is plugged into")),
                (None, _) => draft.fail(Cause::rule(&field.replace("_id", "_type"), "name the type of this end")),
            }
        }
        if draft.row[ends[0].1] == draft.row[ends[1].1] && !draft.row[ends[0].1].is_null() {
            draft.fail(Cause::rule(ends[1].2, "both ends are the same"));
        }
    }
    let sockets = sockets(batch, &ends.map(|(kind, id, _)| (kind, id)), drafts).await?;
    let mut taken = taken(batch, drafts, sockets.keys().copied().collect()).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        for (_, column, field) in ends {
            let Some(id) = draft.row[column].id() else { continue };
            match sockets.get(&id) {
                None => draft.fail(Cause::rule(field, format!("there is nothing with the id {id}"))),
                Some(Socket { refuses: Some(why) }) => draft.fail(Cause::rule(field, *why)),
                Some(Socket { refuses: None }) if !taken.insert(id) => {
                    draft.fail(Cause::rule(field, "a cable is plugged in there already"));
                }
                Some(_) => {}
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

/// Types that show the cable that is plugged into them.
fn takes_cables(content_type: &ContentType) -> bool {
    content_type.field("cable").is_some_and(|field| matches!(field.kind(), FieldKind::Made(Made::Cable)))
}

/// What the ends of good drafts name, as far as it exists.
async fn sockets(
    batch: &mut Batch<'_>,
    ends: &[(usize, usize)],
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Socket>, sqlx::Error> {
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
            let refuses = row.text(1)?.and_then(|kind| refusal(&kind));
            sockets.insert(row.some_id(0)?, Socket { refuses });
        }
    }
    Ok(sockets)
}

fn refusal(kind: &str) -> Option<&'static str> {
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
