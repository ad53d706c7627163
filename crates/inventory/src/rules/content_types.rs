//! A status, role or tag stays for the types that use it.

use std::collections::{BTreeMap, HashSet};

use crate::model::{ContentType, FieldKind, ManyTarget};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// A content type cannot be taken from a record that records of this type point at.
pub(super) async fn check_in_use(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let Some(place) = content_type.by_name.get("content_types").copied() else { return Ok(()) };
    let FieldKind::Many(many) = &content_type.fields[place].kind else { return Ok(()) };
    let set = |draft: &&Draft| draft.is_good() && draft.many.iter().any(|many| many.field == place);
    let ids: Vec<RecordId> = drafts.iter().filter(set).map(|draft| draft.id).collect();
    let (table, near, far) = (&many.link.table, &many.link.near, &many.link.far);
    let head = format!("SELECT \"{near}\", \"{far}\" FROM \"{table}\" WHERE \"{near}\" IN ");
    let mut had: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
    for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
        had.entry(row.text(1)?.unwrap_or_default()).or_default().push(row.some_id(0)?);
    }
    for (name, owners) in had {
        let lost: Vec<RecordId> = drafts
            .iter()
            .filter(|draft| owners.contains(&draft.id))
            .filter(|draft| !draft.many.iter().any(|many| many.field == place && many.names().any(|kept| kept == name)))
            .map(|draft| draft.id)
            .collect();
        let used = used_by(batch, content_type, &name, &lost).await?;
        for draft in drafts.iter_mut().filter(|draft| used.contains(&draft.id)) {
            let message = format!("records of {name} still use it; change these before taking {name} away");
            draft.fail(Cause::rule("content_types", message));
        }
    }
    Ok(())
}

/// Those of `ids` that records of the type called `user` point at.
async fn used_by(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    user: &str,
    ids: &[RecordId],
) -> Result<HashSet<RecordId>, sqlx::Error> {
    let mut used = HashSet::new();
    let Ok(user) = batch.registry.content_type(user).cloned() else { return Ok(used) };
    for field in &user.fields {
        let (table, column) = match &field.kind {
            FieldKind::Reference(reference) if reference.limited && reference.to == content_type.index => {
                (&user.table, &user.columns[user.column_of(field.name())].name)
            }
            FieldKind::Many(many) if many.limited && many.target == ManyTarget::Records(content_type.index) => {
                (&many.link.table, &many.link.far)
            }
            _ => continue,
        };
        let head = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IN ");
        for row in select_by_ids(&mut batch.session, &head, ids, "").await? {
            used.insert(row.some_id(0)?);
        }
    }
    Ok(used)
}
